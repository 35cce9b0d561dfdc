"""Look whether the addresses and numbers of the directory still work."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from resources.checker import addresses, rounds

_ONLY = {"https": frozenset({"https", "http"}), "tel": frozenset({"tel"})}
_ALL = frozenset({"https", "http", "tel", "mailto"})


class Command(BaseCommand):
    help = (
        "Ask the websites of the directory, and look at its numbers and e-mail addresses, each at most once "
        "a day. What came stands in the staff list; nothing is hidden or changed. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count; ask and write nothing.")
        parser.add_argument("--only", choices=sorted(_ONLY), help="Only websites, or only numbers.")
        parser.add_argument("--limit", type=int, help="Ask at most so many.")

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        schemes = _ONLY.get(options["only"], _ALL)
        limit = None if options["limit"] is None else max(0, options["limit"])
        if options["dry_run"]:
            waiting = rounds.to_ask(addresses.collect(), today, schemes, limit)
            self.stdout.write(f"{len(waiting)} addresses would be asked.")
            return
        done = rounds.make_round(today=today, schemes=schemes, limit=limit)
        if done.is_away:
            self.stdout.write(
                "No website gave any answer: our own network seems to be away. Nothing is noted."
            )
        counts = "".join(f" {label}: {count}." for label, count in sorted(done.states.items()))
        self.stdout.write(f"{done.asked} addresses were asked.{counts}")
