"""The certificate: claimed, checked, confirmed, given again."""

from __future__ import annotations

import datetime as dt
import io
import smtplib

import pytest
from django.utils import timezone
from pypdf import PdfReader

from tests.pages import text_of
from training import pdf
from training.certificates import withdraw_certificate
from training.models import Certificate, DailyCount, TrainingClass


def claim(quiz, **changed):
    """Send the certificate form."""
    sent = {"name": "Ana Pérez", "issued_on": timezone.localdate().isoformat(), "language": "en"}
    sent["passed"] = changed.get("passed") or quiz.passed()
    return quiz.client.post("/training/naloxone/certificate/", sent | changed)


def test_name_and_date_give_a_pdf_that_nobody_else_keeps(quiz):
    response = claim(quiz)

    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Disposition"] == 'attachment; filename="naloxone-certificate.pdf"'
    assert response.content.startswith(b"%PDF")
    assert Certificate.objects.get().status == "valid"


def test_sending_the_form_twice_makes_one_certificate(quiz):
    passed = quiz.passed()

    claim(quiz, passed=passed)
    claim(quiz, passed=passed)

    assert Certificate.objects.count() == 1
    assert DailyCount.objects.get(kind="certificate", by="all").count == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Type the name that should be printed."),
        ("   ", "Type the name that should be printed."),
        ("A" * 121, "Please shorten it"),
        ("Ana 🎉", "Emoji and signs cannot be printed."),
        ("123", "at least one letter"),
        ("Ana \U00012000", "We cannot print one of these letters yet."),
    ],
)
def test_a_name_that_cannot_be_printed_gets_a_sentence_and_is_kept(quiz, name, says):
    response = claim(quiz, name=name)

    assert response.status_code == 422
    assert says in text_of(response)
    assert name.strip() in response.content.decode()
    assert Certificate.objects.count() == 0


def test_a_name_that_would_print_boxes_makes_no_certificate(quiz, monkeypatch):
    monkeypatch.setattr("training.pdf.can_draw", lambda name: True)

    response = claim(quiz, name="Ana \U00030000")

    assert response.status_code == 422
    assert "We cannot print one of these letters yet." in text_of(response)
    assert Certificate.objects.count() == 0


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("", "Choose the day you finished."),
        ("yesterday", "This is not a date."),
        ("9999-12-31", "still to come"),
        ("1999-01-01", "more than a year ago"),
    ],
)
def test_a_day_that_cannot_be_gets_a_sentence(quiz, day, says):
    response = claim(quiz, issued_on=day)

    assert response.status_code == 422
    assert says in text_of(response)


def test_without_a_passed_quiz_there_is_no_certificate(quiz, time_machine_signing):
    assert claim(quiz, passed="nothing").status_code == 410
    assert claim(quiz, passed=quiz.attempt(quiz.start()).signed()).status_code == 410
    passed = quiz.passed()
    time_machine_signing(days=6)
    assert claim(quiz, passed=passed).status_code == 200
    time_machine_signing(days=8)
    assert quiz.client.post("/training/naloxone/certificate/", {"passed": passed}).status_code == 410


def test_the_certificate_page_without_a_quiz_leads_to_it(client, course):
    response = client.get("/training/naloxone/certificate/")

    assert response.status_code == 200
    assert "/training/naloxone/quiz/" in response.content.decode()


def test_the_check_page_tells_the_course_and_the_day_and_no_name(client, make_certificate):
    row = make_certificate()

    response = client.get(f"/training/certificates/{row.shown_code}/")
    words = text_of(response)

    assert "This certificate is valid" in words
    assert "November 1, 2026" in words
    assert "Pérez" not in words
    assert response["Cache-Control"] == "no-store"
    assert b"noindex" in response.content


def test_a_withdrawn_certificate_is_not_printed_again_by_the_same_form(quiz):
    passed = quiz.passed()
    first = claim(quiz, passed=passed)
    withdraw_certificate(certificate=Certificate.objects.get(), reason="Made in error.")

    again = claim(quiz, passed=passed)

    assert first["Content-Type"] == "application/pdf"
    assert again["Location"] == Certificate.objects.get().get_absolute_url()


def test_the_certificate_is_counted_for_county_class_and_language(quiz, course):
    TrainingClass.objects.create(
        code="ABC234",
        course=course,
        place="Library",
        held_on=dt.date(2026, 1, 1),
        closes_on=dt.date(2099, 1, 1),
    )
    page = quiz.result(class_code="ABC234", county="shelby")

    claim(quiz, passed=quiz.hidden(page, "passed"), language="es")

    rows = DailyCount.objects.filter(kind="certificate").values_list("by", "value")
    assert set(rows) == {("all", ""), ("county", "shelby"), ("class", "ABC234"), ("language", "es")}
    assert Certificate.objects.get().language == "es"


def test_a_certificate_is_mailed_once_and_the_address_forgotten(quiz, mailoutbox, caplog):
    response = claim(quiz, name="Ana Pérez", email="ana@example.org")
    (mail,) = mailoutbox
    ((_name, content, _kind),) = mail.attachments

    assert "We sent it once and have forgotten the address." in text_of(response)
    assert Certificate.objects.get().shown_code in text_of(response)
    assert mail.to == ["ana@example.org"]
    assert "Ana" not in mail.subject + mail.body
    assert "Ana Pérez" in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert "ana@example.org" not in caplog.text
    assert "ana@example.org" not in everything_stored()


def everything_stored():
    """Return all values of all tables as one text."""
    from django.apps import apps

    return repr([list(model._base_manager.values_list()) for model in apps.get_models()])


def test_a_mail_that_does_not_go_loses_nothing_and_logs_no_address(quiz, monkeypatch, caplog):
    def refused(self):
        raise smtplib.SMTPRecipientsRefused({"ana@example.org": (550, b"no")})

    passed = quiz.passed()
    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", refused)
        response = claim(quiz, passed=passed, email="ana@example.org")

    assert response.status_code == 422
    assert "The mail could not be sent." in text_of(response)
    assert 'value="Ana Pérez"' in response.content.decode()
    assert "ana@example.org" not in caplog.text
    assert claim(quiz, passed=passed)["Content-Type"] == "application/pdf"
    assert Certificate.objects.count() == 1


def test_mailing_is_slowed_and_downloading_is_not(quiz, monkeypatch, mailoutbox):
    monkeypatch.setattr("training.views.certificates.MAILS_AN_HOUR", 1)
    passed = quiz.passed()
    answers = [claim(quiz, passed=passed, email="ana@example.org").status_code for _ in range(2)]

    assert answers == [200, 422]
    assert len(mailoutbox) == 1
    assert claim(quiz, passed=passed)["Content-Type"] == "application/pdf"


def test_without_a_mail_server_no_address_is_asked_for(quiz, settings):
    assert 'name="email"' in quiz.result().content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert 'name="email"' not in quiz.result().content.decode()
    assert claim(quiz, email="ana@example.org")["Content-Type"] == "application/pdf"


def test_a_press_that_is_away_keeps_what_was_typed_and_makes_nothing(quiz, monkeypatch, client):
    def away(context):
        raise pdf.PressAway

    passed = quiz.passed()
    with monkeypatch.context() as patched:
        patched.setattr("training.pdf.render_certificate", away)
        response = claim(quiz, passed=passed)

    assert response.status_code == 503
    assert "Wait a minute and press again." in text_of(response)
    assert 'value="Ana Pérez"' in response.content.decode()
    assert Certificate.objects.count() == 0
    assert claim(quiz, passed=passed)["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("language", ["", "fr"])
def test_a_language_that_is_not_printed_gets_a_sentence(quiz, language):
    response = claim(quiz, language=language)

    assert response.status_code == 422
    assert "Choose " in text_of(response)


@pytest.mark.parametrize("typed", ["{code}", "{lower}", " {spaced} ", "{shown}"])
def test_an_id_is_read_in_any_shape(client, make_certificate, typed):
    row = make_certificate()
    code = typed.format(
        code=row.code, lower=row.code.lower(), spaced=" ".join(row.code), shown=row.shown_code
    )

    response = client.post("/training/certificates/", {"code": code}, follow=True)

    assert response.redirect_chain[-1][0] == row.get_absolute_url()
    assert "This certificate is valid" in text_of(response)


@pytest.mark.parametrize("typed", ["", "abc", "0" * 17, "😀", "1" * 1_000_000])
def test_an_id_that_cannot_be_gets_a_sentence(client, course, typed):
    response = client.post("/training/certificates/", {"code": typed})

    assert response.status_code == 422
    assert "<title>Error:" in response.content.decode()


def test_unknown_ids_are_not_found(client, course):
    assert client.get("/training/certificates/000000-000000-000000/").status_code == 404
    assert client.get("/training/certificates/nothing/").status_code == 404


def test_the_name_is_confirmed_or_denied(client, make_certificate):
    path = make_certificate().get_absolute_url()

    right = client.post(path, {"name": "ana  PÉREZ", "do": "check"})
    wrong = client.post(path, {"name": "Ana Perez", "do": "check"})

    assert "Yes: this is the name" in text_of(right)
    assert "No: the certificate was not made for this name." in text_of(wrong)


def test_the_holder_gets_the_same_pdf_again_and_nobody_else_does(client, make_certificate):
    path = make_certificate().get_absolute_url()

    again = client.post(path, {"name": "Ana Pérez", "do": "pdf"})
    other = client.post(path, {"name": "Eve", "do": "pdf"})

    assert again["Content-Type"] == "application/pdf"
    assert again["Cache-Control"] == "no-store"
    assert other["Content-Type"].startswith("text/html")


def test_the_paper_is_in_its_own_language_whatever_that_of_the_page(client, make_certificate):
    path = make_certificate().get_absolute_url()

    paper = client.post(f"/ar{path}", {"name": "Ana Pérez", "do": "pdf"})
    words = " ".join(PdfReader(io.BytesIO(paper.content)).pages[0].extract_text().split())

    assert "finished the online naloxone training" in words
    assert "/ar/" not in words


def test_a_withdrawn_certificate_says_why_and_gives_no_pdf(client, make_certificate):
    row = make_certificate()
    Certificate.objects.filter(pk=row.pk).update(status="withdrawn", reason="Made in error.")

    words = text_of(client.get(row.get_absolute_url()))
    pdf = client.post(row.get_absolute_url(), {"name": "Ana Pérez", "do": "pdf"})

    assert "This certificate was withdrawn" in words
    assert "Reason: Made in error." in words
    assert "is valid" not in words
    assert pdf["Content-Type"].startswith("text/html")


def test_guessing_names_is_slowed(client, make_certificate, monkeypatch):
    monkeypatch.setattr("training.views.certificates.NAMES_AN_HOUR", 2)
    path = make_certificate().get_absolute_url()

    answers = [client.post(path, {"name": "Eve", "do": "check"}).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_guessing_ids_is_slowed(client, make_certificate, monkeypatch):
    monkeypatch.setattr("training.views.certificates.LOOKS_AN_HOUR", 2)
    path = make_certificate().get_absolute_url()

    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]


def test_another_site_can_neither_claim_nor_check(client, make_certificate):
    path = make_certificate().get_absolute_url()

    for where in (path, "/training/certificates/", "/training/naloxone/certificate/"):
        assert client.post(where, {}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
