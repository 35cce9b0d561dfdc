"""What it did, what proves it, what was done about it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.schema.base import DAY, YES_NO, Answers, Question, Step, line, many, note, one

_TOLD_NOBODY = {"nobody"}


def _told_somebody(answers: Answers, item: Answers) -> bool:
    return bool(set(answers.get("told") or []) - _TOLD_NOBODY)


def _hurt(answers: Answers, item: Answers) -> bool:
    return bool(set(answers.get("injury_kinds") or []) - {"none"})


EFFECT_STEPS = (
    Step(
        "injury",
        _("Was anybody hurt?"),
        (
            many(
                "injury_kinds",
                _("Was anybody hurt, in body or mind?"),
                (
                    ("none", _("No")),
                    ("minor", _("A little: bruises, marks, pain")),
                    ("doctor", _("It needed a nurse or a doctor")),
                    ("hospital", _("It needed a hospital")),
                    ("mental", _("Fear, bad sleep, or other harm to the mind")),
                    ("unsure", _("I am not sure")),
                ),
            ),
            note("injury", _("How, in your words?")),
        ),
    ),
    Step(
        "care",
        _("Care and photos"),
        (
            many(
                "care",
                _("Who looked at it?"),
                (
                    ("school-nurse", _("School nurse")),
                    ("doctor", _("Doctor or clinic")),
                    ("hospital", _("Hospital")),
                    ("counselor", _("Counselor")),
                    ("nobody", _("Nobody")),
                ),
            ),
            note("care_text", _("When, and who has the papers?")),
            one(
                "photos_taken",
                _("Were photos taken?"),
                YES_NO,
                _("Photos fade less than memory. Take them now."),
            ),
            Question("photos_on", _("On which day?"), DAY),
        ),
        asked=_hurt,
    ),
    Step(
        "school-result",
        _("What the school did"),
        (
            many(
                "school_result",
                _("What did the school do to the student?"),
                (
                    ("nothing", _("Nothing")),
                    ("suspended", _("Suspended")),
                    ("expelled", _("Expelled")),
                    ("alternative", _("Sent to an alternative school")),
                    ("moved", _("Moved to another class or school")),
                    ("missed", _("The student missed days")),
                    ("other", _("Something else")),
                    ("unsure", _("I do not know")),
                ),
            ),
            line("missed_days", _("About how many days were missed?")),
            note("school_result_text", _("Something to add about it?")),
        ),
    ),
    Step(
        "since-then",
        _("Since then"),
        (
            one(
                "punished_since",
                _("Was anybody punished for speaking up, or do you fear it?"),
                (
                    ("yes", _("Yes, it happened")),
                    ("afraid", _("Not yet, but I fear it")),
                    ("no", _("No")),
                    ("unsure", _("I do not know")),
                ),
            ),
            note("punished_since_text", _("What happened, or what do you fear?")),
        ),
    ),
)

PROOF_STEPS = (
    Step(
        "evidence",
        _("What others may hold"),
        (
            many(
                "evidence",
                _("What may show what happened?"),
                (
                    ("school-video", _("Video of the school")),
                    ("body-video", _("Video of the officer’s camera")),
                    ("phone-video", _("Video or photos on a phone")),
                    ("school-papers", _("Papers of the school")),
                    ("police-papers", _("Papers of the police or court")),
                    ("medical", _("Papers of a doctor or nurse")),
                    ("messages", _("Messages or posts")),
                    ("other", _("Something else")),
                    ("unsure", _("I do not know")),
                ),
                _("Video is often recorded over in days. Ask in writing, now, to keep it."),
            ),
            note("evidence_text", _("Who has it?")),
        ),
    ),
)

DONE_STEPS = (
    Step(
        "told",
        _("Who knows already"),
        (
            many(
                "told",
                _("Whom did you tell?"),
                (
                    ("nobody", _("Nobody yet")),
                    ("school", _("The school")),
                    ("district", _("The school district")),
                    ("agency", _("The officer’s department")),
                    ("post", _("The POST Commission")),
                    ("review-board", _("A police review board")),
                    ("ocr", _("Federal education civil rights (OCR)")),
                    ("doj", _("U.S. Department of Justice")),
                    ("dcs", _("Child abuse hotline (DCS)")),
                    ("lawyer", _("A lawyer")),
                    ("safetn", _("The SafeTN app")),
                    ("other", _("Somebody else")),
                ),
            ),
        ),
    ),
    Step(
        "told-when",
        _("When you told them"),
        (
            Question(
                "told_on", _("When did you first tell one of them?"), DAY, _("A day close to it is fine.")
            ),
            note("told_text", _("What did they say or do?")),
        ),
        asked=_told_somebody,
    ),
    Step(
        "parent",
        _("The parent"),
        (
            one(
                "parent_informed",
                _("Did the school tell a parent or guardian?"),
                (
                    ("same-day", _("Yes, the same day")),
                    ("later", _("Yes, but later")),
                    ("no", _("No")),
                    ("unsure", _("I do not know")),
                ),
            ),
        ),
    ),
)
