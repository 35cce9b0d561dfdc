"""The ways of staff through many reports, through keeping and erasing, and through the keys; scripts off."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Page, expect

from reporting import conflicts, duplicates, erasing, facets, keys, savedviews, services
from reporting.files import cleaning, replying
from reporting.filters import Filters
from reporting.formtoken import BoxToken, Filing
from reporting.models import CASE, FigureRelease, QueueKey, Report, SavedView, Tombstone
from tests.browser.conftest import PASSPHRASE
from tests.browser.test_journeys import sign_in
from tests.browser.test_report_journeys import come_back, picture, size_of

pytestmark = pytest.mark.browser

QUEUE = "/admin/reporting/report/"
PUSHED, CUFFED, EMPTIED = "He pushed me at a locker.", "She cuffed a boy.", "He emptied my bag."
GARCIA = {"officer_name": "Ofc. García", "badge": "#1234", "agency": "Larkspur PD", "school": "Foxglove High"}


@pytest.fixture
def seal(vault):
    """Return a function that seals one report and indexes it; `report.code` is its code."""

    def send(story: str, **answers) -> Report:
        filing = Filing.new()
        before = set(Report.objects.values_list("pk", flat=True))
        services.file_report(filing=filing, answers={"story": story, **answers})
        facets.index_new(room=vault[1])
        report = Report.objects.exclude(pk__in=before).get()
        report.code = filing.code
        return report

    return send


@pytest.fixture
def reader(vault):
    """Return a function that makes a member, who may read the case room unless `let_in` is false."""

    def make(name: str, role: str = "reviewer", *, let_in: bool = True):
        lead, _room = vault
        member = get_user_model().objects.create_user(name, role=role)
        keys.make_staff_key(user=member, passphrase=PASSPHRASE)
        by_key = keys.unlock_staff_key(user=lead, passphrase=PASSPHRASE)
        keys.grant_rooms(by=lead, by_key=by_key, to=member, rooms=[CASE] if let_in else [])
        return member

    return make


@pytest.fixture
def desk(portal, make_context):
    """Return a function that signs a member in, in a browser of their own, and opens the queue."""

    def enter(member, width: str = "desk", **more) -> Page:
        page = make_context(width, **{"scripts": False, **more}).new_page()
        sign_in(page, portal, member)
        page.goto(portal + QUEUE)
        return page

    return enter


def press(page: Page, name: str, *, exact: bool = True) -> None:
    """Press a button and wait for its page: one that has only begun to come looks empty."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=exact).click()


def follow(page: Page, name: str) -> None:
    """Follow the first link of this name and wait for its page."""
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def listed(page: Page) -> set[str]:
    """Return the references of the rows of the queue."""
    return set(page.locator("a.queue__open").all_inner_texts())


def unfold(page: Page, heading: str) -> None:
    """Open a folded part of the case page."""
    page.locator("summary", has_text=heading).click()


def told(page: Page, words: str) -> None:
    """Expect a message above the page."""
    expect(page.locator(".messagelist")).to_contain_text(words)


def test_staff_filter_keep_views_and_change_several_at_once(vault, seal, reader, desk):
    lead, _room = vault
    pushed, cuffed = seal(PUSHED, incidents=["force"]), seal(CUFFED, incidents=["force"])
    emptied = seal(EMPTIED, incidents=["search"])
    page = desk(lead)
    assert listed(page) == {pushed.reference, cuffed.reference, emptied.reference}

    page.get_by_label("Kind").select_option("force")
    press(page, "Show")
    assert listed(page) == {pushed.reference, cuffed.reference}
    for name, shared in (("Mine", False), ("Ours", True)):
        follow(page, "Keep this view")
        fresh = page.locator("form", has=page.get_by_role("button", name="Keep it"))
        fresh.get_by_label("Name of the view").fill(name)
        fresh.get_by_label("All reviewers see it").set_checked(shared)
        press(page, "Keep it")
        follow(page, name)
        assert listed(page) == {pushed.reference, cuffed.reference}
    other = desk(reader("anna"))
    expect(other.locator(".queueviews")).to_contain_text("Ours")
    expect(other.locator(".queueviews")).not_to_contain_text("Mine")
    follow(other, "Ours")
    assert listed(other) == {pushed.reference, cuffed.reference}
    assert SavedView.objects.count() == 2

    page.get_by_label(pushed.reference).check()
    page.get_by_label(cuffed.reference).check()
    page.get_by_label("What to do").select_option("priority:urgent")
    press(page, "Do it")
    told(page, "2 reports changed.")
    expect(page.locator("table.queue .priority")).to_have_count(2)
    follow(page, "Take it back")
    press(page, "Take it back")
    expect(page.locator(".staffpage")).to_contain_text("2 reports changed. Finished.")
    follow(page, "Back to the reports")
    assert listed(page) == {pushed.reference, cuffed.reference}
    assert set(Report.objects.values_list("priority", flat=True)) == {"normal"}

    page.get_by_label(cuffed.reference).check()
    page.get_by_label("What to do").select_option("tag")
    page.get_by_label("Tag", exact=True).fill("bus")
    press(page, "Do it")
    follow(page, "bus")
    assert listed(page) == {cuffed.reference}
    expect(page.locator(".chips")).to_contain_text("Tag: bus")
    follow(page, "Remove Tag")
    assert listed(page) == {pushed.reference, cuffed.reference, emptied.reference}


def test_staff_search_compare_mark_a_duplicate_and_confirm_a_link(vault, seal, desk):
    lead, _room = vault
    one, other = seal(PUSHED, **GARCIA), seal(CUFFED, officer_name="J. Garcia", school="foxglove hs")
    page = desk(lead)
    follow(page, "Search in the words")
    page.get_by_label("Words to look for").fill("LOCKER")
    press(page, "Search")
    expect(page.locator(".found")).to_contain_text("Looked through 2 reports.")
    expect(page.locator(".found__list li")).to_have_count(1)
    assert "LOCKER" not in page.url
    follow(page, one.reference)
    expect(page.locator("#content")).to_contain_text(PUSHED)

    follow(page, "Back to the list")
    for report in (one, other):
        page.get_by_label(report.reference).check()
    press(page, "Compare two")
    expect(page.locator("table.compare")).to_contain_text(PUSHED)
    expect(page.locator("table.compare")).to_contain_text(CUFFED)

    follow(page, other.reference)
    unfold(page, "Told twice?")
    page.get_by_label("This is a duplicate of").fill(one.reference)
    press(page, "Mark as duplicate")
    follow(page, "Back to the list")
    assert listed(page) == {one.reference}
    follow(page, one.reference)
    follow(page, other.reference)
    press(page, "It is no duplicate")
    told(page, "It is back in the queue.")

    follow(page, "Look for related reports")
    page.get_by_label("Two different people reported, each on their own").check()
    press(page, "They belong together")
    expect(page.locator("#related")).to_contain_text("Named in 2 reports that belong together.")
    expect(page.locator("#related")).to_contain_text("At least two people reported")
    follow(page, "Back to the list")
    assert listed(page) == {one.reference, other.reference}
    expect(page.locator("table.queue")).to_contain_text("2 reports about one officer")


def test_staff_print_and_export_with_a_reason_and_the_log_says_so(portal, vault, seal, desk):
    lead, _room = vault
    report = seal(PUSHED, name="Sample Person", anonymity="staff")
    page = desk(lead)
    follow(page, report.reference)
    unfold(page, "Case file on paper")
    page.get_by_label("Why is it printed?").select_option("meeting")
    press(page, "Show the page to print")
    expect(page.locator("main")).to_contain_text(PUSHED)
    expect(page.locator("main")).not_to_contain_text("Sample Person")
    follow(page, "Back to the report")

    unfold(page, "Take it out of the portal")
    follow(page, "Export this report")
    press(page, "Get the ZIP")
    expect(page.locator(".errors")).to_contain_text("Choose why you need it.")
    page.get_by_label("A lawyer").check()
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Get the ZIP").click()
    assert saved.value.suggested_filename == f"{report.reference}.zip"
    with zipfile.ZipFile(saved.value.path()) as archive:
        read = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(read) == {"report.json", "report.csv", "report.html", "SHA256SUMS"}
    assert PUSHED in read["report.html"]
    assert "Sample Person" not in "".join(read.values())

    follow(page, "Read log")
    lines = page.locator("table.readlog tbody tr", has_text=report.reference)
    expect(lines.filter(has_text="lawyer, 1 part")).to_have_count(1)
    expect(lines.filter(has_text="printed: meeting")).to_have_count(1)
    expect(page.locator("#content")).not_to_contain_text("locker")


def test_staff_with_a_conflict_meet_the_report_nowhere(portal, vault, seal, reader, desk):
    lead, _room = vault
    report, open_one = seal(PUSHED, **GARCIA), seal(CUFFED, school="Birch High")
    clean = cleaning.clean(picture()["buffer"], "bruise.png")
    replying.add_files(box=BoxToken.new(report.pk, report.code), files=[(clean, None)], note="", who="")
    member = reader("anna")
    page = desk(member)
    second = page.context.new_page()
    second.goto(page.url)
    follow(page, report.reference)
    case = page.url
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the file").click()
    assert size_of(saved.value.path()) == (24, 24)

    leads = desk(lead)
    follow(leads, "Who may not see what")
    leads.get_by_label("Member").select_option(label="anna")
    leads.get_by_label("Tied to").select_option("school")
    leads.get_by_label("Name or number").fill("Foxglove HS")
    press(leads, "Hide such reports")
    told(leads, "no longer sees reports that name this")

    second.reload()
    assert listed(second) == {open_one.reference}
    follow(second, "Who may not see what")
    expect(second.locator(".staffpage")).to_contain_text("School, Foxglove")
    expect(second.get_by_role("button", name="End it")).to_have_count(0)
    second.go_back()
    follow(second, "Search in the words")
    second.get_by_label("Words to look for").fill("e")
    press(second, "Search")
    expect(second.locator(".found")).to_contain_text("Looked through 1 report.")
    with page.expect_response(lambda answer: "/files/" in answer.url) as answered:
        page.get_by_role("button", name="Save the file").click()
    assert answered.value.status == 404
    for address in (
        case,
        f"{portal}/admin/reports/{report.pk}/export/",
        f"{portal}{QUEUE}{report.pk}/erase/",
    ):
        gone = second.goto(address)
        assert gone
        assert gone.status == 404
        assert second.goto(address.replace(str(report.pk), str(open_one.pk))).status == 200


def test_staff_hold_a_report_and_two_of_them_erase_it_early(portal, vault, seal, reader, desk):
    lead, _room = vault
    report = seal(PUSHED)
    anna, ben = reader("anna"), reader("ben")
    page = desk(lead)
    follow(page, report.reference)
    unfold(page, "Legal hold")
    press(page, "Put under legal hold")
    expect(page.locator("#content")).to_contain_text("nothing of this report is erased")
    expect(page.get_by_role("link", name="Erase it early")).to_have_count(0)

    asking = desk(anna)
    asking.goto(f"{portal}{QUEUE}{report.pk}/erase/")
    expect(asking.locator(".staffpage")).to_contain_text("This report is under legal hold.")
    expect(asking.get_by_role("button", name="Ask to erase it")).to_have_count(0)
    press(page, "Lift the legal hold")
    asking.reload()
    asking.get_by_label("reporter asked").check()
    press(asking, "Ask to erase it")
    told(asking, "Asked. All members are told that something waits.")
    with asking.expect_navigation():
        asking.locator("details").get_by_role("link", name="Look at it").click()
    expect(asking.locator(".staffpage")).to_contain_text("A second member can agree")
    expect(asking.get_by_role("button", name="I agree: erase it now")).to_have_count(0)

    agreeing = desk(ben)
    follow(agreeing, "Look at it")
    follow(agreeing, report.reference)
    press(agreeing, "I agree: erase it now")
    told(agreeing, "Erased.")
    assert listed(agreeing) == set()
    assert not Report.objects.exists()
    assert Tombstone.objects.get().by_name == "ben"
    assert agreeing.goto(f"{portal}{QUEUE}{report.pk}/change/").status == 404
    follow(page, "Read log")
    expect(page.locator("table.readlog")).to_contain_text("purged (1 report, two members)")
    expect(page.locator("table.readlog")).not_to_contain_text(report.reference)


def test_staff_try_sheets_remove_a_member_and_get_in_with_two_sheets(portal, vault, seal, reader, desk):
    lead, _room = vault
    report = seal(PUSHED)
    anna, late = reader("anna"), reader("late", "lead", let_in=False)
    page = desk(lead)
    follow(page, "Report keys")
    follow(page, "Make new recovery sheets")
    page.get_by_label("Your passphrase").last.fill(PASSPHRASE)
    press(page, "Make new sheets")
    sheets = page.locator(".sheet .secret").all_inner_texts()
    assert len(sheets) == 3
    type_sheets(page, sheets[2], sheets[0])
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    press(page, "Let the new sheets count")
    told(page, "The new sheets count now.")

    follow(page, "Try the recovery sheets")
    type_sheets(page, sheets[0], sheets[0])
    press(page, "Try the sheets")
    expect(page.locator(".errors")).to_contain_text("same sheet twice")
    type_sheets(page, sheets[0], sheets[1])
    press(page, "Try the sheets")
    told(page, "The two sheets open the reports. Nobody was let in.")

    gone = desk(anna)
    assert listed(gone) == {report.reference}
    page.goto(portal + "/admin/")
    follow(page, "Members")
    follow(page, "anna")
    follow(page, "Close the account")
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    press(page, "Close the account")
    told(page, "The account is closed.")
    assert set(QueueKey.objects.filter(room=CASE).values_list("epoch", flat=True)) == {2}
    gone.reload()
    expect(gone.get_by_role("button", name="Sign in")).to_be_visible()

    other = desk(late)
    expect(other.locator("#content")).to_contain_text("The reports are locked for you.")
    follow(other, "Report keys")
    follow(other, "Get in with two sheets")
    type_sheets(other, sheets[1], sheets[2])
    press(other, "Open the reports for me")
    told(other, "You can read the reports again.")
    expect(other.get_by_role("button", name="Make new sheets")).to_be_visible()
    other.goto(portal + QUEUE)
    follow(other, report.reference)
    expect(other.locator("#content")).to_contain_text(PUSHED)
    page.goto(portal + "/admin/")
    expect(page.locator("#content")).to_contain_text("got in with two recovery sheets")
    follow(page, "Reports")
    expect(page.locator("table.queue")).to_contain_text(PUSHED)


def type_sheets(page: Page, one: str, other: str) -> None:
    """Type two recovery sheets."""
    page.get_by_label("One sheet").fill(one)
    page.get_by_label("Another sheet").fill(other)


def test_staff_publish_figures_only_when_there_are_enough(portal, vault, seal, desk):
    lead, _room = vault

    def seal_many(count: int, kind: str) -> None:
        for _each in range(count):
            seal(PUSHED, consents=["figures"], incidents=[kind])
        Report.objects.update(week=dt.date(2024, 3, 4))

    seal_many(9, "force")
    page = desk(lead)
    follow(page, "Public figures")
    press(page, "Count")
    expect(page.locator("#content")).to_contain_text("Fewer than ten: nothing can be published.")
    expect(page.get_by_role("button", name="Publish this")).to_have_count(0)

    seal_many(3, "force")
    seal_many(11, "arrest")
    seal_many(2, "slur")
    press(page, "Count")
    expect(page.locator("#content")).to_contain_text("25 reports may be counted")
    before = shown_figures(page)
    press(page, "Publish this")
    told(page, "Published.")
    (period,) = FigureRelease.objects.get().tables["periods"]
    stored = [row["count"] for rows in period["one"].values() for row in rows]
    stored += [cell["count"] for table in period["two"] for cell in table["cells"]]

    follow(page, "The public page")
    assert shown_figures(page) == before == stored
    assert min(stored) >= 10
    expect(page.locator("main")).to_contain_text("About 25 reports")
    # Two reports of a kind stand nowhere alone.
    expect(page.locator("table.figure th[scope=row]", has_text="Harassment")).to_contain_text("+")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save all numbers as a CSV file").click()
    with saved.value.path().open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [int(row["reports_rounded_to_5"]) for row in rows] == [25, *stored]


def shown_figures(page: Page) -> list[int]:
    """Return every number in the tables of figures."""
    return [int(text) for text in page.locator("td.figure__number").all_inner_texts()]


def test_staff_enter_a_report_from_the_phone_and_its_code_opens_the_box(portal, vault, desk, make_context):
    lead, room = vault
    page = desk(lead)
    follow(page, "Enter a report for somebody")
    press(page, "Keep the report and show the code")
    expect(page.locator("#content")).to_contain_text("Choose how the report came.")
    page.get_by_label("By telephone").check()
    page.locator("textarea[name=story]").fill(PUSHED)
    press(page, "Keep the report and show the code")
    code = page.locator(".secret").inner_text()
    services.answer_reporter(report=Report.objects.get(), by=lead, key=room, text="Thank you for calling.")
    follow(page, "Back to all reports")
    expect(page.locator("table.queue")).to_contain_text(PUSHED)

    reporter = make_context("phone", scripts=False).new_page()
    come_back(reporter, portal, code)
    expect(reporter.locator("main")).to_contain_text("Thank you for calling.")
    expect(reporter.locator("main")).not_to_contain_text(PUSHED)


def address_of(name: str, *args: object) -> str:
    """Return the address of a page of the staff site."""
    return reverse(f"admin:{name}", args=args)


@pytest.fixture
def inspected(axe):
    """Return a function that looks at a page and returns what is wrong so far: name to faults, overflow."""
    found: dict[str, tuple[dict[str, list[str]], int]] = {}

    def look(page: Page, name: str) -> dict[str, tuple[dict[str, list[str]], int]]:
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found[name] = (axe(page), wide)
        return {name: seen for name, seen in found.items() if seen != ({}, 0)}

    return look


def test_staff_pages_about_reports_are_accessible_and_fit_a_phone(
    portal, vault, seal, reader, desk, inspected
):
    lead, room = vault
    one, other, third = seal(PUSHED, **GARCIA), seal(CUFFED, **GARCIA), seal(EMPTIED, incidents=["sexual"])
    clean = cleaning.clean(picture()["buffer"], "bruise.png")
    replying.add_files(box=BoxToken.new(one.pk, one.code), files=[(clean, None)], note="", who="")
    conflicts.declare(member=reader("anna"), kind="school", text="Foxglove HS", by=lead, room=room)
    duplicates.mark(report=third, of=one, by=lead)
    savedviews.keep(owner=lead, name="Mine", filters=Filters.parse({"kind": "force"}), shared=True)
    erasing.ask_erasure(report=other, by=lead, reason="asked")
    page = desk(lead, "phone", scripts=True, bypass_csp=True)

    page.goto(f"{portal}{QUEUE}?status=all")
    page.get_by_label(one.reference).check()
    page.get_by_label("What to do").select_option("tag")
    page.get_by_label("Tag", exact=True).fill("bus")
    press(page, "Do it")
    inspected(page, "queue")
    follow(page, "Take it back")
    inspected(page, "one change of many")
    for name, query in {
        "report_views": "?kind=force",
        "report_narrow": "",
        "report_bulk": "",
        "report_conflicts": "",
        "report_erasures": "",
        "report_notices": "",
        "reporting_report_log": "",
        "reporting_report_enter": "",
    }.items():
        page.goto(portal + address_of(name) + query)
        inspected(page, name)
    page.goto(f"{portal}{address_of('report_compare')}?one={one.pk}&other={third.pk}")
    inspected(page, "compare")
    for name in ("report_erase", "report_export"):
        page.goto(portal + address_of(name, other.pk))
        inspected(page, name)
    page.goto(f"{portal}{address_of('reporting_report_change', one.pk)}?related=1")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    inspected(page, "case")
    press(page, "Show the page to print")
    inspected(page, "paper")

    page.goto(portal + address_of("report_search"))
    page.get_by_label("Words to look for").fill("he")
    press(page, "Search")
    inspected(page, "found")
    page.goto(portal + QUEUE)
    page.get_by_label("all that fit the filters above, on every page").check()
    page.get_by_label("What to do").select_option("assign:other")
    press(page, "Do it")
    inspected(page, "who")
    press(page, "Assign")
    inspected(page, "all that fit")
    page.goto(portal + address_of("report_figures"))
    press(page, "Count")
    inspected(page, "figures")
    page.goto(portal + address_of("reporting_report_enter"))
    page.get_by_label("By telephone").check()
    page.locator("textarea[name=story]").fill(PUSHED)
    press(page, "Keep the report and show the code")
    assert inspected(page, "code") == {}


def test_staff_pages_about_members_and_keys_are_accessible_and_fit_a_phone(
    portal, vault, reader, desk, inspected
):
    lead, _room = vault
    anna = reader("anna")
    page = desk(lead, "phone", scripts=True, bypass_csp=True)
    plain = ["index", "portal_user_changelist", "portal_user_add", "password_change"]
    plain += ["report_keys", "drill", "rotation", "recover", "new_sheets"]
    for name in plain:
        page.goto(portal + address_of(name))
        inspected(page, name)
    for name in ("portal_user_change", "member_access", "member_role", "member_close"):
        page.goto(portal + address_of(name, anna.pk))
        inspected(page, name)
    page.goto(portal + address_of("new_sheets"))
    page.get_by_label("Your passphrase").last.fill(PASSPHRASE)
    press(page, "Make new sheets")
    inspected(page, "three sheets")
    page.goto(portal + address_of("member_access", anna.pk))
    press(page, "Make a new activation link")
    inspected(page, "link")
    activation = page.locator(".secret").inner_text()
    press(page, "Sign out")
    page.goto(portal + address_of("login"))
    inspected(page, "login")
    page.goto(activation)
    assert inspected(page, "activate") == {}
