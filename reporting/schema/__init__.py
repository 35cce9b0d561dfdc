"""All questions of the report, in one place. Forms, check page, staff's display and paper come from it.

Fields and their order follow research on intake forms: safety, then the story, then details that only those
get who need them, then contact, and the sensitive questions last. The story alone, or another way to tell it,
is required. Nothing asks for immigration status, birth dates, numbers of papers, or an oath.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.schema import after, events, people, safety, where, wishes
from reporting.schema.base import Group, Question, Step, one
from reporting.schema.people import OFFICERS, STUDENTS, WITNESSES
from reporting.schema.where import OCCURRENCES
from reporting.schema.wishes import CONSENTS

__all__ = [
    "CONSENTS",
    "GROUPS",
    "OCCURRENCES",
    "OFFICERS",
    "QUESTIONS",
    "STEPS",
    "STEP_BY_SLUG",
    "STUDENTS",
    "WITNESSES",
    "Group",
    "Question",
    "Step",
]

STEPS: tuple[Step, ...] = (
    *safety.STEPS,
    *events.STEPS,
    *people.OFFICER_STEPS,
    *where.STEPS,
    *people.WRITER_STEPS,
    *people.STUDENT_STEPS,
    *after.EFFECT_STEPS,
    *people.WITNESS_STEPS,
    *after.PROOF_STEPS,
    *after.DONE_STEPS,
    *wishes.WISH_STEPS,
    *wishes.CONTACT_STEPS,
    *people.SENSITIVE_STEPS,
)
STEP_BY_SLUG = {step.slug: step for step in STEPS}
GROUPS: dict[str, Group] = {group.slug: group for group in (*people.GROUPS, where.GROUP)}

# No longer asked; their words still show in reports of that time.
RETIRED = (
    one(
        "often",
        _("How often?"),
        (
            ("once", _("Once")),
            ("more", _("More than once")),
            ("ongoing", _("It is still going on")),
            ("unsure", _("I am not sure")),
        ),
    ),
)

# Question by the name of its answer; a name asked on two pages has the words of the first.
QUESTIONS: dict[str, Question] = {}
for _step in STEPS:
    for _question in _step.questions:
        QUESTIONS.setdefault(_question.slug, _question)
QUESTIONS |= {question.slug: question for question in RETIRED}

# Of each group, its pages' questions; "" are the answers that stand flat.
BY_GROUP: dict[str, dict[str, Question]] = {"": {}, **{slug: {} for slug in GROUPS}}
for _step in STEPS:
    for _question in _step.questions:
        BY_GROUP[_step.group].setdefault(_question.slug, _question)

IDENTITY_FIELDS = frozenset(slug for slug, question in BY_GROUP[""].items() if question.identity)
IDENTITY_IN_GROUPS = {
    group: frozenset(slug for slug, question in questions.items() if question.identity)
    for group, questions in BY_GROUP.items()
    if group
}
