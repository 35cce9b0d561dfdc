"""The directory as HSDS: out and back without loss, and broken packages refused with line and reason."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.hsds import load
from resources.hsds.tables import PackageRefusedError
from tests.resources.packages import ANY, TOPICS, as_json, as_tabular, bundles, changed_somewhere


@pytest.fixture(autouse=True)
def _topics(monkeypatch):
    monkeypatch.setattr(load, "topics_by_slug", lambda: TOPICS)


@pytest.mark.parametrize("write", [as_json, as_tabular])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(bundle=bundles())
def test_what_goes_out_comes_back_as_it_was(write, bundle):
    back = load.read_package(write(bundle))

    assert back.services == bundle.services
    assert back.organizations == bundle.organizations
    assert back.locations == bundle.locations
    assert back.notes == []
    assert write(back) == write(bundle)


# --- Broken packages ---

SERVICE = "11111111-1111-4111-8111-111111111111"
RUNNER = "22222222-2222-4222-8222-222222222222"
HEAD = "id,organization_id,name,status\n"
OTHER = "33333333-3333-4333-8333-333333333333"


def plain(**fields) -> list[dict]:
    """Return the smallest package that is taken, with these fields of its service."""
    runner = {"id": RUNNER, "name": "A group", "description": "A group."}
    return [{"id": SERVICE, "name": "A place", "status": "active", "organization": runner, **fields}]


def dumped(found) -> bytes:
    return json.dumps(found).encode()


def tables(**texts: str | bytes) -> bytes:
    """Return the smallest tabular package that is taken, with these files in place of its own."""
    files = {
        "organizations": f"id,name,description\r\n{RUNNER},A group,A group.\r\n",
        "services": f"id,organization_id,name,status\r\n{SERVICE},{RUNNER},A place,active\r\n",
        **texts,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            if text is not None:
                package.writestr(name if "." in name else f"{name}.csv", text)
    return file.getvalue()


def faults_of(content: bytes) -> list[str]:
    with pytest.raises(PackageRefusedError) as caught:
        load.read_package(content)
    return [str(fault) for fault in caught.value.faults]


def phone(**fields):
    return {"id": OTHER, "number": "555-0100", **fields}


def area(**fields):
    return [{"id": OTHER, **fields}]


def span(**fields):
    return [{"id": OTHER, **fields}]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "line 1: it is no JSON"),
        (b'[{"id": ', "line 1: it is no JSON"),
        (b"[]", "package: there is no service in it"),
        (b'{"contents": 3}', "$.contents: a list of service is expected"),
        (b"[" * 100_000, "package: it is no JSON that can be kept"),
        (b'[{"id": "1", "id": "2"}]', "'id' stands twice"),
        (b'[{"id": NaN}]', "NaN is no number"),
        ("[]".encode("utf-16"), "package, line 1: it is not UTF-8"),
        (dumped(plain(name="")), "$[0]: name is missing"),
        (dumped(plain(id="7")), "$[0]: id: '7' is no UUID"),
        (dumped(plain(name=7)), "$[0]: name is no text"),
        (dumped(plain(name="a\x00b")), "$[0]: name holds a character that no text needs"),
        (dumped(plain(name="a\u202eb")), "$[0]: name holds a character that no text needs"),
        (rb'[{"id": "x", "name": "\ud800"}]', "$[0]: name holds a character that no text needs"),
        (dumped(plain(status="gone")), "$[0]: status: 'gone' is none of active"),
        (dumped(plain(assured_date="2026-02-30")), "$[0]: assured_date: '2026-02-30' is no day"),
        (dumped(plain(last_modified="2026-02-03T10:00:00")), "is no moment with its time zone"),
        (dumped(plain(url="javascript:alert(1)")), "$[0]: url: 'javascript:alert(1)' is no web address"),
        (dumped(plain(email="nobody")), "$[0]: email: 'nobody' is no e-mail address"),
        (dumped(plain(organization=None)), "$[0]: organization_id is missing"),
        (dumped(plain(organization={"id": RUNNER, "name": "x"})), "organization: description is missing"),
        (dumped(plain(phones=3)), "$[0].phones: a list of phone is expected"),
        (dumped(plain(phones=[3])), "$[0].phones[0]: one phone is expected"),
        (dumped(plain(phones=[phone(), phone()])), f"$[0].phones[1]: the id {OTHER} is already that of"),
        (dumped(plain(phones=[phone(number="none")])), "$[0].phones[0]: 'none' has no digits to dial"),
        (dumped(plain(languages=[{"id": OTHER, "code": "xx"}])), "$[0].languages[0]: code: 'xx' is none"),
        (dumped(plain(service_areas=area(name="Cook", extent_type="county"))), "there is no county 'Cook'"),
        (dumped(plain(schedules=span(byday="MON"))), "$[0].schedules[0]: byday: 'MON' are no weekdays"),
        (dumped(plain(schedules=span(byday="1MO", freq="WEEKLY"))), "weeks of a month go with freq MONTHLY"),
        (dumped(plain(schedules=span(opens_at="09:00"))), "opens_at and closes_at go together"),
        (dumped(plain(schedules=span(byday="MO", freq="WEEKLY", interval=2))), "intervals are not kept"),
        (dumped(plain(schedules=span(opens_at="9am", closes_at="5pm"))), "opens_at: '9am' is no time"),
        (dumped(plain() + plain()), f"$[1]: the id {SERVICE} is already that of $[0]"),
        (
            dumped(plain() + plain(id=OTHER, organization={"id": RUNNER, "name": "B", "description": "B"})),
            "$[1].organization: differs from $[0].organization",
        ),
        (b"PK\x03\x04 and nothing", "package: it is no ZIP that can be read"),
        (tables(services=None), "services.csv: this file is missing"),
        (tables(services=""), "services.csv: it is empty"),
        (tables(services="id,name\n"), "services.csv, line 1: the column organization_id is missing"),
        (tables(services="id,id,organization_id,name,status\n"), "line 1: the column 'id' is there twice"),
        (tables(services=f"{HEAD}{SERVICE},{RUNNER},A\n"), "line 2: it has 3 cells"),
        (tables(services=f'{HEAD}{SERVICE},"{RUNNER}'), "services.csv, line 2: it is no CSV"),
        (
            tables(services=f'{HEAD}{SERVICE},{RUNNER},"two\nlines",active\n7,{RUNNER},B,active\n'),
            "services.csv, line 4: id: '7' is no UUID",
        ),
        (
            tables(services=f"{HEAD}{SERVICE},{OTHER},A,active\n"),
            f"services.csv, line 2: organization_id {OTHER} is not the id of any organization",
        ),
        (
            tables(services=f"{HEAD}{SERVICE},{RUNNER},A,active\n" * 2),
            "services.csv, line 3: id: 'id' is no UUID",
        ),
        (tables(services=f"{HEAD}\xe9".encode("latin-1")), "services.csv, line 2: it is not UTF-8"),
        (tables(**{"../services.csv": "x"}), "'../services.csv': a file of a package has a plain name"),
        (tables(**{"/etc/x.csv": "x"}), "a file of a package has a plain name"),
        (tables(**{"a\\b.csv": "x"}), "a file of a package has a plain name"),
        (tables(**{"datapackage.json": "{}"}), "datapackage.json: it is no descriptor"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_broken_package_is_refused_with_line_and_reason(content, fault):
    assert fault in " | ".join(faults_of(content))


@pytest.mark.parametrize(
    "content",
    [
        dumped(plain()),
        b"\xef\xbb\xbf" + dumped(plain()),
        dumped(plain()[0]),
        dumped({"contents": plain()}),
        tables(),
        tables(services=f"\ufeffid,organization_id,name,status\n{SERVICE.upper()},{RUNNER},A place,active\n"),
        tables(services=f"id,organization_id,name,status,colour\n{SERVICE},{RUNNER},A place,active,red\n"),
    ],
)
def test_the_same_package_without_the_fault_is_taken(content):
    (service,) = load.read_package(content).services

    assert (service["uuid"], service["name"]) == (SERVICE, {"en": "A place"})


def test_a_package_of_other_software_tells_only_what_is_in_it():
    content = dumped(
        plain(
            phones=[phone(type="sms", extension=7, contact="A. Person")],
            schedules=[
                {"id": OTHER, "byday": "1MO,3MO,-1FR", "freq": "MONTHLY"},
                {"id": SERVICE, "description": "Weekdays, mostly"},
            ],
            service_areas=[{"id": OTHER, "name": "Knox County, TN"}, {"id": RUNNER, "name": "The valley"}],
            contacts=[{"id": OTHER, "name": "A. Person"}],
            fees_description="Free",
        )
    )  # fmt: skip

    bundle = load.read_package(content)

    (service,) = bundle.services
    assert "eligibility" not in service
    assert "mark" not in service
    assert service["cost"] == {"en": "Free"}
    assert service["counties"] == ["knox"]
    assert service["area"] == {"en": "The valley"}
    assert service["hours"] == {"en": "Weekdays, mostly"}
    assert [(row["weekdays"], row["weeks"]) for row in service["schedules"]] == [
        (["MO"], [1, 3]),
        (["FR"], [-1]),
    ]
    assert service["phones"][0]["number"] == "555-0100 ext. 7"
    assert service["phones"][0]["dial"] == "5550100"
    assert service["phones"][0]["takes_calls"] is False
    assert "Person" not in repr(bundle)
    assert sorted(bundle.notes) == ["not kept here: phone.contact", "not kept here: service.contacts"]


@pytest.mark.parametrize(
    ("limit", "content", "fault"),
    [
        ("MOST_FILES", tables(notes="", more=""), "unpacked it would be too large"),
        ("MOST_UNPACKED", tables(notes="a" * 1000), "unpacked it would be too large"),
        ("MOST_BYTES", tables(), "package: it is larger than"),
        ("MOST_ROWS", tables(phones=""), "package: it has more than"),
    ],
)
def test_a_package_that_would_fill_the_memory_is_refused(limit, content, fault, monkeypatch):
    kept = {"MOST_FILES": 3, "MOST_UNPACKED": 900, "MOST_BYTES": 10, "MOST_ROWS": 1}[limit]
    monkeypatch.setattr(load, limit, kept)

    assert fault in " | ".join(faults_of(content))


def test_only_the_first_fifty_faults_are_told():
    assert len(faults_of(dumped([{"id": "7"}] * 100))) == 50


def taken_or_refused(content: bytes) -> None:
    """Read the package; any other fault than its refusal fails the test."""
    with contextlib.suppress(PackageRefusedError):
        load.read_package(content)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(bundle=bundles(), other=ANY, choose=st.data())
def test_whatever_stands_in_a_package_it_is_taken_or_refused(bundle, other, choose):
    taken_or_refused(changed_somewhere(bundle, other, choose))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(bundle=bundles(), cut=st.floats(0, 1), flip=st.integers(0, 255), is_whole=st.booleans())
def test_a_damaged_file_is_taken_or_refused(bundle, cut, flip, is_whole):
    for write in (as_json, as_tabular):
        content = bytearray(write(bundle))
        at = min(int(len(content) * cut), len(content) - 1)
        content[at] ^= flip
        taken_or_refused(bytes(content if is_whole else content[:at]))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_taken_or_refused(content):
    taken_or_refused(content)
    taken_or_refused(b"PK" + content)
    taken_or_refused(b"[" + content)
    taken_or_refused(tables(services=content, phones=content))
