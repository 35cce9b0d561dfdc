"""A report in another language: the same is sealed, staff read English, and the switch loses nothing."""

from __future__ import annotations

import pytest

from portal.lib.languages import ALL, BASE, path_in
from reporting import facets, services
from reporting.models import Facet, Report
from reporting.shown import shown_content
from tests.portal.test_languages import english_left
from tests.reporting.test_pages import STORY, carried, code_on, hidden, post_step, shown_step, text_of
from tests.reporting.test_steps import OPEN_ALL, begin

ANSWERS = {
    **OPEN_ALL,
    "officer": {"officer_type": "sro", "officer_name": "Officer Grey"},
    "when": {"when": "last spring", "date_kind": "about"},
    "day": {"date_from": "2026-03-14"},
    "where": {"county": "shelby", "school": "A school"},
    "wishes": {"wishes": ["lawyer"]},
    "consents": {"consents": ["figures"]},
    "language": {"language": "ar"},
}


def file_in(client, code):
    """Send the same report through the pages of a language; return it, and the pages seen."""
    known = set(Report.objects.values_list("pk", flat=True))
    here = path_in("/report/questions/", code)
    response, pages = client.post(path_in("/report/safety/", code), {"token": begin()}), []
    while hidden(response.content.decode(), "step"):
        slug, item = shown_step(response)
        pages.append(response)
        given = ANSWERS.get(slug, {}) if item == 0 else {}
        response = post_step(client, slug, answers=given, item=item, to=here, **carried(response))
        assert response.status_code == 200
        assert len(pages) < 100
    pages.append(response)
    response = client.post(path_in("/report/sent/", code), carried(response))
    pages.append(response)
    assert code_on(response)
    return Report.objects.exclude(pk__in=known).get(), pages


def test_a_report_in_arabic_is_the_same_report_for_staff(client, vault, case_room):
    english, english_pages = file_in(client, BASE)
    arabic, pages = file_in(client, "ar")
    assert all('<html lang="ar" dir="rtl">' in page.content.decode() for page in pages)

    left: set[str] = set()
    for one, other in zip(english_pages, pages, strict=True):
        left |= english_left(one.content.decode(), other.content.decode(), "ar")
    # What was typed stands as it was typed.
    assert {text for text in left if text not in {STORY, "last spring"}} == set()

    def sealed(report):
        told = services.unseal_part(part=report.parts.get(kind="report"), room=case_room)
        # The page's language and the moment are said apart; the key is each reporter's own.
        return {
            name: value for name, value in told.items() if name not in {"received", "language", "reporter"}
        }

    def indexed(report):
        facets.index_report(report=report, room=case_room)
        return set(Facet.objects.filter(report=report).values_list("kind", "token"))

    assert sealed(arabic) == sealed(english)
    assert shown_content(sealed(arabic)) == shown_content(sealed(english))
    assert "Parent" in str(shown_content({"answers": {"relation": "parent"}}))
    assert indexed(arabic) == indexed(english) != set()
    clear = ("kind", "division", "status", "priority", "retention", "week", "held", "unread")
    assert [getattr(arabic, name) for name in clear] == [getattr(english, name) for name in clear]


def test_a_language_is_changed_in_the_middle_without_losing_a_word(client, db):
    page = client.post("/report/story/", {"token": begin()})
    assert 'formaction="/ckb/report/questions/"' in page.content.decode()

    typed = {"story": "He pushed me."}
    kurdish = post_step(
        client, "story", answers=typed, to="/ckb/report/questions/", go="stay", **carried(page)
    )
    assert shown_step(kurdish) == ("story", 0)
    assert "He pushed me." in text_of(kurdish)
    assert '<html lang="ckb" dir="rtl">' in text_of(kurdish)

    check = post_step(client, "story", answers=typed, go="check", **carried(kurdish))
    burmese = client.post("/my/report/questions/", {**carried(check), "go": "check"})
    assert "He pushed me." in text_of(burmese)
    assert '<html lang="my" dir="ltr">' in text_of(burmese)


def test_an_empty_page_changes_its_language_without_a_reproach(client, db):
    page = client.post("/report/story/", {"token": begin()})
    spanish = post_step(client, "story", to="/es/report/questions/", go="stay", **carried(page))

    assert shown_step(spanish) == ("story", 0)
    assert 'class="errors"' not in text_of(spanish)


def test_what_cannot_be_kept_stays_on_the_page_of_the_other_language(client, db):
    page = client.post("/report/days/", {"token": begin()})
    wrong = {"date_from": "2026-03-14", "date_to": "2026-03-01"}
    spanish = post_step(client, "days", answers=wrong, to="/es/report/questions/", go="stay", **carried(page))

    assert 'value="2026-03-01"' in text_of(spanish)
    assert 'class="errors"' in text_of(spanish)


@pytest.mark.parametrize("code", ["en", "es", "ckb", "my"])
def test_the_form_proposes_to_answer_in_the_language_of_its_pages(client, db, code):
    page = text_of(client.post(path_in("/report/language/", code), {"token": begin()}))
    chosen = {"en": "", "ckb": "ku"}.get(code, code)
    assert f'<option value="{chosen}" selected' in page


def test_files_keep_their_notes_when_the_language_changes(client, db):
    page = client.post(
        "/report/files/", {"token": begin(), "step": "story", "story": "Words.", "go": "files"}
    )
    assert 'formaction="/my/report/files/"' in page.content.decode()
    other = client.post("/my/report/files/", {**carried(page), "came": "story:0", "do": "stay"})

    assert '<html lang="my" dir="ltr">' in text_of(other)
    onward = client.post("/my/report/files/", {**carried(other), "came": "story:0", "do": "done"})
    assert shown_step(onward)[0] != "story"


def test_the_page_with_the_code_has_no_link_that_leaves_it_by_a_slip(client, vault):
    check = post_step(client, "story", begin(), {"story": "Words."}, go="check")
    sent = client.post("/vi/report/sent/", carried(check)).content.decode()
    assert "hreflang" not in sent
    assert 'class="draft wrap"' in sent


def test_the_code_page_and_the_paper_form_are_there_in_every_language(client, vault):
    for language in ALL:
        for path in ("/report/return/", "/report/paper/", "/rights/"):
            assert client.get(path_in(path, language.code)).status_code == 200
