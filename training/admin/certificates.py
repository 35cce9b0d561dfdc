"""Certificates as staff see them: found by ID, withdrawn with a reason, made anew. Never with a name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from portal.lib import codes
from portal.lib.text import CleanCharField
from training import pdf
from training.admin.base import AnyForm, KeptRows, needs, page
from training.certificates import NotValid, code_of_reissue, reissue_certificate, withdraw_certificate
from training.forms import HolderNameField
from training.models import Certificate, CertificateLanguage
from training.views.certificates import pdf_answer

_REASON = 300


class WithdrawForm(AnyForm):
    """The reason is the only thing that can be typed. Giving it withdraws the certificate."""

    reason = forms.CharField(
        max_length=_REASON,
        label=_("Reason to withdraw"),
        help_text=_(
            "Saving withdraws the certificate for good. Everyone who checks the ID sees this. No names."
        ),
    )

    class Meta:
        model = Certificate
        fields = ["reason"]


class ReissueForm(forms.Form):
    """What is printed on the new certificate, and why there is a new one."""

    name = HolderNameField(
        label=_("Name, as it should be printed"),
        help_text=_("It is printed and forgotten: neither the portal nor the log keeps it."),
        error_messages={"required": _("Type the name that should be printed.")},
    )
    issued_on = forms.DateField(
        label=_("Date"),
        help_text=_("The day the holder finished."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Choose the day the holder finished."),
            "invalid": _("This is not a date. Write it like 11/30/2026."),
        },
    )
    language = forms.ChoiceField(
        label=_("Language of the certificate"),
        choices=CertificateLanguage.choices,
        error_messages={"invalid_choice": _("Choose one of the languages.")},
    )
    reason = CleanCharField(
        label=_("Reason"),
        max_length=_REASON,
        help_text=_(
            "Everyone who checks the old ID sees this. No names. For example: The name was misspelled."
        ),
        error_messages={"required": _("Say why there is a new certificate.")},
    )

    def __init__(self, certificate: Certificate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.certificate = certificate
        # A browser that other members use too must not offer the name again.
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["issued_on"].initial = certificate.issued_on
        self.fields["language"].initial = certificate.language

    def clean_issued_on(self) -> dt.date:
        """Return the day, which is within a year of the one printed before and not to come."""
        day: dt.date = self.cleaned_data["issued_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("This day is still to come. Choose today or an earlier day."))
        if abs(day - self.certificate.issued_on) > dt.timedelta(days=366):
            raise forms.ValidationError(
                gettext("This day is more than a year from the one on the old certificate. Look again.")
            )
        return day


@admin.register(Certificate)
class CertificateAdmin(KeptRows):
    """Certificates, of nobody in particular. They are withdrawn or replaced with a reason, never deleted."""

    form = WithdrawForm
    actions = None
    list_display = ["printed_id", "course", "course_version", "language", "issued_on", "status"]
    list_filter = ["course", "status", "language"]
    list_select_related = ["course"]
    search_fields = ["code"]
    search_help_text = _("The ID as it is printed.")
    show_full_result_count = False
    readonly_fields = [
        "printed_id", "course", "course_version", "language", "issued_on", "status", "next", "anew",
    ]  # fmt: skip
    fields = [*readonly_fields, "reason"]

    def get_urls(self) -> list[Any]:
        """Add the page on which a certificate is made anew."""
        own = path(
            "<int:pk>/reissue/", self.admin_site.admin_view(reissue), name="training_certificate_reissue"
        )
        return [own, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a certificate by its whole ID, with or without hyphens."""
        if not search_term:
            return queryset, False
        return queryset.filter(code=codes.read(search_term) or ""), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a certificate that still counts can be withdrawn; the others can be looked at."""
        is_over = isinstance(obj, Certificate) and obj.status != Certificate.Status.VALID
        return not is_over and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Certificate, form: AnyForm, change: bool) -> None:
        try:
            withdraw_certificate(certificate=obj, reason=form.cleaned_data["reason"])
        except NotValid:
            self.message_user(request, _("Somebody was first: it no longer counted."), messages.WARNING)

    @admin.display(description=_("ID"))
    def printed_id(self, row: Certificate) -> str:
        """Return the ID as it stands on paper."""
        return row.shown_code

    @admin.display(description=_("replaced by"))
    def next(self, row: Certificate) -> str:
        """Return a link to the certificate that took the place of this one."""
        if row.replaced_by is None:
            return "–"
        return format_html('<a href="{}">{}</a>', _page_of(row.replaced_by), row.replaced_by.shown_code)

    @admin.display(description=_("another name or date"))
    def anew(self, row: Certificate) -> str:
        """Return a link to the page that makes a new one."""
        if row.replaced_by_id:
            return "–"
        address = reverse("admin:training_certificate_reissue", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Re-issue this certificate"))


def _page_of(row: Certificate) -> str:
    return reverse("admin:training_certificate_change", args=[row.pk])


@sensitive_post_parameters()
@needs("training.change_certificate")
def reissue(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a certificate anew and answer with its PDF. Neither row nor log gets the name."""
    row = get_object_or_404(Certificate.objects.select_related("course", "replaced_by"), pk=pk)
    form = ReissueForm(row, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answer = _made_anew(request, row, form)
        if answer:
            return answer
    return page(request, "reissue", gettext("Re-issue a certificate"), form=form, certificate=row)


def _made_anew(request: HttpRequest, row: Certificate, form: ReissueForm) -> HttpResponse | None:
    """Replace `row` and return the PDF; None, with a sentence in `form`, when nothing was changed."""
    told = form.cleaned_data
    planned = Certificate(
        code=code_of_reissue(row, told["name"], told["issued_on"]),
        course=row.course,
        course_version=row.course_version,
        issued_on=told["issued_on"],
        language=told["language"],
    )
    # What cannot be printed must not replace what can. It is slow too, so no transaction waits for it.
    try:
        answer = pdf_answer(planned, told["name"])
    except pdf.PressAway:
        form.add_error(
            None,
            gettext("The certificate cannot be printed right now. Nothing was changed. Wait a minute."),
        )
        return None
    if answer is None:
        form.add_error(
            "name", gettext("We cannot print one of these letters yet. Please type the name another way.")
        )
        return None
    try:
        made = reissue_certificate(certificate=row, **told)
    except NotValid:
        form.add_error(
            None, gettext("Somebody was first: it has been replaced already. Nothing was changed.")
        )
        return None
    if row.replaced_by_id is None:
        pages = admin.site.get_model_admin(Certificate)
        pages.log_change(request, row, f"Replaced by {made}.")
        pages.log_addition(request, made, f"Made in place of {row}.")
    return answer
