"""Who wrote: opened for a lead who asks, and written down each time."""

from __future__ import annotations

from typing import Any

from reporting import staffview
from reporting.casework import OpenedPart, open_parts
from reporting.panels.base import Panel, PanelForm


class IdentityForm(PanelForm):
    """The wish to see who wrote. Nothing is kept; the page comes back with it."""

    opened: list[OpenedPart] | None = None

    def save(self) -> None:
        """Open the parts of the identity room. Raise PermissionDenied for who was not let in."""
        room = staffview.open_identity_room(self.case.request)
        self.opened = open_parts(report=self.case.report, room=room, by=self.case.by)


class IdentityPanel(Panel):
    """Name and contact."""

    template = "admin/reporting/panels/identity.html"
    place = "main"
    permission = "reporting.view_identity"
    forms = {"identity": IdentityForm}

    def context(self) -> dict[str, Any]:
        """Return the opened parts, None until they were asked for."""
        sent = self.sent.get("identity")
        return {"identity": sent.opened if isinstance(sent, IdentityForm) else None}
