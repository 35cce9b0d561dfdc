"""Load the first content of every app from its files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from portal.pagecache import empty
from reporting import answertexts
from reporting.triage import letters
from resources import content as resources_content
from training import content as training_content


class Command(BaseCommand):
    help = "Load pages, resources, the course, letters and answers from files. Keeps what staff changed."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for loaded in (resources_content, training_content, letters, answertexts):
            loaded.load(self.stdout.write)
        empty()
