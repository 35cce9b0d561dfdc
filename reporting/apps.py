"""The app that takes reports about school officers and keeps them sealed."""

from importlib import import_module

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Registers the checks once the models are there."""

    name = "reporting"
    verbose_name = "Reports about school officers"

    def ready(self) -> None:
        """Register the system checks."""
        import_module("reporting.checks")
