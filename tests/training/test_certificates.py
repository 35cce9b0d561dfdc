"""Certificates hold no name, confirm the right one, and are withdrawn for good."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from training.certificates import NotValid, belongs_to, code_for, withdraw_certificate
from training.models import Certificate

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
