"""Laws: what readers are told of their end, on which day, and how staff are reminded before it."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.utils import timezone

from resources import laws
from resources.content import _file
from resources.models import Law, Page, Tool

END = dt.date(2027, 7, 1)
ONE_DAY = dt.timedelta(days=1)
ENDED = "This law had an end date of July 1, 2027. We have not confirmed what applies today."


def law(**fields) -> Law:
    start = {"section": "Tenn. Code Ann. 0-0-0", "checked_on": dt.date(2026, 11, 22)}
    return Law(**{**start, "review_by": END - dt.timedelta(90), **fields})


@pytest.fixture
def today(monkeypatch):
    """Return a function that sets the calendar."""

    def set_to(day: dt.date) -> None:
        monkeypatch.setattr(timezone, "localdate", lambda *args, **kwargs: day)

    return set_to


def test_the_end_is_told_before_and_warned_of_from_its_day_on():
    ends = law(ends_on=END)

    assert laws.note(ends, END - dt.timedelta(91)).warning == "This law has an end date of July 1, 2027."
    assert laws.note(ends, END - ONE_DAY).warning == (
        "This law has an end date of July 1, 2027. It may have changed since."
    )
    assert laws.note(ends, END).warning == ENDED
    assert laws.note(ends, END + ONE_DAY).warning == ENDED


def test_past_its_day_of_review_a_law_may_have_changed():
    old = law(review_by=END)

    assert [laws.note(old, END + ONE_DAY * day).warning for day in (-1, 0, 1)] == [
        "", "", "It may have changed since.",
    ]  # fmt: skip


def test_the_next_look_is_in_a_year_or_before_the_end():
    assert laws.next_look(law(), END) == END + dt.timedelta(365)
    assert laws.next_look(law(ends_on=END), END - dt.timedelta(100)) == END - ONE_DAY
    assert laws.next_look(law(ends_on=END), END) == END + dt.timedelta(365)


def test_a_law_must_be_looked_at_before_it_ends():
    law(ends_on=END, review_by=END - ONE_DAY).clean()
    law(ends_on=END, checked_on=END, review_by=END).clean()  # what has ended can only be looked at later
    with pytest.raises(ValidationError, match="before the law ends"):
        law(ends_on=END, review_by=END).clean()


def test_each_law_of_the_file_has_its_source_and_days():
    content = _file("laws.toml")
    day = content["checked_on"]

    for row in content["law"]:
        assert row["source"], row["slug"]
        assert row["section"], row["slug"]
        ends_on = row.get("ends_on")
        if ends_on is None:
            assert row["review_by"] == day + dt.timedelta(365), row["slug"]
        elif ends_on <= day:
            assert row["review_by"] == day, f"{row['slug']}: due now"
        else:
            assert row["review_by"] < ends_on, row["slug"]


def test_the_end_date_of_the_law_on_test_strips_is_told_as_not_confirmed(loaded):
    strips = Law.objects.get(slug="fentanyl-test-strips")

    assert strips.ends_on == dt.date(2025, 7, 1)
    assert [tool.slug for tool in strips.tools.all()] == ["fentanyl-tests"]
    assert "We have not confirmed what applies today." in laws.note(strips, dt.date(2026, 11, 22)).warning


def test_the_page_says_below_a_tool_and_a_text_how_old_its_law_is(loaded, client, today):
    today(dt.date(2027, 11, 22))
    before = client.get("/harm-reduction/").content.decode()
    today(dt.date(2027, 11, 23))
    after = client.get("/harm-reduction/").content.decode()

    about = "About the law: Tenn. Code Ann. 63-1-156, last looked at on Nov. 22, 2026."
    assert f"{about}</p>" in before
    assert f"{about} <strong>It may have changed since.</strong></p>" in after
    card = re.search(r'<li class="card" id="fentanyl-tests">.*?</li>', after, re.S)[0]
    assert "This law had an end date of July 1, 2025. We have not confirmed what applies today." in card


def test_an_unpublished_law_is_not_told(loaded, django_assert_num_queries):
    Law.objects.update(is_published=False)
    tools = list(Tool.objects.all())

    with django_assert_num_queries(1):
        laws.attach(tools, today=END)

    assert not any(tool.law_notes for tool in tools)


@pytest.fixture
def ending(db):
    """Return a law that ends on July 1, 2027 and must be looked at a day before."""
    row = law(slug="ending", name={"en": "A law"}, ends_on=END, review_by=END - ONE_DAY, source="a page")
    row.save()
    row.pages.add(Page.objects.create(slug="page", title={"en": "A page"}, body={"en": "Words."}))
    return row


def test_staff_are_reminded_sixty_days_before_and_not_the_day_before_that(ending, sign_in, today):
    editor = sign_in("editor")
    told = {}
    for days in (61, 60):
        today(ending.review_by - ONE_DAY * days)
        told[days] = [
            "must be looked at again" in editor.get(address).content.decode()
            for address in (
                "/admin/",
                "/admin/resources/factcheck/",
                "/admin/resources/law/",
                "/admin/training/",
            )
        ]

    assert told == {61: [False] * 4, 60: [True, True, True, False]}


def test_who_reads_reports_is_not_reminded_of_laws(ending, sign_in, today):
    today(END)

    assert "must be looked at again" not in sign_in("reviewer").get("/admin/").content.decode()


def test_looking_again_is_one_click_that_asks_for_the_next_day(ending, sign_in, today):
    today(END - dt.timedelta(200))
    editor = sign_in("editor")
    listed = editor.get("/admin/resources/law/").content.decode()
    address = f"/admin/resources/law/{ending.pk}/looked/"
    page = editor.get(address).content.decode()

    late = editor.post(address, {"review_by": END, "ends_on": END})
    past = editor.post(address, {"review_by": END - dt.timedelta(200), "ends_on": END})
    ending.refresh_from_db()
    assert ending.checked_on == dt.date(2026, 11, 22), "a refused form changes nothing"
    kept = editor.post(address, {"review_by": END - dt.timedelta(30), "ends_on": END})

    assert f'href="{address}"' in listed
    assert 'value="2027-06-30"' in page
    assert "A page" in page
    assert "Choose a day before the law ends." in late.content.decode()
    assert "Choose a day to come" in past.content.decode()
    assert kept.status_code == 302
    ending.refresh_from_db()
    assert (ending.checked_on, ending.review_by) == (END - dt.timedelta(200), END - dt.timedelta(30))
    assert LogEntry.objects.get().change_message == "Looked at, again by 2027-06-01."


def test_an_overdue_law_stands_first_and_in_words(ending, sign_in, today):
    today(END)
    law(slug="other", name={"en": "Another"}, review_by=END + ONE_DAY).save()

    page = sign_in("editor").get("/admin/resources/law/").content.decode()

    assert "<strong>Overdue by 1 day</strong>" in page
    assert page.index("A law") < page.index("Another")


def test_a_reviewer_may_not_touch_laws(ending, sign_in):
    reviewer = sign_in("reviewer")

    for address in ("/admin/resources/law/", f"/admin/resources/law/{ending.pk}/looked/"):
        assert reviewer.get(address).status_code == 403
    assert reviewer.post(f"/admin/resources/law/{ending.pk}/looked/", {"review_by": END}).status_code == 403
