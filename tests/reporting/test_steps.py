"""Each page of the form: skippable, branching, several officers, no story in any address."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError

from portal.lib.languages import bare_path
from reporting import services
from reporting.formtoken import Filing
from reporting.models import Report, SealedPart
from reporting.schema import GROUPS, STEPS, flow
from reporting.taxonomy import INCIDENTS
from tests.reporting.test_pages import (
    STORY,
    carried,
    code_on,
    hidden,
    post_step,
    shown_step,
    text_of,
    walk,
)
from training.readability import grade

# Answers that open each branch; the rest of the pages come to everybody.
OPEN_ALL = {
    "safety": {"danger": "yes"},
    "court": {"open_charge": "yes"},
    "story": {"story": STORY},
    "kind": {"incidents": [incident.slug for incident in INCIDENTS]},
    "who-you-are": {"relation": "student"},
    "under-18": {"under_18": "alone"},
    "injury": {"injury_kinds": ["minor"]},
    "told": {"told": ["school"]},
}


def begin():
    """Return the token of a new form; only sending needs an open vault."""
    return Filing.new().token()


@pytest.fixture
def first(client, db):
    """Return the first page of questions."""
    return client.post("/report/safety/", {"token": begin()})


@pytest.fixture
def checked(client, db):
    """Return the check page of a report with a story alone."""
    return post_step(client, "story", begin(), {"story": STORY}, go="check")


def press(client, response, go, **more):
    """Press the button `go` on the page that `response` shows."""
    page = response.content.decode()
    fields = {"step": hidden(page, "step"), "item": hidden(page, "item"), "edit": hidden(page, "edit")}
    fields = {name: value for name, value in fields.items() if value}
    return client.post("/report/questions/", {**carried(response), **fields, "go": go, **more})


def test_every_page_is_reached_and_each_can_be_skipped(client, vault, first):
    check, pages = walk(client, first, {**OPEN_ALL, "when": {"date_kind": "about"}})
    assert len(pages) == len(set(pages))
    seen = {slug for slug, _item in pages}
    days = post_step(client, "when", answers={"date_kind": "ongoing"}, item=0, **carried(check))
    seen.add(shown_step(days)[0])
    assert seen == {step.slug for step in STEPS}
    assert "We have your report" in text_of(client.post("/report/sent/", carried(check)))


@pytest.mark.parametrize("step", [step for step in STEPS if step.slug != "story"], ids=lambda step: step.slug)
def test_a_page_may_be_left_empty(client, db, step):
    response = post_step(client, step.slug, begin())
    assert response.status_code == 200
    assert "Error:" not in text_of(response)
    assert hidden(response.content.decode(), "step") != step.slug


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.slug)
def test_each_kind_of_incident_has_its_own_way_to_the_end(client, incident, case_room):
    details = [detail.slug for detail in incident.details]
    page = post_step(client, "story", begin(), {"story": STORY})
    kind = {"incidents": [incident.slug], "incident_other": "In my words."}
    page = post_step(client, "kind", answers=kind, **carried(page))
    about = set()
    while shown_step(page)[0] != "called":
        slug, _item = shown_step(page)
        about.add(slug)
        given = {incident.answer: details} if slug == f"about-{incident.slug}" else {}
        page = post_step(client, slug, answers=given, **carried(page))
    assert {slug for slug in about if slug.startswith("about-")} == (
        {f"about-{incident.slug}"} if details else set()
    )
    check, _pages = walk(client, page, {}) if incident.slug == "force" else (press(client, page, "check"), [])

    assert "We have your report" in text_of(client.post("/report/sent/", carried(check)))
    part = SealedPart.objects.select_related("report").get(kind="report")
    told = services.unseal_part(part=part, room=case_room)["answers"]
    assert told["incidents"] == [incident.slug]
    assert told["incident_other"] == "In my words."
    assert told.get(incident.answer, []) == details


def test_titles_and_addresses_say_nothing_of_the_questions(client, first):
    response, checked = first, 0
    while hidden(response.content.decode(), "step"):
        page = response.content.decode()
        assert re.search(r"<title>(.*?) –", page)[1] in {f"Step {number}" for number in range(1, 100)}
        own = re.findall(r'(?:form)?action="([^"]*)"', page)
        assert {bare_path(address) for address in own} <= {"/report/questions/", "/report/files/"}
        slug, item = shown_step(response)
        assert len(page.encode()) < 60_000, slug
        checked += 1
        response = post_step(client, slug, answers=OPEN_ALL.get(slug), item=item, **carried(response))
    assert checked > 55
    assert len(response.content) < 60_000


def test_progress_is_honest_when_pages_come_and_go(client, first):
    def left(response):
        step, rest = re.search(r"Step (\d+), about (\d+) left", text_of(response)).groups()
        return int(step) + int(rest)

    plain = left(first)
    asked = post_step(client, "safety", answers={"danger": "yes"}, **carried(first))
    assert shown_step(asked) == ("help-now", 0)
    assert left(asked) == plain + 1


def test_back_keeps_the_answers_and_asks_for_nothing(client, first):
    for slug in ("safety", "court", "law"):
        first = post_step(client, slug, **carried(first))
    back = press(client, first, "back", story="")
    assert shown_step(back) == ("law", 0)

    story = post_step(client, "story", answers={"story": STORY}, **carried(back))
    again = press(client, story, "back", incidents=["force"])
    assert STORY in text_of(again)
    forward = post_step(client, "story", answers={"story": STORY}, **carried(again))
    assert re.search(r'value="force"[^>]*checked', forward.content.decode())


# --- Several of one kind ---


def test_officers_are_added_changed_and_taken_out_without_scripts(client, db):
    response = post_step(client, "officer", begin(), {"officer_name": "One"})
    while shown_step(response)[0] != "officers":
        slug, item = shown_step(response)
        response = post_step(client, slug, item=item, **carried(response))

    second = press(client, response, "add:officers")
    assert shown_step(second) == ("officer", 1)
    response = post_step(client, "officer", answers={"officer_name": "Two"}, item=1, **carried(second))
    assert shown_step(response) == ("officer-agency", 1)
    while shown_step(response)[0] != "officers":
        slug, item = shown_step(response)
        response = post_step(client, slug, item=item, **carried(response))
    assert "Officer 2" in text_of(response)

    changed = press(client, response, "change:officer:0")
    assert 'value="One"' in changed.content.decode()
    gone = press(client, response, "remove:officers:0")
    assert shown_step(gone) == ("officers", 0)
    assert "Two" in text_of(gone)
    assert "One" not in text_of(gone).replace("One question", "")


def test_an_officer_added_from_the_check_goes_back_to_it(client, checked):
    listing = press(client, checked, "edit:officers:0")
    assert shown_step(listing) == ("officers", 0)
    page = press(client, listing, "add:officers")
    for slug in ("officer", "officer-agency", "officer-looks", "officer-before"):
        assert shown_step(page) == (slug, 0)
        given = {"officer_name": "Grey"} if slug == "officer" else {}
        page = post_step(client, slug, answers=given, item=0, edit="add", **carried(page))
    assert "<title>Check what you wrote" in text_of(page)
    assert "Grey" in text_of(page)


def test_a_new_item_left_empty_is_not_there(client, checked):
    page = press(client, checked, "add:witnesses")
    page = post_step(client, "witness", item=0, **carried(page))
    assert "Nobody yet" in text_of(page)


def test_a_group_takes_ten_and_says_so(client, db):
    response = post_step(client, "officer", begin(), {"officer_name": "0"}, go="check")
    for number in range(1, 12):
        response = post_step(
            client,
            "officer",
            answers={"officer_name": f"{number}"},
            item=number,
            go="check",
            **carried(response),
        )
    listing = press(client, response, "edit:officers:0")
    assert text_of(listing).count("Take out") == GROUPS["officers"].most
    assert "That is all we can list here" in text_of(listing)


# --- What is not sent ---


def test_the_check_says_what_no_longer_fits_and_it_is_not_sent(client, vault, case_room, identity_room):
    response = post_step(client, "story", begin(), {"story": STORY}, go="check")
    for slug, given in (
        ("your-name", {"name": "Samantha"}),
        ("kind", {"incidents": ["force"]}),
        ("about-force", {"force_text": "With both hands."}),
        ("kind", {"incidents": ["slur"]}),
        ("anonymity", {"anonymity": "anonymous"}),
    ):
        response = post_step(client, slug, answers=given, go="check", **carried(response))
    told, _break, not_sent = text_of(response).partition("Not sent")
    assert "Samantha" not in told
    assert "Samantha" in not_sent
    assert "With both hands." in not_sent

    client.post("/report/sent/", carried(response))
    for kind, room in (("report", case_room), ("identity", identity_room)):
        part = SealedPart.objects.select_related("report").get(kind=kind)
        content = str(services.unseal_part(part=part, room=room))
        assert "Samantha" not in content
        assert "both hands" not in content


def test_a_wish_to_be_called_is_enough_with_a_way_to_do_it(client, vault):
    response = post_step(client, "story", begin(), {"story_way": ["call"]}, go="check")
    asked = client.post("/report/sent/", carried(response))
    assert shown_step(asked) == ("contact", 0)
    assert "Please give us a way to reach you" in text_of(asked)
    assert not Report.objects.exists()

    back = post_step(client, "contact", answers={"phone": "615 555 0100"}, edit="1", **carried(asked))
    assert "We have your report" in text_of(client.post("/report/sent/", carried(back)))


def test_a_code_deep_inside_is_refused(client, vault, checked):
    code = code_on(client.post("/report/sent/", carried(checked)))
    response = post_step(
        client, "officer", answers={"officer_name": f"Grey {code.lower()}"}, go="check", **carried(checked)
    )
    refused = client.post("/report/sent/", carried(response))
    assert refused.status_code == 400
    assert "holds your own check-back code" in text_of(refused)


@pytest.mark.parametrize("go", ["back", "check", "add:officers", "change:story:0", "remove:officers:0"])
def test_when_the_database_is_away_no_button_loses_words(client, db, monkeypatch, go):
    token = begin()

    def fail(*args, **kwargs):
        raise OperationalError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("reporting.wizard.save_draft", fail)
        response = post_step(client, "story", token, {"story": STORY}, go=go)
    assert response.status_code == 503
    assert STORY in text_of(response)


def test_days_that_make_no_sense_are_refused_with_a_sentence(client, db):
    token = begin()
    ends = {"date_from": "2026-03-02", "date_to": "2026-03-01"}
    assert "The end is before the beginning" in text_of(post_step(client, "days", token, ends))
    for day in ("0001-01-01", "soon", "2026-02-30"):
        assert "Please give a day" in text_of(post_step(client, "day", token, {"date_from": day}))


# --- Paper, words ---


def test_the_paper_form_asks_every_question_and_warns_like_the_first_page(client, db):
    page = text_of(client.get("/report/paper/"))
    for step in STEPS:
        for question in step.questions:
            assert str(question.label) in page, question.slug
            if question.kind in {"one", "many"}:
                for _slug, label in question.options():
                    assert f"<li>{label}</li>" in page
    for words in (
        "Tennessee law makes us report it, even if you ask us not to",
        "A court could order us",
        "not stop or extend any deadline",
        "not protected like talk with a lawyer",
        "have not yet been checked by a Tennessee lawyer",
        "ask the collective",
        "877-237-0004",
    ):
        assert words in page
    assert "<form" not in page


def words_of(page: str) -> str:
    """Return the sentences of the text of `page`, each paragraph ended by a full stop."""
    main = page[page.index("<main") : page.index("</main>")]
    found = re.findall(
        r"<(?:p|li|h1|h2|dt|dd|legend|label)\b[^>]*>(.*?)</(?:p|li|h1|h2|dt|dd|legend|label)>", main, re.S
    )
    lines = [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]
    return " ".join(line if line[-1] in ".?!:" else f"{line}." for line in lines if line)


def test_the_pages_around_the_questions_are_easy_to_read(client, first, checked, make_report):
    saved = press(client, checked, "later")
    report = make_report()
    sent = client.post("/report/sent/", carried(checked))
    pages = {
        "start": client.get("/report/"),
        "paper": client.get("/report/paper/"),
        "saved": saved,
        "sent": sent,
        "box": client.post("/report/return/", {"code": report.code}),
        "law": post_step(client, "court", answers={"open_charge": "yes"}, **carried(first)),
    }
    figures = {name: grade(words_of(text_of(response))) for name, response in pages.items()}
    print({name: round(figure, 1) for name, figure in figures.items()})  # noqa: T201 (the figures are the point)
    assert max(figures.values()) <= 6.5, figures


def test_flow_names_the_same_pages_as_the_form(client, first):
    _check, pages = walk(client, first, {"story": {"story": STORY}})
    assert [slug for slug, _item in pages] == [place.slug for place in flow.path({"story": STORY})]
