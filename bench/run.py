"""Measure the portal: weight of pages, queries, memory, and speed beside the barest server of the same bytes.

Everything happens on this machine's loopback, in a temporary folder, in under three minutes. Speeds are given
as ratios inside one run, since two machines, or two days, cannot be compared. Exit status 1 when a goal is
missed.
"""

from __future__ import annotations

import http.client
import os
import re
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GRANIAN = [
    str(Path(sys.executable).parent / "granian"),
    "--interface",
    "asgi",
    "--no-ws",
    "--log-level",
    "error",
]
WEIGHT_GOAL = 14 * 1024  # bytes: ten TCP segments, one round trip (architecture, section 5)
LEAST_RATIO, AIM_RATIO = 0.5, 0.9
ROUNDS, ROUND_SECONDS = 7, 1.5
CONNECTIONS, PIPELINED = 8, 16
# Links worth following; the quiz and the certificate form are forms, the print sheet is for paper.
READING = re.compile(
    r"/(principles|harm-reduction|resources|training)/(?!print|hsds|.*(quiz/.|result|certificate|place|practice/$|[.]pdf|[.]ics|wrong/|missing/|near/|save/))"
)

HELLO = """
BODY = open({body!r}, "rb").read()
START = {{"type": "http.response.start", "status": 200, "headers": [
    (b"content-type", b"text/html; charset=utf-8"), (b"content-encoding", b"br"),
    (b"content-length", str(len(BODY)).encode())]}}
async def app(scope, receive, send):
    await send(START)
    await send({{"type": "http.response.body", "body": BODY}})
"""
# What `startproject` writes, one page from a template, and nothing of ours.
PLAIN = """
from django.conf import settings
settings.configure(
    SECRET_KEY="x" * 50, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {database!r}}}}},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware"],
    TEMPLATES=[{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
        "OPTIONS": {{"context_processors": ["django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages"]}}}}])
from django.core.asgi import get_asgi_application
app = get_asgi_application()
from django.contrib import admin
from django.http import HttpResponse
from django.template import engines
from django.urls import path
PAGE = engines["django"].from_string("<h1>{{{{ words }}}}</h1>")
def home(request):
    return HttpResponse(PAGE.render({{"words": "hello"}}, request))
urlpatterns = [path("admin/", admin.site.urls), path("", home)]
"""


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def served(app: str, folder: Path, *, workers: int, core: int | None = None) -> Iterator[tuple[int, int]]:
    """Serve `app` (module:name) and give (port, process id); server and workers end with the block."""
    port = free_port()
    pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    server = subprocess.Popen(
        [*GRANIAN, "--port", str(port), "--workers", str(workers), app],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"},
        start_new_session=True,
        preexec_fn=pin,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                fetch(port, "/")
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise SystemExit(f"{app} did not start") from None
                time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def fetch(port: int, path: str) -> tuple[int, bytes]:
    """Return (status, body as sent) of a page asked for as a browser asks, in Brotli."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def show(title: str, rows: list[tuple[str, ...]]) -> None:
    """Print a table: the first column to the left, numbers to the right."""
    print(f"\n{title}")
    for row in rows:
        print(f"  {row[0]:<42}" + "".join(f"{cell:>14}" for cell in row[1:]))


def reading_pages(port: int, menu: list[str]) -> tuple[dict[str, tuple[int, str]], list[str]]:
    """Return each reading page's (bytes in Brotli, HTML) by path, and what did not answer.

    Besides the pages of `menu` these are the pages that those link to, forms and files left out.
    """
    pages: dict[str, tuple[int, str]] = {}
    missed: list[str] = []
    waiting = list(menu)
    seen = set(waiting)
    while waiting:
        path = waiting.pop(0)
        status, packed = fetch(port, path)
        if status != 200:
            missed.append(f"{path} answered {status}")
            continue
        html = unpacked(packed)
        pages[path] = (len(packed), html)
        linked = {found for found in re.findall(r'href="(/[^"?#]*/)["?#]', html) if READING.match(found)}
        waiting += sorted(linked - seen)
        seen |= linked
    return pages, missed


def weigh(port: int, menu: list[str]) -> list[str]:
    """Print what a first visit to each page weighs; return what is over the goal."""
    pages, missed = reading_pages(port, menu)
    sheets: dict[str, int] = {}
    weights: dict[str, tuple[int, int]] = {}
    for path, (size, html) in pages.items():
        style = 0
        for sheet in re.findall(r'<link rel="stylesheet" href="([^"]+)"', html):
            sheets.setdefault(sheet, len(fetch(port, sheet)[1]))
            style += sheets[sheet]
        weights[path] = (size, style)
    heaviest = sorted(set(weights) - set(menu), key=lambda path: -sum(weights[path]))[:5]
    rows: list[tuple[str, ...]] = [("page", "HTML", "CSS", "together")]
    rows += [
        (path, *map(str, weights[path]), str(sum(weights[path])))
        for path in [path for path in menu if path in weights] + heaviest
    ]
    show(f"First visit to {len(weights)} reading pages, bytes in Brotli (goal {WEIGHT_GOAL})", rows)
    print("  the last five are the heaviest of the pages not in the menu")
    return missed + over_the_goal({path: sum(weight) for path, weight in weights.items()})


def over_the_goal(weights: dict[str, int]) -> list[str]:
    """Return a line for each page that a first visit takes more than one round trip for."""
    return [
        f"{path} weighs {weight} bytes, the goal is {WEIGHT_GOAL}"
        for path, weight in weights.items()
        if weight > WEIGHT_GOAL
    ]


def weigh_languages(port: int, menu: list[str]) -> list[str]:
    """Print the heaviest pages of each other language; return what is over the goal."""
    from portal.lib.languages import ALL, BASE, path_in

    missed: list[str] = []
    rows: list[tuple[str, ...]] = [("heaviest page of a language", "together")]
    for language in ALL:
        if language.code == BASE:
            continue
        weights = {}
        for path in [path_in(path, language.code) for path in menu]:
            status, packed = fetch(port, path)
            if status != 200:
                missed.append(f"{path} answered {status}")
                continue
            sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', unpacked(packed))
            weights[path] = len(packed) + sum(len(fetch(port, sheet)[1]) for sheet in sheets)
        heaviest = max(weights, key=lambda path: weights[path])
        rows.append((heaviest, str(weights[heaviest])))
        missed += over_the_goal(weights)
    show(f"First visit in the other languages, {len(menu)} pages each (goal {WEIGHT_GOAL})", rows)
    return missed


def unpacked(packed: bytes) -> str:
    """Return the HTML of a page as it was sent."""
    import brotli

    return str(brotli.decompress(packed).decode())


def count_queries(paths: list[str]) -> None:
    """Print how many queries each page takes when it is not kept."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    rows: list[tuple[str, ...]] = [("page, not kept", "queries", "milliseconds")]
    client = Client(raise_request_exception=False, headers={"host": "localhost"})
    for path in paths:
        client.get(path)  # templates are compiled and patterns loaded by the first visit
        with CaptureQueriesContext(connection) as queries:
            start = time.perf_counter()
            client.get(path)
            spent = time.perf_counter() - start
        rows.append((path, str(len(queries)), f"{spent * 1000:.1f}"))
    show("Queries", rows)


def family(pid: int) -> list[int]:
    """Return `pid` and the processes it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in family(int(child)))]


def memory(pid: int) -> tuple[float, float]:
    """Return (PSS, RSS) in MiB of a server and its workers."""
    totals = {"Pss": 0, "Rss": 0}
    for process in family(pid):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in totals:
                totals[name] += int(rest.split()[0])
    return totals["Pss"] / 1024, totals["Rss"] / 1024


def weigh_memory(folder: Path, paths: list[str]) -> None:
    """Print the memory of two workers after a walk through the pages, beside a plain Django site's."""
    figures = {}
    for name, app, walk in (
        ("the portal", "portal.asgi:application", paths),
        ("plain Django", "bench_plain:app", ["/", "/admin/login/"]),
    ):
        with served(app, folder, workers=2) as (port, pid):
            for _ in range(6):  # so that both workers have answered
                for path in walk:
                    fetch(port, path)
            figures[name] = memory(pid)
    rows: list[tuple[str, ...]] = [("two workers", "PSS MiB", "RSS MiB")]
    rows += [(name, f"{pss:.0f}", f"{rss:.0f}") for name, (pss, rss) in figures.items()]
    rows.append(("ratio", *(f"{a / b:.2f}" for a, b in zip(*figures.values(), strict=True))))
    show("Memory", rows)


def spent_cpu(pid: int) -> float:
    """Return the processor seconds that a server and its workers have used."""
    ticks = 0
    for process in family(pid):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def load(port: int, path: str, seconds: float) -> float:
    """Return answered requests a second over a few connections with requests in line.

    The requests are sent in batches and only bytes are counted, so that this client is never the slow part.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(request)
        size = whole_answer(one)
    batch, batch_size = request * PIPELINED, size * PIPELINED
    waiting: dict[socket.socket, int] = {}
    answered = 0
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            line = socket.create_connection(("127.0.0.1", port))
            selector.register(line, selectors.EVENT_READ)
            line.sendall(batch)
            waiting[line] = batch_size
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            for key, _events in selector.select(1):
                line = key.fileobj  # type: ignore[assignment]
                received = len(line.recv(1 << 20))
                if not received:
                    raise SystemExit(f"port {port} closed a connection")
                waiting[line] -= received
                if waiting[line] == 0:
                    answered += PIPELINED
                    waiting[line] = batch_size
                    line.sendall(batch)
        spent = time.perf_counter() - start
        for line in waiting:
            line.close()
    return answered / spent


def whole_answer(line: socket.socket) -> int:
    """Return the length in bytes of the one answer that `line` is about to give, head and body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(1 << 16)
    head, _, _rest = answer.partition(b"\r\n\r\n")
    told = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    if not told or not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit("the page answered without a length, or not at all")
    total = len(head) + 4 + int(told[1])
    while len(answer) < total:
        answer += line.recv(1 << 16)
    return total


def race(folder: Path, path: str) -> list[str]:
    """Print the speed of a kept page beside a bare hello of the same bytes; return what is under the goal."""
    core = 0 if (os.cpu_count() or 1) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, set(range(1, os.cpu_count() or 2)))
    with (
        served("portal.asgi:application", folder, workers=1, core=core) as (ours, our_pid),
        served("bench_hello:app", folder, workers=1, core=core) as (bare, bare_pid),
    ):
        load(ours, path, 0.5)
        load(bare, path, 0.5)
        ratios, speeds = [], []
        cpu = {our_pid: [0.0, 0.0], bare_pid: [0.0, 0.0]}
        for _ in range(ROUNDS):
            pair = []
            for port, pid in ((ours, our_pid), (bare, bare_pid)):
                before = spent_cpu(pid)
                speed = load(port, path, ROUND_SECONDS)
                cpu[pid][0] += spent_cpu(pid) - before
                cpu[pid][1] += speed * ROUND_SECONDS
                pair.append(speed)
            speeds.append(pair)
            ratios.append(pair[0] / pair[1])
    ratio = statistics.median(ratios)
    middle = [statistics.median(column) for column in zip(*speeds, strict=True)]
    cost = [cpu[pid][0] / cpu[pid][1] * 1e6 for pid in (our_pid, bare_pid)]
    show(
        f"Speed of {path}, one worker on one core, {ROUNDS} rounds in turn",
        [
            ("", "the portal", "bare hello", "ratio"),
            ("requests a second, median", f"{middle[0]:.0f}", f"{middle[1]:.0f}", f"{ratio:.2f}"),
            ("processor microseconds each", f"{cost[0]:.0f}", f"{cost[1]:.0f}", f"{cost[1] / cost[0]:.2f}"),
            ("lowest and highest ratio", f"{min(ratios):.2f}", f"{max(ratios):.2f}", ""),
        ],
    )  # fmt: skip
    print(f"  at least {LEAST_RATIO} is asked, {AIM_RATIO} is the aim")
    return [f"a kept page reaches {ratio:.2f} of a bare hello"] if ratio < LEAST_RATIO else []


def prepare(folder: Path) -> None:
    """Make a portal in `folder` with its content, and the two sites it is compared with."""
    os.environ.update(
        DATA_DIR=str(folder / "var"),
        DJANGO_SETTINGS_MODULE="portal.settings",
        ALLOWED_HOSTS="localhost,127.0.0.1",
        TRIAL="0",
    )
    for name in ("DATABASE_URL", "PLAIN_STATIC", "VAULT_TEST_KDF", "CACHE_URL"):
        os.environ.pop(name, None)
    for command in (
        ["migrate", "--verbosity=0"],
        ["load_content"],
        ["collectstatic", "--noinput", "--verbosity=0"],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
    (folder / "bench_plain.py").write_text(PLAIN.format(database=str(folder / "plain.sqlite3")))


def main() -> int:
    """Measure, print, and return the exit status."""
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        print("Preparing a portal in a temporary folder")
        prepare(folder)
        import django

        django.setup()
        from portal.sitemap import reading_paths

        paths = reading_paths()
        with served("portal.asgi:application", folder, workers=1) as (port, _pid):
            missed = weigh(port, paths) + weigh_languages(port, paths)
            page = folder / "page.br"
            page.write_bytes(fetch(port, "/")[1])
        (folder / "bench_hello.py").write_text(HELLO.format(body=str(page)))
        count_queries(paths)
        weigh_memory(folder, paths)
        missed += race(folder, "/")
    print("\n" + ("\n".join(f"MISSED: {line}" for line in missed) or "Every goal is met."))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
