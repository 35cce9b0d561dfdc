"""Everybody who may knock: a visitor, two reporters with their codes, and staff of every standing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyotp
from django.test import Client

from portal.models import SecondFactor, User
from portal.staff import secondfactor
from reporting import facets, keys, services
from reporting.formtoken import Filing
from reporting.keys import RoomKey
from reporting.models import CASE, IDENTITY, Conflict, Facet, Report

PASSPHRASE = "river stone lantern maple"
ROLES = (
    "visitor",
    "code-a",
    "code-b",
    "editor",
    "trainer",
    "operator",
    "one-factor",
    "superuser",
    "locked",
    "reviewer",
    "conflict",
    "lead",
)
# What a page may show, and the letter that stands for it in the matrix.
STORY, IDENTITY_MARK, ANSWER_A, ANSWER_B = (
    "marker-of-the-story",
    "marker-of-who-wrote",
    "marker-of-answer-a",
    "marker-of-answer-b",
)
MARKS = {STORY: "s", IDENTITY_MARK: "i", ANSWER_A: "a", ANSWER_B: "b"}


@dataclass
class Cast:
    """Clients by role, and the two reports. Report A is the one that `conflict` is tied to."""

    lead: User
    lead_key: bytes
    room: RoomKey
    a: Report
    b: Report
    code_a: str
    code_b: str
    members: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)


def make_member(name: str, role: str, **more: Any) -> tuple[User, bytes]:
    """Return a member with passphrase, second factor and key pair, and the private half."""
    user = User.objects.create_user(name, password=PASSPHRASE, role=role, **more)
    user.seed = secondfactor.new_seed()
    secondfactor.enroll(user, user.seed, 0)
    return user, keys.make_staff_key(user=user, passphrase=PASSPHRASE)


def sign_in(user: User, passphrase: str = PASSPHRASE) -> Client:
    """Return a client that signed in through the real form."""
    client = Client(raise_request_exception=False)
    SecondFactor.objects.filter(user=user).update(last_step=0)
    typed = {"username": user.username, "password": passphrase, "code": pyotp.TOTP(user.seed).now()}
    response = client.post("/admin/login/", typed, secure=True)
    assert response.status_code == 302, response.content.decode()
    return client


def open_vault() -> tuple[User, bytes]:
    """Make a lead and an open vault; return the lead and their private key."""
    lead, key = make_member("lead", "lead")
    papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[2].text)
    return lead, key


def file_report(**answers: Any) -> tuple[Report, str]:
    """File a report with these answers; return it and its code."""
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": STORY, **answers})
    box = services.read_box(code=filing.code)
    assert box is not None
    return box.report, filing.code


def gather() -> Cast:
    """Make everybody, two reports with an answer each, and a signed-in client for each role."""
    lead, lead_key = open_vault()
    room = keys.open_room(staff_private_key=lead_key, user=lead, room=CASE)
    a, code_a = file_report(name=IDENTITY_MARK, school="School A")
    b, code_b = file_report(name=IDENTITY_MARK, school="School B")
    for report, text in ((a, ANSWER_A), (b, ANSWER_B)):
        services.answer_reporter(report=report, by=lead, key=room, text=text)
    cast = Cast(lead, lead_key, room, a, b, code_a, code_b)
    for name in ("visitor", "code-a", "code-b"):
        cast.clients[name] = Client(raise_request_exception=False)
    _add_staff(cast)
    return cast


def _add_staff(cast: Cast) -> None:
    roles = {
        "editor": "editor", "trainer": "trainer", "operator": "operator", "one-factor": "reviewer",
        "superuser": "operator", "locked": "reviewer", "reviewer": "reviewer", "conflict": "reviewer",
    }  # fmt: skip
    cast.members["lead"] = cast.lead
    for name, role in roles.items():
        more = {"is_superuser": True, "is_staff": True} if name == "superuser" else {}
        user, _key = make_member(name, role, **more)
        if name in {"one-factor", "locked", "reviewer", "conflict"}:
            keys.grant_rooms(by=cast.lead, by_key=cast.lead_key, to=user, rooms=[CASE])
        cast.members[name] = user
    keys.grant_rooms(by=cast.lead, by_key=cast.lead_key, to=cast.lead, rooms=[CASE, IDENTITY])
    _tie(cast)
    # A passphrase set on the command line signs in, and opens no report.
    cast.members["locked"].set_password("another passphrase of theirs")
    cast.members["locked"].save()
    for name, user in cast.members.items():
        if name == "one-factor":
            client = Client(raise_request_exception=False)
            client.force_login(user, backend="portal.staff.backends.RoleBackend")
        elif name == "locked":
            client = sign_in(user, "another passphrase of theirs")
        else:
            client = sign_in(user)
        cast.clients[name] = client


def _tie(cast: Cast) -> None:
    """Tie `conflict` to the school of report A."""
    index_key = keys.open_index_key(cast.room)
    for report, school in ((cast.a, "school a"), (cast.b, "school b")):
        token = facets.token(index_key, Facet.Kind.SCHOOL, school)
        facets.add_facet(report_id=report.pk, kind=Facet.Kind.SCHOOL, of=token)
        Report.objects.filter(pk=report.pk).update(indexed=True)
        if report is cast.a:
            Conflict.objects.create(member=cast.members["conflict"], kind=Facet.Kind.SCHOOL, token=token)
