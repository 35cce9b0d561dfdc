"""The life of the keys: what each flow does to who reads what, and what is left when it is cut off.

A flow is cut before its nth statement: in process by raising (`cut_at`), or for good by `kill -9` of a
process that a fork made (`killed_at`). After every cut, and after the flow was done again to its end:

- whoever reads before and after the flow opens every part; whoever reads at neither time opens none;
- whoever is let in or sent away by it opens all or none, never some;
- two recovery sheets open every part, each code opens its answers, the form is open.
"""

from __future__ import annotations

import io
import json
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction

from portal.models import User
from portal.staff import members, secondfactor
from reporting import facets, keys, labels, recovery, rotation, services
from reporting.formtoken import Filing
from reporting.keys import RoomKey
from reporting.models import (
    CASE,
    IDENTITY,
    KeyGrant,
    Label,
    QueueKey,
    Report,
    ReportEvent,
    Room,
    SavedView,
    SealedPart,
    StaffKey,
    VaultSite,
)

PASSPHRASE, ANOTHER = "river stone lantern maple", "window copper meadow lark"
# Who reads which rooms at the start. `eve` and `fay` have keys and wait; `dee` is an editor.
BEFORE = {
    "ana": {CASE, IDENTITY},
    "bea": {CASE, IDENTITY},
    "cy": {CASE},
    "dee": set(),
    "eve": set(),
    "fay": set(),
}
ROLES = {"ana": "lead", "bea": "lead", "cy": "reviewer", "dee": "editor", "eve": "reviewer", "fay": "lead"}


class Cut(BaseException):
    """The flow was cut off here. Not an Exception: no code may catch it and go on."""


@dataclass
class World:
    """An open vault with six members and three reports.

    notes: what is on paper outside the machine, sheets and codes: a killed process does not take it along.
    """

    notes: Path = field(default_factory=lambda: Path(tempfile.mkstemp(prefix="key-life-")[1]))

    def note(self, kind: str, *texts: str) -> None:
        """Write down a set of sheets ("sheets") or a code ("code")."""
        with self.notes.open("a") as paper:
            paper.write(json.dumps([kind, *texts]) + "\n")

    def _noted(self, kind: str) -> list[list[str]]:
        lines = [json.loads(line) for line in self.notes.read_text().splitlines()]
        return [line[1:] for line in lines if line[0] == kind]

    @property
    def sheets(self) -> list[list[str]]:
        """Return every set of three sheets that was ever shown."""
        return self._noted("sheets")

    @property
    def codes(self) -> list[str]:
        """Return the check-back code of every report that was acknowledged."""
        return [code for (code,) in self._noted("code")]

    def user(self, name: str) -> User:
        """Return a member as the database has them now."""
        return User.objects.get(username=name)

    def key(self, name: str) -> bytes | None:
        """Return the private key that the member's login opens now, None when it opens none."""
        user = User.objects.filter(username=name, is_active=True).first()
        for passphrase in (PASSPHRASE, ANOTHER):
            if user and user.check_password(passphrase):
                try:
                    return keys.unlock_staff_key(user=user, passphrase=passphrase)
                except keys.LockedOut:
                    return None
        return None

    def need(self, name: str) -> bytes:
        """Return the private key of a member who has one."""
        key = self.key(name)
        assert key, name
        return key


def build() -> World:
    """Empty the tables and make a world."""
    for model in (ReportEvent, Report, Label, SavedView, KeyGrant, StaffKey, QueueKey, VaultSite, User):
        model.objects.all().delete()
    world = World()
    for name, role in ROLES.items():
        user = User.objects.create_user(name, password=PASSPHRASE, role=role)
        keys.make_staff_key(user=user, passphrase=PASSPHRASE)
    ana = world.user("ana")
    world.note("sheets", *(paper.text for paper in keys.setup_vault(lead=ana, passphrase=PASSPHRASE)))
    keys.confirm_sheets(by=ana, first=world.sheets[0][0], second=world.sheets[0][1])
    for name in ("bea", "cy"):
        keys.grant_rooms(by=ana, by_key=world.need("ana"), to=world.user(name), rooms=sorted(BEFORE[name]))
    room = keys.open_room(staff_private_key=world.need("ana"), user=ana, room=CASE)
    for number in range(3):
        file_report(world, f"story {number}")
    for report in Report.objects.all():
        services.add_note(report=report, by=ana, key=room, text="a note")
        services.answer_reporter(report=report, by=ana, key=room, text="an answer")
    facets.keep_label("school", "0" * 32, "A school")
    sealed = labels.seal_label("A view", "view|1")
    SavedView.objects.create(pk=1, owner=ana, epoch=sealed.epoch, name=sealed.body)
    return world


def file_report(world: World, story: str) -> None:
    """File a report; it is one of the world's from now on."""
    filing = Filing.new()
    services.file_report(filing=filing, answers={"story": story, "name": "Sam"})
    world.note("code", filing.code)


# --- Who reads what ---


def opened(room: RoomKey) -> int:
    """Return how many sealed things of a room open."""
    count = 0
    for part in SealedPart.objects.filter(room=room.room).select_related("report"):
        try:
            services.unseal_part(part=part, room=room)
        except services.Damaged:
            continue
        count += 1
    if room.room == CASE:
        count += sum(facets.label_of(label, room) == "A school" for label in Label.objects.all())
        for view in SavedView.objects.all():
            count += labels.open_label(view.name, view.epoch, "view|1", room) == "A view"
    return count


def whole(room: str) -> int:
    """Return how many sealed things a room has."""
    return SealedPart.objects.filter(room=room).count() + (
        Label.objects.count() + SavedView.objects.count() if room == CASE else 0
    )


def reading(world: World, name: str, room: str) -> str:
    """Return "all", "none" or "some" of what a member opens with their own login."""
    key = world.key(name)
    user = User.objects.filter(username=name).first()
    if key is None or user is None:
        return "none"
    try:
        count = opened(keys.open_room(staff_private_key=key, user=user, room=room))
    except keys.NotGranted:
        return "none"
    return "all" if count == whole(room) else "some" if count else "none"


def table(world: World) -> dict[str, set[str]]:
    """Return which rooms each member reads in full. Raise AssertionError when somebody reads only some."""
    found: dict[str, set[str]] = {}
    for name in [*BEFORE, *(("root",) if User.objects.filter(username="root").exists() else ())]:
        states = {room: reading(world, name, room) for room in Room.values}
        assert "some" not in states.values(), (name, states)
        found[name] = {room for room, state in states.items() if state == "all"}
    return found


def check(world: World, flow: Flow) -> None:
    """Raise AssertionError unless all that the module promises of a flow that was cut off holds."""
    found = table(world)
    for name, wanted in {"root": set(), **flow.after}.items():
        before, rooms = BEFORE.get(name, set()), found.get(name, set())
        surely = set() if name == flow.is_out_meanwhile else before & wanted
        assert surely <= rooms <= before | wanted, (name, rooms)
    assert any(_sheets_open_all(papers) for papers in world.sheets), "no two sheets open everything"
    for code in world.codes:
        box = services.read_box(code=code)
        assert box, "a report is lost"
        assert all(answer.text for answer in box.answers), "an answer is lost"
    assert keys.vault_is_open(), keys.vault_is_open().reason


def _sheets_open_all(papers: list[str]) -> bool:
    try:
        private = keys.recovery_private(keys.vault_site(), papers[0], papers[2])
    except keys.SheetError:
        return False
    rooms = keys.recovered_rooms(private)
    return all(opened(room) == whole(room.room) for room in rooms)


# --- The flows: each may be done again after it was cut off anywhere ---


@dataclass(frozen=True)
class Flow:
    """One flow. act: does it, or what is left of it; changes: who reads other rooms after it.

    is_out_meanwhile: who reads before and after it, and nothing in between.
    """

    name: str
    act: Callable[[World], None]
    changes: dict[str, set[str]] = field(default_factory=dict)
    is_out_meanwhile: str = ""

    @property
    def after(self) -> dict[str, set[str]]:
        """Return who reads which rooms when it is done."""
        return {**BEFORE, **self.changes}


def _change_passphrase(world: World) -> None:
    cy = world.user("cy")
    if cy.check_password(PASSPHRASE):
        members.change_passphrase(user=cy, old=PASSPHRASE, new=ANOTHER)


def _activate(world: World, name: str) -> None:
    user = world.user(name)
    if not user.check_password(ANOTHER):
        token = members.new_link(user).split("/")[-2]
        members.activate(token=token, passphrase=ANOTHER, seed=secondfactor.new_seed(), step=0)


def _forgotten(world: World) -> None:
    _activate(world, "cy")


def _grant(world: World, to: str, rooms: list[str], by: str = "ana") -> None:
    keys.grant_rooms(by=world.user(by), by_key=world.need(by), to=world.user(to), rooms=rooms)


def _forgotten_and_let_in(world: World) -> None:
    _activate(world, "cy")
    _grant(world, "cy", [CASE])


def _changepassword(world: World) -> None:
    with mock.patch("django.contrib.auth.management.commands.changepassword.getpass.getpass") as typed:
        typed.return_value = ANOTHER
        call_command("changepassword", "cy", stdout=io.StringIO())


def _createsuperuser(world: World) -> None:
    if not User.objects.filter(username="root").exists():
        with mock.patch.dict(os.environ, {"DJANGO_SUPERUSER_PASSWORD": PASSPHRASE}):
            call_command(
                "createsuperuser", username="root", email="", interactive=False, stdout=io.StringIO()
            )


def _promote(world: World) -> None:
    members.change_role(user=world.user("cy"), role="lead", by=world.user("ana"), by_key=world.need("ana"))
    _grant(world, "cy", [CASE, IDENTITY])


def _demote(world: World) -> None:
    members.change_role(
        user=world.user("bea"), role="reviewer", by=world.user("ana"), by_key=world.need("ana")
    )
    _rotate_to_the_end(world)


def _rotate_to_the_end(world: World, by: str = "ana", batch: int = 2) -> None:
    if due := rotation.due(keys.vault_is_open()):
        rotation.start(by=world.user(by), by_key=world.need(by), rooms=due)
    rotation.work(by=world.user(by), by_key=world.need(by), seconds=60, batch=batch)


def _remove(world: World, name: str) -> None:
    user = world.user(name)
    if user.is_active:
        members.remove(user=user, by=world.user("ana"), by_key=world.need("ana"))
    _rotate_to_the_end(world)


def _remove_by_a_locked_lead(world: World) -> None:
    # `fay` cannot open anything: the account is off at once, and a lead who can goes on.
    if world.user("cy").is_active:
        members.remove(user=world.user("cy"), by=world.user("fay"), by_key=None)
    _rotate_to_the_end(world, by="bea")


def _recover(world: World) -> None:
    papers = world.sheets[0]
    keys.recover_rooms(to=world.user("fay"), first=papers[1], second=papers[2])


def _recover_and_renew(world: World) -> None:
    fay = world.user("fay")
    if not any(KeyGrant.objects.filter(staff_key__user=fay)):
        _recover(world)
    if keys.vault_site().sheets_seen:
        _new_sheets(world)
    _rotate_to_the_end(world, by="fay")


def _new_sheets(world: World) -> None:
    papers = [paper.text for paper in recovery.make_sheets()]
    world.note("sheets", *papers)
    recovery.confirm_sheets(by=world.user("ana"), by_key=world.need("ana"), first=papers[0], second=papers[1])


def _drill(world: World) -> None:
    papers = world.sheets[0]
    keys.drill(by=world.user("ana"), first=papers[0], second=papers[2])


def _two_at_once(world: World) -> None:
    for name in ("ana", "bea"):
        rotation.start(by=world.user(name), by_key=world.need(name), rooms=Room.values)
    for name in ("bea", "ana", "cy"):
        rotation.work(by=world.user(name), by_key=world.need(name), seconds=60, batch=3)


def _mixed(world: World) -> None:
    """Begin, take a report meanwhile, let a reviewer and a lead go on."""
    if QueueKey.objects.count() == len(Room.values):
        rotation.start(by=world.user("ana"), by_key=world.need("ana"), rooms=Room.values)
    file_report(world, "sent meanwhile")
    for name in ("cy", "bea"):
        rotation.work(by=world.user(name), by_key=world.need(name), seconds=60, batch=2)


def _deactivate(world: World) -> None:
    User.objects.filter(username="cy").update(is_active=False)


FLOWS = [
    Flow("change of passphrase", _change_passphrase),
    Flow("forgotten passphrase", _forgotten, {"cy": set()}),
    Flow("forgotten passphrase, let in again", _forgotten_and_let_in, is_out_meanwhile="cy"),
    Flow("changepassword by the operator", _changepassword, {"cy": set()}),
    Flow("createsuperuser", _createsuperuser, {"root": set()}),
    Flow("grant of the case room", lambda world: _grant(world, "eve", [CASE]), {"eve": {CASE}}),
    Flow(
        "grant of both rooms",
        lambda world: _grant(world, "fay", [CASE, IDENTITY], by="bea"),
        {"fay": {CASE, IDENTITY}},
    ),
    Flow("reviewer becomes lead", _promote, {"cy": {CASE, IDENTITY}}),
    Flow("lead becomes reviewer", _demote, {"bea": {CASE}}),
    Flow("removal of a reviewer", lambda world: _remove(world, "cy"), {"cy": set()}),
    Flow("removal of a lead", lambda world: _remove(world, "bea"), {"bea": set()}),
    Flow("removal by a locked lead", _remove_by_a_locked_lead, {"cy": set()}),
    Flow("recovery by two sheets", _recover, {"fay": {CASE, IDENTITY}}),
    Flow("recovery, new sheets, new keys", _recover_and_renew, {"fay": {CASE, IDENTITY}}),
    Flow("new sheets", _new_sheets),
    Flow("drill", _drill),
    Flow("two changes of keys at once", _two_at_once),
    Flow("report sent while keys change", _mixed),
    Flow("account off by the operator", _deactivate, {"cy": set()}),
]


# --- Cutting off ---


@contextmanager
def _at(statement: int | None, then: Callable[[], None]) -> Iterator[list[int]]:
    """Do `then` before the database gets statement number `statement`, from 0; count them all."""
    count = [0]

    def counted(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        count[0] += 1
        if count[0] - 1 == statement:
            then()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        yield count


def _raise() -> None:
    raise Cut


def spread(total: int, most: int) -> list[int]:
    """Return at most `most` statements of `total`, evenly, the first and the last among them."""
    if total <= most:
        return list(range(total))
    return sorted({round(step * (total - 1) / max(most - 1, 1)) for step in range(most)})


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Undo at the end what was done to the world, so that the next flow begins where this one did."""
    noted = world.notes.read_text()
    block = transaction.atomic()
    block._from_testcase = True  # as Django's own tests do, so that durable blocks may stand inside
    with block:
        yield
        transaction.set_rollback(True)
    world.notes.write_text(noted)


def done(flow: Flow, world: World) -> tuple[dict[str, set[str]], int]:
    """Do the flow without a cut; return who reads what then, and how many statements it was.

    Raise AssertionError as `check` does.
    """
    with _at(None, _raise) as count:
        flow.act(world)
    check(world, flow)
    return table(world), count[0]


def cut_at(flow: Flow, world: World, statement: int) -> dict[str, set[str]]:
    """Cut the flow off by raising, look, do it again; return who reads what then."""
    with _at(statement, _raise), suppress(Cut):
        flow.act(world)
    return _again(flow, world)


def killed_at(flow: Flow, statement: int) -> dict[str, set[str]]:
    """Let a child process do the flow and be killed, look, do it again; return who reads what then."""
    world = build()
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # or parent and child would talk on one line
    child = os.fork()
    if not child:
        try:
            with _at(statement, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                flow.act(world)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{flow.name}: it was not killed at statement {statement}"
    return _again(flow, world)


def _again(flow: Flow, world: World) -> dict[str, set[str]]:
    check(world, flow)
    flow.act(world)
    check(world, flow)
    assert not any(each.left for each in rotation.progress()), "something hangs on an old key"
    return table(world)


def run(most: int) -> dict[str, int]:
    """Kill every flow at up to `most` points; return the counts. Raise AssertionError at the first fault.

    For a database of its own, which is emptied.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    kills = 0
    for flow in FLOWS:
        _table, total = done(flow, build())
        for statement in spread(total, most):
            assert killed_at(flow, statement) == flow.after, flow.name
            kills += 1
    return {"flows": len(FLOWS), "kills": kills, "lost": 0}
