"""Erase drafts that nobody sent within 14 days."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reporting.models import Draft, this_week


class Command(BaseCommand):
    help = "Erase drafts whose time is over. Safe to repeat; a missed day is made up by the next run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *args: Any, **options: Any) -> None:
        over = Draft.objects.filter(purge_week__lte=this_week())
        count = over.count() if options["dry_run"] else over.delete()[1].get("reporting.Draft", 0)
        self.stdout.write(f"{count} drafts {'would be' if options['dry_run'] else 'were'} erased.")
