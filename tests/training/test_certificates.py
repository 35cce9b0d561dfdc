"""Certificates hold no name, confirm the right one, and are withdrawn for good."""

from __future__ import annotations

import datetime as dt
import io
import threading

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from tests.training.staff import Member
from training import pdf
from training.certificates import NotValid, belongs_to, code_for, reissue_certificate, withdraw_certificate
from training.models import Certificate, DailyCount
from training.views import certificates as certificate_pages

MARK = "Xylophonia Marker-Name"


def test_no_table_holds_the_name(quiz):
    passed = quiz.passed()
    sent = {"passed": passed, "name": MARK, "issued_on": "2026-11-01", "language": "en"}
    quiz.client.post("/training/naloxone/certificate/", sent)
    row = Certificate.objects.get()
    quiz.client.post(row.get_absolute_url(), {"name": MARK, "do": "pdf"})
    out = io.StringIO()

    call_command("dumpdata", stdout=out)

    dump = out.getvalue().lower()
    assert row.code.lower() in dump
    assert not any(part in dump for part in (MARK.lower(), "xylophonia", "marker-name", passed.lower()))


@pytest.mark.parametrize("typed", ["Ana Pérez", " ana   PÉREZ ", "ANA PÉREZ", "Ana Pe\u0301rez"])
def test_the_holder_is_known_by_any_spelling_of_the_same_name(make_certificate, typed):
    assert belongs_to(make_certificate(), typed)


@pytest.mark.parametrize("typed", ["Ana Perez", "Ana Pérez Díaz", "Pérez Ana", ""])
def test_another_name_is_not_the_holder(make_certificate, typed):
    assert not belongs_to(make_certificate(), typed)


def test_ids_differ_by_quiz_name_and_day_and_need_the_key(settings):
    day = dt.date(2026, 11, 1)
    ids = {
        code_for("one", "Ana", day),
        code_for("two", "Ana", day),
        code_for("one", "Eva", day),
        code_for("one", "Ana", dt.date(2026, 11, 2)),
    }
    settings.VAULT_PEPPER = "another pepper that is long enough for anybody"
    ids.add(code_for("one", "Ana", day))

    assert len(ids) == 5


def test_withdrawing_needs_a_reason_and_happens_once(make_certificate):
    row = make_certificate()
    with pytest.raises(ValueError, match="reason"):
        withdraw_certificate(certificate=row, reason=" ")

    withdrawn = withdraw_certificate(certificate=row, reason="Made in error.")

    assert (withdrawn.status, withdrawn.reason) == ("withdrawn", "Made in error.")
    assert not Certificate.objects.valid().exists()
    with pytest.raises(NotValid):
        withdraw_certificate(certificate=row, reason="Again.")


@pytest.mark.parametrize("values", [{"status": "withdrawn"}, {"status": "replaced"}])
def test_the_database_refuses_a_state_without_its_reason(make_certificate, values):
    row = make_certificate()

    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=row.pk).update(**values)
    if connection.vendor == "sqlite":
        row.refresh_from_db()
        assert row.status == "valid"


def test_its_own_name_in_lists_tells_no_id(make_certificate):
    row = make_certificate()

    assert row.code not in str(row)


# --- Made anew ---

ANEW = {
    "name": "Ana Pérez Díaz",
    "issued_on": dt.date(2026, 11, 2),
    "language": "es",
    "reason": "Misspelled.",
}


@pytest.mark.parametrize("before", ["valid", "withdrawn"])
def test_a_certificate_made_anew_takes_the_place_of_the_old_one(make_certificate, before):
    old = make_certificate()
    if before == "withdrawn":
        withdraw_certificate(certificate=old, reason="Made in error.")
    counted = DailyCount.objects.get(kind="certificate", by="all").count

    new = reissue_certificate(certificate=old, **ANEW)

    old.refresh_from_db()
    assert (old.status, old.reason, old.replaced_by) == ("replaced", "Misspelled.", new)
    assert (new.status, new.language, new.issued_on) == ("valid", "es", dt.date(2026, 11, 2))
    assert (new.course_id, new.course_version) == (old.course_id, old.course_version)
    assert new.code != old.code
    assert belongs_to(new, "Ana Pérez Díaz")
    assert not belongs_to(new, "Ana Pérez")
    assert DailyCount.objects.get(kind="certificate", by="all").count == counted


def test_the_same_form_twice_makes_one_and_another_name_none(make_certificate):
    old = make_certificate()

    first = reissue_certificate(certificate=old, **ANEW)
    again = reissue_certificate(certificate=old, **ANEW)
    with pytest.raises(NotValid):
        reissue_certificate(certificate=old, **{**ANEW, "name": "Somebody Else"})

    assert first == again
    assert Certificate.objects.count() == 2


def test_what_was_made_anew_can_be_made_anew(make_certificate):
    second = reissue_certificate(certificate=make_certificate(), **ANEW)

    third = reissue_certificate(certificate=second, **ANEW)

    second.refresh_from_db()
    assert (second.status, second.replaced_by) == ("replaced", third)
    assert third.code != second.code


def test_making_anew_needs_a_reason(make_certificate):
    old = make_certificate()

    with pytest.raises(ValueError, match="reason"):
        reissue_certificate(certificate=old, **{**ANEW, "reason": " "})

    assert Certificate.objects.get().status == "valid"


@pytest.mark.django_db(transaction=True)
def test_two_members_at_once_make_one(make_certificate):
    if connection.vendor == "sqlite":
        pytest.skip("its test database lives in one connection; writers wait for each other anyway")
    old = make_certificate()
    start, made, refused = threading.Barrier(2), [], []

    def work(name):
        start.wait()
        try:
            made.append(reissue_certificate(certificate=old, **{**ANEW, "name": name}))
        except NotValid:
            refused.append(name)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[name]) for name in ("Ana One", "Ana Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(refused)) == (1, 1)
    assert Certificate.objects.count() == 2


# --- The page on which staff do it ---

SENT = {"name": MARK, "issued_on": "2026-11-01", "language": "en", "reason": "The name was misspelled."}


@pytest.fixture
def old(make_certificate):
    return make_certificate()


@pytest.fixture
def editor(course):
    return Member("editor")


def test_an_editor_makes_a_certificate_anew_and_gets_the_pdf(editor, old, client):
    page = f"certificate/{old.pk}/reissue/"
    assert "Re-issue and get the PDF" in editor.get(page).content.decode()

    answer = editor.post(page, SENT)

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer["Cache-Control"]
    old.refresh_from_db()
    new = old.replaced_by
    assert "The name was misspelled." in client.get(old.get_absolute_url()).content.decode()
    confirmed = client.post(new.get_absolute_url(), {"name": MARK})
    assert confirmed.context["is_holder"] is True
    assert f"It was replaced by {new.shown_code}" in editor.get(page).content.decode()
    assert new.shown_code in editor.get(f"certificate/{old.pk}/change/").content.decode()
    assert editor.post(page, SENT)["Content-Type"] == "application/pdf"
    assert Certificate.objects.count() == 2


def test_no_table_and_no_log_holds_the_name_after_it_was_made_anew(editor, old, caplog):
    editor.post(f"certificate/{old.pk}/reissue/", SENT)
    out = io.StringIO()

    call_command("dumpdata", stdout=out)

    old.refresh_from_db()
    dump = (out.getvalue() + caplog.text).lower()
    assert old.replaced_by.code.lower() in dump
    assert not any(part in dump for part in (MARK.lower(), "xylophonia", "marker-name"))
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {str(old), str(old.replaced_by)}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "Type the name that should be printed."),
        ({"name": "Ana 🙂"}, "Emoji and signs cannot be printed."),
        ({"name": "12345"}, "with at least one letter"),
        ({"name": "x" * 121}, "121 characters long"),
        ({"issued_on": "2099-01-01"}, "This day is still to come."),
        ({"issued_on": "2020-01-01"}, "more than a year from the one"),
        ({"issued_on": "soon"}, "This is not a date."),
        ({"language": "xx"}, "Choose one of the languages."),
        ({"reason": " "}, "Say why there is a new certificate."),
    ],
)
def test_a_slip_is_told_and_nothing_is_replaced(editor, old, changed, says):
    answer = editor.post(f"certificate/{old.pk}/reissue/", {**SENT, **changed})

    assert says in answer.content.decode()
    assert Certificate.objects.get().status == "valid"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (pdf.MissingLetters, "We cannot print one of these letters yet."),
        (pdf.PressAway, "Nothing was changed. Wait a minute."),
    ],
)
def test_what_cannot_be_printed_replaces_nothing(editor, old, monkeypatch, fault, says):
    def cannot(row, name):
        raise fault

    monkeypatch.setattr(certificate_pages, "print_certificate", cannot)

    answer = editor.post(f"certificate/{old.pk}/reissue/", SENT)

    assert says in answer.content.decode()
    assert Certificate.objects.get().status == "valid"


def test_who_comes_second_with_another_name_is_told(editor, old):
    reissue_certificate(certificate=old, **ANEW)

    answer = editor.post(f"certificate/{old.pk}/reissue/", SENT)

    assert "Somebody was first" in answer.content.decode()
    assert Certificate.objects.count() == 2


@pytest.mark.parametrize("role", ["trainer", "reviewer", "lead", "operator"])
def test_no_other_role_makes_one_anew(old, role):
    member = Member(role)

    assert member.get(f"certificate/{old.pk}/reissue/").status_code == 403
    assert member.post(f"certificate/{old.pk}/reissue/", SENT).status_code == 403
    assert Certificate.objects.get().status == "valid"


def test_the_list_is_filtered_by_course_status_and_language(editor, make_certificate):
    old, other = make_certificate(), make_certificate(nonce="two")
    reissue_certificate(certificate=old, **ANEW)

    assert "1 certificate" in editor.get("certificate/", language__exact="es").content.decode()
    assert "1 certificate" in editor.get("certificate/", status__exact="replaced").content.decode()
    found = editor.get(
        "certificate/", course__id__exact=old.course_id, status__exact="valid"
    ).content.decode()
    assert other.shown_code in found
    assert old.shown_code not in found
