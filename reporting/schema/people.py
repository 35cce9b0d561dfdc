"""Officers, students, witnesses, and who is writing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from portal.lib import places
from reporting.schema.base import (
    LIST,
    NOTE,
    YES_NO,
    Answers,
    Group,
    Question,
    Step,
    line,
    many,
    note,
    one,
)

OFFICERS = "officers"
STUDENTS = "students"
WITNESSES = "witnesses"

GROUPS = (
    Group(OFFICERS, _("Officer"), _("Add another officer"), _("No officer yet")),
    Group(STUDENTS, _("Student"), _("Add another student"), _("No student yet")),
    Group(WITNESSES, _("Witness"), _("Add another witness"), _("Nobody yet")),
)


def _sheriffs() -> list[str]:
    # Each county of the state has a sheriff; a list of all police departments is not known to us.
    return [f"{county.name} County Sheriff" for county in places.counties()]


OFFICER_STEPS = (
    Step(
        "officer",
        _("The officer"),
        (
            one(
                "officer_type",
                _("Who was it?"),
                (
                    ("sro", _("A school resource officer (police or sheriff’s deputy at the school)")),
                    ("security", _("A security officer who works for the school district")),
                    ("off-duty", _("An off-duty officer")),
                    ("other-police", _("Other police who came to the school")),
                    ("federal", _("Immigration or another federal officer")),
                    ("unsure", _("I do not know")),
                ),
            ),
            line(
                "officer_name", _("Name or nickname of the officer"), _("If you do not know it, skip this.")
            ),
            line("badge", _("Badge, unit or car number")),
        ),
        group=OFFICERS,
    ),
    Step(
        "officer-agency",
        _("Who the officer works for"),
        (
            one(
                "agency_kind",
                _("Which kind of office?"),
                (
                    ("sheriff", _("County sheriff")),
                    ("city", _("City or town police")),
                    ("school", _("The school district itself")),
                    ("state", _("State police or highway patrol")),
                    ("federal", _("Federal, such as immigration")),
                    ("private", _("A private company")),
                    ("unsure", _("I do not know")),
                ),
            ),
            line(
                "agency",
                _("Police department or sheriff’s office"),
                _("Its name, if you know it. It may stand on the car or the sleeve."),
                suggested=_sheriffs,
            ),
        ),
        group=OFFICERS,
    ),
    Step(
        "officer-looks",
        _("How the officer looked"),
        (
            one(
                "clothes",
                _("In uniform?"),
                (("uniform", _("Uniform")), ("plain", _("Plain clothes")), ("unsure", _("I do not know"))),
            ),
            line("officer_race", _("Race, as it seemed to you")),
            line("officer_gender", _("Man or woman, as it seemed to you")),
            note("looks", _("What did the officer look like?"), _("Height, hair, voice, glasses, marks.")),
        ),
        group=OFFICERS,
    ),
    Step(
        "officer-before",
        _("Before this"),
        (
            one("before", _("Did this officer do something like it before?"), YES_NO),
            note("before_text", _("What do you know of it?"), _("If it did not happen before, skip this.")),
        ),
        group=OFFICERS,
    ),
    Step("officers", _("The officers you told us about"), lists=OFFICERS),
)


def _may_be_young(answers: Answers, item: Answers) -> bool:
    return answers.get("relation") not in {"parent", "school-worker", "advocate"}


def _young_and_alone(answers: Answers, item: Answers) -> bool:
    return _may_be_young(answers, item) and answers.get("under_18") == "alone"


WRITER_STEPS = (
    Step(
        "who-you-are",
        _("You"),
        (
            one(
                "relation",
                _("Who are you?"),
                (
                    ("student", _("The student it happened to")),
                    ("parent", _("Parent or guardian")),
                    ("family", _("Other family")),
                    ("student-witness", _("A student who saw or heard it")),
                    ("school-worker", _("Someone who works at the school")),
                    ("witness", _("Someone else who saw or heard it")),
                    ("advocate", _("Advocate or lawyer")),
                    ("other", _("Somebody else")),
                ),
            ),
        ),
    ),
    Step(
        "under-18",
        _("Are you under 18?"),
        (
            one(
                "under_18",
                _("Are you under 18?"),
                (
                    ("alone", _("Yes, and I am writing this alone")),
                    ("helped", _("Yes, and an adult is helping me")),
                    ("no", _("No")),
                ),
            ),
        ),
        asked=_may_be_young,
    ),
    Step("for-you", _("For you"), asked=_young_and_alone, words="reporting/_for_you.html"),
)

_GRADES = (
    ("pk", _("Pre-K")),
    ("k", _("Kindergarten")),
    *((str(number), str(number)) for number in range(1, 13)),
    ("none", _("Not in school")),
    ("unsure", _("I do not know")),
)

STUDENT_STEPS = (
    Step(
        "student",
        _("The student"),
        (
            line(
                "student_name",
                _("A name for the student"),
                _("Initials or a nickname are fine. We never need it. Only leads of our team can see it."),
                identity=True,
            ),
            one(
                "relation_to_student",
                _("Who is the student to you?"),
                (
                    ("me", _("It is me")),
                    ("child", _("My child")),
                    ("family", _("Family")),
                    ("friend", _("Friend or classmate")),
                    ("pupil", _("A student at the school where I work")),
                    ("client", _("I help the family")),
                    ("unknown", _("I do not know the student")),
                ),
            ),
        ),
        group=STUDENTS,
    ),
    Step(
        "student-age",
        _("Age and grade"),
        (
            one(
                "age",
                _("How old is the student?"),
                (
                    ("0-8", _("8 or younger")),
                    ("9-11", _("9 to 11")),
                    ("12-14", _("12 to 14")),
                    ("15-17", _("15 to 17")),
                    ("18", _("18 or older")),
                    ("unsure", _("I do not know")),
                ),
            ),
            Question("grade", _("Which grade?"), LIST, choices=_GRADES),
        ),
        group=STUDENTS,
    ),
    Step("students", _("The students you told us about"), lists=STUDENTS),
)

# Asked last, each with the reason.
SENSITIVE_STEPS = (
    Step(
        "student-race",
        _("Race"),
        (
            many(
                "race",
                _("What is the student’s race or background?"),
                (
                    ("black", _("Black or African American")),
                    ("hispanic", _("Hispanic or Latino")),
                    ("white", _("White")),
                    ("asian", _("Asian")),
                    ("native", _("American Indian or Alaska Native")),
                    ("pacific", _("Native Hawaiian or Pacific Islander")),
                    ("mena", _("Middle Eastern or North African")),
                    ("self", _("In my own words, below")),
                    ("unsure", _("I do not know")),
                ),
                why=_("So that we can see if some students are treated worse than others."),
            ),
            line("race_text", _("In your own words")),
        ),
        group=STUDENTS,
    ),
    Step(
        "student-gender",
        _("Gender"),
        (
            many(
                "gender",
                _("What is the student’s gender?"),
                (
                    ("girl", _("Girl or woman")),
                    ("boy", _("Boy or man")),
                    ("nonbinary", _("Neither, or both")),
                    ("self", _("In my own words, below")),
                    ("unsure", _("I do not know")),
                ),
                why=_("So that we can see if girls, boys or others are treated worse."),
            ),
            line("gender_text", _("In your own words")),
            one(
                "lgbtq",
                _("Is the student LGBTQ+?"),
                YES_NO,
                _("Leave this out if the student would not want you to say."),
            ),
        ),
        group=STUDENTS,
    ),
    Step(
        "student-disability",
        _("Disability and language"),
        (
            one(
                "disability",
                _("Does the student have a disability plan (IEP or 504)?"),
                (
                    ("iep", _("Yes, an IEP")),
                    ("504", _("Yes, a 504 plan")),
                    ("evaluating", _("Being checked for one")),
                    ("no", _("No")),
                    ("unsure", _("I do not know")),
                ),
                why=_("Special rules on holding and locking in can apply."),
            ),
            one(
                "english_learner",
                _("Is the student learning English at school?"),
                YES_NO,
                why=_("A student who did not understand the officer may have been wronged by that too."),
            ),
        ),
        group=STUDENTS,
    ),
)

WITNESS_STEPS = (
    Step(
        "witness",
        _("Who saw or heard it"),
        (
            line(
                "witness_name",
                _("A name, or who it was"),
                _("“A girl from my class” is fine. Only the leads of our team can open this page’s answers."),
                identity=True,
            ),
            one(
                "witness_role",
                _("Who is that person?"),
                (
                    ("student", _("A student")),
                    ("school-worker", _("Someone who works at the school")),
                    ("family", _("Family")),
                    ("officer", _("Another officer")),
                    ("other", _("Somebody else")),
                ),
                identity=True,
            ),
            Question(
                "witness_contact",
                _("How can we reach that person?"),
                NOTE,
                _("Only if they would want it."),
                identity=True,
                length=2_000,
            ),
            one("witness_hurt", _("Was that person hurt too?"), YES_NO, identity=True),
        ),
        group=WITNESSES,
    ),
    Step("witnesses", _("The people who saw or heard it"), lists=WITNESSES),
)
