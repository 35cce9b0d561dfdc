"""Name of the app in the staff site, and its checks."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Courses, quiz and certificates."""

    name = "training"
    verbose_name = _("Training")

    def ready(self) -> None:
        """Register the system checks."""
        import_module("training.checks")
