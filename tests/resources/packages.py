"""Directories for tests of HSDS: any that hypothesis can think of, and the smallest packages."""

from __future__ import annotations

import datetime as dt
import io
import json

from hypothesis import strategies as st

from portal.lib import places
from resources.hsds import Bundle, export
from resources.models import LANGUAGES, WEEKDAYS, WEEKS, AccessFact, How, Schedule, Service

TOPICS = {"crisis": ("Crisis", ""), "lines": ("Lines", "crisis"), "food": ("Food", "")}
# What a person may type: any letters, line ends of both kinds, quotes, and what spreadsheets run.
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf"], include_characters="\n\r\t"), max_size=12
)
SOME = WORDS.filter(bool)
LINE = st.text("ab =+-@'\",;\u00e9\u0416", min_size=1, max_size=8)
TEXTS = st.dictionaries(st.sampled_from(["en", "es", "ar"]), SOME, max_size=2)
NAME = st.builds(lambda en, more: {"en": en, **{k: v for k, v in more.items() if k != "en"}}, SOME, TEXTS)
SLUG = st.text("abcdef-", min_size=1, max_size=8)
DAY = st.dates().map(str)
FLAG = st.booleans()
TIMES = st.one_of(
    st.just(("", "")), st.tuples(st.times(), st.times()).map(lambda t: tuple(x.isoformat() for x in t))
)
CODES = st.lists(st.sampled_from(list(LANGUAGES)), unique=True, max_size=3)
COUNTIES = st.lists(st.sampled_from([county.slug for county in places.counties()]), unique=True, max_size=3)
SAID = ("summary", "details", "caution", "hours", "area", "cost", "eligibility", "bring")
MARK = st.sampled_from(["seen", "known", "unverified"])
KNOWN = st.sampled_from(list(Service.Known.values))


def _maybe(strategy):
    return st.one_of(st.just(""), strategy)


PHONE = st.fixed_dictionaries(
    {
        "number": st.text("0123456789- ", min_size=1, max_size=12).map(lambda t: f"5{t}"),
        "dial": st.text("0123456789", min_size=1, max_size=11),
        "takes_calls": FLAG, "takes_texts": FLAG, "keyword": _maybe(LINE), "mark": MARK,
        "languages": CODES, "label": TEXTS, "press": TEXTS, "hours": TEXTS,
    }
)  # fmt: skip


@st.composite
def spans(draw, at):
    opens, closes = draw(TIMES)
    days = draw(st.lists(st.sampled_from(list(WEEKDAYS)), unique=True, max_size=4))
    weeks = draw(st.lists(st.sampled_from(WEEKS), unique=True, max_size=2)) if days else []
    first, last = sorted([draw(DAY), draw(DAY)])
    season = draw(st.sampled_from([("", ""), (first, last), (first, ""), ("", last)]))
    return {
        "place": draw(st.sampled_from(["", *at])), "kind": draw(st.sampled_from(Schedule.Kind.values)),
        "weekdays": days, "weeks": weeks, "day": "" if days else draw(DAY), "opens_at": opens,
        "closes_at": closes, "valid_from": season[0], "valid_to": season[1],
        "every_year": draw(FLAG) and all(season),
    }  # fmt: skip


@st.composite
def location(draw):
    is_public = draw(FLAG)
    point = (
        draw(st.one_of(st.none(), st.tuples(st.floats(-90, 90), st.floats(-180, 180)))) if is_public else None
    )
    return {
        "uuid": str(draw(st.uuids(version=4))), "visibility": "public" if is_public else "city_only",
        "street": draw(_maybe(LINE)) if is_public else "", "city": draw(_maybe(LINE)),
        "postal_code": draw(_maybe(st.just("37203"))) if is_public else "",
        "county": draw(_maybe(st.sampled_from([county.slug for county in places.counties()]))),
        "latitude": point and point[0], "longitude": point and point[1],
        "transportation": draw(TEXTS) if is_public else {},
    }  # fmt: skip


@st.composite
def bundles(draw):
    runner = {
        "uuid": str(draw(st.uuids(version=4))), "slug": draw(SLUG), "name": draw(LINE),
        "short_name": draw(_maybe(LINE)), "description": draw(TEXTS), "url": draw(_maybe(st.just("https://a.example/"))),
    }  # fmt: skip
    sites = draw(st.lists(location(), max_size=2, unique_by=lambda place: place["uuid"]))
    bundle = Bundle(topics=TOPICS, organizations={runner["uuid"]: runner})
    for own in draw(st.lists(st.uuids(version=4), min_size=1, max_size=2, unique=True)):
        counties = draw(COUNTIES)
        at = sorted(place["uuid"] for place in sites)
        bundle.services.append(
            {
                "uuid": str(own), "organization": runner["uuid"], "slug": draw(SLUG),
                "url": draw(_maybe(st.just("https://b.example/x?y=1"))), "url_is_direct": draw(FLAG),
                "email": draw(_maybe(st.just("help@example.org"))), "always_open": draw(FLAG),
                "by_appointment": draw(FLAG), "on_holidays": draw(st.sampled_from(Service.Holidays.values)),
                "has_interpreter": draw(KNOWN),
                "reach": "counties" if counties else draw(st.sampled_from(["nation", "state", "unclear"])),
                "crisis_order": draw(st.one_of(st.none(), st.integers(0, 99))),
                "order": draw(st.integers(0, 9999)),
                "mark": draw(MARK), "source": draw(WORDS), "last_known": draw(_maybe(LINE)),
                "checked_how": draw(_maybe(st.sampled_from(How.values))), "name": draw(NAME),
                **{name: draw(TEXTS) for name in SAID},
                "languages": draw(CODES), "counties": counties, "checked_on": draw(_maybe(DAY)),
                "updated_at": draw(st.datetimes(timezones=st.just(dt.UTC))).isoformat(),
                "categories": sorted(draw(st.sets(st.sampled_from(list(TOPICS)), max_size=3))), "places": at,
                "phones": draw(st.lists(PHONE, max_size=2)),
                "schedules": draw(st.lists(spans(at), max_size=3)),
                "access": draw(st.dictionaries(st.sampled_from(AccessFact.Kind.values), KNOWN, max_size=3)),
            }
        )  # fmt: skip
    bundle.locations = {place["uuid"]: place for place in sites}
    return bundle


def as_json(bundle) -> bytes:
    text = io.StringIO()
    export.write_json(text, [bundle])
    return text.getvalue().encode()


def as_tabular(bundle) -> bytes:
    file = io.BytesIO()
    export.write_tabular(file, [bundle])
    return file.getvalue()


ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


def places_in(found, path=()):
    """Return the path of everything in a JSON value."""
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [path, *(deeper for name, inner in pairs for deeper in places_in(inner, (*path, name)))]


def changed_somewhere(bundle, other, choose) -> bytes:
    """Return the package of `bundle` with `other` in place of any one thing in it."""
    found = json.loads(as_json(bundle))
    *way, last = choose.draw(st.sampled_from([path for path in places_in(found) if path]))
    inner = found
    for step in way:
        inner = inner[step]
    inner[last] = other
    return json.dumps(found).encode()
