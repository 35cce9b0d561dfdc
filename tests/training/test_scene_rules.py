"""The rules of a decision scenario: each fault is refused beside the same scenario that passes."""

from __future__ import annotations

import pytest

from training import bank, scenes

FACTS = {"F24": bank.Backing(has_source=True), "F07": bank.Backing(has_source=False, is_known=True)}
HARD = "Administration of respiratory stimulation necessitates considerable interdisciplinary experience."


def choice(key, leads_to, *, is_good=False, **changed):
    text = {"a": "Call for help now.", "b": "Wait and see.", "c": "Walk away."}[key]
    return {
        "key": key,
        "text": text,
        "consequence": "Help is on the way.",
        "next": leads_to,
        "is_good": is_good,
    } | changed


def scene(slug, *choices, **changed):
    return {
        "slug": slug,
        "title": "You find them",
        "text": "Your friend lies on the floor.",
        "facts": ["F24"],
        "choices": list(choices),
    } | changed


def scenario(**changed):
    """Return five scenes with choices and an end, as in a file; a changed scene is named by its slug."""
    made = [
        scene("find", choice("a", "call", is_good=True), choice("b", "late")),
        scene("late", choice("a", "find"), choice("b", "call", is_good=True)),
        scene("call", choice("a", "give"), choice("b", "give", is_good=True)),
        scene("give", choice("a", "turn"), choice("b", "give", is_good=True)),
        scene("turn", choice("a", "end", is_good=True), choice("b", "find"), choice("c", "end")),
        scene("end", is_end=True),
    ]
    return [each | changed.get(each["slug"], {}) for each in made]


def faults(entries):
    made = [scenes.written(entry) for entry in entries]
    alone = [(each.slug, sentence) for each in made for sentence in scenes.faults(each, FACTS)]
    return [*alone, *scenes.way_faults(made), *(("", each) for each in scenes.scenario_faults(made))]


def test_a_good_scenario_has_no_fault():
    assert faults(scenario()) == []


@pytest.mark.parametrize(
    ("slug", "changed", "says"),
    [
        ("call", {"choices": [choice("a", "give"), choice("b", "nowhere")]}, "leads to 'nowhere', which"),
        ("call", {"choices": [choice("a", "give")]}, "There are 1 choices. Write 2 to 4"),
        ("call", {"choices": []}, "There are 0 choices"),
        ("end", {"choices": [choice("a", "find"), choice("b", "call")]}, "It is an end and has choices"),
        (
            "give",
            {"choices": [choice("a", "turn"), choice("b", "turn", text="call for help now")]},
            "repeats",
        ),
        ("give", {"choices": [choice("a", "turn"), choice("b", "turn", text=" ")]}, "b has no text"),
        ("give", {"choices": [choice("a", "turn"), choice("b", "turn", consequence="")]}, "no consequence"),
        ("give", {"choices": [choice("a", "turn"), choice("b", "turn") | {"key": "a"}]}, "the same letter"),
        ("give", {"title": ""}, "needs a title and a text"),
        ("give", {"facts": []}, "It names no fact"),
        ("give", {"facts": ["F24", "F77"]}, "Fact F77 does not exist"),
        ("give", {"facts": ["F07"]}, "None of its facts (F07) has a source"),
        ("give", {"text": " ".join([HARD] * 3)}, "Its reading grade is"),
        (
            "give",
            {"choices": [choice("a", "call"), choice("b", "give")]},
            "No way leads from here to an end",
        ),
    ],
)
def test_each_fault_names_its_scene(slug, changed, says):
    found = faults(scenario(**{slug: changed}))

    assert any(where == slug and says in sentence for where, sentence in found)


def test_a_scene_that_nobody_reaches_is_refused():
    (found,) = faults([*scenario(), scene("lost", choice("a", "end"), choice("b", "end"))])

    assert found == ("lost", "No way leads here from the first scene. Let a choice lead here.")


def test_a_loop_without_a_way_out_is_refused_and_one_with_a_way_out_is_not():
    loop = {
        "late": {"choices": [choice("a", "late", is_good=True), choice("b", "late")]},
        "turn": {"choices": [choice("a", "turn"), choice("b", "end", is_good=True)]},
    }

    assert {slug for slug, _sentence in faults(scenario(**loop))} == {"late"}


def test_a_scenario_has_five_scenes_with_choices():
    short = scenario(give={"choices": [], "is_end": True})

    found = [
        sentence
        for _slug, sentence in faults([each for each in short if each["slug"] not in ("turn", "end")])
    ]

    assert found == ["3 scenes have choices. A scenario needs at least 5 of them."]


def test_the_longest_choice_is_not_always_the_good_one():
    tell = [choice("a", "give", is_good=True), choice("b", "give")]
    more = [choice("a", "turn", is_good=True), choice("b", "give")]

    assert faults(scenario(call={"choices": tell})) == []  # 3 of 5 is just allowed
    ((_slug, sentence),) = faults(scenario(call={"choices": tell}, give={"choices": more}))
    assert "good in 4 of 5 scenes (80.0%). At most 60% may be" in sentence
    assert "find, call, give, turn" in sentence


def test_a_scene_may_be_written_in_languages_and_lacks_nothing():
    entry = scenario()[0]

    assert scenes.written(entry | {"title": {"en": "You find them", "es": "La encuentras"}}) == (
        scenes.written(entry)
    )
    with pytest.raises(bank.BankFault, match="'next' is missing"):
        scenes.written(entry | {"choices": [{"key": "a", "text": "Call."}]})
