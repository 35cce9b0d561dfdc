"""The same form sent again and again, at once and later: one report, one code; changed words added once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.trust.server import Visitor, code_on, hidden

pytestmark = pytest.mark.trust
COUNT = """
import json
from reporting import services
from reporting.models import Report
told = json.load(open("told.json"))
found = [services.read_box(code=code).report for code in told]
print(json.dumps({
    "all": Report.objects.count(),
    "parts": [sorted(report.parts.values_list("kind", flat=True)) for report in found],
}))
"""


def begin(port):
    """Return the token of a new form."""
    visitor = Visitor(port)
    _status, page = visitor.get("/report/")
    visitor.close()
    return hidden(page, "token")


def send_at_once(port, typed, copies):
    """Send the same form `copies` times at the same moment; return the codes shown."""
    together = threading.Barrier(copies)

    def send(_number):
        visitor = Visitor(port)
        visitor.get("/healthz")  # the connection stands before the moment
        together.wait(30)
        status, page = visitor.post("/report/sent/", typed)
        while status == 503:  # the words are kept on the page and sent again
            status, page = visitor.post("/report/sent/", typed)
        visitor.close()
        assert status == 200, page[-800:]
        return code_on(page)

    with ThreadPoolExecutor(copies) as crowd:
        return list(crowd.map(send, range(copies)))


def test_many_copies_of_one_form_are_one_report(served, first_step, figures, count):
    forms, copies = count(2, 50), count(6, 20)
    found, changed = [], []
    for number in range(forms):
        typed = {"token": begin(served.port), **first_step(f"the story of form {number}")}
        shown = set(send_at_once(served.port, typed, copies))
        assert len(shown) == 1
        assert "" not in shown
        found += shown
        # Back, and send again; then back, changed, and sent: twice at once.
        assert set(send_at_once(served.port, typed, 2)) == shown
        changed = typed | first_step(f"the changed story of form {number}")
        assert set(send_at_once(served.port, changed, 2)) == shown
        assert set(send_at_once(served.port, changed, 1)) == shown
    before = served.reports
    served.reports += forms
    looked = served.tell(found, COUNT)

    figures(
        f"{forms} forms x {copies} copies at once: {looked['all'] - before} reports, {len(set(found))} codes"
    )
    assert len(set(found)) == forms
    assert looked["all"] - before == forms
    assert [kinds.count("addition") for kinds in looked["parts"]] == [1] * forms
    assert [kinds.count("report") for kinds in looked["parts"]] == [1] * forms


def test_two_forms_are_two_reports(served, first_step):
    codes = set()
    for _ in range(2):
        codes |= set(send_at_once(served.port, {"token": begin(served.port), **first_step("same words")}, 2))
    served.reports += 2
    assert len(codes) == 2
