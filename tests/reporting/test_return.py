"""Save and finish later, on another device; take back a yes; ask to be erased."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client

from portal.lib import codes
from reporting import keys, services
from reporting.answers import consents_in_force
from reporting.casework import open_parts
from reporting.drafts import open_code
from reporting.models import Draft, Report, SealedPart, this_week
from reporting.vault import kdf
from tests.reporting.test_dump import dump, hits, marker
from tests.reporting.test_pages import STORY, begin, carried, code_on, hidden, post_step, shown_step, text_of


def come_back(client, code):
    return client.post("/report/return/", {"code": code})


@pytest.fixture
def saved(client, vault):
    """Return the page that shows the code of a draft saved at the question about officers."""
    page = post_step(client, "story", begin(client), {"story": STORY})
    return post_step(client, "officer", answers={"officer_name": "Grey"}, go="later", **carried(page))


def test_a_draft_of_one_device_goes_on_at_another(saved, client):
    code = code_on(saved)
    page = text_of(saved)
    assert "Nothing has been sent yet" in page
    assert "14 days" in page
    assert STORY not in page
    assert "Grey" not in page

    other = Client()
    resumed = come_back(other, code.lower().replace("-", " "))
    assert shown_step(resumed) == ("officer", 0)
    assert "Welcome back" in text_of(resumed)
    assert 'value="Grey"' in resumed.content.decode()
    assert "Error:" not in text_of(resumed)
    assert not resumed.cookies
    assert resumed["Cache-Control"] == "no-store"

    check = post_step(other, "officer", answers={"officer_name": "Grey"}, go="check", **carried(resumed))
    assert STORY in text_of(check)
    sent = other.post("/report/sent/", carried(check))
    assert code_on(sent) == code
    assert (Report.objects.count(), Draft.objects.count()) == (1, 0)

    box = text_of(come_back(client, code))
    assert "Nobody has read it yet" in box
    assert STORY not in box
    assert "Grey" not in box


def test_a_draft_saved_at_the_check_comes_back_there_and_can_go_on_at_once(client, vault):
    check = post_step(client, "story", begin(client), {"story": STORY}, go="check")
    saved = client.post("/report/questions/", {**carried(check), "go": "later"})
    assert "<title>Check what you wrote" in text_of(come_back(client, code_on(saved)))
    on = client.post("/report/questions/", {**carried(saved), "go": hidden_go(saved)})
    assert "<title>Check what you wrote" in text_of(on)


def hidden_go(response):
    return hidden(response.content.decode().replace('name="go" value', 'name="here" value'), "here")


def test_going_on_at_once_shows_the_page_again(saved, client):
    on = client.post("/report/questions/", {**carried(saved), "go": hidden_go(saved)})
    assert shown_step(on) == ("officer", 0)
    assert "Save and go back" not in text_of(on)


def test_the_code_can_be_tried_once_from_paper_where_it_was_shown(client, vault):
    page = post_step(client, "story", begin(client), {"story": STORY})
    sent = client.post("/report/sent/", carried(page))
    form = sent.content.decode().partition('action="/report/return/"')[2].partition("</form>")[0]
    code = code_on(sent)

    assert 'name="code"' in form
    assert code not in form
    assert "typing slip" in text_of(come_back(client, code[:-1] + ("2" if code[-1] != "2" else "3")))
    assert "We have it. Nobody has read it yet." in text_of(come_back(client, code.lower()))


def test_a_draft_that_is_saved_twice_keeps_its_code_and_its_newest_words(saved, client):
    code = code_on(saved)
    resumed = come_back(client, code)
    again = post_step(client, "officer", answers={"officer_name": "Green"}, go="later", **carried(resumed))
    assert code_on(again) == code
    assert 'value="Green"' in come_back(client, code).content.decode()
    assert Draft.objects.count() == 1


def test_a_draft_is_gone_after_its_weeks_and_looks_like_nothing(saved, client):
    code = code_on(saved)
    draft = Draft.objects.get()
    assert timedelta(days=14) <= draft.purge_week - this_week() <= timedelta(days=21)

    Draft.objects.update(purge_week=this_week())
    late = come_back(client, code).content.decode().replace(codes.shown(codes.parse(code)), "CODE")
    nothing = codes.shown(codes.new_code())
    assert late == come_back(client, nothing).content.decode().replace(nothing, "CODE")
    assert "We found nothing with this code" in late

    call_command("purge_drafts", stdout=StringIO())
    assert not Draft.objects.exists()


def test_no_word_and_no_key_of_a_saved_draft_is_in_the_dump(client, vault):
    words = []
    for number in range(3):
        told = {"officer_name": marker("officer", number), "badge": marker("badge", number)}
        page = post_step(client, "story", begin(client), {"story": marker("story", number)})
        page = post_step(client, "your-name", answers={"name": marker("name", number)}, **carried(page))
        page = post_step(client, "officer", answers=told, go="later", **carried(page))
        code = code_on(page)
        filing = open_code(codes.parse(code)).filing
        words += [*told.values(), marker("story", number), marker("name", number)]
        words += [code, codes.parse(code), filing.draft_key.hex()]

    assert Draft.objects.filter(lookup__isnull=False).count() == 3
    assert hits(dump(), words) == set()


@pytest.mark.parametrize("found", ["report", "draft", "nothing"])
def test_one_slow_hash_answers_a_code_whatever_it_opens(client, vault, make_report, monkeypatch, found):
    if found == "report":
        code = make_report().code
    elif found == "draft":
        code = code_on(post_step(client, "story", begin(client), {"story": STORY}, go="later"))
    else:
        code = codes.new_code()
    derive, asked = kdf.derive, []

    def counted(*args, **kwargs):
        asked.append(1)
        return derive(*args, **kwargs)

    monkeypatch.setattr(kdf, "derive", counted)
    assert come_back(client, code).status_code == 200
    assert len(asked) == 1


def test_a_damaged_draft_looks_like_nothing(saved, client):
    Draft.objects.update(body=b"x" * 60)
    assert "We found nothing with this code" in text_of(come_back(client, code_on(saved)))


@pytest.mark.parametrize("fault", [OperationalError("away"), kdf.Busy(), keys.VaultClosed("no")])
def test_when_it_cannot_be_saved_the_words_stay(client, vault, monkeypatch, fault):
    def fail(*args, **kwargs):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr("reporting.views.keep_for_later", fail)
        response = post_step(client, "story", begin(client), {"story": STORY}, go="later")
    assert response.status_code == 503
    assert "We could not save this for later" in text_of(response)
    assert STORY in text_of(response)
    assert code_on(post_step(client, "story", answers={"story": STORY}, go="later", **carried(response)))


def test_saving_is_slowed_for_a_flood_and_loses_no_words(client, vault):
    page = post_step(client, "story", begin(client), {"story": STORY})
    statuses = [
        client.post("/report/questions/", {**carried(page), "go": "later"}).status_code for _ in range(61)
    ]
    assert set(statuses[:60]) == {200}
    assert statuses[60] == 429


def test_a_stale_form_says_that_a_saved_one_is_not_lost(client, vault):
    response = post_step(client, "story", "junk", {"story": STORY})
    assert "unless you saved them: then come back with your code" in text_of(response)


# --- The box of a sent report ---


@pytest.fixture
def opened(client, make_report):
    """Return a report with two consents, and a function that sends something from its box."""
    report = make_report(consents=["figures", "lawyer"])
    token = hidden(come_back(client, report.code).content.decode(), "box")

    def send(**typed):
        return client.post("/report/return/", {"box": token, **typed})

    send.report = report
    return send


def told_by_reporter(report, room):
    parts = report.parts.filter(kind__in=["report", "addition"]).select_related("report").order_by("number")
    return [services.unseal_part(part=part, room=room) for part in parts]


def test_a_yes_is_taken_back_and_staff_read_it(opened, case_room, vault):
    assert consents_in_force(told_by_reporter(opened.report, case_room)) == {"figures", "lawyer"}

    assert "We have what you added" in text_of(opened(withdraw=["figures", "story"]))

    assert consents_in_force(told_by_reporter(opened.report, case_room)) == {"lawyer"}
    last = open_parts(report=opened.report, room=case_room, by=vault)[-1]
    lines = {line.heading: line.text for line in last.lines}
    assert "Count it in public figures that name nobody" in lines["No longer allowed"]


def test_the_box_does_not_show_what_was_allowed(client, make_report):
    pages = []
    for consents in ([], ["figures", "lawyer", "partner", "story", "linked"]):
        report = make_report(consents=consents)
        page = come_back(client, report.code).content.decode()
        pages.append(page.replace(hidden(page, "box"), "TOKEN"))
    assert pages[0] == pages[1]
    assert "checked" not in pages[0]


def test_the_wish_to_be_erased_is_a_message_and_erases_nothing(opened, case_room, vault):
    opened(ask="delete", text="I moved away.")

    assert Report.objects.count() == 1
    content = told_by_reporter(opened.report, case_room)[-1]
    assert (content["ask"], content["text"]) == ("delete", "I moved away.")
    last = open_parts(report=opened.report, room=case_room, by=vault)[-1]
    assert "The reporter asks us to erase the report" in [line.heading for line in last.lines]


def test_the_same_page_sent_twice_is_kept_once(opened):
    for _time in range(2):
        assert "We have what you added" in text_of(opened(ask="delete"))
    assert SealedPart.objects.filter(kind="addition").count() == 1


@pytest.mark.parametrize("typed", [{}, {"text": " "}, {"withdraw": ["nonsense"]}, {"ask": "now"}])
def test_nothing_and_nonsense_are_refused_with_a_sentence(opened, typed):
    response = opened(**typed)
    assert "Error:" in text_of(response)
    assert not SealedPart.objects.filter(kind="addition").exists()


def test_the_box_says_when_we_look_and_how_long_we_keep(client, make_report):
    page = text_of(come_back(client, make_report().code))
    assert "at least once a week" in page
    assert "How long we keep it" in page


def test_a_report_marked_as_spam_reads_as_closed(client, make_report):
    report = make_report()
    Report.objects.update(status="spam")
    page = text_of(come_back(client, report.code))
    assert "We have closed it" in page
    assert "spam" not in page.lower()


def test_the_card_holds_the_code_and_no_story(client, vault):
    page = post_step(client, "story", begin(client), {"story": STORY, "incidents": ["force"]}, go="check")
    sent = text_of(client.post("/report/sent/", carried(page)))
    card = sent[sent.index('class="codecard"') : sent.index("What to do with it")]
    assert code_on(client.post("/report/sent/", carried(page))) in card
    assert "http://testserver/report/return/" in card
    assert STORY not in sent
