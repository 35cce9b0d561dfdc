"""Where else to complain, and a calculator of deadlines. Public; what is typed is answered and forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.caching import private_page, public_page
from portal.lib.crosssite import same_site_post
from reporting.triage import clocks, routes
from reporting.triage.clocks import ABOUT, EXACT, ONGOING, RANGE, UNSURE

_OLDEST = dt.date(1950, 1, 1)
_FORMATS = ["%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d, %Y", "%b %d, %Y"]
_PICK = {"invalid_choice": _("Please choose one of the answers shown.")}


def _day(label: Any, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=hint,
        required=False,
        input_formats=_FORMATS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("We cannot read this day. Write it like this: 3/9/2026.")},
    )


def _pick(label: Any, choices: list[tuple[str, Any]], hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, help_text=hint, choices=choices, required=False, error_messages=_PICK
    )


class DatesForm(forms.Form):
    """What the calculator needs: no name, no place, no birthday."""

    kind = _pick(
        _("Do you know the day?"),
        [
            (EXACT, _("Yes")),
            (ABOUT, _("Only about")),
            (RANGE, _("It went on for some time, and it is over")),
            (ONGOING, _("It is still going on")),
            (UNSURE, _("No")),
        ],
    )
    first = _day(
        _("Which day? Or when did it begin?"), _("If you know only about when, choose a day close to it.")
    )
    last = _day(_("When did it end?"), _("Only if it went on for some time."))
    age = _pick(
        _("How old is the student?"),
        [
            ("unsure", _("I do not know")),
            ("0-8", _("8 or younger")),
            ("9-11", _("9 to 11")),
            ("12-14", _("12 to 14")),
            ("15-17", _("15 to 17")),
            ("18", _("18 or older")),
        ],
    )
    charged = _pick(
        _("Was the officer charged with a crime for it?"),
        [("no", _("No, or I do not know")), ("yes", _("Yes"))],
    )
    plan = _pick(
        _("Does the student have a disability plan?"),
        [
            ("unsure", _("I do not know")),
            ("iep", _("Yes, an IEP")),
            ("evaluating", _("Being checked for one")),
            ("504", _("Yes, a 504 plan")),
            ("no", _("No")),
        ],
    )
    grievance = _day(
        _("Did the school finish a complaint process about it? On which day?"),
        _("The school’s own complaint process, not ours."),
    )

    def clean(self) -> dict[str, Any]:
        """Check that the days make sense: none to come, none before 1950, and in their order."""
        cleaned = super().clean() or {}
        for name in ("first", "last", "grievance"):
            day = cleaned.get(name)
            if day and day > timezone.localdate():
                self.add_error(name, _("This day has not come yet. Check the year."))
            elif day and day < _OLDEST:
                self.add_error(name, _("Check the year: it should have four digits."))
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("It cannot end before it began. Check both days."))
        if cleaned.get("kind") in {EXACT, ABOUT} and not first and not self.errors:
            self.add_error("first", _("Choose a day, or say above that you do not know it."))
        return cleaned

    def clocks(self) -> list[clocks.Clock]:
        """Return the deadlines that may run. The form is valid."""
        cleaned, today = self.cleaned_data, timezone.localdate()
        kind = cleaned["kind"] or UNSURE
        last = cleaned["last"] if kind == RANGE else None
        span = clocks.span_of(kind, cleaned["first"], last, today=today)
        return clocks.clocks(
            span,
            today=today,
            age=cleaned["age"],
            charged=cleaned["charged"] == "yes",
            special_education=cleaned["plan"],
            grievance_ended=cleaned["grievance"],
        )


@public_page
def rights(request: HttpRequest) -> HttpResponse:
    """Show where else to complain, and which deadlines may run."""
    needs = (routes.DANGER, routes.OFFICER, routes.UNFAIR, routes.DISABILITY, routes.ADVICE)
    # Each door stands once, under the first need it answers.
    shown: set[str] = set()
    doors: dict[str, list[routes.Door]] = {}
    for need in needs:
        doors[need] = [door for door in routes.doors_for(need) if door.slug not in shown]
        shown |= {door.slug for door in doors[need]}
    return render(request, "reporting/rights.html", {"doors": doors, "form": DatesForm()})


@private_page
@same_site_post
def dates(request: HttpRequest) -> HttpResponse:
    """Work out deadlines from posted days, without keeping them."""
    if request.method != "POST":
        return redirect(f"{reverse('reporting:rights')}#dates")
    form = DatesForm(request.POST)
    if not form.is_valid():
        return render(request, "reporting/rights_dates.html", {"form": form}, status=422)
    context = {"form": form, "clocks": form.clocks(), "standing": clocks.standing_clocks()}
    return render(request, "reporting/rights_dates.html", context)
