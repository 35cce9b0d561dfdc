"""Every address: its headers, what it leaves with a visitor, what a GET changes, and forms of other sites."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from reporting.models import Report
from tests.content import put_everything
from tests.trust import people
from tests.trust.addresses import addresses
from tests.trust.people import ROLES
from tests.trust.undone import Undone
from tests.trust.writes import Writes

pytestmark = [pytest.mark.trust, pytest.mark.django_db]
CSP = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
FIXED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
PRIVATE = ("/admin/", "/report/")
PAPER = "/report/paper/"
# Scripts stand in files; a handler or a style in the markup would need a hole in the policy.
INLINE = re.compile(
    rb"<script(?![^>]*\bsrc=)[^>]*>|<style|\son\w+\s*=\s*[\"']|\sstyle\s*=\s*[\"']|javascript:", re.I
)
FOREIGN = re.compile(
    rb"<(?:script|img|iframe|source|video|audio|embed|object|use)\b[^>]*\b(?:src|data|poster|srcset)=[\"'](?:https?:)?//"
    rb"|<link\b[^>]*rel=[\"'](?:stylesheet|preload|icon|preconnect|dns-prefetch|manifest)[\"'][^>]*"
    rb"href=[\"'](?:https?:)?//", re.I)  # fmt: skip
# A login that goes on moves its end; opening a report is written down, and the report is no longer unread.
MAY_BE_WRITTEN_BY_GET = {"portal_staffsession", "reporting_reportevent", "reporting_report"}
# The sign-in form has its secret token in a session of its own, so it begins one.
BEGINS_A_SESSION = {"/admin/login/"}


@pytest.fixture
def cast(settings):
    # Our tests are asked on the loopback, where a portal does not insist on TLS.
    settings.SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
    put_everything()
    return people.gather()


@pytest.fixture
def roles(count):
    return count(("visitor", "lead"), ROLES)


def body_of(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def header_faults(path, response):
    """Return what is missing in the headers of a response, or wrong in its markup."""
    headers = response.headers
    policy = headers.get("Content-Security-Policy", "")
    faults = [f"no {part}" for part in CSP if part not in policy]
    faults += [f"{name}: {headers.get(name)}" for name, value in FIXED.items() if headers.get(name) != value]
    faults += ["unsafe policy"] if "unsafe" in policy or "*" in policy else []
    faults += ["no permissions policy"] if "camera=()" not in headers.get("Permissions-Policy", "") else []
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    faults += ["no HSTS"] if not age or int(age[1]) < 365 * 24 * 3600 else []
    if path.startswith(PRIVATE) and path != PAPER and "no-store" not in headers.get("Cache-Control", ""):
        faults.append(f"may be stored: {headers.get('Cache-Control')}")
    faults += (
        [f"tells its version: {headers['Server']}"] if re.search(r"\d", headers.get("Server", "")) else []
    )
    faults += ["X-Powered-By"] if "X-Powered-By" in headers else []
    if headers.get("Content-Type", "").startswith("text/html"):
        body = body_of(response)
        faults += [f"inline: {found[:60]!r}" for found in INLINE.findall(body)]
        faults += [f"foreign: {found[:80]!r}" for found in FOREIGN.findall(body)]
    return [f"{path} {response.status_code}: {fault}" for fault in faults]


def test_every_answer_carries_its_headers_and_nothing_inline_or_foreign(cast, roles, figures):
    faults, asked, statuses = [], 0, set()
    for role in roles:
        client = cast.clients[role] if role != "visitor" else Client(raise_request_exception=False)
        for address in addresses(cast.a, cast.members["trainer"].pk):
            cache.clear()
            for method in ("get", "post"):
                kept = client.cookies.copy()
                with Undone():
                    response = getattr(client, method)(address.path, secure=True)
                    body_of(response) if not response.streaming else None
                asked += 1
                statuses.add(response.status_code)
                faults += [f"{role} {method} {fault}" for fault in header_faults(address.path, response)]
                if not address.is_staff_page and response.cookies:
                    faults.append(f"{role} {method} {address.path} sets a cookie")
                client.cookies = kept
    figures(f"{asked} answers with statuses {sorted(statuses)}: {len(faults)} faults")
    assert faults == []


def test_a_missing_header_and_an_inline_script_are_found(client, db):
    response = client.get("/about/", secure=True)
    assert [fault for fault in header_faults("/about/", response) if "HSTS" not in fault] == []

    del response.headers["Referrer-Policy"]
    response.headers["Content-Security-Policy"] = "default-src 'self' 'unsafe-inline'"
    response.content += b"<script>x()</script><p onclick='x()'><img src=//tracker.example/x>"
    response.content += b'<link rel="stylesheet" href="https://cdn.example/x.css">'
    found = " ".join(header_faults("/report/", response))
    for fault in (
        "Referrer-Policy",
        "unsafe policy",
        "<script>",
        "onclick",
        "foreign: b'<link",
        "may be stored",
    ):
        assert fault in found


def test_a_get_changes_nothing(cast, roles, figures):
    faults, asked = [], 0
    for role in roles:
        client = cast.clients[role]
        for address in addresses(cast.a, cast.members["trainer"].pk):
            for method in ("get", "head"):
                kept = client.cookies.copy()
                with Undone(), Writes() as tables:
                    getattr(client, method)(address.path, secure=True)
                client.cookies = kept
                asked += 1
                allowed = MAY_BE_WRITTEN_BY_GET if address.is_staff_page and role != "visitor" else set()
                allowed = allowed or ({"portal_staffsession"} if address.path in BEGINS_A_SESSION else set())
                if tables - allowed:
                    faults.append(f"{role} {method} {address.path} writes {sorted(tables - allowed)}")
    figures(f"{asked} GET and HEAD: {len(faults)} that write")
    assert faults == []


def test_a_write_is_noticed(db, cast):
    with Undone(), Writes() as tables:
        Report.objects.update(unread=False)
    assert tables == {"reporting_report"}


ELSEWHERE = {
    "another site": {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_ORIGIN": "https://elsewhere.example"},
    "a sister site": {"HTTP_SEC_FETCH_SITE": "same-site"},
    "a foreign origin": {
        "HTTP_ORIGIN": "https://elsewhere.example",
        "HTTP_REFERER": "https://elsewhere.example/",
    },
    "a null origin": {"HTTP_ORIGIN": "null"},
}
# The first page of the form takes nothing in, whatever is sent to it, and the form on paper is for everybody.
TAKES_NOTHING = {"/report/", PAPER}
TAKES_WORDS = ("/report/", "/admin/reporting/", "/admin/keys/", "/admin/members/", "/admin/portal/")


def test_a_form_of_another_site_changes_nothing(cast, roles, figures):
    faults, asked = [], 0
    for role in roles:
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        client.cookies = cast.clients[role].cookies.copy()
        for address in addresses(cast.a, cast.members["trainer"].pk):
            for name, headers in ELSEWHERE.items():
                kept = client.cookies.copy()
                cache.clear()
                with Undone(), Writes() as tables:
                    typed = {"code": cast.code_a, "story": "x", "do": "note", "note-text": "x"}
                    response = client.post(address.path, typed, secure=True, **headers)
                client.cookies = kept
                asked += 1
                if tables - {"portal_staffsession"}:
                    faults.append(f"{role} {address.path} from {name} writes {sorted(tables)}")
                takes = address.path.startswith(TAKES_WORDS) and address.path not in TAKES_NOTHING
                if takes and response.status_code not in {302, 403, 404, 405}:
                    faults.append(f"{role} {address.path} from {name} answers {response.status_code}")
    figures(f"{asked} forms of other sites: {len(faults)} taken")
    assert faults == []


def test_a_form_of_our_own_is_taken_without_the_new_headers(cast):
    visitor = Client(enforce_csrf_checks=True)
    typed = {"code": cast.code_a}

    for headers in ({}, {"HTTP_ORIGIN": "https://testserver"}, {"HTTP_SEC_FETCH_SITE": "same-origin"}):
        page = visitor.post("/report/return/", typed, secure=True, **headers)
        assert people.ANSWER_A in page.content.decode()
    refused = visitor.post("/report/return/", typed, secure=True, HTTP_SEC_FETCH_SITE="cross-site")
    assert refused.status_code == 403
