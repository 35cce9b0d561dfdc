"""The doors where a complaint may go: one table for the public page and for the case page.

What each can do, its limits and its numbers are facts on Tennessee (part e.7, checked 22 November 2026); what
is only commonly known says so. SafeTN is not among them: its tips may reach the school officer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from reporting import answers as told
from reporting.answers import Answers
from reporting.triage import agencies
from reporting.triage.clocks import Clock

# Why a family comes: headings of the public chooser, and how doors are picked for a case.
DANGER, OFFICER, UNFAIR, DISABILITY, ADVICE = "danger", "officer", "unfair", "disability", "advice"
CHECKED_ON = _("November 22, 2026")


@dataclass(frozen=True)
class Contact:
    """One way in. shown: as people read it; href: a tel or mailto link, "" for an address to type."""

    shown: Any
    href: str = ""


@dataclass(frozen=True)
class Door:
    """One body that may be told.

    can: what it can do; limits: what to know before; who: who may use it and whether a name is
    needed, empty where nothing is to say; for_:
    the needs it answers; clocks: slugs of deadlines that may run for it.
    """

    slug: str
    name: Any
    can: Any
    limits: Any
    who: Any
    for_: tuple[str, ...]
    contacts: tuple[Contact, ...] = ()
    clocks: tuple[str, ...] = ("no-limit",)
    warning: Any = ""


def _tel(number: str) -> Contact:
    return Contact(number, f"tel:+1{number.replace('-', '')}")


def _mail(address: str) -> Contact:
    return Contact(address, f"mailto:{address}")


def _site(address: str) -> Contact:
    # Typed by hand: a link would tell the other site where the reader came from.
    return Contact(address)


DOORS: tuple[Door, ...] = (
    Door(
        "dcs",
        _("Department of Children’s Services (DCS)"),
        _(
            "Child abuse. It takes cases where a parent, caretaker, educator or someone similar may be at "
            "fault."
        ),
        _("Other cases go to law enforcement. The online form is not for emergencies."),
        _("Everyone. In Tennessee everyone who knows of such harm must report it at once."),
        (DANGER,),
        (
            _tel("877-237-0004"),
            Contact("877-54ABUSE (877-542-2873)", "tel:+18775422873"),
            _site("carat.app.tn.gov/carat"),
        ),
        (),
    ),
    Door(
        "other-police",
        _("A different police agency"),
        _(
            "Crimes and child abuse: for example the sheriff instead of the city police, the state bureau "
            "(TBI) or the FBI."
        ),
        _("Never the accused officer’s own department. (Common practice; we could not open a source.)"),
        "",
        (DANGER,),
        (),
        (),
    ),
    Door(
        "school",
        _("Principal, then director of schools, then school board"),
        _("They can ask for the officer to be moved, and look again at the agreement with the police."),
        _("They do not employ the officer."),
        _("Everyone. You may speak at board meetings (commonly known)."),
        (OFFICER, UNFAIR),
    ),
    Door(
        "post",
        _("POST Commission (Peace Officer Standards and Training)"),
        _("It can act on the officer’s certificate."),
        _(
            "In its own words “not a general investigative agency”. A 2025 bill would require complaints "
            "to be "
            "signed, with a copy to the officer. We have not confirmed whether it passed: ask before you "
            "sign."
        ),
        _("Any person. You need not be the one it happened to."),
        (OFFICER,),
        (
            _site("tn.gov/commerce/post/resources.html"),
            Contact(_("Mail: 3025 Lebanon Pike, Nashville, TN 37214")),
        ),
    ),
    Door(
        "doj",
        _("U.S. Department of Justice, Civil Rights"),
        _("A pattern, or discrimination."),
        _("One incident alone is usually not enough."),
        _("Everyone, in several languages."),
        (OFFICER, UNFAIR),
        (_site("civilrights.justice.gov"), _tel("855-856-1247"), _tel("202-514-3847")),
        (),
    ),
    Door(
        "fbi",
        _("FBI"),
        _("Federal crimes by officers. (Commonly known; we could not open a source.)"),
        "",
        "",
        (OFFICER,),
        (_site("tips.fbi.gov"),),
        (),
    ),
    Door(
        "ocr",
        _("U.S. Department of Education, Office for Civil Rights (OCR)"),
        _("Unfair treatment by the school for race, color, national origin, sex or disability."),
        _("Many regional offices closed in 2025: expect delay. The deadline still runs."),
        _("Not without a name. For someone else you need a consent form."),
        (UNFAIR, DISABILITY),
        (_tel("800-421-3481"), Contact("TDD 800-877-8339", "tel:+18008778339"), _mail("OCR@ed.gov")),
        ("ocr", "ocr-grievance"),
    ),
    Door(
        "cred",
        _("Tennessee Attorney General, Civil Rights Enforcement Division (CRED)"),
        _("Discrimination, also in education. It replaced the Human Rights Commission on June 30, 2025."),
        "",
        _("Ask whether you must give a name: we do not know."),
        (UNFAIR,),
        (
            _mail("CRED@ag.tn.gov"),
            _tel("615-741-3491"),
            Contact(_("Mail: P.O. Box 20207, Nashville 37202")),
            _site("stateoftennessee.formstack.com/forms/cred"),
        ),
        ("cred",),
    ),
    Door(
        "special-education",
        _("Tennessee Department of Education, special education"),
        _("State complaint, mediation or a hearing (due process)."),
        _("A decision may take 60 days."),
        _("Families of students in special education. It cannot be anonymous."),
        (DISABILITY,),
        (_mail("Dispute.Resolution@tn.gov"), _tel("615-248-5878"), _tel("833-596-1553")),
        ("special-education",),
    ),
    Door(
        "committee",
        _("Police advisory and review committee (some cities)"),
        _("It can advise."),
        _("A 2023 law replaced stronger boards. (We could not confirm every part of this.)"),
        _("Ask your city."),
        (OFFICER,),
        (),
        (),
    ),
    Door(
        "help4tn",
        _("HELP4TN"),
        _("A first stop for legal help, and free legal answers online."),
        _("Not a government body."),
        "",
        (ADVICE,),
        (_tel("844-435-7486"), _site("help4tn.org")),
        ("lawsuit", "tort-claim", "own-claim"),
    ),
    Door(
        "drt",
        _("Disability Rights Tennessee"),
        _("Advice on disability rights, abuse and neglect, IEP and 504; sometimes a lawyer."),
        _("Not a government body."),
        _("People with disabilities and their families."),
        (DISABILITY, ADVICE),
        (_tel("615-298-1080"), _site("disabilityrightstn.org")),
        (),
    ),
    Door(
        "aclu",
        _("ACLU of Tennessee"),
        _("Students’ rights handbook; advice, sometimes a lawyer."),
        _("Not a government body."),
        "",
        (ADVICE,),
        (_site("aclu-tn.org/en/know-your-rights/students-rights-handbook"),),
        (),
    ),
    # Last: it judges its own.
    Door(
        "own-agency",
        _("The officer’s own department (internal affairs)"),
        _("It can look into it and discipline."),
        _(
            "It looks into itself. Ask the principal for the written complaint procedure; where the school "
            "has an "
            "agreement with the police, ask for that agreement."
        ),
        _("Ask first whether you must give a name: we do not know."),
        (OFFICER,),
        warning=_(
            "The officer’s colleagues may learn who complained. Talk to a lawyer or another door first."
        ),
    ),
)
_BY_SLUG = {door.slug: door for door in DOORS}


@dataclass(frozen=True)
class Card:
    """A door as it fits one case: why it is shown, and which deadlines may run for it."""

    door: Door
    why: Any
    clocks: list[Clock] = field(default_factory=list)


def doors_for(need: str) -> list[Door]:
    """Return the doors of one heading of the chooser, in the order of the table."""
    return [door for door in DOORS if need in door.for_]


def door(slug: str) -> Door:
    """Return the door `slug`. Raise KeyError when there is none."""
    return _BY_SLUG[slug]


_UNFAIR = {"slur", "immigration", "discipline", "retaliation"}
_DANGER = {"force", "restraint", "weapon", "sexual"}
_PLAN = {"iep", "504", "evaluating"}


def cards(answers: Answers, clocks: Iterable[Clock] = ()) -> list[Card]:
    """Return the doors that may fit this case, the officer's own agency last.

    clocks: the deadlines of the case; each card gets those of its door.
    """
    clocks = list(clocks)
    kinds = set(told.incident_slugs(answers))
    plans = {str(each.get("disability") or "") for each in told.students(answers)}
    needs: dict[str, Any] = {}
    if kinds & _DANGER:
        needs[DANGER] = _("A child may have been hurt.")
    if plans & _PLAN:
        needs[DISABILITY] = _("The student has a disability plan or is being checked for one.")
    if kinds & _UNFAIR or plans & _PLAN:
        needs[UNFAIR] = _("The student may have been treated unfairly.")
    needs[OFFICER] = _("It is about an officer.")
    needs[ADVICE] = _("Advice is open to everyone.")
    found = []
    for each in DOORS:
        why = next((needs[need] for need in needs if need in each.for_), None)
        if why is not None and _fits(each, answers, plans):
            found.append(Card(each, why, [clock for clock in clocks if clock.slug in each.clocks]))
    return found


def _fits(each: Door, answers: Answers, plans: set[str]) -> bool:
    if each.slug == "special-education":
        return bool(plans & {"iep", "evaluating"})
    if each.slug == "fbi":
        return agencies.FEDERAL not in agencies.excluded(agencies.accused(told.officers(answers)))
    return True
