"""On a real first start, print the link of the first staff account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.models import SecondFactor, User
from portal.staff import members


class Command(BaseCommand):
    help = "Print an activation link for the first lead while no lead has one in use. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if SecondFactor.objects.filter(user__role=User.Role.LEAD, user__is_active=True).exists():
            return
        lead = User.objects.filter(role=User.Role.LEAD, is_active=True).order_by("pk").first()
        if lead is None:
            lead = User(username="lead", role=User.Role.LEAD)
            lead.set_unusable_password()
            lead.save()
        self.stdout.write(
            f"The first account is “{lead.username}”. Open this link; it works once, for 48 hours:"
        )
        self.stdout.write(f"{settings.SITE_URL}{members.new_link(lead)}")
        self.stdout.write(
            "Then sign in and open “Report keys”: the report form stays closed until that is done."
        )
