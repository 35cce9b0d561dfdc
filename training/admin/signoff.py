"""Who has checked a text: what waits for whom, and signing off many texts at once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from training.admin.base import AnyForm, KeptRows, page
from training.models import Reviewed, Signoff

FIELDSET: Any = (_("Sign-off"), {"fields": ["signoff", "reviewed_role", "reviewed_on", "review_by"]})
DUE_WITHIN = dt.timedelta(days=30)
_LONGEST = dt.timedelta(days=3 * 366)


def _waits_for(who: str) -> Q:
    return Q(signoff=who, reviewed_on=None)


def _review_is_due() -> Q:
    return Q(review_by__lte=timezone.localdate() + DUE_WITHIN)


class WaitsFilter(admin.SimpleListFilter):
    """Texts that wait for somebody."""

    title = _("what waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be chosen."""
        return [
            (Signoff.CLINICIAN, _("Waits for a clinician")),
            (Signoff.LAWYER, _("Waits for a lawyer")),
            ("due", _("Review due")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the texts that wait for what was chosen."""
        if self.value() in {Signoff.CLINICIAN, Signoff.LAWYER}:
            return queryset.filter(_waits_for(str(self.value())))
        return queryset.filter(_review_is_due()) if self.value() == "due" else queryset


class SignoffForm(forms.Form):
    """Who has checked the texts, and until when that counts."""

    role = CleanCharField(
        label=_("Who checked them"),
        max_length=80,
        help_text=_("The profession, in words that readers understand: it stands below each text. No name."),
        error_messages={"required": _("Say who checked the texts, such as a physician or a lawyer.")},
    )
    review_by = forms.DateField(
        label=_("Review again by"),
        help_text=_("From 30 days before, the texts are listed as due."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Choose the day by which somebody should look again."),
            "invalid": _("This is not a date. Write it like 11/30/2026."),
        },
    )

    def clean_review_by(self) -> dt.date:
        """Return the day, which is to come."""
        day: dt.date = self.cleaned_data["review_by"]
        today = timezone.localdate()
        if not today < day <= today + _LONGEST:
            raise forms.ValidationError(gettext("Choose a day to come, at most three years away."))
        return day


class ReviewedForm(AnyForm):
    """A text whose sign-off is whole: a role and a day that has come, or neither."""

    def clean(self) -> dict[str, Any]:
        """Check that role and day are given together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        role, day = cleaned.get("reviewed_role"), cleaned.get("reviewed_on")
        if bool(role) != bool(day) and not {"reviewed_role", "reviewed_on"} & set(self.errors):
            missing = "reviewed_on" if role else "reviewed_role"
            self.add_error(
                missing, gettext("A sign-off has both: who, and on which day. Or leave both empty.")
            )
        if day and day > timezone.localdate():
            self.add_error("reviewed_on", gettext("This day is still to come."))
        return cleaned


def take_away(row: Reviewed) -> None:
    """Empty the sign-off of `row`, which is not saved."""
    row.reviewed_role, row.reviewed_on, row.review_by = "", None, None


class ReviewedAdmin(KeptRows):
    """Texts that somebody signs off. Changing the words takes the sign-off away unless it is given anew.

    words: the fields that were checked. parts: names of related rows whose words were checked with them.
    """

    form = ReviewedForm
    words: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    actions = ["sign_off"]

    def save_model(self, request: HttpRequest, obj: Reviewed, form: AnyForm, change: bool) -> None:
        if change and self.words & set(form.changed_data) and "reviewed_on" not in form.changed_data:
            take_away(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: AnyForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "reviewed_on" not in form.changed_data and any(each.has_changed() for each in formsets):
            row = form.instance
            take_away(row)
            row.save(update_fields=["reviewed_role", "reviewed_on", "review_by"])

    @admin.display(description=_("waits for"))
    def waits_for(self, row: Reviewed) -> str:
        """Return who is missing, in words."""
        if row.awaits:
            return str(Signoff(row.awaits).label)
        return gettext("Review due") if _is_due(row) else "–"

    @admin.action(description=_("Sign off the chosen texts"), permissions=["change"])
    def sign_off(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask who checked the chosen texts, then write it down for those that wait."""
        chosen = list(queryset.prefetch_related(*self.parts))
        waiting = [row for row in chosen if row.awaits or _is_due(row)]
        if not waiting:
            self.message_user(request, gettext("None of these texts waits for a sign-off."), messages.WARNING)
            return None
        if len({row.signoff for row in waiting if row.signoff != Signoff.NONE}) > 1:
            self.message_user(
                request,
                gettext(
                    "Some of these texts wait for a clinician and some for a lawyer. One person cannot have "
                    "checked both: choose one kind with the filter."
                ),
                messages.WARNING,
            )
            return None
        form = SignoffForm(request.POST if "confirmed" in request.POST else None)
        if form.is_bound and form.is_valid():
            signed = self._sign(request, waiting, **form.cleaned_data)
            if signed:
                self.message_user(
                    request,
                    ngettext("%(count)s text is signed off.", "%(count)s texts are signed off.", signed)
                    % {"count": signed},
                    messages.SUCCESS,
                )
                return None
            form.add_error(None, gettext("Somebody changed these words meanwhile. Please read them again."))
        return page(
            request,
            "signoff",
            gettext("Sign off texts"),
            form=form,
            waiting=waiting,
            left=len(chosen) - len(waiting),
            seen=self._fingerprint(waiting),
            opts=self.opts,
        )

    def _sign(self, request: HttpRequest, waiting: Sequence[Any], *, role: str, review_by: dt.date) -> int:
        """Write the sign-off down and return for how many texts: none when their words are not those seen."""
        with transaction.atomic():
            rows = list(
                self.model._default_manager.select_for_update()
                .filter(pk__in=[row.pk for row in waiting])
                .prefetch_related(*self.parts)
            )
            if self._fingerprint(rows) != request.POST.get("seen"):
                return 0
            for row in rows:
                row.reviewed_role, row.reviewed_on, row.review_by = role, timezone.localdate(), review_by
                row.save(update_fields=["reviewed_role", "reviewed_on", "review_by"])
                self.log_change(request, row, f"Signed off until {review_by.isoformat()}.")
        return len(rows)

    def _fingerprint(self, rows: Sequence[Any]) -> str:
        """Return a hash of the words of `rows` and of their parts, as they were read."""
        told = [
            [row.pk, *(_values(row, sorted(self.words))), *self._parts_of(row)]
            for row in sorted(rows, key=lambda row: row.pk)
        ]
        return blake2b(json.dumps(told, default=str).encode(), digest_size=16).hexdigest()

    def _parts_of(self, row: models.Model) -> list[list[Any]]:
        return [
            _values(part, [field.attname for field in part._meta.concrete_fields])
            for name in self.parts
            for part in getattr(row, name).all()
        ]


def _values(row: models.Model, names: Sequence[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def _is_due(row: Reviewed) -> bool:
    return row.review_by is not None and row.review_by <= timezone.localdate() + DUE_WITHIN
