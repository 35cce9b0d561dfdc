from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The house: pages that join the apps, staff accounts, the version of the public pages."""

    name = "portal"
