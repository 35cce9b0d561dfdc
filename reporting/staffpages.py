"""Pages of the staff site about reports, beside the queue and the case.

A view gets the request of a member with both factors; it checks the permission itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reporting import (
    bulkpage,
    casefilepage,
    comparepage,
    entering,
    erasepages,
    figurepages,
    narrowpage,
    noticepage,
    readlog,
    savedviewspage,
    searchpage,
)
from reporting.conflictpage import conflict_page, index_page
from reporting.files import staff as files
from reporting.triage import letterpage

# (route below /admin/reporting/report/, view, name), such as ("views/", saved_views, "report_views").
PAGES: list[tuple[str, Callable[..., Any], str]] = [
    ("conflicts/", conflict_page, "report_conflicts"),
    ("index/", index_page, "report_index"),
    ("log/", readlog.read_log, "reporting_report_log"),
    ("<uuid:report_id>/files/", files.reply, "reporting_report_files"),
    ("<uuid:report_id>/files/<uuid:part_id>/", files.download, "reporting_report_file"),
    ("enter/", entering.enter, "reporting_report_enter"),
    ("<uuid:pk>/erase/", erasepages.erase, "report_erase"),
    ("letter/<uuid:part>/", letterpage.letter, "report_letter"),
    ("figures/", figurepages.publishing, "report_figures"),
    ("notices/", noticepage.own_notices, "report_notices"),
    ("erasures/", erasepages.erasures, "report_erasures"),
    ("views/", savedviewspage.saved_views, "report_views"),
    ("narrow/", narrowpage.narrow, "report_narrow"),
    ("search/", searchpage.search_page, "report_search"),
    ("compare/", comparepage.compare, "report_compare"),
    ("bulk/", bulkpage.change_many, "report_bulk"),
    ("bulk/<uuid:pk>/", bulkpage.bulk_act, "report_bulk_act"),
    ("<uuid:pk>/paper/", casefilepage.case_file, "report_case_file"),
]
