"""The reporter's way through the pages, with scripts nowhere and a cookie never."""

from __future__ import annotations

import html
import re
import time

import hypothesis
import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.urls import reverse
from hypothesis import strategies as st

from portal.lib import codes
from reporting import services
from reporting.models import Draft, Report, SealedPart, VaultSite
from reporting.schema import STEPS
from reporting.vault import kdf

STORY = "He pushed me against the wall. \U0001f622 עברית"


def hidden(page, name):
    """Return the value of the hidden field `name`."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def text_of(response):
    return html.unescape(response.content.decode())


def begin(client):
    return hidden(client.get("/report/").content.decode(), "token")


def post_step(client, slug, token, answers=None, to=None, kept="", **more):
    fields = {"token": token, "step": slug, "kept": kept, **(answers or {}), **more}
    return client.post(to or "/report/questions/", fields)


def shown_step(response):
    """Return the slug and the item of the page of questions that is shown."""
    page = response.content.decode()
    return hidden(page, "step"), int(hidden(page, "item") or 0)


def carried(response):
    page = response.content.decode()
    return {"token": hidden(page, "token"), "kept": hidden(page, "kept")}


@pytest.fixture
def written(client, vault):
    """Return what the review page carries after a story was written."""
    return carried(post_step(client, "story", begin(client), {"story": STORY}, to="/report/review/"))


def code_on(response):
    return re.search(r'class="code"[^>]*>([0-9A-Z-]{20})<', response.content.decode())[1]


def walk(client, response, answers):
    """Post page after page with `answers` by slug of the page; return the check page and the pages seen."""
    seen = []
    while hidden(response.content.decode(), "step"):
        slug, item = shown_step(response)
        seen.append((slug, item))
        assert len(seen) < 100
        given = answers.get((slug, item)) or (answers.get(slug, {}) if item == 0 else {})
        response = post_step(client, slug, answers=given, item=item, **carried(response))
        assert response.status_code == 200
    return response, seen


def test_the_whole_way_from_the_first_page_to_the_answer(client, vault, case_room):
    response = client.post("/report/safety/", {"token": begin(client)})
    answers = {
        "story": {"story": STORY},
        "kind": {"incidents": ["force", "slur"]},
        "about-force": {"force_kinds": ["take-down"]},
        "officer": {"officer_type": "sro", "officer_name": "Officer Grey"},
        "when": {"when": "last spring", "date_kind": "about"},
        "day": {"date_from": "2026-03-14"},
        "where": {"county": "shelby", "school": "A school"},
        "who-you-are": {"relation": "parent"},
        "student": {"student_name": "Kit"},
        "student-age": {"age": "12-14"},
        "your-name": {"name": "Sam"},
        "wishes": {"wishes": ["lawyer"]},
        "consents": {"consents": ["figures"]},
    }
    response, seen = walk(client, response, answers)
    assert {slug for slug, _item in seen} > set(answers)

    page = text_of(response)
    for words in (
        STORY,
        "Officer Grey",
        "Shelby",
        "Parent or guardian",
        "A lawyer",
        "Sam",
        "Kit",
        "2026-03-14",
    ):
        assert words in page
    assert not Report.objects.exists()

    response = client.post("/report/sent/", carried(response))
    code = code_on(response)
    report = Report.objects.get()
    assert (report.kind, report.division, Draft.objects.count()) == ("force", "west", 0)
    services.answer_reporter(report=report, by=vault, key=case_room, text="We <b>read</b> it.")

    box = client.post("/report/return/", {"code": code.lower().replace("-", " ")})
    assert "We &lt;b&gt;read&lt;/b&gt; it." in box.content.decode()
    assert "pushed" not in text_of(box)
    assert "Grey" not in text_of(box)

    added = client.post("/report/return/", {"box": hidden(box.content.decode(), "box"), "text": "More."})
    assert "We have what you added" in text_of(added)
    assert SealedPart.objects.filter(kind="addition").count() == 1


def test_only_the_story_is_required(client, vault):
    response = client.post("/report/story/", {"token": begin(client)})
    empty = post_step(client, "story", **carried(response))
    assert "<title>Error: Step" in text_of(empty)
    assert "One sentence is enough." in text_of(empty)

    response = post_step(client, "story", answers={"story": STORY}, **carried(empty))
    response, _seen = walk(client, response, {})
    assert "(skipped)" in text_of(response)
    assert "We have your report" in text_of(client.post("/report/sent/", carried(response)))


def test_sending_without_a_story_asks_for_it(client, vault):
    response = client.post("/report/sent/", {"token": begin(client)})
    assert "<title>Error: Step" in text_of(response)
    assert shown_step(response) == ("story", 0)
    assert not Report.objects.exists()


def test_change_comes_back_to_the_check_with_the_answers(client, written):
    edit = client.post("/report/questions/", {**written, "go": "edit:story:0"})
    assert STORY in text_of(edit)
    assert "Save and go back to the check" in text_of(edit)

    back = post_step(client, "story", answers={"story": "Shorter."}, edit="1", **carried(edit))
    assert "<title>Check what you wrote" in text_of(back)
    assert "Shorter." in text_of(back)
    assert STORY not in text_of(back)


def test_a_double_click_a_reload_and_a_resend_show_the_same_code(client, written):
    first = client.post("/report/sent/", written)
    again = client.post("/report/sent/", written)

    assert code_on(first) == code_on(again)
    assert "We already have this" in text_of(again)
    assert (Report.objects.count(), SealedPart.objects.count()) == (1, 2)


def test_changed_words_under_a_used_form_are_added(client, written):
    first = client.post("/report/sent/", written)
    edited = post_step(client, "story", answers={"story": "Another."}, to="/report/review/", **written)
    again = client.post("/report/sent/", carried(edited))

    assert code_on(first) == code_on(again)
    assert "were added" in text_of(again)
    assert Report.objects.count() == 1


def test_a_code_inside_the_story_is_refused_with_words(client, written):
    code = code_on(client.post("/report/sent/", written))
    edited = post_step(client, "story", answers={"story": f"{code} x"}, to="/report/review/", **written)
    response = client.post("/report/sent/", carried(edited))

    assert response.status_code == 400
    assert "holds your own check-back code" in text_of(response)
    assert SealedPart.objects.filter(kind="addition").count() == 0


@pytest.mark.parametrize("fault", [OperationalError("database is away"), kdf.Busy()])
def test_when_sending_fails_the_words_are_still_on_the_page(client, written, monkeypatch, fault):
    def fail(**kwargs):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(services, "file_report", fail)
        response = client.post("/report/sent/", written)
    assert response.status_code == 503
    assert "Nothing was sent yet. Your words are still on this page." in text_of(response)
    assert STORY in text_of(response)

    assert "We have your report" in text_of(client.post("/report/sent/", carried(response)))


@pytest.mark.parametrize("slug", ["questions", "kind", "review", "sent"])
def test_when_the_database_is_away_at_a_step_the_typed_words_stay(client, vault, monkeypatch, slug):
    token = begin(client)

    def fail(*args, **kwargs):
        raise OperationalError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("reporting.wizard.save_draft", fail)
        response = post_step(client, "story", token, {"story": STORY}, to=f"/report/{slug}/")
    assert response.status_code == 503
    assert "Nothing was sent yet" in text_of(response)
    assert STORY in text_of(response)
    again = post_step(client, "story", answers={"story": STORY}, to="/report/review/", **carried(response))
    assert again.status_code == 200


def test_when_the_database_is_away_at_the_sending_all_answers_come_from_the_page(
    client, written, monkeypatch
):
    def fail(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("reporting.wizard.load_draft", fail)
    response = client.post("/report/sent/", written)
    assert response.status_code == 503
    assert STORY in text_of(response)


def test_a_crash_after_the_commit_still_leads_to_the_code(client, written):
    """The draft is gone and the answer never arrived: the same page is sent once more."""
    code = code_on(client.post("/report/sent/", written))
    Draft.objects.all().delete()
    assert code_on(client.post("/report/sent/", written)) == code


@pytest.mark.parametrize("token", ["", "junk", "é", "A" * 200])
def test_a_stale_or_foreign_form_keeps_what_was_typed(client, vault, token):
    response = post_step(client, "story", token, {"story": STORY})

    assert response.status_code == 400
    assert "open too long" in text_of(response)
    assert STORY in text_of(response)
    fresh = post_step(client, "story", answers={"story": STORY}, to="/report/review/", **carried(response))
    assert fresh.status_code == 200


def test_a_form_dies_after_a_day(client, vault, monkeypatch):
    token = begin(client)
    now = time.time()
    monkeypatch.setattr("reporting.formtoken.time.time", lambda: now + 24 * 3600 + 100)
    assert post_step(client, "story", token, {"story": STORY}).status_code == 400


@pytest.mark.parametrize(
    "typed",
    [
        "x" * 20_001,
        "x" * 1_000_000,
        "\x00\x01 \u202e \ud83d",
        "",
        "   \n ",
    ],
)
def test_bad_input_gets_a_sentence_and_never_a_fault(client, vault, typed):
    typed = typed.encode("utf-8", "replace").decode()
    response = post_step(client, "story", begin(client), {"story": typed})

    assert response.status_code == 200
    if len(typed) > 20_000:
        assert "Please shorten it to 20000 or fewer" in text_of(response)
        assert typed in text_of(response)


def test_a_choice_that_is_not_offered_is_refused_with_a_sentence(client, vault):
    response = post_step(client, "kind", begin(client), {"incidents": ["force", "<script>"]})
    assert "Please choose" in text_of(response)
    assert post_step(client, "where", begin(client), {"county": "x" * 500}).status_code == 200


def test_control_characters_are_gone_and_letters_of_every_script_stay(client, written, vault, case_room):
    client.post("/report/sent/", written)
    part = SealedPart.objects.select_related("report").get(kind="report")
    assert services.unseal_part(part=part, room=case_room)["answers"]["story"] == STORY


def test_another_site_cannot_send_our_forms(client, written):
    for address in ("/report/sent/", "/report/review/", "/report/story/", "/report/return/"):
        response = client.post(address, written, headers={"Sec-Fetch-Site": "cross-site"})
        assert response.status_code == 403
    assert not Report.objects.exists()
    assert client.post("/report/sent/", written, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_no_cookie_and_nothing_kept_by_browsers(client, written, make_report):
    report = make_report()
    responses = [
        client.get("/report/"),
        client.get("/report/return/"),
        client.post("/report/review/", written),
        client.post("/report/sent/", written),
        client.post("/report/return/", {"code": report.code}),
        client.post("/report/return/", {"code": codes.new_code()}),
    ]
    for response in responses:
        assert response.status_code == 200
        assert not response.cookies
        assert response["Cache-Control"] == "no-store"


def test_the_code_is_in_no_address_and_no_title(client, written):
    response = client.post("/report/sent/", written)
    page = response.content.decode()
    code = code_on(response)

    assert page.count(code) == 1
    assert code.replace("-", "") not in page
    assert code not in re.search(r"<title>(.*?)</title>", page)[1]
    assert not re.search(rf'(href|action)="[^"]*{code[:6]}', page)


@pytest.mark.parametrize("address", ["/report/story/", "/report/review/", "/report/sent/"])
def test_a_page_opened_without_a_form_leads_to_the_start(client, vault, address):
    assert client.get(address)["Location"] == reverse("reporting:start")


def test_a_question_that_does_not_exist_is_not_found(client, vault):
    assert client.get("/report/shoe-size/").status_code == 404


def test_a_wrong_an_unsent_and_a_purged_code_get_the_same_page(client, make_report):
    report = make_report()
    report.delete()

    pages = []
    for code in (report.code, codes.new_code()):
        response = client.post("/report/return/", {"code": code})
        pages.append(response.content.decode().replace(code, "CODE"))
        assert response.status_code == 200
    assert pages[0] == pages[1]
    assert "We found nothing with this code" in html.unescape(pages[0])


def test_a_typing_slip_in_a_code_is_told(client, vault):
    code = codes.new_code()
    slipped = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "typing slip" in text_of(client.post("/report/return/", {"code": slipped}))
    assert "Type the code" in text_of(client.post("/report/return/", {"code": ""}))


def test_codes_are_slowed_but_a_school_is_not_shut_out(client, vault):
    code = codes.new_code()
    statuses = [client.post("/report/return/", {"code": code}).status_code for _ in range(101)]
    assert set(statuses[:100]) == {200}
    assert statuses[100] == 429


def test_an_addition_that_fails_keeps_its_words(client, make_report, monkeypatch):
    report = make_report()
    token = hidden(client.post("/report/return/", {"code": report.code}).content.decode(), "box")

    def fail(**kwargs):
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(services, "add_to_report", fail)
        response = client.post("/report/return/", {"box": token, "text": STORY})
    assert response.status_code == 503
    assert STORY in text_of(response)
    stale = client.post("/report/return/", {"box": "junk", "text": STORY})
    assert STORY in text_of(stale)
    with_code = client.post("/report/return/", {"code": report.code, "text": STORY})
    assert STORY in text_of(with_code)
    empty = client.post("/report/return/", {"box": token, "text": " "})
    assert "Write something first, or tick a box" in text_of(empty)
    inside = client.post("/report/return/", {"box": token, "text": f"code {report.code}"})
    assert inside.status_code == 400


def test_the_form_is_closed_until_the_vault_is_open_and_says_who_can_help(client, lead, papers):
    page = text_of(client.get("/report/"))

    assert "We cannot take reports right now" in page
    assert "877-237-0004" in page
    assert 'name="token"' not in page


def test_a_vault_that_closes_meanwhile_keeps_the_words(client, written):
    VaultSite.objects.update(sheets_confirmed=False)
    response = client.post("/report/sent/", written)

    assert response.status_code == 503
    assert STORY in text_of(response)
    assert not Report.objects.exists()


def test_the_first_page_says_what_cannot_be_promised(client, vault):
    page = text_of(client.get("/report/"))
    for words in (
        "Tennessee law makes us report it, even if you ask us not to",
        "A court could order us",
        "not stop or extend any deadline",
        "not protected like talk with a lawyer",
        "We do not watch this form around the clock",
        "have not yet been checked by a Tennessee lawyer",
    ):
        assert words in page
    assert "confidential" not in page


def test_rights_and_figures_are_public_and_honest(client, db):
    rights = text_of(client.get("/rights/"))
    for words in (
        "does not stop or extend any of these deadlines",
        "Not the SafeTN app",
        "not legal advice",
        "615-741-3491",
        "May be 12 months",
    ):
        assert words in rights
    # Toll-free numbers that sources disagree about stay unpublished.
    assert "800-342-1660" not in rights
    assert "800-287-9636" not in rights
    assert "No figures are published yet" in text_of(client.get("/figures/"))


def test_a_flood_from_one_address_is_slowed_and_loses_no_words(client, written):
    statuses = [client.post("/report/sent/", written).status_code for _ in range(61)]
    assert set(statuses[:60]) == {200}
    slowed = client.post("/report/sent/", written)
    assert (statuses[60], slowed.status_code) == (429, 429)
    assert STORY in text_of(slowed)


ODD = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)
ADDRESSES = ["/report/questions/", "/report/review/", "/report/sent/", "/report/return/", "/report/when/"]
WISHES = ["back", "check", "later", "add:officers", "remove:officers:0", "change:when:1", "edit:day:0", "a:b"]


@hypothesis.settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(data=st.data())
def test_no_posted_nonsense_makes_a_fault(client, written, data):
    names = ["story", "incidents", "county", "code", "text", "box", "edit", "when", "officer_type", "name"]
    names += ["go", "item", "date_from", "grade", "withdraw", "ask"]
    posted = data.draw(st.dictionaries(st.sampled_from(names), st.one_of(ODD, st.lists(ODD, max_size=3))))
    posted["step"] = data.draw(st.one_of(st.sampled_from([s.slug for s in STEPS]), ODD))
    if data.draw(st.booleans()):
        posted["go"] = data.draw(st.sampled_from(WISHES))
    posted["token"] = data.draw(st.one_of(st.just(written["token"]), ODD))
    posted["kept"] = data.draw(st.one_of(st.just(written["kept"]), ODD))
    cache.clear()

    response = client.post(data.draw(st.sampled_from(ADDRESSES)), posted)

    assert response.status_code in {200, 302, 400}


def test_filing_takes_the_same_few_queries_whatever_is_in_the_table(
    client, written, make_report, django_assert_max_num_queries
):
    for _ in range(3):
        make_report()
    with django_assert_max_num_queries(15):
        client.post("/report/sent/", written)
