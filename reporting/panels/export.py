"""The way to take one report out of the portal."""

from __future__ import annotations

from reporting.panels.base import Panel


class ExportPanel(Panel):
    """A link to the page that asks for a reason and the passphrase."""

    template = "admin/reporting/panels/export.html"
