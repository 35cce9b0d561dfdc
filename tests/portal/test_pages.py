"""Every public page: it answers, leaves nothing behind, and carries the headers."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError
from django.urls import reverse

from portal.lib.languages import ALL
from portal.sitemap import every_path, reading_paths
from tests.content import put_everything

FOREIGN = re.compile(r"""(?:src|srcset|action|poster|data)\s*=\s*["']?(?:https?:)?//""", re.I)
INLINE = re.compile(r"""<style|style=|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:""", re.I)

# Addresses that tests, links and printed QR codes rely on (docs/architecture.md).
NAMED = {
    "home": "/",
    "overdose": "/overdose/",
    "about": "/about/",
    "privacy": "/privacy/",
    "accessibility": "/accessibility/",
    "safety": "/safety/",
    "leave": "/leave/",
    "resources:harm_reduction": "/harm-reduction/",
    "resources:principles": "/principles/",
    "resources:services": "/resources/",
    "training:courses": "/training/",
    "training:verify": "/training/certificates/",
    "reporting:start": "/report/",
    "reporting:return": "/report/return/",
    "reporting:paper": "/report/paper/",
    "reporting:rights": "/rights/",
    "reporting:figures": "/figures/",
    "healthz": "/healthz",
    "readyz": "/readyz",
    "robots": "/robots.txt",
    "sitemap": "/sitemap.xml",
    "manifest": "/manifest.webmanifest",
    "service_worker": "/service-worker.js",
    "security_txt": "/.well-known/security.txt",
    "admin:index": "/admin/",
}


@pytest.fixture
def _content(db):
    put_everything()


@pytest.mark.parametrize(("name", "path"), NAMED.items())
def test_printed_addresses_never_move(name, path):
    assert reverse(name) == path


MISSING = "/no-such-page/"
MORE = ["/resources/county/davidson/", "/resources/print/", "/report/", "/report/return/", MISSING]


@pytest.fixture
def every_page(_content, client):
    """Return path and answer of every public page, fetched without a cookie."""
    return {path: client.get(path) for path in [*reading_paths(), *MORE]}


def test_every_page_answers_and_leaves_nothing_with_the_reader(every_page, client):
    for path, response in every_page.items():
        assert response.status_code == (404 if path == MISSING else 200), path
        assert "Set-Cookie" not in response.headers, path
        assert "Cookie" not in response.headers.get("Vary", ""), path
    assert not client.cookies


def test_every_page_loads_nothing_from_elsewhere_and_nothing_inline(every_page):
    for path, response in every_page.items():
        page = response.content.decode()
        assert not FOREIGN.search(page), path
        assert not INLINE.search(page), path


def test_every_page_carries_the_headers(every_page):
    for path, response in every_page.items():
        headers = response.headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy, path
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            assert rule in policy, path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp", path
        # The page with the button "Near me" may ask for the place; every other one may not.
        place = "(self)" if path == "/resources/" else "()"
        assert f"geolocation={place}" in headers["Permissions-Policy"], path
        assert "Server" not in headers, path


def test_leave_is_the_first_thing_a_keyboard_reaches(every_page):
    for path, response in every_page.items():
        page = response.content.decode()
        first = re.search(r"<(a|button|input|select|textarea)\b[^>]*>", page[page.index("<body") :])
        assert first, path
        assert 'class="leave" href="/leave/"' in first[0], path


@pytest.mark.usefixtures("_content")
def test_report_pages_are_never_stored_and_reading_pages_are(client):
    assert client.get("/report/").headers["Cache-Control"] == "no-store"
    assert client.get("/report/return/").headers["Cache-Control"] == "no-store"
    assert "public" in client.get("/overdose/").headers["Cache-Control"]


def test_leave_forgets_and_goes_to_the_weather(client):
    response = client.get("/leave/")

    assert response.status_code == 303
    assert response.headers["Location"] == "https://www.weather.gov/"
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response.headers["Cache-Control"] == "no-store"


def test_leave_works_by_post_and_from_anywhere(client):
    response = client.post("/leave/", headers={"sec-fetch-site": "cross-site"})

    assert response.status_code == 303


@pytest.mark.usefixtures("_content")
def test_sitemap_lists_the_reading_pages_and_no_report_page(client):
    body = client.get("/sitemap.xml").content.decode()

    assert all(f"{path}</loc>" in body for path in reading_paths())
    assert body.count("/resources/county/") == 95 * len(ALL)
    assert body.count("<loc>") == len(every_path()) * len(ALL)
    assert "/ar/resources/county/davidson/</loc>" in body
    # The form on paper is for everybody; of the others no address is listed.
    assert body.replace("/report/paper/", "").count("/report/") == 0


def test_health_needs_no_database_and_readiness_does(client, monkeypatch, db):
    assert client.get("/healthz").json() == {"alive": True}
    assert client.get("/readyz").json() == {"ready": True}

    with monkeypatch.context() as patched:
        patched.setattr("portal.views.connection.cursor", away)
        assert client.get("/healthz").json() == {"alive": True}
        refused = client.get("/readyz")
    assert refused.status_code == 503
    assert "Nothing was saved and nothing was sent" in refused.content.decode()
    assert refused.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("_content")
def test_home_asks_little_of_the_database(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        client.get("/")


def test_a_fault_shows_a_plain_page(client, monkeypatch, db):
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise RuntimeError("words of a person")

    monkeypatch.setattr("portal.views.reverse", broken)
    response = client.get("/manifest.webmanifest")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "words of a person" not in response.content.decode()


def away(*args, **kwargs):
    """Fail as a database does that is away or full."""
    raise OperationalError


def test_the_overdose_steps_need_no_database(client, monkeypatch, db):
    with monkeypatch.context() as patched:
        patched.setattr("portal.views.Page.objects.get", away)
        response = client.get("/overdose/")

    assert response.status_code == 200
    assert "Give naloxone at the same time" in response.content.decode()
    # The steps as staff have edited them must come back as soon as the database does.
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("_content")
def test_a_fault_gives_back_what_a_reader_typed(client, monkeypatch):
    typed = {"code": 'AAAAAA-BBBBBB-"<b>'}
    with monkeypatch.context() as patched:
        patched.setattr("training.views.certificates.CodeForm.is_valid", away)
        refused = client.post("/training/certificates/", typed)
    page = refused.content.decode()

    assert refused.status_code == 503
    assert "Your words are still on this page" in page
    assert 'value="AAAAAA-BBBBBB-&quot;&lt;b&gt;"' in page
    assert refused.headers["Cache-Control"] == "no-store"
    assert client.post("/training/certificates/", typed).status_code == 422


def test_a_fault_never_repeats_a_passphrase(client, monkeypatch, db):
    with monkeypatch.context() as patched:
        patched.setattr("portal.staff.views.LoginForm.is_valid", away)
        refused = client.post(
            "/admin/login/", {"username": "lead", "password": "MARKER", "code": "1"}, secure=True
        )

    assert refused.status_code == 503
    assert "MARKER" not in refused.content.decode()
