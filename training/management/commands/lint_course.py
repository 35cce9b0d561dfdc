"""Hold the files of courses against every rule, before anybody loads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from training import content, linter


class Command(BaseCommand):
    help = "Check the files of courses by the rules for lessons, questions and scenes. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="One course. Without it: all courses.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path | None = options["folder"]
        if folder and not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        count = 0
        for each in [folder.resolve()] if folder else content.folders():
            found = linter.lint(each)
            for fault in found.faults:
                self.stdout.write(str(fault))
            for hint in found.hints:
                self.stdout.write(f"{hint} (Only a hint.)")
            for figure in found.figures:
                self.stdout.write(f"{each.name}: {figure}")
            count += len(found.faults)
        if count:
            raise CommandError(f"Faults: {count}. Nothing of the course can be loaded until they are mended.")
        self.stdout.write("No faults.")
