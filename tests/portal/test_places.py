"""The reference data of Tennessee's places."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib import places


def test_there_are_95_counties_in_plain_alphabetical_order():
    names = [county.name for county in places.counties()]

    assert len(names) == len(set(names)) == 95
    assert names == sorted(names, key=str.casefold)
    assert {"DeKalb", "McMinn", "McNairy", "Van Buren"} <= set(names)


def test_divisions_have_their_size():
    assert Counter(c.division for c in places.counties()) == {"west": 21, "east": 33, "middle": 41}


def test_thirty_counties_keep_eastern_time():
    zones = Counter(c.timezone for c in places.counties())

    assert zones == {"America/New_York": 30, "America/Chicago": 65}
    assert places.county("hamilton").timezone == "America/New_York"
    assert places.county("marion").timezone == "America/Chicago"


def test_fips_codes_are_tennessee_s_and_unique():
    codes = [c.fips for c in places.counties()]

    assert len(set(codes)) == 95
    assert all(len(code) == 5 and code.startswith("47") for code in codes)


def test_slugs_find_their_county():
    assert all(places.county(c.slug) is c for c in places.counties())
    assert places.county("van-buren").name == "Van Buren"
    assert places.county("Nowhere") is None


def test_a_zip_across_county_lines_has_them_all_the_likeliest_first():
    crossing = [place.zip for place in places.zip_codes() if len(places.zip_counties(place.zip)) > 1]

    assert len(crossing) == 273
    assert [c.name for c in places.zip_counties("37012")] == ["DeKalb", "Smith", "Wilson"]
    for zip_code in crossing:
        counties = places.zip_counties(zip_code)
        assert counties[0] == places.zip_place(zip_code).county
        assert len(set(counties)) == len(counties)


POINTS = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(POINTS, POINTS, POINTS)
def test_miles_are_a_distance(one, other, third):
    there = places.miles_between(one, other)

    assert places.miles_between(one, one) == 0
    assert there == pytest.approx(places.miles_between(other, one), abs=1e-6)
    assert 0 <= there <= 12_500
    assert there <= places.miles_between(one, third) + places.miles_between(third, other) + 1e-3


def test_miles_between_two_cities_are_those_of_the_map():
    memphis, nashville, knoxville = (35.1495, -90.0490), (36.1627, -86.7816), (35.9606, -83.9207)

    assert places.miles_between(memphis, nashville) == pytest.approx(197, abs=3)
    assert places.miles_between(nashville, knoxville) == pytest.approx(160, abs=3)


def test_the_middle_of_a_zip_is_nearest_to_itself():
    place, miles = places.nearest_zip((36.1504, -86.7916))

    assert (place.county.name, miles < 2) == ("Davidson", True)


def test_a_nashville_zip_is_in_davidson():
    assert [c.name for c in places.zip_counties("37203")] == ["Davidson"]


@pytest.mark.parametrize("zip_code", ["38227", "00000", "", "90210", "37203-1234", "３７２０３"])
def test_a_zip_without_a_known_county_finds_none(zip_code):
    assert places.zip_counties(zip_code) == []


def test_all_zips_lie_in_tennessee_and_reach_every_county():
    zips = places.zip_codes()

    assert len(zips) == 796
    assert [z.zip for z in zips if z.county is None] == ["38227"]
    assert len({z.county for z in zips if z.county}) == 95
    assert all(34.9 < z.latitude < 36.8 and -90.4 < z.longitude < -81.6 for z in zips)


def test_every_county_but_gibson_runs_a_district():
    districts = places.districts()

    assert Counter(d.kind for d in districts) == {"county": 94, "municipal": 33, "special": 14, "state": 7}
    running = {d.counties[0].name for d in districts if d.kind == "county"}
    assert {c.name for c in places.counties()} - running == {"Gibson"}
    assert [c.name for c in next(d for d in districts if d.name == "Oak Ridge").counties] == [
        "Anderson",
        "Roane",
    ]
