"""The kinds of incident, on two levels, as a table with versions (research on intake, section 4).

A row is never taken out: it is retired, so that reports of that time still show their words. Its slug never
changes its meaning. What staff count later is compared by slug, never by words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

TAXONOMY_VERSION = 2


class Detail(NamedTuple):
    """A second-level kind. since, retired: versions of this table; retired 0 is in use."""

    slug: str
    label: Any
    since: int = 2
    retired: int = 0


class Incident(NamedTuple):
    """A first-level kind. details: its second level, kept under the answer `<slug>_kinds`."""

    slug: str
    label: Any
    details: tuple[Detail, ...] = ()
    since: int = 1
    retired: int = 0

    @property
    def answer(self) -> str:
        """Return the name of the answer that holds the second level, such as "no_help_kinds"."""
        return f"{self.slug.replace('-', '_')}_kinds"


INCIDENTS: tuple[Incident, ...] = (
    Incident(
        "force",
        _("Force: hit, grabbed, pushed, thrown down, choked, sprayed or shocked"),
        (
            Detail("hands", _("Grabbed, pushed or pulled")),
            Detail("take-down", _("Thrown or taken to the floor")),
            Detail("strike", _("Hit, kicked or kneed")),
            Detail("choke", _("Choked, or weight on neck, chest or back")),
            Detail("spray", _("Sprayed")),
            Detail("taser", _("Shocked with a Taser")),
            Detail("baton", _("Hit with a baton")),
            Detail("dog", _("A police dog")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "restraint",
        _("Handcuffed, held down or locked in a room"),
        (
            Detail("metal", _("Metal handcuffs")),
            Detail("plastic", _("Plastic ties")),
            Detail("held", _("Held down by hand")),
            Detail("chair", _("Tied or cuffed to a chair, desk or rail")),
            Detail("seclusion", _("Locked or kept alone in a room")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "weapon",
        _("A weapon was shown or pointed"),
        (
            Detail("hand-on", _("A hand was put on a gun or Taser")),
            Detail("gun-shown", _("A gun was shown")),
            Detail("gun-pointed", _("A gun was pointed")),
            Detail("taser-shown", _("A Taser was shown or pointed")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "sexual",
        _("Sexual words, messages, touching or assault"),
        (
            Detail("comments", _("Comments or looks")),
            Detail("messages", _("Messages, calls or pictures")),
            Detail("touching", _("Touching")),
            Detail("assault", _("Assault")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "arrest",
        _("Arrested, ticketed or charged"),
        (
            Detail("arrest", _("Arrested")),
            Detail("citation", _("A ticket")),
            Detail("summons", _("A letter to come to court")),
            Detail("petition", _("A petition in juvenile court")),
            Detail("charge", _("A charge")),
            Detail("threat-law", _("It was about a threat (the school threat law)")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "search",
        _("Searched: body, bag, locker, phone or car"),
        (
            Detail("body", _("Body, over the clothes")),
            Detail("strip", _("Clothes had to come off")),
            Detail("bag", _("Bag")),
            Detail("locker", _("Locker or desk")),
            Detail("phone", _("Phone or computer")),
            Detail("car", _("Car")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "questioning",
        _("Questioned without a parent or a lawyer"),
        (
            Detail("school", _("Asked questions at school")),
            Detail("station", _("Taken away to be asked")),
            Detail("pressure", _("Pushed to say or sign something")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "slur",
        _("Slurs, insults, threats or unfair treatment"),
        (
            Detail("race", _("About race, color or where a family is from")),
            Detail("religion", _("About religion")),
            Detail("gender", _("About being a girl, a boy, or LGBTQ+")),
            Detail("disability", _("About a disability")),
            Detail("threat", _("A threat")),
            Detail("unfair", _("Treated worse than others")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "watching",
        _("Watched: phone, social media or cameras"),
        (
            Detail("phone", _("Phone or messages were read")),
            Detail("social-media", _("Social media was watched")),
            Detail("face", _("Cameras that know faces")),
            Detail("followed", _("Followed or watched in person")),
            Detail("list", _("Put on a list, such as a gang list")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "immigration",
        _("Something about immigration"),
        (
            Detail("threat", _("A threat to call immigration")),
            Detail("asked", _("Asked about papers")),
            Detail("called", _("Immigration was called or came")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "discipline",
        _("Police used for a school matter"),
        (
            Detail("phone", _("A phone")),
            Detail("dress", _("Clothes or hair")),
            Detail("late", _("Being late or away")),
            Detail("talk", _("Talking back or noise")),
            Detail("fight", _("A fight without serious harm")),
            Detail("crisis", _("A child who was upset or in crisis")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "no-help",
        _("An officer did not protect or help"),
        (
            Detail("stood-by", _("Stood by while someone was hurt")),
            Detail("no-medical", _("Did not get medical help")),
            Detail("no-report", _("Did not take a report")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "property",
        _("Something was taken or broken"),
        (
            Detail("taken", _("Taken and not given back")),
            Detail("broken", _("Broken")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident(
        "retaliation",
        _("Punished for speaking up"),
        (
            Detail("stopped", _("Stopped, searched or watched more")),
            Detail("school", _("Punished by the school")),
            Detail("threat", _("A threat")),
            Detail("family", _("Something was done to the family")),
            Detail("other", _("Something else")),
        ),
    ),
    Incident("other", _("Something else, or I am not sure")),
)


def offered(rows: tuple[Any, ...]) -> list[tuple[str, Any]]:
    """Return (slug, label) of the rows that are in use, as choices of a field."""
    return [(row.slug, row.label) for row in rows if not row.retired]


def details(answers: Any) -> list[str]:
    """Return the second-level kinds that were ticked: "force.take-down", in the order of the table."""
    ticked = set(answers.get("incidents") or [])
    return [
        f"{incident.slug}.{detail}"
        for incident in INCIDENTS
        if incident.slug in ticked
        for detail in answers.get(incident.answer) or []
    ]
