"""Name of the app in the staff site."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Courses, quiz and certificates."""

    name = "training"
    verbose_name = _("Training")
