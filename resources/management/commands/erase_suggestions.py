"""Erase what readers told us, 180 days after it was decided."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from resources.models import Suggestion


class Command(BaseCommand):
    help = (
        "Erase suggestions of readers decided more than 180 days ago. What was changed stays in the history. "
        "Safe to repeat; a missed day is made up by the next run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, **options: Any) -> None:
        over = Suggestion.objects.to_erase(timezone.localdate())
        count = over.count() if options["dry_run"] else over.delete()[1].get("resources.Suggestion", 0)
        self.stdout.write(f"{count} suggestions {'would be' if options['dry_run'] else 'were'} erased.")
