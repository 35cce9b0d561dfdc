"""Bring an HSDS package into the directory: checked whole, then written whole."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portal.pagecache import empty
from resources import exchange
from resources.hsds import load
from resources.hsds.tables import PackageRefusedError


class Command(BaseCommand):
    help = "Read an HSDS package (JSON, or a ZIP of its tables). New services come in unpublished."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Tell what would change, write nothing.")

    def handle(self, *args: Any, path: Path, dry_run: bool, **options: Any) -> None:
        try:
            with path.open("rb") as file:
                content = file.read(load.MOST_BYTES + 1)
        except OSError as fault:
            raise CommandError(f"{path} cannot be read: {fault.strerror}") from fault
        try:
            with transaction.atomic():
                found = exchange.plan(load.read_package(content), lock=not dry_run)
                if not dry_run:
                    exchange.carry_out(found, reason=f"HSDS package {path.name}"[:200])
        except PackageRefusedError as fault:
            lines = "\n".join(f"  {each}" for each in fault.faults)
            raise CommandError(f"The package is refused, nothing was changed:\n{lines}") from fault
        if not dry_run:
            empty()
        self._tell(found, dry_run=dry_run)

    def _tell(self, found: exchange.Plan, *, dry_run: bool) -> None:
        for entry in found.entries:
            if entry.verdict == exchange.SAME:
                continue
            self.stdout.write(
                f"{entry.verdict} {entry.kind}: {entry.title}"
                + (f" ({entry.reason})" if entry.reason else "")
            )
            for name, before, after in entry.differences:
                self.stdout.write(f"  {name}: {exchange.in_words(before)} -> {exchange.in_words(after)}")
        for note in found.notes:
            self.stdout.write(f"note: {note}")
        counts = ", ".join(f"{found.count(each)} {each}" for each in exchange.VERDICTS)
        self.stdout.write(f"services: {counts}" + (". Nothing was written." if dry_run else "."))
