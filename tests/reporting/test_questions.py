"""The schema: all fields of the research, what is sealed where, which page follows which."""

from __future__ import annotations

import random
import re
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from portal.lib import places
from reporting import answers as told
from reporting.forms import StepForm
from reporting.schema import (
    BY_GROUP,
    GROUPS,
    IDENTITY_FIELDS,
    IDENTITY_IN_GROUPS,
    QUESTIONS,
    STEP_BY_SLUG,
    STEPS,
    flow,
)
from reporting.schema.base import DAY, LINE, LIST, MANY, NOTE, ONE
from reporting.schema.flow import Place
from reporting.shown import Told, shown_answers, shown_content
from reporting.taxonomy import INCIDENTS, details
from training.readability import grade

# Every public field of the research's list (its number) and the answers that hold it. 42 are the files; what
# staff alone keep (49) is never asked.
FIELDS = {
    1: ["danger"],
    2: ["open_charge"],
    3: ["language", "language_other", "language_help"],
    4: ["relation"],
    5: ["anonymity"],
    6: ["name", "pronouns"],
    7: ["phone", "email", "contact"],
    8: ["safe_ways", "safe_hours", "shared_phone", "code_word", "must_not_know", "safe_contact"],
    9: ["other_contact"],
    10: ["under_18"],
    11: ["student_name"],
    12: ["age", "grade"],
    13: ["race", "race_text"],
    14: ["gender", "gender_text", "lgbtq"],
    15: ["disability", "english_learner"],
    16: ["relation_to_student"],
    17: ["officer_type"],
    18: ["officer_name"],
    19: ["badge"],
    20: ["agency", "agency_kind"],
    21: ["looks", "clothes", "officer_race", "officer_gender"],
    22: ["camera"],
    23: ["before", "before_text"],
    24: ["county", "district", "school"],
    25: ["place"],
    26: ["date_kind", "date_from", "date_to", "when"],
    27: ["part_of_day", "time"],
    28: ["story", "story_way"],
    29: ["incidents", "incident_other", "no_help_kinds", "property_kinds", "watching_kinds"],
    30: ["force_kinds", "weapon_kinds"],
    31: ["restraint_kinds", "restraint_minutes"],
    32: ["called_by", "called_why"],
    33: ["arrest_kinds", "charge_text"],
    34: ["search_kinds", "search_consent"],
    35: ["questioning_kinds", "parent_called", "lawyer_asked", "rights_read", "statement_signed"],
    36: ["words_used"],
    37: ["injury_kinds", "injury"],
    38: ["care", "care_text", "photos_taken", "photos_on"],
    39: ["school_result", "missed_days", "school_result_text"],
    40: ["punished_since", "punished_since_text"],
    41: ["witness_name", "witness_role", "witness_contact", "witness_hurt"],
    43: ["evidence", "evidence_text"],
    44: ["told", "told_on", "told_text"],
    45: ["parent_informed"],
    46: ["wishes"],
    47: ["consents"],
    48: ["heard"],
}
# Fields that only leads see.
LEADS_ONLY = {6, 7, 8, 9, 11, 41}


def test_every_field_of_the_research_is_asked():
    assert set(FIELDS) == set(range(1, 49)) - {42}
    asked = {question.slug for step in STEPS for question in step.questions}
    assert {slug for slugs in FIELDS.values() for slug in slugs} <= asked


def test_what_leads_alone_see_is_sealed_to_the_identity_room_and_nothing_else():
    hidden = {
        slug for questions in BY_GROUP.values() for slug, question in questions.items() if question.identity
    }
    assert hidden == {slug for number in LEADS_ONLY for slug in FIELDS[number]}


@pytest.mark.parametrize(
    "word", ["birth", "social security", "immigration status", "oath", "swear", "passport"]
)
def test_what_may_never_be_asked_is_not_asked(word):
    asked = " ".join(f"{question.label}" for step in STEPS for question in step.questions).lower()
    assert word not in asked


def test_slugs_of_the_first_version_are_still_known():
    first = (
        "story incidents officer_type officer_name badge agency looks camera county school place when often "
    )
    first += "relation age disability injury name contact safe_contact wishes consents"
    for slug in first.split():
        assert slug in QUESTIONS
    assert [incident.slug for incident in INCIDENTS] == [
        "force", "restraint", "weapon", "sexual", "arrest", "search", "questioning", "slur", "watching",
        "immigration", "discipline", "no-help", "property", "retaliation", "other",
    ]  # fmt: skip


def test_order_safety_then_the_story_then_the_rest_and_sensitive_questions_last():
    order = [step.slug for step in STEPS]
    assert order[:6] == ["safety", "help-now", "court", "lawyer-first", "law", "story"]
    assert order[-3:] == ["student-race", "student-gender", "student-disability"]
    for slug in order[-3:]:
        assert any(question.why for question in STEP_BY_SLUG[slug].questions)


def test_the_questions_are_easy_to_read():
    texts = []
    for step in STEPS:
        texts.append(f"{step.heading}.")
        for question in step.questions:
            texts += [f"{text}." for text in (question.label, question.hint, question.why) if str(text)]
            if question.kind in {ONE, MANY}:
                texts += [f"{label}." for _slug, label in question.options()]
    text = re.sub(r"([.?!])\.", r"\1", " ".join(texts))
    figure = grade(text)
    print(f"report: grade {figure:.1f}, {len(text.split())} words")  # noqa: T201 (the figure is the point)
    assert figure <= 6.0


# --- Random answers over the whole schema ---


def value_of(question, dice) -> Any:
    """Return an answer to `question` as its form would keep it."""
    if question.kind in {LINE, NOTE}:
        return "".join(dice.choices("abcdefgh XYZ", k=8)).replace(" ", "-")
    if question.kind == DAY:
        return f"20{dice.randint(10, 29)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    slugs = [slug for slug, _label in question.options()]
    return (
        dice.sample(slugs, min(len(slugs), dice.randint(1, 3)))
        if question.kind == MANY
        else dice.choice(slugs)
    )


def random_answers(seed: int) -> dict[str, Any]:
    """Return answers as a draft may hold them: flat ones, and groups of up to three items."""
    dice = random.Random(seed)
    often = dice.choice([0.1, 0.5, 1])
    found: dict[str, Any] = {}
    for question in BY_GROUP[""].values():
        if dice.random() < often:
            found[question.slug] = value_of(question, dice)
    for group in GROUPS:
        asked = BY_GROUP[group].values()
        items = [
            {question.slug: value_of(question, dice) for question in asked if dice.random() < often}
            for _number in range(dice.randint(0, 3))
        ]
        if any(items):
            found[group] = items
    return found


def leaves(value) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in leaves(each)]
    return [str(value)]


MANY_EXAMPLES = hypothesis.settings(max_examples=60, deadline=None)
FOUND = st.integers(0, 2**32).map(random_answers)


@MANY_EXAMPLES
@hypothesis.given(found=FOUND)
def test_no_identity_answer_stays_in_the_case_part(found):
    def mark(names, told_of):
        return {name: f"ID{value}" if name in names else value for name, value in told_of.items()}

    marked = mark(IDENTITY_FIELDS, found)
    for group in GROUPS:
        if group in found:
            marked[group] = [mark(IDENTITY_IN_GROUPS[group], item) for item in found[group]]

    case, identity = told.split(marked)

    assert not any(leaf.startswith("ID") for leaf in leaves(case))
    assert all(leaf.startswith("ID") for leaf in leaves(identity))
    assert sorted(leaves(case) + leaves(identity)) == sorted(leaves(marked))


@MANY_EXAMPLES
@hypothesis.given(found=FOUND)
def test_no_page_comes_twice_and_the_check_is_always_reached(found):
    seen = [flow.START]
    while (place := flow.following(found, seen[-1])) is not None:
        seen.append(place)
        assert len(seen) < 400
    assert len(set(seen)) == len(seen)
    assert seen == flow.path(found)

    back = [seen[-1]]
    while (place := flow.before(found, back[-1])) is not None:
        back.append(place)
    assert back == seen[::-1]


@MANY_EXAMPLES
@hypothesis.given(found=FOUND)
def test_answers_of_hidden_pages_are_not_sent_and_are_told(found):
    sent, out = flow.sendable(found), flow.left_out(found)
    asked = {question.slug for place in flow.path(found) for question in place.step.questions}

    for name in sent:
        assert name in asked or name in GROUPS
    for group in GROUPS:
        for item in sent.get(group, []):
            assert set(item) <= asked
    assert sorted(leaves(sent) + leaves(out)) == sorted(leaves(found))
    assert flow.sendable(sent) == sent


@MANY_EXAMPLES
@hypothesis.given(found=FOUND)
def test_every_answer_is_shown_in_words(found):
    lines = shown_answers(found)
    shown = "\n".join(f"{line.heading}\n{line.text}" for line in lines)
    for question in (*BY_GROUP[""].values(),):
        if question.slug in found and question.kind in {LINE, NOTE, DAY}:
            assert found[question.slug] in shown
    count = len([name for name in found if name not in GROUPS])
    count += sum(len(item) for group in GROUPS for item in found.get(group, []))
    assert len(lines) == count
    assert [line.text for line in lines if line.upsetting] == [
        found[name] for name in ("words_used",) if name in found
    ]


@hypothesis.settings(max_examples=20, deadline=None)
@hypothesis.given(found=FOUND)
def test_pages_take_back_what_they_showed(found):
    for place in flow.path(found):
        names = {question.slug for question in place.step.questions}
        mine = {name: value for name, value in flow.item_at(found, place).items() if name in names}
        form = StepForm(place.step, mine, must=False)
        if form.is_valid():  # an end before the beginning is refused
            assert {name: value for name, value in form.cleaned_data.items() if value} == mine


def test_a_name_is_not_sent_once_somebody_wants_to_stay_unknown():
    found = {"story": "x", "anonymity": "anonymous", "name": "Sam", "phone": "1"}
    assert flow.sendable(found) == {"story": "x", "anonymity": "anonymous"}
    assert set(flow.left_out(found)) == {"name", "phone"}
    called = {**found, "story_way": ["call"]}
    assert flow.sendable(called) == called


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ({"story": "x"}, None),
        ({}, Place("story")),
        ({"story_way": ["upload"]}, Place("story")),
        ({"story_way": ["upload"], "files": [{"name": "a.jpg"}]}, None),
        ({"story_way": ["call"]}, Place("contact")),
        ({"story_way": ["call"], "name": "Sam"}, Place("contact")),
        ({"story_way": ["call"], "phone": "1"}, None),
        ({"story_way": ["call"], "contact": "By the app"}, None),
    ],
)
def test_a_story_a_file_or_a_way_to_call_is_enough(found, place):
    assert flow.missing(found) == place


# --- Items ---


def test_items_are_put_changed_and_taken_out():
    found: dict[str, Any] = {}
    flow.put(found, Place("officer", 0), {"officer_name": "One", "badge": ""})
    flow.put(found, Place("officer", 1), {"officer_name": "Two"})
    flow.put(found, Place("officer-looks", 1), {"looks": "Tall"})
    flow.put(found, Place("officer", 5), {"officer_name": "Three"})
    assert found["officers"] == [
        {"officer_name": "One"},
        {"officer_name": "Two", "looks": "Tall"},
        {"officer_name": "Three"},
    ]
    flow.take_out(found, "officers", 0)
    flow.take_out(found, "officers", 9)
    flow.put(found, Place("officer", 1), {"officer_name": ""})
    assert found["officers"] == [{"officer_name": "Two", "looks": "Tall"}]
    flow.take_out(found, "officers", 0)
    assert found == {}


def test_an_item_that_is_being_added_has_its_pages():
    at = Place("officer", 1)
    assert at not in flow.path({})
    assert flow.following({}, at) == Place("officer-agency", 1)


# --- What others read ---


def test_answers_of_the_first_version_are_read_as_one_item():
    old = {
        "story": "x", "officer_name": "Grey", "badge": "12", "age": "9-11", "county": "shelby",
        "camera": "body", "when": "last spring", "often": "ongoing", "name": "Sam",
    }  # fmt: skip
    assert told.officers(old) == [{"officer_name": "Grey", "badge": "12"}]
    assert told.students(old) == [{"age": "9-11"}]
    assert told.occurrences(old) == [
        {"county": "shelby", "camera": ["body"], "when": "last spring", "date_kind": "ongoing"}
    ]
    shown = {line.heading: line.text for line in shown_answers(old)}
    assert shown["Name or nickname of the officer"] == "Grey"
    assert shown["How often?"] == "It is still going on"
    assert shown["Was a camera on?"] == "Yes, on the officer"
    assert shown["County"] == "Shelby"


def test_answers_of_a_later_version_are_not_lost():
    assert Told("hat_size", "7") in shown_answers({"hat_size": "7"})
    assert Told("hat_size", "7") in shown_answers({"officers": [{"hat_size": "7"}]})


def test_nothing_told_is_nothing_read():
    assert told.officers({}) == told.students({"students": [{}]}) == told.occurrences({}) == []
    assert told.incident_slugs({"incidents": "force"}) == []


def test_second_level_kinds_belong_to_their_first():
    found = {
        "incidents": ["force", "no-help"],
        "force_kinds": ["dog"],
        "no_help_kinds": ["other"],
        "slur_kinds": ["x"],
    }
    assert details(found) == ["force.dog", "no-help.other"]


def test_every_county_and_district_is_offered():
    assert len(QUESTIONS["county"].options()) == 95
    assert len(QUESTIONS["district"].suggested()) == len(places.districts())
    assert QUESTIONS["county"].kind == LIST


@pytest.mark.parametrize(
    ("contents", "in_force"),
    [
        ([{"answers": {"consents": ["figures", "lawyer"]}}], {"figures", "lawyer"}),
        ([{"answers": {}}], set()),
        ([{"answers": {"consents": ["figures"]}}, {"withdraw": ["figures", "story"]}], set()),
        ([{"answers": {"consents": ["figures"]}}, {"text": "more"}], {"figures"}),
        ([{"answers": {"consents": ["figures"]}}, {"answers": {"story": "changed"}}], set()),
        ([{"answers": {"consents": ["figures"]}}, {"withdraw": ["figures"]},
          {"answers": {"consents": ["figures", "lawyer"]}}], {"lawyer"}),
        ([{"answers": {"consents": ["figures"]}}, None], set()),
    ],
)  # fmt: skip
def test_consents_hold_until_they_are_taken_back(contents, in_force):
    assert told.consents_in_force(contents) == in_force


def test_staff_read_plainly_what_was_taken_back_and_asked_for():
    content = {"withdraw": ["figures"], "ask": "delete", "text": "Please.", "source": "phone"}
    lines = {line.heading: line.text for line in shown_content(content)}
    assert lines["No longer allowed"] == "Count it in public figures that name nobody"
    assert lines["The reporter asks us to erase the report"] == "Yes. Decide, and answer them."
    assert lines[""] == "Please."
    assert lines["How it came"] == "By telephone"
