"""What a reviewer sees first, and which doors a case gets."""

from __future__ import annotations

import datetime as dt

import pytest

from reporting.triage import clocks, flags, routes

TODAY = dt.date(2026, 11, 22)


def slugs(**answers):
    return [flag.slug for flag in flags.flags(answers)]


@pytest.mark.parametrize(
    ("answers", "flag"),
    [
        ({"danger": "yes"}, "danger"),
        ({"danger": "unsure"}, "danger"),
        ({"incidents": ["force"]}, "abuse"),
        ({"injury_kinds": ["minor"]}, "abuse"),
        ({"under_18": "alone"}, "alone"),
        ({"incidents": ["sexual"]}, "sexual"),
        ({"incidents": ["weapon"]}, "weapon"),
        ({"injury_kinds": ["hospital"]}, "injury"),
        ({"open_charge": "yes"}, "charge"),
        ({"open_charge": "unsure"}, "charge"),
        ({"incidents": ["retaliation"]}, "retaliation"),
        ({"punished_since": "afraid"}, "retaliation"),
        ({"camera": "body"}, "video"),
        ({"incidents_list": [{"camera": ["school"]}]}, "video"),
        ({"evidence": ["school-video"]}, "video"),
        ({"incidents": ["immigration"]}, "federal"),
        ({"officers": [{"officer_type": "federal"}]}, "federal"),
        ({"officer_type": "federal"}, "federal"),
        ({"officers": [{"agency_kind": "federal"}]}, "federal"),
        ({"told": ["safetn"]}, "safetn"),
        ({"told": ["agency"]}, "agency-knows"),
    ],
)
def test_an_answer_raises_its_flag_and_no_answer_raises_none(answers, flag):
    assert flag in slugs(**answers)
    assert slugs() == slugs(danger="no", open_charge="no", under_18="no", injury_kinds=["none"]) == []


@pytest.mark.parametrize("plan", ["iep", "evaluating"])
def test_restraint_in_special_education_is_a_question_for_a_lawyer(plan):
    answers = {"incidents": ["restraint"], "students": [{"disability": "no"}, {"disability": plan}]}
    [flag] = [flag for flag in flags.flags(answers) if flag.slug == "special-education"]

    assert str(flag.says).startswith("Question for a lawyer")
    assert "not settled: do not tell the family that it does or does not" in str(flag.says)
    assert "49-10-1304(h)(3)" not in str(flag.says)


@pytest.mark.parametrize(
    "answers",
    [
        {"incidents": ["restraint"], "students": [{"disability": "504"}]},
        {"incidents": ["restraint"], "students": [{"disability": "unsure"}]},
        {"incidents": ["search"], "students": [{"disability": "iep"}]},
    ],
)
def test_without_restraint_or_special_education_the_question_is_not_asked(answers):
    assert "special-education" not in slugs(**answers)


def test_a_grown_up_student_raises_no_flag_of_child_abuse_and_an_unknown_age_does():
    assert "abuse" not in slugs(incidents=["force"], students=[{"age": "18"}])
    assert "abuse" in slugs(incidents=["force"], students=[{"age": "18"}, {}, {"age": "unsure"}])
    assert "abuse" in slugs(incidents=["force"], students=[{"age": "18"}, {"age": "9-11"}])


def test_the_gravest_stands_first_and_gives_the_suggestion():
    found = flags.flags({"told": ["agency"], "open_charge": "yes", "danger": "yes"})

    assert [flag.slug for flag in found] == ["danger", "charge", "agency-knows"]
    assert flags.suggested_priority(found) == "urgent"
    assert flags.suggested_priority(found[1:]) == "high"
    assert flags.suggested_priority([]) == "normal"


def test_every_flag_says_which_answer_it_stands_on():
    answers = {
        "incidents": ["force", "sexual", "weapon", "immigration"],
        "open_charge": "yes",
        "told": ["safetn"],
    }

    assert all(str(flag.because) for flag in flags.flags(answers))


# --- Doors ---


def doors(clock_list=(), **answers):
    return routes.cards(answers, clock_list)


def test_the_officers_own_department_is_always_last():
    for answers in (
        {},
        {"incidents": ["force"]},
        {"students": [{"disability": "iep"}], "incidents": ["slur"]},
    ):
        assert doors(**answers)[-1].door.slug == "own-agency"


@pytest.mark.parametrize(
    ("answers", "inside", "outside"),
    [
        ({"incidents": ["force"]}, {"dcs", "other-police", "post"}, {"ocr", "cred", "special-education"}),
        ({"incidents": ["slur"]}, {"ocr", "cred", "doj"}, {"dcs", "special-education"}),
        ({"students": [{"disability": "iep"}]}, {"ocr", "special-education", "drt"}, {"dcs"}),
        ({"students": [{"disability": "504"}]}, {"ocr", "drt"}, {"special-education"}),
        ({"officers": [{"officer_type": "federal"}]}, {"doj", "help4tn"}, {"fbi"}),
        ({}, {"school", "post", "fbi", "help4tn"}, {"dcs", "ocr"}),
    ],
)
def test_doors_follow_what_was_told(answers, inside, outside):
    found = {card.door.slug for card in doors(**answers)}

    assert inside <= found
    assert not outside & found


def test_a_door_carries_its_own_deadlines_only():
    span = clocks.span_of("exact", dt.date(2026, 9, 1), None, today=TODAY)
    ends = clocks.clocks(span, today=TODAY, special_education="iep")
    found = {card.door.slug: card.clocks for card in doors(ends, incidents=["slur"])}

    assert [clock.slug for clock in found["ocr"]] == ["ocr"]
    assert [clock.slug for clock in found["cred"]] == ["cred"]
    assert found["post"] == []


def test_safetn_is_no_door_and_every_door_can_be_found_by_its_slug():
    for door in routes.DOORS:
        assert routes.door(door.slug) is door
        assert "safetn" not in f"{door.slug} {door.name} {door.can}".lower()
    with pytest.raises(KeyError):
        routes.door("safetn")
