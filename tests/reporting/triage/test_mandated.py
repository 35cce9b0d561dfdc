"""Who may receive a report of abuse: never the accused officer's own agency, however it is written."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.triage import agencies, mandated
from reporting.triage.mandated import AccusedAgency, UnclearAgency

POLICE = [
    "Memphis Police Department", "memphis police", "MEMPHIS PD", "Memphis P.D.", "MPD", "mnpd", "M.N.P.D.",
    "Metro Nashville Police", "Nashville Polcie", "Nashville pollice dept", "Knoxville  Police", "KPD",
    "Chattanooga P D police", "the cops in Milan", "Policía de Memphis", "Oak Ridge police dept.",
    "La Vergne Police", "police of Bell Buckle", "Franklin PD", "Jackson police", "Cleveland Police Dept",
    "Memphis police school unit", "MNPD (school)", "Germantown Police Officer Resource unit",
    "police", "the police", "cops", "local city police", "Metro police", "city police dept",
]  # fmt: skip
SHERIFF = [
    "Shelby County Sheriff's Office", "shelby county sheriff", "Shelby Co. Sheriff’s Dept", "SCSO",
    "S.C.S.O.", "KCSO", "Knox County Sherrif", "knox sherriff", "Sheriffs office", "sheriff", "the Sherif",
    "Rutherford County SO", "deputy from Sumner county", "Sumner deputies", "Hamilton County Shariff",
    "Davidson County Sheriff Office", "alguacil del condado de Shelby", "sheriff dept wilson",
    "Wilson County Sherrifs Office", "Deputy of Van Buren County", "BCSO", "county sheriff’s deputy",
]  # fmt: skip
# Of these nobody can tell; a deputy's office is often called police.
UNCLEAR = [
    "", "?", "I don't know", "Shelby County", "county police", "Knox police", "the county cops",
    "Hamilton PD", "not the sheriff", "police or sheriff", "Sheriff? or police", "maybe Memphis police",
    "town constable",
    "school resource officer", "the one at school", "polisherif", "KCPD", "Memphis", "SRO unit", "أمن",
    "警察", "no idea, Dickson", "ex police now sheriff", "\x00", "x" * 5000,
]  # fmt: skip
ROLES = ["sro", "off-duty", "other-police", "unsure", ""]


def accused(*texts, role="sro", kind=""):
    return agencies.accused([{"agency": text, "officer_type": role, "agency_kind": kind} for text in texts])


def slugs(found, not_of=()):
    return {each.slug for each in mandated.receivers(found, not_of)}


@pytest.mark.parametrize("text", POLICE)
def test_the_accused_officers_police_is_never_offered(text):
    for role in ROLES:
        offered = slugs(accused(text, role=role))
        assert "police" not in offered
        assert {"dcs", "judge"} <= offered


@pytest.mark.parametrize("text", SHERIFF)
def test_the_accused_deputys_sheriff_is_never_offered(text):
    for role in ROLES:
        offered = slugs(accused(text, role=role))
        assert "sheriff" not in offered
        assert {"dcs", "judge"} <= offered


@pytest.mark.parametrize("text", UNCLEAR)
def test_an_agency_nobody_can_tell_excludes_both(text):
    for role in ROLES:
        assert not {"police", "sheriff"} & slugs(accused(text, role=role))


def test_of_two_kinds_the_other_one_is_offered():
    assert slugs(accused("Memphis Police Department")) >= {"sheriff"}
    assert slugs(accused("Shelby County Sheriff")) >= {"police"}
    assert not {"police", "sheriff"} & slugs(accused("Memphis Police Department", "SCSO"))


def test_no_officer_told_of_excludes_both():
    assert slugs(agencies.accused([])) == {"dcs", "judge", "tbi", "fbi"}


def test_a_reviewer_who_knows_better_opens_only_what_was_not_certain():
    assert slugs(accused(""), ["sheriff"]) >= {"sheriff"}
    assert "police" not in slugs(accused(""), ["sheriff"])
    assert slugs(accused("", role="unsure"), ["police", "sheriff"]) >= {"police", "sheriff"}
    assert "police" not in slugs(accused("Memphis Police Department"), ["police"])
    assert "sheriff" not in slugs(accused("Shelby County Sheriff"), ["sheriff"])
    assert mandated.is_unclear(accused(""))
    assert not mandated.is_unclear(accused("Memphis Police Department"))


@pytest.mark.parametrize(
    ("role", "kind", "text", "out"),
    [
        ("federal", "", "", {"fbi"}),
        ("federal", "federal", "ICE", {"fbi"}),
        ("security", "", "", set()),
        ("security", "school", "Memphis-Shelby County Schools", set()),
        ("security", "", "Memphis Police Department", {"police"}),
        ("other-police", "state", "", {"tbi", "police", "sheriff"}),
        ("sro", "city", "", {"police"}),
        ("sro", "sheriff", "", {"sheriff"}),
        ("sro", "city", "Shelby County Sheriff", {"police", "sheriff"}),
        ("sro", "sheriff", "Memphis PD", {"police", "sheriff"}),
        ("sro", "unsure", "", {"police", "sheriff"}),
        ("off-duty", "private", "", {"police", "sheriff"}),
    ],
)
def test_what_was_ticked_counts_too(role, kind, text, out):
    everyone = {"dcs", "judge", "sheriff", "police", "tbi", "fbi"}

    assert slugs(accused(text, role=role, kind=kind)) == everyone - out


@pytest.mark.parametrize(
    ("spelt", "mine", "other", "other_name"),
    [
        (POLICE, "police", "sheriff", "Shelby County Sheriff"),
        (SHERIFF, "sheriff", "police", "Memphis Police"),
    ],
)
def test_a_name_typed_by_hand_is_never_the_accused_agency(spelt, mine, other, other_name):
    for written, typed in itertools.product(spelt, spelt):
        found = accused(written)
        for to in ([mine], [other], ["dcs", other], ["dcs"]):
            with pytest.raises((AccusedAgency, UnclearAgency)):
                mandated.check_receivers(to, typed, found)
    clear = [text for text in spelt if other in slugs(accused(text))]
    assert len(clear) > len(spelt) / 3
    for written in clear:
        mandated.check_receivers([other], other_name, accused(written))
        mandated.check_receivers(["dcs", other], "", accused(written))


@pytest.mark.parametrize("typed", UNCLEAR[1:])
def test_a_name_that_shows_no_kind_is_not_taken(typed):
    with pytest.raises((AccusedAgency, UnclearAgency)):
        mandated.check_receivers(["sheriff"], typed, accused("Memphis Police Department"))


def test_receivers_without_a_name_are_taken():
    mandated.check_receivers(["dcs", "judge"], "", accused(""))
    with pytest.raises(AccusedAgency):
        mandated.check_receivers(["dcs", "sheriff"], "", accused(""))


_NOISE = st.sampled_from(
    ["", " ", ".", "'s", " dept", " DEPARTMENT", "  office", " TN", " (city)", ", unit 4"]
)


@given(st.sampled_from(POLICE + SHERIFF), st.booleans(), _NOISE, _NOISE, st.integers(0, 40), st.data())
def test_no_spelling_lets_the_accused_agency_through(text, upper, before, after, at, data):
    mine = "police" if text in POLICE else "sheriff"
    slip = data.draw(st.sampled_from(["", text[at % len(text)], "e", "z"]))
    at %= len(text)
    typed = text[:at] + slip + text[at + (not slip) :] if len(text) > 8 else text
    written = f"{before} {typed}{after}"
    found = accused(written.upper() if upper else written.lower())

    assert mine not in slugs(found)
    for to, name in itertools.product(slugs(found), [text, text.upper(), f"{text} office"]):
        with pytest.raises((AccusedAgency, UnclearAgency)):
            mandated.check_receivers([to], name, found)


@given(st.text(max_size=80), st.sampled_from(ROLES))
def test_whatever_is_typed_dcs_and_the_judge_stay(text, role):
    offered = slugs(accused(text, role=role))

    assert {"dcs", "judge"} <= offered
    assert {"police", "sheriff"} - offered
