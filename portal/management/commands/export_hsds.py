"""Write the public directory as an HSDS package."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from resources.hsds import export


class Command(BaseCommand):
    help = "Write the public directory as HSDS 3.1. For addresses that are kept private, use `backup`."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--format", choices=("json", "tabular"), default="json")
        parser.add_argument(
            "--schema", type=Path, metavar="FOLDER", help="Hold every service against the schemas of HSDS."
        )

    def handle(self, *args: Any, path: Path, format: str, schema: Path | None, **options: Any) -> None:
        if schema:
            self._hold_against(schema)
        try:
            if format == "json":
                with path.open("w", encoding="utf-8") as text:
                    count = export.write_json(text, export.bundles())
            else:
                with path.open("wb") as file:
                    count = export.write_tabular(file, export.bundles())
        except OSError as fault:
            raise CommandError(f"{path} cannot be written: {fault.strerror}") from fault
        self.stdout.write(f"{count} services written to {path}")

    def _hold_against(self, folder: Path) -> None:
        from resources.hsds.schemas import faults_against

        text = io.StringIO()
        export.write_json(text, export.bundles())
        try:
            count, faults = faults_against(json.loads(text.getvalue()), folder)
        except (OSError, ImportError) as fault:
            raise CommandError(f"The schemas cannot be read: {fault}") from fault
        for line in faults:
            self.stderr.write(line)
        self.stdout.write(f"{count} entities held against {folder}: {len(faults)} faults")
        if faults:
            raise CommandError("The package does not fit its schemas. Nothing was written.")
