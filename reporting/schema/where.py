"""When and where, once for each time it happened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.lib import places
from reporting.schema.base import DAY, LIST, Choices, Group, Question, Step, line, many, one

OCCURRENCES = "incidents_list"
GROUP = Group(OCCURRENCES, _("Time"), _("Add another time"), _("Nothing yet"))


def _counties() -> Choices:
    return tuple((county.slug, county.name) for county in places.counties())


def _districts() -> list[str]:
    return [district.name for district in places.districts()]


STEPS = (
    Step(
        "when",
        _("When it was"),
        (
            one(
                "date_kind",
                _("Do you know the day?"),
                (
                    ("exact", _("Yes, I know the day")),
                    ("about", _("About")),
                    ("range", _("It went on for some time, and it is over")),
                    ("ongoing", _("It is still going on")),
                    ("unsure", _("I am not sure")),
                ),
            ),
            line("when", _("When, in your own words?"), _("For example: “last spring, at lunch”.")),
        ),
        group=OCCURRENCES,
    ),
    Step(
        "day",
        _("The day"),
        (
            Question(
                "date_from", _("Which day?"), DAY, _("If you know only about when, choose a day close to it.")
            ),
        ),
        asked=lambda answers, item: item.get("date_kind") in {"exact", "about"},
        group=OCCURRENCES,
    ),
    Step(
        "days",
        _("From when to when"),
        (
            Question("date_from", _("When did it begin?"), DAY, _("A day close to it is fine.")),
            Question("date_to", _("When did it end?"), DAY, _("If it is still going on, skip this.")),
        ),
        asked=lambda answers, item: item.get("date_kind") in {"range", "ongoing"},
        group=OCCURRENCES,
    ),
    Step(
        "time",
        _("The time of day"),
        (
            one(
                "part_of_day",
                _("Which part of the day?"),
                (
                    ("before", _("Before school")),
                    ("morning", _("Morning")),
                    ("lunch", _("Lunch")),
                    ("afternoon", _("Afternoon")),
                    ("after", _("After school")),
                    ("evening", _("Evening or night")),
                    ("unsure", _("I do not know")),
                ),
            ),
            line("time", _("The time, if you know it"), _("For example: 10:20.")),
        ),
        group=OCCURRENCES,
    ),
    Step(
        "where",
        _("Where it was"),
        (
            Question("county", _("County"), LIST, choices=_counties),
            line(
                "district",
                _("School district"),
                _("You can write “other”, “charter”, “private” or leave it out."),
                suggested=_districts,
            ),
            line("school", _("School or place")),
        ),
        group=OCCURRENCES,
    ),
    Step(
        "place",
        _("The place"),
        (
            one(
                "place",
                _("Where exactly?"),
                (
                    ("classroom", _("Classroom")),
                    ("hall", _("Hall, lunchroom or gym")),
                    ("office", _("Office")),
                    ("outside", _("Outside or parking lot")),
                    ("bus", _("Bus")),
                    ("event", _("School event")),
                    ("street", _("On the street")),
                    ("home", _("At home")),
                    ("online", _("Online or by phone")),
                    ("other", _("Somewhere else")),
                ),
            ),
        ),
        group=OCCURRENCES,
    ),
    Step(
        "camera",
        _("Cameras"),
        (
            many(
                "camera",
                _("Was a camera on?"),
                (
                    ("body", _("Yes, on the officer")),
                    ("school", _("Yes, a school camera")),
                    ("phone", _("Yes, somebody’s phone")),
                    ("no", _("No")),
                    ("unsure", _("I do not know")),
                ),
                _("Video is often recorded over. Ask the school in writing, now, to keep it."),
            ),
        ),
        group=OCCURRENCES,
    ),
    Step("times", _("The times you told us about"), lists=OCCURRENCES),
)
