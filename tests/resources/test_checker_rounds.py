"""The nightly round: three days until an address is broken, one answer until it is fine; none is hidden."""

from __future__ import annotations

import datetime as dt
import functools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.management.commands import hourly
from resources.checker import asking, rounds
from resources.checker.judging import Kind, Verdict
from resources.models import AddressCheck, FactCheck, Phone, Service

MAY_3 = dt.date(2026, 5, 3)
URL = "https://help.example/naloxone"
FINE, GONE = Verdict(Kind.FINE, "200"), Verdict(Kind.GONE, "404: page not found")
WALL = Verdict(Kind.WALL, "403: refuses programs; look yourself")
LIST = "/admin/resources/addresscheck/"


def day(number: int) -> dt.date:
    return MAY_3 + dt.timedelta(number - 1)


def after(*verdicts: Verdict, address: str = URL) -> AddressCheck:
    """Return a check after one of `verdicts` a day; None is a day without an answer."""
    check = AddressCheck(address=address)
    for number, verdict in enumerate(verdicts, 1):
        rounds.write_down(check, verdict, day(number))
    return check


@pytest.mark.parametrize(
    ("verdicts", "state", "tries"),
    [
        ([FINE], "fine", 0),
        ([GONE], "suspect", 1),
        ([GONE, GONE], "suspect", 2),
        ([GONE, GONE, GONE], "broken", 3),
        ([GONE, GONE, GONE, GONE], "broken", 4),
        ([GONE, GONE, GONE, FINE], "fine", 0),
        ([GONE, GONE, FINE, GONE], "suspect", 1),
        ([WALL, WALL, WALL, WALL], "untried", 0),
        ([FINE, WALL, WALL, WALL], "fine", 0),
        ([GONE, WALL, WALL, WALL], "suspect", 1),
        ([GONE, WALL, GONE, WALL, GONE], "broken", 3),
        ([GONE, GONE, GONE, WALL], "broken", 3),
        ([Verdict(Kind.MOVED, "200: moved for good", "https://new.example/x")], "moved", 0),
    ],
)
def test_three_days_break_an_address_and_one_answer_mends_it(verdicts, state, tries):
    check = after(*verdicts)

    assert (check.state, check.tries, check.tried_on) == (state, tries, day(len(verdicts)))


def test_the_days_and_the_answer_are_kept():
    broken = after(FINE, GONE, GONE, GONE, WALL)
    assert (broken.fine_on, broken.first_failed_on, broken.answer) == (day(1), day(2), GONE.answer)

    mended = after(GONE, FINE)
    assert (mended.fine_on, mended.first_failed_on, mended.answer) == (day(2), None, "200")

    home = after(Verdict(Kind.HOME, "200: leads to the home page", "https://help.example/"))
    assert home.leads_to == "https://help.example/"
    assert after(Verdict(Kind.HOME, "home", "https://help.example/" + "x" * 400)).leads_to == ""


def test_a_number_that_cannot_be_is_wrong_at_once():
    wrong = after(Verdict(Kind.NOT_AN_ADDRESS, "no such number can exist"), address="tel:5550100")

    assert (wrong.state, wrong.tries) == ("broken", 1)


@pytest.fixture
def web(monkeypatch):
    """Return what websites answer, by address, and every address that was asked; GONE when it is not set."""
    answers, asked = {}, []

    def ask_all(urls, *, agent):
        asked.extend(urls)
        return {url: answers.get(url, GONE) for url in urls}

    monkeypatch.setattr(asking, "ask_all", ask_all)
    return answers, asked


@pytest.fixture
def today(monkeypatch):
    """Return a function that sets the calendar; it begins on May 3, 2026."""

    def set_to(date):
        monkeypatch.setattr(timezone, "localdate", lambda *args, **kwargs: date)

    set_to(MAY_3)
    return set_to


def check(*args) -> str:
    told = StringIO()
    call_command("check_addresses", *args, stdout=told)
    return told.getvalue().strip()


@pytest.mark.django_db
def test_a_crisis_line_that_fails_every_day_is_listed_for_staff_and_never_hidden(
    make_service, web, today, client
):
    line = make_service("line", url=URL, crisis_order=1)
    Phone.objects.create(service=line, number="555-0100", dial="5550100", mark="seen", is_published=True)
    before = list(Service.objects.values()), list(Phone.objects.values()), list(FactCheck.objects.values())

    for number in range(1, 6):
        today(day(number))
        check()

    assert set(AddressCheck.objects.values_list("address", "state")) == {
        (URL, "broken"),
        ("tel:5550100", "broken"),
    }
    after_all = list(Service.objects.values()), list(Phone.objects.values()), list(FactCheck.objects.values())
    assert after_all == before
    page = client.get("/resources/line/").content.decode()
    assert 'href="tel:5550100"' in page
    assert URL in page


@pytest.mark.django_db
def test_an_address_is_asked_once_a_day_however_often_it_runs(make_service, web, today):
    make_service(url=URL)

    first, again = check(), check()
    today(day(2))
    check()

    assert first == "1 addresses were asked. Failed, will be tried again: 1."
    assert again == "0 addresses were asked."
    assert web[1] == [URL, URL]
    assert AddressCheck.objects.get().tries == 2


@pytest.mark.django_db
def test_a_round_that_was_overtaken_counts_no_day_twice(make_service, today, monkeypatch):
    make_service(url=URL)

    def ask_all(urls, *, agent):
        AddressCheck.objects.create(address=URL, state="suspect", tries=1, tried_on=MAY_3)
        return {URL: GONE}

    monkeypatch.setattr(asking, "ask_all", ask_all)

    assert check() == "0 addresses were asked."
    assert AddressCheck.objects.get().tries == 1


@pytest.mark.django_db
def test_a_dry_run_asks_and_writes_nothing(make_service, web, today):
    make_service(url=URL, email="ann@help.example")

    assert check("--dry-run") == "2 addresses would be asked."
    assert check("--dry-run", "--only", "https") == "1 addresses would be asked."
    assert web[1] == []
    assert not AddressCheck.objects.exists()


@pytest.mark.django_db
def test_only_and_limit_choose_those_that_waited_longest(make_service, web, today):
    service = make_service(url=URL)
    make_service("other", url="https://other.example/x")
    Phone.objects.create(service=service, number="988", dial="988", mark="seen", is_published=True)
    AddressCheck.objects.create(address=URL, state="fine", tried_on=MAY_3 - dt.timedelta(1))

    assert check("--only", "tel") == "1 addresses were asked. Works: 1."
    check("--only", "https", "--limit", "1")
    assert web[1] == ["https://other.example/x"]
    check("--limit", "0")
    check()
    assert web[1] == ["https://other.example/x", URL]
    with pytest.raises(CommandError):
        check("--only", "ftp")


@pytest.mark.django_db
def test_a_network_of_our_own_that_is_away_is_held_against_nobody(make_service, web, today):
    answers, _asked = web
    for number in range(3):
        make_service(f"s{number}", url=f"https://{number}.example/x")
        answers[f"https://{number}.example/x"] = Verdict(Kind.NO_HOST, "no host")

    away = check()
    assert "our own network seems to be away" in away
    assert not AddressCheck.objects.exists()

    answers["https://1.example/x"] = GONE
    assert check() == "3 addresses were asked. Failed, will be tried again: 3."


@pytest.mark.django_db
def test_an_address_that_stands_nowhere_any_more_is_forgotten(make_service, web, today):
    service = make_service(url=URL)
    check()

    Service.objects.filter(pk=service.pk).update(is_published=False)
    today(day(2))
    check()

    assert not AddressCheck.objects.exists()


@pytest.mark.django_db
def test_numbers_and_mail_addresses_are_looked_at_without_asking_anybody(make_service, web, today):
    service = make_service(email="ann@help.example")
    for order, (number, dial) in enumerate([("988", "988"), ("615-555-0100", "6155550101")]):
        Phone.objects.create(
            service=service, order=order, number=number, dial=dial, mark="seen", is_published=True
        )

    check()

    assert dict(AddressCheck.objects.values_list("address", "answer")) == {
        "mailto:ann@help.example": "written as an address is; no mail was sent",
        "tel:988": "can exist; nobody was called",
        "tel:6155550101": "other digits are printed than dialled",
    }
    assert web[1] == []


class _Site(BaseHTTPRequestHandler):
    def log_message(self, *args):
        """Keep the terminal quiet."""

    def do_GET(self):
        self.server.agents.add(self.headers["User-Agent"])
        is_there = self.path == "/x" and self.server.is_up
        self.send_response(200 if is_there else 404)
        self.send_header("Content-Length", "0")
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def do_HEAD(self):
        self.do_GET()


@pytest.mark.django_db
def test_a_real_site_fails_for_three_days_and_comes_back(make_service, today, monkeypatch, settings):
    settings.SITE_URL, settings.SITE_CONTACT = "https://portal.example", "mail@portal.example\r\nX-Evil: ü"
    here = functools.partial(asking.ask_all, private=frozenset({"127.0.0.1"}), limits=asking.Limits(pause=0))
    monkeypatch.setattr(asking, "ask_all", here)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.agents, server.is_up = set(), False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    make_service(url=f"http://127.0.0.1:{server.server_port}/x")

    states = []
    for number in range(1, 6):
        server.is_up = number == 5
        today(day(number))
        check()
        states.append(AddressCheck.objects.get().state)
    server.shutdown()
    server.server_close()

    assert states == ["suspect", "suspect", "broken", "broken", "fine"]
    assert server.agents == {
        "HarmReductionPortal link check (+https://portal.example; mail@portal.example X-Evil:)"
    }


@pytest.mark.parametrize(
    ("hour", "is_on", "runs"), [(3, True, True), (3, False, False), (14, True, False), (1, True, False)]
)
def test_the_schedule_asks_at_night_and_only_where_it_is_switched_on(
    monkeypatch, settings, hour, is_on, runs
):
    settings.CHECK_ADDRESSES = is_on
    tried = []
    monkeypatch.setattr(hourly, "call_command", lambda duty, **kwargs: tried.append(duty))
    now = dt.datetime(2026, 5, 3, hour, 30, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "localtime", lambda *args: now)

    call_command("hourly", stdout=StringIO())

    assert tried == [*hourly.DUTIES, *(["check_addresses"] if runs else [])]


@pytest.fixture
def listed(make_service):
    """Make one address of each state, and return the services in which they stand."""
    services = {}
    for state in ("fine", "moved", "suspect", "broken", "untried"):
        services[state] = make_service(state, url=f"https://{state}.example/x")
        AddressCheck.objects.create(
            address=f"https://{state}.example/x", state=state, tried_on=MAY_3, tries=2,
            answer=f"what {state} said",
            leads_to="https://new.example/<x>" if state == "moved" else "",
            first_failed_on=MAY_3 if state in {"suspect", "broken"} else None,
        )  # fmt: skip
    Service.objects.filter(slug="broken").update(crisis_order=1)
    return services


def lines(page):
    return [(check.state, line) for check, line in page.context["cl"].lines]


@pytest.mark.django_db
def test_staff_read_broken_addresses_first_in_words_with_the_places_they_stand_in(listed, sign_in):
    response = sign_in("editor").get(LIST)
    page = response.content.decode()

    assert [state for state, _line in lines(response)] == ["broken", "suspect", "moved", "untried", "fine"]
    told = dict(lines(response))
    assert told["broken"].words == "Broken on several days"
    assert told["broken"].is_crisis
    assert not told["fine"].is_crisis
    assert told["suspect"].words == "Failed on 2 of 3 days, will be tried again"
    assert told["suspect"].since == "since 2026-05-03"
    assert told["untried"].words == "A program cannot tell"
    assert f'<a href="/admin/resources/service/{listed["moved"].pk}/change/">Moved</a>' in page
    assert "https://new.example/&lt;x&gt;" in page
    assert "what broken said" in page


@pytest.mark.django_db
def test_the_list_is_narrowed_by_state_kind_and_words(listed, sign_in):
    editor = sign_in("editor")
    AddressCheck.objects.create(address="tel:5550100", state="broken")

    def found(query):
        return [check.address for check, _line in editor.get(f"{LIST}?{query}").context["cl"].lines]

    assert found("state__exact=moved") == ["https://moved.example/x"]
    assert found("kind=tel") == ["tel:5550100"]
    assert len(found("kind=web")) == 5
    assert found("q=new.example") == ["https://moved.example/x"]
    assert dict(lines(editor.get(f"{LIST}?kind=tel")))["broken"].words == "Wrong"


@pytest.mark.django_db
def test_nobody_edits_the_list_and_a_reviewer_does_not_see_it(listed, sign_in):
    row = AddressCheck.objects.get(state="broken")
    editor = sign_in("editor")

    assert editor.get(LIST).status_code == 200
    assert editor.get(f"{LIST}{row.pk}/change/").status_code == 200
    assert editor.get(f"{LIST}add/").status_code == 403
    assert editor.post(f"{LIST}{row.pk}/change/", {"state": "fine"}).status_code == 403
    assert editor.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "broken"
    assert sign_in("reviewer").get(LIST).status_code == 403


@pytest.mark.django_db
def test_the_list_asks_as_many_questions_for_fifty_addresses_as_for_five(listed, sign_in, make_service):
    editor = sign_in("editor")

    def asked():
        with CaptureQueriesContext(connection) as queries:
            editor.get(LIST)
        return len(queries)

    asked()
    before = asked()
    for number in range(20):
        make_service(f"more-{number}", url=f"https://more.example/{number}")
        AddressCheck.objects.create(address=f"https://more.example/{number}", state="fine")

    assert asked() == before
