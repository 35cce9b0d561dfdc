"""Measure the directory at a thousand and at ten thousand services: a search beside the plain list page.

On SQLite, and on PostgreSQL when DATABASE_URL names one (`make bench-directory` starts a temporary one). Each
size gets a database filled with made-up services; then every page is asked for in turn in each database,
through the whole view stack, and medians are compared. Times are given as ratios, because two machines, or
two days, cannot be compared. Exit status 1 when a goal is missed.

    python bench/directory.py 1000 10000
"""

from __future__ import annotations

import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
LIST_GOAL = 4.0  # how much longer a search may take than the plain list page, at the larger size (issue 5)
GROWTH_GOAL = 1.5  # how much longer it may take at the larger size than at the smaller
ROUNDS = 25
SYLLABLES = "ba do fi gu ka lo me ni po ra se tu vi wo ya zen lin mar tor hal".split()  # noqa: SIM905
LIST = "/resources/"


def vocabulary() -> list[str]:
    """Return 4,000 made-up words, the commonest first; none is like a word of the synonyms."""
    pick = random.Random(5)
    words: dict[str, None] = {}
    while len(words) < 4_000:
        words["".join(pick.choices(SYLLABLES, k=pick.randint(2, 4)))] = None
    return list(words)


def pages(words: list[str]) -> dict[str, str]:
    """Return the searches that are measured: what they stand for, and their addresses."""
    slip = words[150][:-2] + words[150][-1] + words[150][-2]
    return {
        "a word of a quarter of all": f"{LIST}?q={words[0]}",
        "a common word": f"{LIST}?q={words[20]}",
        "a rare word": f"{LIST}?q={words[3000]}",
        "a slip of the pen": f"{LIST}?q={slip}",
        "a street word": f"{LIST}?q=needles",
        "three words": f"{LIST}?q={words[10]}+{words[40]}+{words[500]}",
        "a word in a county": f"{LIST}?q={words[20]}&county=knox",
        "a county": f"{LIST}?county=knox",
        "a topic": f"{LIST}?category=treatment",
    }


# --- One database, filled and asked in a process of its own ---


def fill(size: int) -> None:
    """Bring `size` made-up services into an empty database, with places, topics and the index of search."""
    from django.core.management import call_command
    from django.db import transaction

    from portal.lib import places
    from resources import search
    from resources.models import Category, Location, Organization, Phone, Service

    call_command("migrate", verbosity=0)
    call_command("load_content", stdout=io.StringIO())
    pick = random.Random(7)
    words = vocabulary()
    # As often as words are used: the n-th is about n times rarer, the first stands in a quarter of all.
    shares = list(accumulate(1 / (rank + 25) for rank in range(len(words))))
    topics = list(Category.objects.exclude(parent=None))
    counties, zips = places.counties(), [place.zip for place in places.zip_codes()]

    def text(count: int) -> dict[str, str]:
        return {"en": " ".join(pick.choices(words, cum_weights=shares, k=count)).capitalize()}

    with transaction.atomic():
        runner = Organization.objects.create(slug="made-up", name="Made up")
        services = Service.objects.bulk_create(
            Service(
                slug=f"made-up-{number}", organization=runner,
                name=text(3), summary=text(12), details=text(30),
                reach="counties", counties=[county.slug for county in pick.sample(counties, 2)],
                order=number, is_published=True, mark="seen", source="made up",
                checked_on="2026-11-22", checked_how="stored_copy",
            )
            for number in range(size)
        )  # fmt: skip
        rooms = Location.objects.bulk_create(
            Location(
                slug=f"made-up-{number}", organization=runner, city="Town", postal_code=pick.choice(zips)
            )
            for number in range(size)
        )
        Service.locations.through.objects.bulk_create(
            Service.locations.through(service=service, location=room)
            for service, room in zip(services, rooms, strict=True)
        )
        Service.categories.through.objects.bulk_create(
            Service.categories.through(service=service, category=pick.choice(topics)) for service in services
        )
        Phone.objects.bulk_create(
            Phone(service=service, number="555-0100", dial="5550100", mark="seen", is_published=True)
            for service in services
        )
    search.index_all()


def serve(size: int) -> None:
    """Fill the database of this process; then answer each address on the input with its milliseconds."""
    import django

    sys.path.insert(0, str(ROOT))
    django.setup()
    from django.db import connection
    from django.test import Client

    fill(size)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="localhost")
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        status = client.get(line.strip()).status_code
        took = (time.perf_counter() - start) * 1000
        print(f"{took:.3f} {status}", flush=True)


class Portal:
    """A portal with `size` services in a process of its own."""

    def __init__(self, size: int, url: str, folder: Path) -> None:
        folder.mkdir()
        environment = {
            **os.environ, "DATA_DIR": str(folder), "PLAIN_STATIC": "1", "TRIAL": "0",
            "DJANGO_SETTINGS_MODULE": "portal.settings",
        }  # fmt: skip
        environment.pop("DATABASE_URL", None)
        if url:
            environment["DATABASE_URL"] = url
        self.size = size
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(size)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def wait(self) -> None:
        """Wait until it is filled."""
        while (line := self._answer()) != "ready":
            if not line:
                raise SystemExit("a portal could not be filled")

    def ask(self, path: str) -> float:
        """Return how many milliseconds the page took. Raise SystemExit when it was not answered well."""
        assert self._process.stdin
        self._process.stdin.write(path + "\n")
        self._process.stdin.flush()
        took, status = self._answer().split()
        if status != "200":
            raise SystemExit(f"{path} answered {status}")
        return float(took)

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def databases(sizes: list[int]) -> Iterator[dict[str, list[tuple[int, str]]]]:
    """Give for each kind of database one for each size, as (size, address); empty addresses mean SQLite."""
    found = {"SQLite": [(size, "") for size in sizes]}
    if base := os.environ.get("DATABASE_URL", ""):
        import psycopg

        with psycopg.connect(base, autocommit=True) as connection:
            for size in sizes:
                connection.execute(f"DROP DATABASE IF EXISTS directory_{size}")
                connection.execute(f"CREATE DATABASE directory_{size}")
        parts = urlsplit(base)
        found["PostgreSQL"] = [(size, parts._replace(path=f"/directory_{size}").geturl()) for size in sizes]
    yield found


def measure(name: str, of: list[tuple[int, str]], folder: Path) -> bool:
    """Measure one kind of database; print its lines; return whether every goal is met."""
    portals = [Portal(size, url, folder / f"{name}-{size}") for size, url in of]
    for portal in portals:
        portal.wait()
    asked = {"the plain list": LIST, **pages(vocabulary())}
    times: dict[tuple[str, int], list[float]] = {}
    for turn in range(ROUNDS + 2):
        for what, path in asked.items():
            for portal in portals:
                took = portal.ask(path)
                if turn > 1:  # the first two warm up
                    times.setdefault((what, portal.size), []).append(took)
    for portal in portals:
        portal.stop()
    small, large = portals[0].size, portals[-1].size
    middle = {key: statistics.median(values) for key, values in times.items()}
    plain = middle["the plain list", large]
    print(f"\n{name}: the plain list at {large:,} services is 1.00 ({plain:.1f} ms on this machine)")
    print(f"{'':28}{'to the list':>14}{f'to itself at {small:,}':>24}")
    is_met = True
    for what in asked:
        to_list, growth = middle[what, large] / plain, middle[what, large] / middle[what, small]
        is_good = to_list <= LIST_GOAL and growth <= GROWTH_GOAL
        is_met &= is_good
        print(f"{what:28}{to_list:>14.2f}{growth:>24.2f}{'' if is_good else '   MISSED'}")
    return is_met


def main(sizes: list[int]) -> int:
    """Measure on every kind of database; return the exit status."""
    with tempfile.TemporaryDirectory() as folder, databases(sizes) as kinds:
        met = [measure(name, of, Path(folder)) for name, of in kinds.items()]
    verdict = "met" if all(met) else "MISSED"
    print(f"\nGoals: {LIST_GOAL:g} times the list, {GROWTH_GOAL:g} times itself: {verdict}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(int(sys.argv[2]))
    else:
        sys.exit(main([int(size) for size in sys.argv[1:]]))
