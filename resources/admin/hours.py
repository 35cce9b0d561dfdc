"""How staff write down opening hours: boxes to tick, times as people say them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from resources.admin.base import AnyForm, AnyStack
from resources.models import Location, Schedule, Service
from resources.models.directory import WEEKDAYS

WEEKS = [(1, _("1st")), (2, _("2nd")), (3, _("3rd")), (4, _("4th")), (5, _("5th")), (-1, _("last"))]
# Longer than any night: whoever types 9:00 and 5:00 means the afternoon.
TOO_LONG = dt.timedelta(hours=20)


class DayTime(forms.TimeField):
    """A time of day, as 17:00 or 5 pm."""

    default_error_messages = {"invalid": _("Write the time as 17:00 or 5 pm.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%H:%M", "%H:%M:%S", "%I:%M%p", "%I%p"],
            widget=forms.TimeInput(format="%H:%M", attrs={"size": 10}),
            required=False,
            **kwargs,
        )

    def to_python(self, value: Any) -> dt.time | None:
        """Return the time. Raise ValidationError for what is none."""
        said = value.replace(".", "").replace(" ", "") if isinstance(value, str) else value
        return super().to_python(said)


class ScheduleForm(AnyForm):
    """One span of opening hours."""

    weekdays = forms.MultipleChoiceField(
        choices=list(WEEKDAYS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "sidebyside"}),
    )
    weeks = forms.TypedMultipleChoiceField(
        choices=WEEKS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "sidebyside"}),
        label=_("Only these weeks of the month"),
        help_text=_("Such as the 1st and 3rd Tuesday. None: every week."),
    )
    opens_at = DayTime(help_text=_("As 9:00 or 9 am, on the clock of the place. Both empty: the whole day."))
    closes_at = DayTime(help_text=_("As 17:00 or 5 pm. Earlier than the opening: on the next day."))

    class Meta:
        model = Schedule
        fields = [
            "kind", "location", "weekdays", "weeks", "opens_at", "closes_at", "day", "valid_from", "valid_to",
            "every_year", "order",
        ]  # fmt: skip
        labels = {"valid_from": _("First day of the season"), "valid_to": _("Last day of the season")}

    def clean(self) -> dict[str, Any]:
        """Refuse what the table could hold but nobody means."""
        given = super().clean() or {}
        season = ("weeks", "valid_from", "valid_to", "every_year")
        if given.get("day") and any(given.get(name) for name in season):
            self.add_error("day", _("One date has no weeks and no season. Empty them, or the date."))
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes:
            self._check_times(opens, closes)
        return given

    def _check_times(self, opens: dt.time, closes: dt.time) -> None:
        if opens == closes:
            self.add_error("closes_at", _("It closes when it opens. For a whole day leave both times empty."))
            return
        start, end = (dt.datetime.combine(dt.date.min, time) for time in (opens, closes))
        if end < start and end + dt.timedelta(days=1) - start >= TOO_LONG:
            self.add_error(
                "closes_at",
                _(
                    "This closes on the next day, 20 hours later or more. Write afternoons as 17:00 or 5 pm. "
                    "Give a long night in two parts: until 0:00, and from 0:00."
                ),
            )


class ScheduleInline(AnyStack):
    """Opening hours of one service, a form for each span."""

    model = Schedule
    form = ScheduleForm
    # One empty form, so that hours can be added without scripts.
    extra = 1
    verbose_name_plural = _("opening hours")
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind", "location"),
                    "weekdays",
                    ("opens_at", "closes_at"),
                    "weeks",
                    "day",
                    ("valid_from", "valid_to", "every_year"),
                    "order",
                ]
            },
        )
    ]

    def get_formset(self, request: HttpRequest, obj: Service | None = None, **kwargs: Any) -> Any:
        """Offer the places of this service alone: hours of another place would be shown nowhere."""
        formset = super().get_formset(request, obj, **kwargs)
        choice: Any = formset.form.base_fields["location"]
        # One that was taken from the service stays with its hours: emptied, they would hold everywhere.
        own = Q(services=obj) | Q(schedules__service=obj)
        choice.queryset = Location.objects.filter(own).distinct() if obj else Location.objects.none()
        return formset
