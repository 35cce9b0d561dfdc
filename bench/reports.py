"""Measure sealed reports: the queue, one report and the intake at a thousand and at a million on PostgreSQL.

Run it inside a PostgreSQL of its own (`make bench-reports` starts a temporary one). Each size gets a database
filled with rows sealed like real ones; then every page is asked for in turn in each database, through the
whole view stack with a member signed in, and medians are compared. Times are given as ratios, because two
machines, or two days, cannot be compared. Exit status 1 when a goal is missed.

    python bench/reports.py 1000 1000000
    python bench/reports.py --keep FOLDER 1000 1000000    # later runs there measure without filling again
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import re
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from itertools import accumulate
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
GROWTH_GOAL = 1.2  # how much slower a page may be at the larger size (issue 3)
QUEUE_QUERIES, INTAKE_QUERIES = 12, 15
OPENING_GOAL_MS = 25.0  # 50 rows opened (sealed reports, section 9)
ROUNDS = 41
WEEKS = 260
SLICE = 2_000
PASSPHRASE = "river stone lantern maple"
QUEUE = "/admin/reporting/report/"
STORY = "He pulled her out of the line by her backpack and pushed her down. She is eleven. " * 6

# Shares as a portal of some years has them; every value fills a page of 50 at a thousand reports too.
STATUSES = {"new": 12, "reading": 7, "waiting": 7, "working": 11, "closed": 56, "spam": 7}
PRIORITIES = {"normal": 82, "high": 12, "urgent": 6}
KINDS = {"force": 34, "policing": 26, "harassment": 16, "sexual": 8, "other": 9, "unknown": 7}
DIVISIONS = {"west": 33, "middle": 36, "east": 25, "unknown": 6}
# Facet kind to how many values it has; the n-th most common is n times rarer than the first.
VALUES = {"county": 95, "school": 1_800, "agency": 300, "officer": 20_000, "badge": 9_000}
SAID = {"county": 0.9, "school": 0.8, "agency": 0.6, "officer": 0.4, "badge": 0.15}


# --- Filling: rows are sealed by several processes and copied in binary ---


def setup() -> None:
    """Load Django with the settings of the environment."""
    import django

    sys.path.insert(0, str(ROOT))
    django.setup()


def _blob(value: Any, kind: str) -> bytes | None:
    """Return `value` as PostgreSQL's binary COPY wants it for a column of Django's field `kind`."""
    if value is None:
        return None
    if kind == "UUIDField":
        return value.bytes
    if kind == "BinaryField":
        return bytes(value)
    if kind == "BooleanField":
        return b"\1" if value else b"\0"
    if kind == "PositiveIntegerField":
        return struct.pack("!i", value)
    if kind == "BigAutoField":
        return struct.pack("!q", value)
    if kind == "DateField":
        return struct.pack("!i", (value - dt.date(2000, 1, 1)).days)
    if kind == "DateTimeField":
        return struct.pack("!q", int((value - dt.datetime(2000, 1, 1, tzinfo=dt.UTC)).total_seconds() * 1e6))
    return str(value).encode()


class Copied:
    """Rows of one model on their way into a binary COPY; columns nobody names get the model's default."""

    def __init__(self, model: Any) -> None:
        self.columns = [field.column for field in model._meta.concrete_fields]
        plain = model()
        self.fields = [
            (field.attname, (field.target_field if field.is_relation else field).get_internal_type())
            for field in model._meta.concrete_fields
        ]
        self.defaults = {name: _blob(getattr(plain, name), kind) for name, kind in self.fields}
        self.table = model._meta.db_table
        self.head = struct.pack("!h", len(self.fields))

    def row(self, **values: Any) -> bytes:
        """Return one row."""
        pieces = [self.head]
        for name, kind in self.fields:
            blob = _blob(values[name], kind) if name in values else self.defaults[name]
            pieces.append(struct.pack("!i", -1) if blob is None else struct.pack("!i", len(blob)) + blob)
        return b"".join(pieces)


def _pick(rng: random.Random, shares: dict[str, int]) -> str:
    return rng.choices(list(shares), list(shares.values()))[0]


def _skewed() -> dict[str, list[float]]:
    return {kind: list(accumulate(1 / (n + 1) for n in range(count))) for kind, count in VALUES.items()}


def _reports(first: int, monday: dt.date, members: list[int]) -> Iterator[dict[str, Any]]:
    """Yield the clear columns of the reports of one slice: the same whoever asks."""
    rng = random.Random(first)
    for number in range(first, first + SLICE):
        status = _pick(rng, STATUSES)
        yield {
            "id": uuid.UUID(int=rng.getrandbits(128), version=4),
            "reference": f"R-{number:08X}",
            "status": status,
            "priority": _pick(rng, PRIORITIES),
            "kind": _pick(rng, KINDS),
            "division": _pick(rng, DIVISIONS),
            "week": monday - dt.timedelta(weeks=int(rng.triangular(0, WEEKS, 0))),
            "assigned_to_id": rng.choice(members) if status in {"waiting", "working"} else None,
            "indexed": status not in {"new", "spam"},
            "unread": status == "new",
            "part_count": 2,
        }


def make_slice(what: str, first: int, plan: dict[str, Any]) -> bytes:
    """Return the rows of table `what` for the reports from `first` on, as bytes of a binary COPY."""
    from reporting.models import Facet, Report, ReportEvent, SealedPart

    makers = {"reports": Report, "parts": SealedPart, "facets": Facet, "events": ReportEvent}
    copied = Copied(makers[what])
    rows: list[bytes] = []
    rng = random.Random(first + 1)
    skew = _skewed()
    for report in _reports(first, plan["monday"], plan["members"]):
        if what == "reports":
            rows.append(copied.row(**report, **_reporter_key(plan)))
        elif what == "parts":
            rows += _parts(copied, report, plan)
        elif what == "facets" and report["indexed"]:
            for kind, share in SAID.items():
                if rng.random() < share:
                    number = rng.choices(range(VALUES[kind]), cum_weights=skew[kind])[0]
                    rows.append(
                        copied.row(
                            id=uuid.UUID(int=rng.getrandbits(128), version=4),
                            report_id=report["id"], kind=kind, token=plan["tokens"][kind][number],
                        )
                    )  # fmt: skip
        elif what == "events" and not report["unread"]:
            rows.append(
                copied.row(
                    id=uuid.UUID(int=rng.getrandbits(128), version=4),
                    subject=report["reference"], report_id=report["id"], number=1, kind="read",
                    actor_id=plan["members"][0], actor_name="bench", at=plan["at"], detail="part 1, report",
                    detail_hash="0" * 64, previous="", chain="0" * 64,
                )
            )  # fmt: skip
    return b"".join(rows)


def _reporter_key(plan: dict[str, Any]) -> dict[str, Any]:
    return {
        "lookup": os.urandom(32).hex(),
        "reporter_public": plan["reporter_public"],
        "reporter_wrapped": os.urandom(73),
        "code_cost": plan["code_cost"],
    }


def _parts(copied: Copied, report: dict[str, Any], plan: dict[str, Any]) -> Iterable[bytes]:
    """Return the report's two parts: its words really sealed, who wrote random of the same size."""
    from reporting.vault import primitives

    key, part = primitives.new_key(), uuid.uuid4()
    content = {
        "v": 1,
        "received": plan["at"].isoformat(),
        "answers": {"story": STORY, "county": "shelby"},
        "reporter": plan["reporter_public"].hex(),
    }
    place = primitives.part_context(report["reference"], str(part), "report")
    body = primitives.encrypt_padded(key, json.dumps(content).encode(), place)
    shared = {"report_id": report["id"], "epoch": 1, "week": report["week"], "reporter_key": None}
    yield copied.row(
        **shared, id=part, number=1, kind="report", room="case",
        sealed_key=primitives.seal_to(plan["case_public"], key), body=body, once=os.urandom(32).hex(),
    )  # fmt: skip
    yield copied.row(
        **shared, id=uuid.uuid4(), number=2, kind="identity", room="identity",
        sealed_key=os.urandom(81), body=b"\1" + os.urandom(len(body) - 1), once=None,
    )  # fmt: skip


def fill(count: int) -> None:
    """Make the tables, a lead who reads, and `count` reports in the database of DATABASE_URL."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    plan = _plan()
    with ProcessPoolExecutor(os.cpu_count(), initializer=setup) as pool, connection.cursor() as cursor:
        indexes = _drop_indexes(cursor)
        for what, model in (
            ("reports", "report"), ("parts", "sealedpart"), ("facets", "facet"), ("events", "reportevent"),
        ):  # fmt: skip
            _copy(pool, cursor, what, model, count, plan)
        for statement in indexes:
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


def _plan() -> dict[str, Any]:
    """Make the vault; return what the rows have in common."""
    from portal.models import User
    from portal.staff import secondfactor
    from reporting import facets, keys
    from reporting.models import CASE, this_week
    from reporting.vault import primitives

    lead = User.objects.create_user("bench", password=PASSPHRASE, role=User.Role.LEAD)
    secondfactor.enroll(lead, secondfactor.new_seed(), 0)
    private = keys.make_staff_key(user=lead, passphrase=PASSPHRASE)
    papers = keys.setup_vault(lead=lead, passphrase=PASSPHRASE)
    keys.confirm_sheets(by=lead, first=papers[0].text, second=papers[1].text)
    other = User.objects.create_user("bench-2", role=User.Role.REVIEWER)
    index_key = keys.open_index_key(keys.open_room(staff_private_key=private, user=lead, room=CASE))
    tokens = {
        kind: [facets.token(index_key, kind, f"{kind} {number}") for number in range(many)]
        for kind, many in VALUES.items()
    }
    for kind, made in tokens.items():
        if kind in {"county", "school", "agency"}:
            for number, token in enumerate(made):
                facets.keep_label(kind, token, f"Made-up {kind} {number}")
    return {
        "monday": this_week(),
        "at": dt.datetime.now(dt.UTC),
        "members": [lead.pk, other.pk],
        "tokens": tokens,
        "case_public": bytes(keys.current_queue_key(CASE).public_key),
        "reporter_public": primitives.new_key_pair()[1],
        "code_cost": keys.vault_site().code_cost,
    }


def _drop_indexes(cursor: Any) -> list[str]:
    """Drop the indexes that are no constraint; return how to make them again, faster, on full tables."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid::regclass::text IN"
        " ('reporting_report', 'reporting_sealedpart', 'reporting_facet', 'reporting_reportevent')"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)"
    )
    found = cursor.fetchall()
    for name, _statement in found:
        cursor.execute(f"DROP INDEX {name}")
    return [statement for _name, statement in found]


def _copy(pool: Any, cursor: Any, what: str, model: str, count: int, plan: dict[str, Any]) -> None:
    from django.apps import apps

    copied = Copied(apps.get_model("reporting", model))
    started = time.perf_counter()
    starts = range(0, count, SLICE)
    waiting = []
    with cursor.copy(f"COPY {copied.table} ({', '.join(copied.columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0))
        for first in starts:
            waiting.append(pool.submit(make_slice, what, first, plan))
            # A few slices ahead, so that a million rows never stand in memory at once.
            if len(waiting) > 6:
                copy.write(waiting.pop(0).result())
        for slice_ in waiting:
            copy.write(slice_.result())
        copy.write(struct.pack("!h", -1))
    if count > 10_000:
        print(f"  {what}: {time.perf_counter() - started:.0f} s", flush=True)


# --- Measuring: one process for each database, asked in turn ---


def _explain(cursor: Any, sql: str) -> str:
    cursor.execute("EXPLAIN " + sql)
    return "\n".join(row[0] for row in cursor.fetchall())


class Bench:
    """A signed-in member in one database, and the acts that are measured."""

    def __init__(self) -> None:
        import base64

        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.test import Client

        from portal.models import User
        from portal.staff.login import SECOND_FACTOR
        from portal.staff.sessions import SessionStore
        from reporting import facets, keys, queue, services
        from reporting.formtoken import Filing
        from reporting.models import CASE, Report

        lead = User.objects.get(username="bench")
        private = keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE)
        session = SessionStore()
        session.update(
            {
                SESSION_KEY: str(lead.pk),
                BACKEND_SESSION_KEY: "portal.staff.backends.RoleBackend",
                HASH_SESSION_KEY: lead.get_session_auth_hash(),
                SECOND_FACTOR: True,
                keys.SESSION_NAME: base64.b64encode(private).decode(),
            }
        )
        session.create()
        self.client = Client(headers={"host": "localhost"})
        self.client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        self.opening: list[float] = []
        self._time_opening(services)
        room = keys.open_room(staff_private_key=private, user=lead, room=CASE)
        index_key = keys.open_index_key(room)
        county, school = (facets.token(index_key, kind, f"{kind} 0") for kind in ("county", "school"))
        middle = queue.Cursor.of(Report.objects.all()[Report.objects.count() // 2]).text()
        self.cases = list(Report.objects.filter(status="working").values_list("pk", flat=True)[:200])
        self.filing, self.services = Filing, services
        self.pages = {
            "queue, first page": "?status=open",
            "queue, everything": "?status=all",
            "queue, deep page": f"?status=all&after={middle}",
            "queue, urgent first": "?status=open&order=priority",
            "queue, status": "?status=working",
            "queue, priority": "?status=all&priority=urgent",
            "queue, kind": "?status=all&kind=sexual",
            "queue, division": "?status=open&division=east",
            "queue, mine": "?status=open&assigned=mine",
            "queue, nobody's": "?status=open&assigned=nobody",
            "queue, three filters": "?status=closed&kind=force&division=west",
            "queue, county": f"?status=all&county={county}",
            "queue, school": f"?status=all&school={school}",
            "queue, county and kind": f"?status=all&county={county}&kind=force",
        }

    def _time_opening(self, services: Any) -> None:
        """Let each opened part add its time to `opening`."""
        unseal = services.unseal_part

        def timed(**kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return unseal(**kwargs)
            finally:
                self.opening.append(time.perf_counter() - start)

        services.unseal_part = timed

    def act(self, name: str) -> None:
        """Do what is measured under `name`."""
        if name == "intake":
            self.services.file_report(filing=self.filing.new(), answers={"story": STORY, "county": "shelby"})
            return
        path = f"{self.cases.pop()}/change/" if name == "one report" else self.pages[name]
        response = self.client.get(QUEUE + path, secure=True)
        if response.status_code != 200:
            raise SystemExit(f"{name} answered {response.status_code}")

    def names(self) -> list[str]:
        """Return what can be measured."""
        return [*self.pages, "one report", "intake"]

    def once(self, name: str) -> dict[str, Any]:
        """Return {"ms", "opened", "opening_ms"} of one act."""
        self.opening.clear()
        start = time.perf_counter()
        self.act(name)
        return {
            "ms": (time.perf_counter() - start) * 1000,
            "opened": len(self.opening),
            "opening_ms": sum(self.opening) * 1000,
        }

    def queries(self, name: str) -> dict[str, Any]:
        """Return {"count", "faults"} of one act: what counts, skips or reads a whole table."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.act(name)  # the first request of a process also learns what stays
        with CaptureQueriesContext(connection) as captured:
            self.act(name)
        faults = []
        counted = [
            query["sql"]
            for query in captured
            if not re.match(r"(SAVEPOINT|RELEASE|BEGIN|COMMIT)", query["sql"])
        ]
        for sql in counted:
            if (
                re.search(r"COUNT\(.*FROM \"reporting_(report|facet|sealedpart)\"", sql)
                and "EXISTS" not in sql
            ):
                faults.append(f"{name} counts: {sql[:300]}")
            if re.search(r"\bOFFSET\b", sql):
                faults.append(f"{name} skips rows: {sql[:300]}")
            if sql.startswith("SELECT") and "reporting_" in sql:
                faults += self._plan_faults(name, sql)
        return {"count": len(counted), "faults": faults}

    def _plan_faults(self, name: str, sql: str) -> list[str]:
        from django.db import DatabaseError, connection, transaction

        try:
            with transaction.atomic(), connection.cursor() as cursor:
                plan = _explain(cursor, sql)
        except DatabaseError:
            return [f"{name} has a query that EXPLAIN does not take: {sql[:300]}"]
        return [
            f"{name} reads all of {table}: {sql[:300]}"
            for table in re.findall(
                r"Seq Scan on (reporting_(?:report|facet|sealedpart|reportevent))\b", plan
            )
        ]


def serve() -> None:
    """Answer each line of standard input, `["method", "name"]`, with one line of JSON."""
    bench = Bench()
    print(json.dumps(bench.names()), flush=True)
    for line in sys.stdin:
        method, name = json.loads(line)
        if method == "memory":
            print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024), flush=True)
        else:
            print(json.dumps(getattr(bench, method)(name)), flush=True)


class Worker:
    """A process with one database."""

    def __init__(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            env=env, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.names: list[str] = self._line()

    def _line(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a measuring process ended early")
        return json.loads(line)

    def ask(self, method: str, name: str = "") -> Any:
        """Return what the process answers."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([method, name]) + "\n")
        self.process.stdin.flush()
        return self._line()


def database_of(size: int) -> str:
    """Return the name of the database with `size` reports."""
    return f"bench_{size}"


def environment(size: int, folder: str) -> dict[str, str]:
    """Return the environment of a process that works in the database of `size` reports."""
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql:///{database_of(size)}",
        "DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "ALLOWED_HOSTS": "localhost",
        "TRIAL": "0",
        "PLAIN_STATIC": "1",
        # Argon2 costs the same at any size and would hide the growth of the rest.
        "VAULT_TEST_KDF": "fast",
        "LC_ALL": "C.UTF-8",
    }


def psql(*statements: str) -> str:
    """Return what psql prints for `statements`."""
    args = [part for statement in statements for part in ("-c", statement)]
    return subprocess.run(
        ["psql", "-qAtX", "-d", "postgres", *args], check=True, capture_output=True, text=True
    ).stdout


def measure(small: Worker, large: Worker) -> list[str]:
    """Print every page at both sizes; return the goals that were missed."""
    missed: list[str] = []
    print(
        f"{'':<24}{'queries':>8}{'ms small':>10}{'ms large':>10}{'growth':>8}{'opened':>8}{'opening ms':>11}"
    )
    for name in small.names:
        asked = large.ask("queries", name)
        small.ask("queries", name)
        missed += asked["faults"]
        rounds = [(small.ask("once", name), large.ask("once", name)) for _ in range(ROUNDS)]
        ms = [statistics.median(pair[side]["ms"] for pair in rounds) for side in (0, 1)]
        opened = rounds[0][1]["opened"]
        opening = statistics.median(pair[1]["opening_ms"] for pair in rounds)
        growth = ms[1] / ms[0]
        print(
            f"{name:<24}{asked['count']:>8}{ms[0]:>10.1f}{ms[1]:>10.1f}{growth:>8.2f}{opened:>8}{opening:>11.1f}"
        )
        if growth > GROWTH_GOAL:
            missed.append(f"{name} grows by {growth:.2f}, the goal is {GROWTH_GOAL}")
        if name.startswith("queue") and asked["count"] > QUEUE_QUERIES:
            missed.append(f"{name} takes {asked['count']} queries, the goal is {QUEUE_QUERIES}")
        if name.startswith("queue") and opened < 50:
            missed.append(f"{name} opened only {opened} rows: it measures less than a page")
        if name.startswith("queue") and opening > OPENING_GOAL_MS:
            missed.append(
                f"{name} opens {opened} rows in {opening:.1f} ms, the goal is {OPENING_GOAL_MS:.0f}"
            )
        if name == "intake" and asked["count"] > INTAKE_QUERIES:
            missed.append(f"{name} takes {asked['count']} queries, the goal is {INTAKE_QUERIES}")
    memory = [worker.ask("memory") for worker in (small, large)]
    print(f"{'memory, MiB at most':<32}{memory[0]:>10.0f}{memory[1]:>10.0f}{memory[1] / memory[0]:>8.2f}")
    if memory[1] > memory[0] * GROWTH_GOAL:
        missed.append(f"memory grows by {memory[1] / memory[0]:.2f}")
    return missed


def main(sizes: list[int], kept: str = "") -> int:
    """Fill, measure, print; return the exit status. kept: a folder with the keys of databases that stay."""
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory(prefix="bench-") as folder:
        Path(folder).mkdir(exist_ok=True)
        for size in sizes:
            if kept and psql(f"SELECT 1 FROM pg_database WHERE datname = '{database_of(size)}'"):
                command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
                subprocess.run(command, check=True, cwd=ROOT, env=environment(size, folder))
                continue
            started = time.perf_counter()
            print(f"Sealing {size:,} reports", flush=True)
            psql("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            psql(f"CREATE DATABASE {database_of(size)}")
            subprocess.run(
                [sys.executable, __file__, "--fill", str(size)],
                check=True, cwd=ROOT, env=environment(size, folder),
            )  # fmt: skip
            print(f"  {time.perf_counter() - started:.0f} s in all", flush=True)
        # Reports are measured as they are kept: a commit is on the disk before it is answered.
        psql("CHECKPOINT", "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
        held = psql(f"SELECT pg_size_pretty(pg_database_size('{database_of(sizes[-1])}'))").strip()
        print(f"\n{sizes[0]:,} and {sizes[-1]:,} reports ({held}), medians of {ROUNDS} rounds in turn")
        small, large = (Worker(environment(size, folder)) for size in (sizes[0], sizes[-1]))
        missed = measure(small, large)
    print("\n" + ("\n".join(f"MISSED: {line}" for line in missed) or "Every goal is met."))
    return 1 if missed else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--fill", many]:
            setup()
            fill(int(many))
        case ["--serve"]:
            setup()
            serve()
        case ["--keep", folder, *chosen]:
            sys.exit(main([int(size) for size in chosen], folder))
        case chosen:
            sys.exit(main([int(size) for size in chosen] or [1_000, 1_000_000]))
