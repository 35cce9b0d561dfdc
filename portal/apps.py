from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The house: pages that join the apps, staff accounts, the version of the public pages."""

    name = "portal"
    verbose_name = "Members of staff"

    def ready(self) -> None:
        """Register the checks of this house."""
        from portal import checks  # noqa: F401
