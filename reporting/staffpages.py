"""Pages of the staff site about reports, beside the queue and the case.

A view gets the request of a member with both factors; it checks the permission itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reporting import erasepages, noticepage, readlog
from reporting.conflictpage import conflict_page, index_page
from reporting.files import staff as files
from reporting.triage import letterpage

# (route below /admin/reporting/report/, view, name), such as ("views/", saved_views, "report_views").
PAGES: list[tuple[str, Callable[..., Any], str]] = [
    ("log/", readlog.read_log, "reporting_report_log"),
    ("letter/<uuid:part>/", letterpage.letter, "report_letter"),
    ("<uuid:report_id>/files/", files.reply, "reporting_report_files"),
    ("<uuid:report_id>/files/<uuid:part_id>/", files.download, "reporting_report_file"),
    ("conflicts/", conflict_page, "report_conflicts"),
    ("index/", index_page, "report_index"),
    ("<uuid:pk>/erase/", erasepages.erase, "report_erase"),
    ("notices/", noticepage.own_notices, "report_notices"),
    ("erasures/", erasepages.erasures, "report_erasures"),
]
