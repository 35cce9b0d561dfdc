"""Names as people type them, brought to one form; how well the links find the same officer again."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import places
from reporting import facets, links, names
from reporting.links import Strength
from reporting.names import Alike
from tests.reporting.officer_variants import mentions

WORDS = re.findall(
    r"\S+",
    """
Officer Ofc. J. José garcía-otero O'Brien de la Riva Bob Smith, Jr. #12 high School HS RHS St. MNPD
Co. Sheriff's office PD police Nguyễn Al Xasan or and & saint, metro county 12-A O0 idk
    """,
)
TYPED = st.text(max_size=60) | st.lists(
    st.sampled_from(WORDS),
    max_size=6,
).map(" ".join)


def _value(text):
    return [person.value for person in names.people(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Officer José García", "OFC. JOSE GARCIA"),
        ("García, José", "jose  garcia"),
        ("Sgt. Bob Thistlewood Jr.", "Robert Thistlewood"),
        ("Deputy O'Hallowell", "o hallowell"),
        ("SRO De la Riva", "DELARIVA"),
        ("I think his name is Pike", "mr. Pike"),
        ("el oficial Fuentes", "Fuentes"),
        ("Yarborough-Pike", "Yarborough Pike"),
        ("Nguyễn Văn Minh", "nguyen van minh"),
        ("Officer Đoàn", "doan"),
    ],
)
def test_one_officer_written_in_two_ways_has_one_value(one, other):
    assert _value(one) == _value(other) != []


@pytest.mark.parametrize(
    "text", ["", "idk", "unknown", "I don't know his name", "?", "#1234", "Officer", "J."]
)
def test_what_is_no_name_gives_none(text):
    assert names.people(text) == ()


def test_several_officers_are_told_apart():
    assert _value("Garcia and Smith") == ["garcia", "smith"]
    assert _value("Johnson or Jonson") == ["johnson", "jonson"]


def test_a_text_of_a_hundred_names_gives_a_few():
    many = " and ".join(f"Fictional{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(100))
    assert len(names.people(many)) == names.MOST_NAMES
    assert len(names.badges(many.replace("Fictional", "9"))) <= names.MOST_NAMES
    officers = [{"officer_name": f"Officer Fictional{chr(97 + n % 26)}"} for n in range(26)]
    assert len(facets.traits_of({"officers": officers}).people) == facets.MOST_OFFICERS


@pytest.mark.parametrize(
    ("one", "other", "alike", "full", "half"),
    [
        ("José García", "Jose Garcia", Alike.SAME, True, False),
        ("J. García", "Jose Garcia", Alike.SAME, False, True),
        ("Garcia", "Jose Garcia", Alike.SAME, False, False),
        ("Gracia", "Jose Garcia", Alike.SLIP, False, False),
        ("Liz Crabapple", "Elizabeth Crabapple", Alike.SAME, True, False),
        ("A. Delacroise", "Tony Delacroise", Alike.SAME, False, True),
        ("Vanderplank", "Dan van der Plank", Alike.SAME, False, False),
        ("Maria Garcia", "Jose Garcia", Alike.NOT, False, False),
        ("M. Garcia", "Jose Garcia", Alike.NOT, False, False),
        ("S. Abu Zahra", "L. Abu Zahra", Alike.NOT, False, False),
        ("Officer Mike", "Mike Johannsen", Alike.SOUND, False, False),
        ("Thistleton", "Thistlewood", Alike.NOT, False, False),
    ],
)
def test_how_two_names_fit(one, other, alike, full, half):
    (first,), (second,) = names.people(one), names.people(other)
    for fit in (names.fit(first, second), names.fit(second, first)):
        assert (fit.alike, fit.full, fit.half) == (alike, full, half)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("#1234", ("1234",)),
        ("Badge no. 01234", ("1234",)),
        ("unit 12-A", ("12A",)),
        ("1O4", ("104",)),
        ("1234 or 1284", ("1234", "1284")),
        ("none", ()),
        ("", ()),
    ],
)
def test_badges(typed, found):
    assert names.badges(typed) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Larkspur Police Department", "City of Larkspur PD"),
        ("Quillfeather Co. Sheriff’s Dept.", "sheriff of Quillfeather County"),
        ("QCSO", "qso"),
        ("MNPD", "m.n.p.d."),
    ],
)
def test_agencies(one, other):
    assert names.agency(one).value == names.agency(other).value


def test_the_sheriff_alone_is_the_one_of_the_county():
    assert names.agency("the sheriff", "rutherford").value == names.agency("Rutherford County Sheriff").value
    assert names.agency("the sheriff") is None
    assert names.agency("", "rutherford", "sheriff").value == "rutherford sheriff"
    assert names.agency("the police", "rutherford") is None
    assert names.agency("Larkspur", kind="police").value == names.agency("Larkspur PD", kind="sheriff").value


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Wren's Landing Middle School", "wrens landing MS", Alike.SAME),
        ("St. Ottile H.S.", "Saint Ottile High", Alike.SAME),
        ("Foxglove High (Elm County Schools)", "foxglove high, Somewhere", Alike.SAME),
        ("Riverbend Fictional", "Riverbend Fictional HS", Alike.SLIP),
        ("RFHS", "Riverbend Fictional High", Alike.SOUND),
        ("Foxglove Middle", "Foxglove High", Alike.NOT),
        ("Foxglove High", "Hartsong High", Alike.NOT),
        ("Public School 12", "Public School 13", Alike.NOT),
    ],
)
def test_schools(one, other, alike):
    first, second = names.school(one), names.school(other)
    assert first.alike(second) == second.alike(first) == alike


def test_districts_and_counties():
    assert names.district("Van Buren County Schools") == names.district("van buren co. school district")
    known = [district.name for district in places.districts()]
    assert len({names.district(name) for name in known}) == len(known)
    assert names.county("Van Buren County") == "van-buren"
    assert names.county("Elsewhere") == ""


@given(TYPED)
def test_what_was_normalised_stays_as_it_is(text):
    for person in names.people(text):
        assert _value(person.label) == [person.value]
    for badge in names.badges(text):
        assert names.badges(badge) == (badge,)
    for read in (names.agency, names.school):
        if place := read(text):
            assert read(place.label).value == place.value
    assert names.district(names.district(text).title()) == names.district(text)


@given(TYPED)
def test_case_spaces_and_accents_never_matter(text):
    # Growing letters such as "ß" and "ﬁ" change when made large; that is no way of typing a name.
    if text.upper().lower() != text.lower():
        return
    for changed in (text.upper(), f"  {text} ".replace(" ", "  ")):
        assert _value(changed) == _value(text)
        assert names.badges(changed) == names.badges(text)
        assert names.district(changed) == names.district(text)


@given(TYPED, TYPED)
def test_fitting_is_the_same_from_both_sides(one, other):
    for first in names.people(one):
        assert names.fit(first, first).alike == Alike.SAME
        for second in names.people(other):
            assert names.fit(first, second) == names.fit(second, first)


def test_the_same_words_are_one_hand():
    assert names.same_words(["He pushed me!", "  he PUSHED me "])
    assert not names.same_words(["He pushed me.", "He pushed her."])
    assert not names.same_words(["", ""])


# --- The labelled set ---

LOOKED_UP = {"badge", "officer", "sound", "school", "agency"}


def _rates(found, held_out):
    """Return (precision, recall, recall over pairs with something to compare) of strong links."""
    right, wrong, missed, bare = (
        sum(found[group, outcome] for group in held_out)
        for outcome in ("right", "wrong", "missed", "nothing to compare")
    )
    return right / (right + wrong), right / (right + missed + bare), right / (right + missed)


def test_strong_links_are_right_and_find_the_same_officer_again(capsys):
    """Over all 145,530 pairs of 540 mentions. A pair must meet by a token before it is compared.

    Of two mentions of one officer, one with a badge alone and one with a name alone hold nothing to compare;
    they are counted, and told apart. The set was written before the matching; what `held_out` rules wrote was
    not looked at while the matching was built.
    """
    every = mentions()
    traits = [facets.traits_of(each.answers) for each in every]
    keys = [{(f.kind, f.value) for f in each.found() if f.kind in LOOKED_UP} for each in traits]
    found = {
        (held_out, outcome): 0
        for held_out in (False, True)
        for outcome in ("right", "wrong", "missed", "nothing to compare")
    }
    for i, j in combinations(range(len(every)), 2):
        same = every[i].who == every[j].who
        strong = bool(keys[i] & keys[j]) and links.compare(traits[i], traits[j]).strength == Strength.STRONG
        if not (same or strong):
            continue
        comparable = (traits[i].people and traits[j].people) or (traits[i].badges and traits[j].badges)
        outcome = (
            ("right" if same else "wrong") if strong else "missed" if comparable else "nothing to compare"
        )
        found[every[i].held_out or every[j].held_out, outcome] += 1

    told = [f"Strong links over {len(every)} mentions: precision, recall (comparable pairs), recall (all)"]
    for name, groups in (("built with", [False]), ("held out", [True]), ("all", [False, True])):
        precision, recall, comparable = _rates(found, groups)
        told.append(f"  {name}: {precision:.3f}, {comparable:.3f}, {recall:.3f}")
    with capsys.disabled():
        print("", *told, sep="\n")  # noqa: T201 - the figures are what this test is for
    precision, _recall, comparable = _rates(found, [False, True])
    assert len(every) >= 500
    assert precision >= 0.95
    assert comparable >= 0.90
