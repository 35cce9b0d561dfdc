"""Certificates: made from name and date, checked by everyone, given to their holder again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods

from portal.lib import codes
from portal.lib.caching import private_page, public_page
from portal.lib.crosssite import same_site_post
from portal.lib.throttle import allow
from training import attempts, certificates, mailing, pdf
from training.forms import ClaimForm, CodeForm, HolderForm
from training.models import Certificate, Course
from training.views.lessons import published_course

# Requests an hour from one address. A training day of forty people behind one address stays far below.
MAKES_AN_HOUR = 300
LOOKS_AN_HOUR = 120
NAMES_AN_HOUR = 60
MAILS_AN_HOUR = 30
_UNPRINTABLE = gettext_lazy("We cannot print one of these letters yet. Please type the name another way.")
_BUSY = gettext_lazy(
    "The certificate cannot be printed right now. Nothing is lost. Wait a minute and press again."
)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def claim(request: HttpRequest, course: str) -> HttpResponse:
    """Make the certificate from name and date, once the quiz is passed, and answer with the PDF."""
    found = published_course(course)
    if request.method != "POST":
        return render(request, "training/claim.html", {"course": found})
    try:
        passed = attempts.read_passed(found, request.POST.get("passed", ""))
    except attempts.StaleAttempt:
        return render(request, "training/stale.html", {"course": found}, status=410)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, found, form)
    if not allow(request, "certificate-make", MAKES_AN_HOUR, 3600):
        return _too_many(request)
    try:
        row, content = _issue(found, passed, form.cleaned_data)
    except pdf.MissingLetters:
        form.add_error("name", _UNPRINTABLE)
        return _claim_page(request, found, form)
    except pdf.PressAway:
        form.add_error(None, _BUSY)
        return _claim_page(request, found, form, status=503)
    if row.status != Certificate.Status.VALID:
        return redirect(row)
    if form.cleaned_data.get("email"):
        return _mailed(request, form, row, content)
    return _as_file(content)


def _claim_page(request: HttpRequest, course: Course, form: ClaimForm, *, status: int = 422) -> HttpResponse:
    return render(request, "training/claim.html", {"course": course, "form": form}, status=status)


def _issue(course: Course, passed: attempts.Passed, typed: dict[str, Any]) -> tuple[Certificate, bytes]:
    """Make the certificate; return it, which may have been withdrawn meanwhile, and its PDF.

    Raise MissingLetters or PressAway when it cannot be printed; then nothing is made.
    """
    name, day, language = typed["name"], typed["issued_on"], typed["language"]
    code = certificates.code_for(passed.nonce, name, day)
    planned = Certificate(
        code=code, course=course, course_version=passed.version, issued_on=day, language=language
    )
    # The slow part comes first, so that no transaction waits for it.
    content = print_certificate(planned, name)
    row = certificates.issue_certificate(
        course=course,
        course_version=passed.version,
        name=name,
        issued_on=day,
        nonce=passed.nonce,
        language=language,
        county=passed.county,
        class_=passed.class_code,
    )
    return row, content


def _mailed(request: HttpRequest, form: ClaimForm, row: Certificate, content: bytes) -> HttpResponse:
    """Send the PDF to the address that was typed, or say that it could not be sent and keep the form."""
    if not allow(request, "certificate-mail", MAILS_AN_HOUR, 3600):
        form.add_error(
            "email", _("Too many mails went out from your network. Empty this box to download it.")
        )
    elif mailing.send_certificate(to=form.cleaned_data["email"], content=content):
        return render(request, "training/mailed.html", {"certificate": row})
    else:
        form.add_error("email", _("The mail could not be sent. Empty this box to download the certificate."))
    return _claim_page(request, row.course, form)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@public_page
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for the ID of a certificate and go to its page."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        shown = Certificate(code=form.cleaned_data["code"]).shown_code
        return redirect("training:certificate", code=shown)
    return render(request, "training/verify.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@same_site_post
@private_page
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """Tell whether a certificate counts; confirm or deny a typed name; give its holder the PDF again."""
    if not allow(request, "certificate-look", LOOKS_AN_HOUR, 3600):
        return _too_many(request)
    plain = codes.read(code)
    row = Certificate.objects.select_related("course", "replaced_by").filter(code=plain or "").first()
    if row is None:
        return render(request, "training/certificate_unknown.html", {"typed": code[:40]}, status=404)
    if code != row.shown_code:
        return redirect(row)
    if request.method != "POST":
        return _certificate_page(request, row, HolderForm())
    if not allow(request, "certificate-name", NAMES_AN_HOUR, 3600):
        return _too_many(request)
    form = HolderForm(request.POST)
    if not form.is_valid():
        return _certificate_page(request, row, form)
    name = form.cleaned_data["name"]
    is_holder = certificates.belongs_to(row, name)
    if is_holder and request.POST.get("do") == "pdf" and row.status == Certificate.Status.VALID:
        try:
            return _as_file(print_certificate(row, name))
        except (pdf.MissingLetters, pdf.PressAway) as fault:
            form.add_error(None, _BUSY if isinstance(fault, pdf.PressAway) else _UNPRINTABLE)
    return _certificate_page(request, row, form, is_holder=is_holder)


def _certificate_page(
    request: HttpRequest, row: Certificate, form: HolderForm, *, is_holder: bool | None = None
) -> HttpResponse:
    context = {"certificate": row, "form": form, "is_holder": is_holder}
    return render(request, "training/certificate.html", context, status=422 if form.errors else 200)


def _too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "training/too_many.html", status=429)


def check_address(row: Certificate) -> str:
    """Return the full address of the page where `row` can be checked, as the QR code holds it."""
    return f"{settings.SITE_URL}{reverse('training:certificate', args=[row.shown_code])}"


def print_certificate(row: Certificate, name: str) -> bytes:
    """Return the PDF of `row` for `name`, in the certificate's language.

    Raise MissingLetters when a letter cannot be printed, PressAway when nothing can be printed now.
    """
    with override(row.language):
        address = check_address(row)
    if not connection.in_atomic_block:
        # Who waits for the press must not keep a connection to the database from the pages beside it.
        connection.close()
    return pdf.render_certificate(
        {
            "certificate": row,
            "course": row.course,
            "name": name,
            "address": address,
            "site_name": settings.SITE_NAME,
        }
    )


def _as_file(content: bytes) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        # The name stays out of the file name: it would be listed in downloads for everyone to see.
        headers={"Content-Disposition": 'attachment; filename="naloxone-certificate.pdf"'},
    )


def pdf_answer(row: Certificate, name: str) -> HttpResponse | None:
    """Return the PDF of `row` as a download, None when `name` cannot be printed. May raise PressAway."""
    try:
        return _as_file(print_certificate(row, name))
    except pdf.MissingLetters:
        return None
