"""The tables of the reports. What is clear and what is sealed: sealed reports, section 3."""

from __future__ import annotations

from reporting.models.erasing import Erasure, Tombstone
from reporting.models.keyring import KeyGrant, QueueKey, StaffKey, VaultSite
from reporting.models.published import FigureRelease, Notice, NoticeDue, NoticeRound
from reporting.models.reports import (
    OPEN,
    Draft,
    DraftFile,
    FileChunk,
    Held,
    Report,
    ReportQuerySet,
    SealedPart,
    new_reference,
)
from reporting.models.rooms import CASE, IDENTITY, Room, this_week
from reporting.models.work import (
    BulkAct,
    Conflict,
    Facet,
    Label,
    ReportBlock,
    ReportEvent,
    ReportLink,
    SavedView,
    Template,
)

__all__ = [
    "CASE",
    "IDENTITY",
    "OPEN",
    "BulkAct",
    "Conflict",
    "Draft",
    "DraftFile",
    "Erasure",
    "Facet",
    "FigureRelease",
    "FileChunk",
    "Held",
    "KeyGrant",
    "Label",
    "Notice",
    "NoticeDue",
    "NoticeRound",
    "QueueKey",
    "Report",
    "ReportBlock",
    "ReportEvent",
    "ReportLink",
    "ReportQuerySet",
    "Room",
    "SavedView",
    "SealedPart",
    "StaffKey",
    "Template",
    "Tombstone",
    "VaultSite",
    "new_reference",
    "this_week",
]
