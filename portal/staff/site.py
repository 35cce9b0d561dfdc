"""The staff site: Django's admin behind passphrase and second factor."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin


class StaffSite(admin.AdminSite):
    """The admin of the portal."""

    site_header = settings.SITE_NAME
    site_title = "Staff"
    index_title = "What would you like to do?"
    enable_nav_sidebar = False
