"""The case page is made of panels, one subject each. A new panel is a file here and a line in `PANELS`."""

from __future__ import annotations

from reporting.panels.answer import AnswerPanel
from reporting.panels.base import Case, Panel, PanelForm
from reporting.panels.blocks import BlocksPanel
from reporting.panels.duplicate import DuplicatePanel
from reporting.panels.export import ExportPanel
from reporting.panels.files import FilesPanel
from reporting.panels.flags import FlagsPanel
from reporting.panels.identity import IdentityPanel
from reporting.panels.keep import HoldPanel, KeepPanel
from reporting.panels.letters import LettersPanel
from reporting.panels.log import LogPanel
from reporting.panels.mandated import MandatedPanel
from reporting.panels.note import NotePanel
from reporting.panels.printing import PrintPanel
from reporting.panels.related import RelatedPanel
from reporting.panels.routes import RoutesPanel
from reporting.panels.tags import TagsPanel
from reporting.panels.work import WorkPanel

__all__ = ["PANELS", "Case", "Panel", "PanelForm"]

# In the order of the page. `place` of a panel says in which of the two columns it stands.
PANELS: list[type[Panel]] = [
    FlagsPanel,
    MandatedPanel,
    LettersPanel,
    FilesPanel,
    IdentityPanel,
    RelatedPanel,
    WorkPanel,
    TagsPanel,
    AnswerPanel,
    NotePanel,
    DuplicatePanel,
    RoutesPanel,
    BlocksPanel,
    KeepPanel,
    HoldPanel,
    PrintPanel,
    ExportPanel,
    LogPanel,
]
