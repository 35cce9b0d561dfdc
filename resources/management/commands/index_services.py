"""Write the index of search anew; needed only when it was lost or rows were changed past the staff site."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from resources import search


class Command(BaseCommand):
    """`manage.py index_services`: safe to repeat."""

    help = "Write the index of search anew from what readers may see."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write all entries, and say how many services can be found."""
        self.stdout.write(f"{search.index_all()} services can be found.")
