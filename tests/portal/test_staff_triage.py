"""Triage on the case page: flags and deadlines, the duty to report, doors, letters."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from reporting import keys, services
from reporting.formtoken import BoxToken, Filing
from reporting.models import CASE, Report, ReportEvent, SealedPart, Template
from reporting.triage import letters
from reporting.triage.mandated import DecisionMissing

POLICE = {"officer_type": "sro", "agency_kind": "city", "agency": "Memphis Police Department"}
HURT = {
    "incidents": ["restraint", "sexual"],
    "restraint_kinds": ["metal"],
    "officers": [POLICE],
    "students": [{"age": "12-14", "disability": "iep"}],
    "incidents_list": [{"date_kind": "exact", "date_from": "2026-03-09", "camera": ["body"]}],
}


@pytest.fixture
def case(vault, sign_in):
    """Return a function that files a report and gives (client of the lead, report, address, code)."""

    def make(**answers):
        filing = Filing.new()
        services.file_report(filing=filing, answers={"story": "He held me down.", **answers})
        report = Report.objects.get()
        return sign_in(vault), report, f"/admin/reporting/report/{report.pk}/change/", filing.code

    return make


def shown(response):
    return html.unescape(response.content.decode())


def decision(**changed):
    today = timezone.localdate().isoformat()
    sent = {"outcome": "reported", "to": ["dcs"], "told_on": today, **changed}
    return {"do": "mandated", **{f"mandated-{name}": value for name, value in sent.items()}}


def close(client, address):
    return client.post(
        address, {"do": "work", "work-status": "closed", "work-priority": "normal"}, secure=True
    )


def test_flags_and_deadlines_stand_on_top_with_their_caution(case):
    client, _report, address, _code = case(**HURT)

    page = shown(client.get(address, secure=True))

    assert page.index("See this first") < page.index("He held me down.")
    for words in (
        "A child may be being abused.",
        "Question for a lawyer: do the special education rules on restraint apply",
        "Suggested priority: <strong>Urgent</strong>",
        "<strong>Sep 5, 2026</strong>",
        "<strong>Mar 9, 2027</strong>",
        "Not yet checked by a Tennessee lawyer.",
        "A report to us stops no deadline.",
    ):
        assert words in page


def test_the_nearest_deadline_stands_in_the_queue_until_the_report_is_closed(case):
    today = timezone.localdate()
    happened = today - timedelta(days=170)
    times = [
        {"date_kind": "exact", "date_from": (today - timedelta(days=days)).isoformat()} for days in (170, 9)
    ]
    client, report, _address, _code = case(incidents_list=times)

    queue = "/admin/reporting/report/?status=all"
    words = f"deadline may be {date_format(happened + timedelta(days=180), 'M j, Y')}"
    assert f'flagmark--soon">{words}<' in shown(client.get(queue, secure=True))

    Report.objects.filter(pk=report.pk).update(status=Report.Status.CLOSED)
    assert "deadline may be" not in shown(client.get(queue, secure=True))


def test_words_that_may_upset_are_folded_until_staff_open_them(case):
    client, _report, address, _code = case(incidents=["slur"], words_used="A vile word.", place="The bus.")
    page = shown(client.get(address, secure=True))

    folded = re.search(r"<details[^>]*><summary>This may upset.*?</summary>(.*?)</details>", page, re.DOTALL)
    assert "A vile word." in folded[1]
    assert page.count("A vile word.") == 1
    assert page.count("This may upset") == 1


def test_a_priority_is_only_suggested(case):
    client, report, address, _code = case(**HURT)
    client.get(address, secure=True)

    report.refresh_from_db()
    assert report.priority == "normal"


def test_doors_of_the_case_end_with_the_officers_own_and_never_name_safetn_as_one(case):
    client, _report, address, _code = case(**HURT)

    page = shown(client.get(address, secure=True))

    doors = re.findall(r'class="routecard"><summary>([^<]+)', page)
    assert doors[0].startswith("Department of Children")
    assert doors[-1].startswith("The officer’s own department")
    assert not [door for door in doors if "SafeTN" in door]


def test_a_report_is_closed_only_after_a_decision(case):
    client, report, address, _code = case(**HURT)

    refused = close(client, address)
    assert "Decide on the duty to report first" in shown(refused)
    with pytest.raises(DecisionMissing):
        services.set_status(report=report, by=report.events.first().actor, status="closed")
    report.refresh_from_db()
    assert report.status == "new"

    assert client.post(address, decision(), secure=True).status_code == 302
    assert close(client, address).status_code == 302
    report.refresh_from_db()
    assert report.status == "closed"


def test_spam_asks_for_no_decision(case):
    client, report, address, _code = case()
    sent = {"do": "work", "work-status": "spam", "work-priority": "normal"}

    assert client.post(address, sent, secure=True).status_code == 302
    report.refresh_from_db()
    assert report.status == "spam"


def test_a_decision_is_sealed_and_leaves_an_event_without_content(case):
    client, report, address, code = case(**HURT)
    sent = decision(
        to=["dcs", "sheriff"], agency="Shelby County Sheriff", reference="marker-77", reason="marker-why"
    )

    assert client.post(address, sent, secure=True).status_code == 302

    part = report.parts.get(kind=SealedPart.Kind.DECISION)
    assert (part.room, part.reporter_key) == (CASE, None)
    event = ReportEvent.objects.get(report=report, kind=ReportEvent.Kind.MANDATED)
    assert event.detail == f"part {part.number}"
    page = shown(client.get(address, secure=True))
    for words in ("marker-77", "marker-why", "Shelby County Sheriff", "I reported it"):
        assert words in page
    box = shown(client.post("/report/return/", {"code": code}, secure=True))
    assert "marker" not in box
    assert "duty" not in [answer.text for answer in services.read_box(code=code).answers]


def test_the_newest_decision_comes_first(case):
    client, _report, address, _code = case(**HURT)
    client.post(
        address, decision(outcome="not_required", to=[], told_on="", reason="first thought"), secure=True
    )
    client.post(address, decision(), secure=True)

    page = shown(client.get(address, secure=True))
    panel = page[page.index("Duty to report child abuse") :]

    assert "The newest counts:" in panel
    assert panel.index("I reported it") < panel.index("first thought")


def test_any_reviewer_decides_alone_without_assignment_or_approval(case, vault, make_member, sign_in):
    client, report, address, _code = case(**HURT)
    services.assign(report=report, by=vault, to=vault)
    reviewer = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=reviewer, rooms=[CASE])
    client.logout()

    assert sign_in(reviewer).post(address, decision(), secure=True).status_code == 302
    event = ReportEvent.objects.get(report=report, kind=ReportEvent.Kind.MANDATED)
    assert event.actor == reviewer


REFUSED = [
    ({"to": ["police"]}, "accused officer’s own agency"),
    ({"to": ["dcs", "police"], "agency": "Memphis PD"}, "accused officer’s own agency"),
    ({"to": ["sheriff"], "agency": "MPD"}, "accused officer’s own agency"),
    ({"to": ["sheriff"], "agency": "somebody"}, "accused officer’s own agency"),
    ({"to": ["sheriff"], "agency": "Juvenile court"}, "accused officer’s own agency"),
    ({"to": []}, "Choose DCS, the juvenile judge"),
    ({"to": ["tbi"]}, "Choose DCS, the juvenile judge"),
    ({"to": ["dcs"], "told_on": ""}, "Say on which day"),
    ({"to": ["dcs"], "told_on": "2999-01-01"}, "has not come yet"),
    (
        {"outcome": "not_required", "to": [], "told_on": "", "reason": ""},
        "Say why the duty does not apply",
    ),
    ({"outcome": "not_required", "reason": "x"}, "Leave this empty when nobody was told"),
    ({"outcome": ""}, "Choose what was decided"),
    (
        {"outcome": "already", "to": ["police"], "agency": "memphis police"},
        "accused officer’s own agency",
    ),
]


def test_a_decision_that_must_not_be_is_refused_and_the_words_stay(case):
    client, report, address, _code = case(**HURT)

    for changed, words in REFUSED:
        response = client.post(address, decision(**{"reason": "typed words", **changed}), secure=True)

        assert response.status_code == 200, changed
        assert words in shown(response), changed
        assert changed.get("reason", "typed words") in shown(response), changed
    assert not report.parts.filter(kind=SealedPart.Kind.DECISION).exists()


def test_an_unknown_agency_offers_neither_until_the_reviewer_says_more(case):
    client, report, address, _code = case(incidents=["force"])

    page = shown(client.get(address, secure=True))
    assert 'name="mandated-to" value="dcs"' in page
    assert 'name="mandated-to" value="sheriff"' not in page
    assert 'name="mandated-to" value="police"' not in page

    said = {"do": "mandated_not_of", "mandated_not_of-not_of": ["sheriff"]}
    page = shown(client.post(address, said, secure=True))
    assert 'name="mandated-to" value="sheriff"' in page
    assert 'name="mandated-to" value="police"' not in page
    assert not report.parts.filter(kind=SealedPart.Kind.DECISION).exists()

    assert client.post(address, decision(to=["sheriff"]), secure=True).status_code == 200
    sent = decision(to=["sheriff"], not_of=["sheriff"])
    assert client.post(address, sent, secure=True).status_code == 302


def test_an_officer_told_of_once_stays_accused(case):
    client, _report, address, code = case(**HURT)
    box = services.read_box(code=code)
    services.add_to_report(box=BoxToken.new(box.report.pk, code), text="I was wrong about that.")

    assert (
        client.post(address, decision(to=["police"], agency="Knoxville PD"), secure=True).status_code == 200
    )


def test_a_damaged_part_of_the_report_closes_police_and_sheriff(case):
    client, report, address, code = case(**HURT)
    box = services.read_box(code=code)
    services.add_to_report(box=BoxToken.new(box.report.pk, code), text="More.")
    part = report.parts.get(kind="addition")
    SealedPart.objects.filter(pk=part.pk).update(body=bytes(part.body)[:-1] + b"\x00")

    page = shown(client.get(address, secure=True))

    assert 'name="mandated-to" value="dcs"' in page
    assert 'name="mandated-to" value="sheriff"' not in page


# --- Letters ---


@pytest.fixture
def _letters(db):
    letters.load(lambda line: None)


def choose(template="keep-video", receiver="school", to="Principal, Sample High", language="en", **more):
    sent = {"template": template, "receiver": receiver, "to": to, "language": language, **more}
    name = "keep_letter" if "text" in more else "letter"
    return {"do": name, **{f"{name}-{field}": value for field, value in sent.items()}}


@pytest.mark.usefixtures("_letters")
def test_a_letter_is_filled_edited_kept_and_printed(case):
    client, report, address, _code = case(
        incidents_list=[{"date_kind": "exact", "date_from": "2026-03-09", "school": "Sample High {officer}"}],
        officers=[POLICE],
    )

    page = shown(client.post(address, choose(), secure=True))
    assert "Please keep video and records: Sample High {officer}, March 9, 2026" in page
    assert "To: Principal, Sample High" in page
    assert not report.parts.filter(kind=SealedPart.Kind.REFERRAL).exists()

    assert client.post(address, choose(text="Edited marker words."), secure=True).status_code == 302
    part = report.parts.get(kind=SealedPart.Kind.REFERRAL)
    event = ReportEvent.objects.get(report=report, kind=ReportEvent.Kind.REFERRED)
    assert event.detail == f"part {part.number}"
    printed = client.get(f"/admin/reporting/report/letter/{part.pk}/", secure=True)
    assert "Edited marker words." in shown(printed)
    assert "no-store" in printed.headers["Cache-Control"]
    assert f"letter/{part.pk}/" in shown(client.get(address, secure=True))


@pytest.mark.usefixtures("_letters")
def test_what_is_unknown_stands_in_brackets_and_spanish_is_a_draft(case):
    client, _report, address, _code = case()

    page = shown(client.post(address, choose(language="es", to=""), secure=True))

    assert "Por favor guarde videos y registros: [escuela], [día]" in page
    assert "Spanish letters are drafts" in page


@pytest.mark.usefixtures("_letters")
@pytest.mark.parametrize(("receiver", "consent"), [("lawyer", "lawyer"), ("partner", "partner")])
def test_a_referral_needs_a_consent_that_is_in_force(case, receiver, consent):
    client, report, address, code = case(consents=[consent])
    sent = choose("lawyer-referral", receiver, "A. Sample", text="Dear A. Sample")
    box = services.read_box(code=code)

    assert client.post(address, sent, secure=True).status_code == 302
    services.add_to_report(box=BoxToken.new(box.report.pk, code), withdraw=[consent])
    refused = client.post(address, sent, secure=True)

    assert "The reporter has not allowed this, or has taken it back." in shown(refused)
    assert report.parts.filter(kind=SealedPart.Kind.REFERRAL).count() == 1


@pytest.mark.usefixtures("_letters")
@pytest.mark.parametrize("to", ["Memphis Police Department", "the chief, MPD", "memphis polcie", "Policía"])
def test_no_letter_goes_to_the_accused_agency(case, to):
    client, report, address, _code = case(**HURT)

    for sent in (choose(to=to), choose(to=to, text="x")):
        assert "accused officer’s own agency, so it must not" in shown(
            client.post(address, sent, secure=True)
        )
    assert not report.parts.filter(kind=SealedPart.Kind.REFERRAL).exists()
    assert client.post(address, choose(to="Shelby County Sheriff", text="x"), secure=True).status_code == 302


@pytest.mark.usefixtures("_letters")
def test_a_letter_is_shown_to_nobody_who_may_not_see_the_report(case, vault, make_member, sign_in):
    client, report, address, _code = case()
    client.post(address, choose(text="marker"), secure=True)
    path = f"/admin/reporting/report/letter/{report.parts.get(kind='referral').pk}/"
    first = report.parts.get(kind="report").pk
    reviewer = make_member("bo")
    keys.grant_rooms(by=vault, by_key=vault.key, to=reviewer, rooms=[CASE])

    assert client.get(path, secure=True).status_code == 200
    assert client.get(f"/admin/reporting/report/letter/{first}/", secure=True).status_code == 404
    client.logout()
    client = sign_in(reviewer)
    assert client.get(path, secure=True).status_code == 200
    report.blocks.create(member=reviewer)
    assert client.get(path, secure=True).status_code == 404
    client.logout()
    client = sign_in(make_member("new"))
    assert client.get(path, secure=True).status_code == 403


def test_letters_are_loaded_again_without_touching_what_staff_changed(db):
    letters.load(lambda line: None)
    mine = Template.objects.get(slug="keep-video")
    mine.title["en"] = "Ours"
    mine.save()
    said = []

    letters.load(said.append)

    mine.refresh_from_db()
    assert mine.title["en"] == "Ours"
    assert said == ["Letter: 0 added, 0 updated, 5 unchanged, 1 kept as staff changed them"]


def test_every_letter_has_both_languages_and_only_known_placeholders(db):
    letters.load(lambda line: None)
    for template in Template.objects.filter(use="letter"):
        assert set(template.body) == {"en", "es"} == set(template.title)
        for text in template.body.values():
            known = {"to", "school", "officer", "agency", "when", "where", "today"}
            assert set(re.findall(r"\{(\w+)\}", text)) <= known
            assert "SafeTN" not in text


def test_the_case_page_asks_the_database_the_same_for_one_decision_and_ten(
    case, django_assert_max_num_queries
):
    client, _report, address, _code = case(**HURT)
    client.post(address, decision(), secure=True)
    client.get(address, secure=True)
    with django_assert_max_num_queries(60) as few:
        client.get(address, secure=True)
    for _number in range(4):
        client.post(address, decision(), secure=True)
    client.get(address, secure=True)

    with django_assert_max_num_queries(60) as many:
        client.get(address, secure=True)
    assert len(many) <= len(few)


def test_a_day_told_months_ago_says_that_the_first_day_has_passed(case):
    old = (timezone.localdate() - timedelta(days=200)).isoformat()
    client, _report, address, _code = case(incidents_list=[{"date_kind": "exact", "date_from": old}])

    assert "May be over. Ask a lawyer all the same." in shown(client.get(address, secure=True))
