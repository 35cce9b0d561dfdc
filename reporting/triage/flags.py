"""What a reviewer should see first, from the answers of a report, each with its reason. Pure.

A flag is a question, never a finding: it stands because somebody ticked something, and it says what. The
priority is only suggested; nothing changes it but a reviewer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from reporting import answers as told
from reporting.answers import Answers
from reporting.models import Report

URGENT, HIGH, NORMAL = Report.Priority.URGENT, Report.Priority.HIGH, Report.Priority.NORMAL
_ORDER = [URGENT, HIGH, NORMAL]
_UNDER_18 = {"0-8", "9-11", "12-14", "15-17"}
_HARMFUL = {"force", "restraint", "weapon", "sexual"}
_HANDCUFFS = {"metal", "plastic", "chair"}
_DOCTOR = {"doctor", "hospital"}
_CAMERAS = {"body", "school"}
_VIDEO = {"school-video", "body-video"}


@dataclass(frozen=True)
class Flag:
    """One thing to see first. says: the sentence; because: which answer it stands on."""

    slug: str
    priority: Report.Priority
    says: Any
    because: Any


def _any(value: object, wanted: Iterable[str]) -> bool:
    return bool(set(value if isinstance(value, list) else [value]) & set(wanted))


def flags(answers: Answers) -> list[Flag]:
    """Return what should be seen first, the gravest first. answers: all of a report's, merged."""
    found = [*_people_at_risk(answers), *_what_happened(answers), *_around_it(answers)]
    return sorted(found, key=lambda flag: _ORDER.index(flag.priority))


def suggested_priority(found: Iterable[Flag]) -> Report.Priority:
    """Return the gravest priority of the flags, normal when there are none."""
    return min((flag.priority for flag in found), key=_ORDER.index, default=NORMAL)


def _child_is_meant(answers: Answers) -> bool:
    """Return whether the student may be under 18: also when nobody said an age."""
    ages = {str(each.get("age") or "unsure") for each in told.students(answers)} or {"unsure"}
    return ages != {"18"}


def _people_at_risk(answers: Answers) -> list[Flag]:
    found = []
    if _any(answers.get("danger"), {"yes", "unsure"}):
        found.append(
            Flag(
                "danger",
                URGENT,
                _("Someone may be in danger now. Read it at once. In an emergency 911 is called."),
                _("Danger now: “yes” or “I do not know” was ticked."),
            )
        )
    if _child_is_meant(answers) and _harmed(answers):
        found.append(
            Flag(
                "abuse",
                URGENT,
                _(
                    "A child may be being abused. Tennessee law asks whoever knows of harm that reasonably "
                    "looks like abuse to report it at once (37-1-403; sexual abuse: 37-1-605). Decide "
                    "yourself, now: nobody has to approve it."
                ),
                _(
                    "Force, restraint, a weapon, a sexual matter or an injury was told of a student who "
                    "may be under 18."
                ),
            )
        )
    if answers.get("under_18") == "alone":
        found.append(
            Flag(
                "alone",
                HIGH,
                _("A person under 18 writes alone. Answer in plain words and say whom they can talk to."),
                _("“Under 18, writing alone” was ticked."),
            )
        )
    return found


def _harmed(answers: Answers) -> bool:
    injuries = set(answers.get("injury_kinds") or []) - {"none", "unsure"}
    return bool(_HARMFUL & set(told.incident_slugs(answers)) or injuries)


def _what_happened(answers: Answers) -> list[Flag]:
    kinds = set(told.incident_slugs(answers))
    found = []
    if "sexual" in kinds:
        found.append(
            Flag(
                "sexual",
                URGENT,
                _(
                    "Sexual misconduct was told. For sexual abuse of a child the law has its own section "
                    "(37-1-605)."
                ),
                _("“Sexual words, messages, touching or assault” was ticked."),
            )
        )
    if "weapon" in kinds:
        found.append(
            Flag(
                "weapon",
                HIGH,
                _("A weapon was shown or pointed."),
                _("“A weapon was shown or pointed” was ticked."),
            )
        )
    if _any(answers.get("injury_kinds"), _DOCTOR):
        found.append(
            Flag(
                "injury",
                HIGH,
                _("An injury needed a nurse, a doctor or a hospital. Papers and photos matter early."),
                _("The answer on injuries says so."),
            )
        )
    if flag := _special_education(answers, kinds):
        found.append(flag)
    if "immigration" in kinds or any(
        officer.get("officer_type") == "federal" or officer.get("agency_kind") == "federal"
        for officer in told.officers(answers)
    ):
        found.append(
            Flag(
                "federal",
                HIGH,
                _("A federal officer or immigration may be involved. Ask a lawyer before any letter leaves."),
                _("“Something about immigration” or a federal officer was ticked."),
            )
        )
    return found


def _special_education(answers: Answers, kinds: set[str]) -> Flag | None:
    plans = {str(each.get("disability") or "") for each in told.students(answers)}
    cuffed = _any(answers.get("restraint_kinds"), _HANDCUFFS)
    if not plans & {"iep", "evaluating"} or not ({"restraint"} & kinds or cuffed):
        return None
    return Flag(
        "special-education",
        HIGH,
        _(
            "Question for a lawyer: do the special education rules on restraint apply (49-10-1301 to 1307; "
            "rule 0520-01-09-.23)? For students who receive special education, isolation and physical "
            "holding "
            "are for emergencies only, mechanical restraint is banned, and a parent must be told the same "
            "day. "
            "The Act speaks of people employed by a public school. Whether it covers an officer’s "
            "handcuffs is "
            "not settled: do not tell the family that it does or does not. Other federal disability law may "
            "apply in any case (commonly known)."
        ),
        _("A plan or an evaluation for special education was ticked, and a restraint."),
    )


def _around_it(answers: Answers) -> list[Flag]:
    found = []
    if _any(answers.get("open_charge"), {"yes", "unsure"}):
        found.append(
            Flag(
                "charge",
                HIGH,
                _(
                    "There may be an open charge or a court date: a lawyer first. Do not ask what the "
                    "student said or did."
                ),
                _("Open charge or court date: “yes” or “I do not know” was ticked."),
            )
        )
    if "retaliation" in told.incident_slugs(answers) or _any(
        answers.get("punished_since"), {"yes", "afraid"}
    ):
        found.append(
            Flag(
                "retaliation",
                HIGH,
                _("Somebody was punished for speaking up, or fears it. Send nothing that shows who told us."),
                _("The answer on what happened since then says so."),
            )
        )
    cameras = [camera for each in told.occurrences(answers) for camera in each.get("camera") or []]
    if _any(cameras, _CAMERAS) or _any(answers.get("evidence"), _VIDEO):
        found.append(
            Flag(
                "video",
                HIGH,
                _(
                    "There may be video, and video is often recorded over. Ask today, in writing, that it "
                    "be kept."
                ),
                _("A camera of the school or the officer was told of."),
            )
        )
    if _any(answers.get("told"), {"safetn"}):
        found.append(
            Flag(
                "safetn",
                HIGH,
                _("It was told to SafeTN: the local police or the school officer may know of it."),
                _("“The SafeTN app” was ticked."),
            )
        )
    if _any(answers.get("told"), {"agency"}):
        found.append(
            Flag(
                "agency-knows",
                NORMAL,
                _("The officer’s own department knows of it already."),
                _("“The officer’s department” was ticked."),
            )
        )
    return found
