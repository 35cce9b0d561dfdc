"""Registration of the resources app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResourcesConfig(AppConfig):
    """Principles, tools and the directory of help."""

    name = "resources"
    verbose_name = _("Principles, tools and resources")
