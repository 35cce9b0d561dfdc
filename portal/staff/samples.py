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
    counties = ["shelby", "davidson", "knox", "hamilton", "rutherford", "madison", "washington", ""]
    answers: dict[str, Any] = {
        "story": f"It happened again, and other people saw it. {story}" if again else story,
        "incidents": incidents,
        "officer_type": ["sro", "unsure", "security"][number % 3],
        "county": counties[number % len(counties)],
        "school": f"Made-up School {number % 7 + 1}",
        "when": ["Last Tuesday, at lunch", "In September", "This morning", "I do not remember"][number % 4],
        "relation": ["student", "parent", "student-witness", "school-worker"][number % 4],
        "age": ["9-11", "12-14", "15-17", "unsure"][number % 4],
        "wishes": [["record"], ["support", "lawyer"], ["moved"], ["unsure"]][number % 4],
    }
    if number % 3 == 0:
        answers |= {"officer_name": f"{_OFFICER} {number % 4 + 1}", "badge": f"sample-{number % 4 + 1}"}
    if number % 5 == 0:
        answers |= {"name": f"Sample Person {number}", "contact": "No real contact: this is a sample."}
    if number % 4 == 1:
        answers |= {"consents": ["figures"], "injury": "A bruise that went away, and bad sleep since."}
    return {name: value for name, value in answers.items() if value}


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
