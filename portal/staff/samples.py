"""Thirty made-up reports for a trial. No person, school or officer in them exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_OFFICER = "Officer Example"


@dataclass(frozen=True)
class Sample:
    """One report and what staff did with it. weeks_ago: when it came in."""

    answers: dict[str, Any]
    weeks_ago: int = 0
    status: str = "new"
    priority: str = "normal"
    note: str = ""
    answer: str = ""
    addition: str = ""
    assigned: bool = field(default=False)


_STORIES: list[tuple[str, list[str]]] = [
    ("He pulled me out of the lunch line by my backpack and I fell. I only asked for my phone.", ["force"]),
    ("My son was put in handcuffs for shouting in class. He is nine and has a plan for that.", ["restraint"]),
    ("They searched my bag in front of everybody and found nothing. No one told me why.", ["search"]),
    ("The officer asked me about a fight for an hour. My mom was not called.", ["questioning"]),
    ("He calls the girls names when they walk by the gym. Teachers hear it.", ["slur"]),
    ("I got a ticket for being late three times. Now we have to go to court.", ["arrest", "discipline"]),
    ("He keeps sending messages to a girl in my class at night. She is scared to say it.", ["sexual"]),
    ("My daughter was pushed against a locker. There is a mark on her arm. We took pictures.", ["force"]),
    ("An officer read my messages on my phone and told other kids what was in them.", ["watching", "search"]),
    ("I am a teacher. A child was locked in the small office twice this month.", ["restraint"]),
    ("El oficial le gritó a mi hijo y le dijo que lo iban a deportar. Mi hijo tiene miedo.", ["immigration"]),
    ("There was a fight and the officer stood there and watched. My friend got hurt.", ["no-help"]),
    ("He put his hand on his weapon when my brother did not sit down fast enough.", ["weapon"]),
    ("After we complained, he stops my son every morning at the door and empties his bag.", ["retaliation"]),
    ("They took my jacket in September and I never got it back.", ["property"]),
]


def _answers(number: int) -> dict[str, Any]:
    story, incidents = _STORIES[number % len(_STORIES)]
    again = number >= len(_STORIES)
    answers: dict[str, Any] = {
        "danger": "no",
        "open_charge": ["no", "no", "unsure", "yes"][number % 4],
        "story": f"It happened again, and other people saw it. {story}" if again else story,
        "incidents": incidents,
        **_details(incidents),
        "officers": _officers(number),
        "incidents_list": _times(number),
        "relation": ["student", "parent", "student-witness", "school-worker"][number % 4],
        "students": _students(number),
        "parent_informed": ["no", "later", "same-day", "unsure"][number % 4],
        "told": [["nobody"], ["school"], ["school", "dcs"], ["nobody"]][number % 4],
        "wishes": [["record"], ["support", "lawyer"], ["moved"], ["unsure"]][number % 4],
        "anonymity": ["anonymous", "staff", "", "anonymous"][number % 4],
    }
    if number % 5 == 0:
        answers |= {"anonymity": "staff", "name": f"Sample Person {number}"}
        answers |= {"contact": "No real contact: this is a sample.", "safe_ways": ["text"]}
    if number % 4 == 1:
        answers |= {"consents": ["figures"], "injury_kinds": ["minor", "mental"]}
        answers |= {"injury": "A bruise that went away, and bad sleep since."}
    if number % 6 == 2:
        answers |= {"witnesses": [{"witness_name": f"Sample Witness {number}", "witness_role": "student"}]}
    return {name: value for name, value in answers.items() if value}


def _details(incidents: list[str]) -> dict[str, Any]:
    details: dict[str, dict[str, Any]] = {
        "force": {"force_kinds": ["hands", "take-down"]},
        "restraint": {"restraint_kinds": ["metal"], "restraint_minutes": "about 20"},
        "search": {"search_kinds": ["bag"], "search_consent": "not-asked"},
        "questioning": {"questioning_kinds": ["school"], "parent_called": "no", "rights_read": "no"},
        "arrest": {"arrest_kinds": ["citation"], "charge_text": "Being late."},
    }
    return {name: value for slug in incidents for name, value in details.get(slug, {}).items()}


def _officers(number: int) -> list[dict[str, Any]]:
    first: dict[str, Any] = {"officer_type": ["sro", "unsure", "security"][number % 3]}
    if number % 3 == 0:
        mark = number % 4 + 1
        first |= {"officer_name": f"{_OFFICER} {mark}", "badge": f"sample-{mark}", "before": "yes"}
        first |= {"agency_kind": "city", "agency": "Made-up Police Department"}
    if number % 5 == 2:
        second = {
            "officer_type": "other-police",
            "looks": "Tall, grey hair, no name tag.",
            "clothes": "plain",
        }
        return [first, second]
    return [first]


def _times(number: int) -> list[dict[str, Any]]:
    counties = ["shelby", "davidson", "knox", "hamilton", "rutherford", "madison", "washington", ""]
    kinds: list[dict[str, Any]] = [
        {"date_kind": "exact", "date_from": f"2026-10-{number % 28 + 1:02}", "part_of_day": "lunch"},
        {"date_kind": "about", "date_from": "2026-09-15", "when": "In September"},
        {"date_kind": "ongoing", "date_from": "2026-08-20", "when": "Most mornings"},
        {"date_kind": "unsure", "when": "I do not remember"},
    ]
    first = {
        **kinds[number % 4],
        "county": counties[number % len(counties)],
        "school": f"Made-up School {number % 7 + 1}",
        "place": ["hall", "classroom", "office", "outside"][number % 4],
        "camera": [["school"], ["unsure"], ["body", "school"], []][number % 4],
    }
    times = [first, {"date_kind": "about", "date_from": "2026-05-04"}] if number % 7 == 3 else [first]
    return [{name: value for name, value in each.items() if value} for each in times]


def _students(number: int) -> list[dict[str, Any]]:
    first: dict[str, Any] = {
        "age": ["9-11", "12-14", "15-17", "unsure"][number % 4],
        "relation_to_student": ["me", "child", "friend", "pupil"][number % 4],
    }
    if number % 4 == 1:
        first |= {"student_name": "K.", "grade": "7", "disability": ["iep", "504", "no"][number % 3]}
    if number % 6 == 4:
        return [first, {"age": "12-14", "relation_to_student": "friend", "race": ["black"]}]
    return [first]


def samples() -> list[Sample]:
    """Return the thirty, newest first."""
    states = ["new", "new", "reading", "waiting", "working", "closed"]
    made = []
    for number in range(30):
        status = states[number % len(states)]
        made.append(
            Sample(
                answers=_answers(number),
                weeks_ago=number // 4,
                status=status,
                priority=["normal", "normal", "high", "normal", "urgent"][number % 5],
                assigned=status in {"working", "waiting", "closed"},
                note="Sample note: called the partner group and asked for a day to talk."
                if number % 4 == 3
                else "",
                answer=(
                    "Thank you for telling us. Was anybody else there who would talk with us?"
                    if status == "waiting"
                    else "We read what you wrote and are working on it. You can add more at any time."
                    if status == "working"
                    else ""
                ),
                addition="One more thing: it was near the gym door." if number % 6 == 3 else "",
            )
        )
    return made
