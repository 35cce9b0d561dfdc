"""The decision scenario as somebody walks it: every way leads on, nobody is scolded, nothing is kept."""

from __future__ import annotations

import datetime as dt
import gzip
import html
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from portal.lib.translated import Translations
from tests.pages import text_of
from training import content
from training.models import DailyCount, Decision, Scene

START = "/training/naloxone/practice/"
ENDS = {"they-breathe", "the-medics-take-over", "they-left"}
BEST_WAY = [
    "you-come-home",
    "no-answer",
    "a-friend-runs-in",
    "look-again",
    "they-breathe-and-sleep",
    "they-wake-up",
    "the-medics-are-here",
    "they-breathe",
]


def main_of(response):
    return response.content.decode().partition("<main")[2].partition("</main>")[0]


def choices_of(response):
    return re.findall(r'<a class="choice" href="([^"]+)"', main_of(response))


def way_on(response):
    (link,) = re.findall(r'<a class="button" rel="next" href="([^"]+)"', main_of(response))
    return link


def slug_of(response):
    return response.request["PATH_INFO"].rstrip("/").rpartition("/")[2]


def walk(client, start=START):
    """Follow every link of every scene; return the pages of scenes and of decisions, by address."""
    first = client.get(start, follow=True)
    scenes, decisions, waiting = {}, {}, [first.request["PATH_INFO"]]
    while waiting:
        path = waiting.pop()
        if path in scenes:
            continue
        scenes[path] = client.get(path)
        for link in choices_of(scenes[path]):
            decisions[link] = client.get(link)
            waiting.append(way_on(decisions[link]))
    return scenes, decisions


def test_every_way_leads_on_to_an_end(client, course):
    scenes, decisions = walk(client)

    assert {page.status_code for page in (*scenes.values(), *decisions.values())} == {200}
    assert len(scenes) == Scene.objects.count() == 16
    assert len(decisions) == Decision.objects.count()
    ended = {slug_of(page) for page in scenes.values() if not choices_of(page)}
    assert ended == ENDS
    assert sum(1 for page in scenes.values() if choices_of(page)) >= 6


def test_the_best_way_is_short_and_says_at_each_turn_that_it_helps(client, course):
    page = client.get(START, follow=True)
    seen, words = [slug_of(page)], len(text_of(page).split())
    while choices_of(page):
        good = [answer for link in choices_of(page) if "That helps." in text_of(answer := client.get(link))]
        page = client.get(way_on(good[0]))
        seen.append(slug_of(page))

    assert seen == BEST_WAY
    rows = Scene.objects.filter(slug__in=BEST_WAY).prefetch_related("decisions")
    words = sum(
        len(f"{row.title} {row.text} {' '.join(str(each.text) for each in row.decisions.all())}".split())
        + max((len(str(each.consequence).split()) for each in row.decisions.all()), default=0)
        for row in rows
    )
    assert words <= 3 * 250  # adults read plain text at 200 words a minute and more


def test_a_poor_choice_leads_to_another_chance_before_any_hard_end(course):
    hard = ENDS - {"they-breathe"}
    detours = set()
    for scene in Scene.objects.filter(slug__in=BEST_WAY).prefetch_related("decisions"):
        detours |= {each.leads_to for each in scene.decisions.all() if not each.is_good}

    assert not detours & hard
    for slug in detours - {"they-breathe"}:
        after = Decision.objects.filter(scene__slug=slug, is_good=True)
        assert after.exists(), slug
        assert {each.leads_to for each in after} <= set(BEST_WAY), slug


def test_either_order_of_911_and_naloxone_helps_and_leads_to_the_same_scene(client, course):
    orders = Decision.objects.filter(scene__slug="no-answer", key__in="ab")

    assert {(each.is_good, each.leads_to) for each in orders} == {(True, "a-friend-runs-in")}
    for key in "ab":
        assert "That helps." in text_of(client.get(f"{START}no-answer/{key}/"))
    assert "That makes it harder." in text_of(client.get(f"{START}no-answer/c/"))


def test_a_step_is_never_told_backwards_and_never_left_out(course):
    step = dict(Scene.objects.values_list("slug", "number"))

    for decision in Decision.objects.select_related("scene").exclude(leads_to__in=ENDS):
        assert step[decision.leads_to] - decision.scene.number in (0, 1), decision


def test_a_page_is_public_small_needs_no_script_and_sets_no_cookie(client, course):
    scenes, decisions = walk(client)

    for page in (*scenes.values(), *decisions.values()):
        assert "public" in page["Cache-Control"]
        assert not page.cookies
        assert len(gzip.compress(page.content)) < 9_000
        assert "<form" not in main_of(page)
    assert not client.cookies
    assert DailyCount.objects.count() == 0


def test_a_scene_says_its_step_and_who_still_has_to_check_it(client, course):
    words = text_of(client.get(f"{START}no-answer/"))

    assert "Step 2" in words
    assert not re.search(r"Step 2 of", words)
    assert "a clinician still has to check this" in words
    assert "Where this comes from" in words

    Scene.objects.update(reviewed_role="Paramedic", reviewed_on=dt.date(2026, 11, 2))
    assert "Checked by: Paramedic" in text_of(client.get(f"{START}no-answer/"))
    assert "Checked by: Paramedic" in text_of(client.get(f"{START}no-answer/a/"))


@pytest.mark.parametrize("end", sorted(ENDS))
def test_an_end_leads_to_the_six_steps_the_quiz_a_kit_and_the_start(client, course, end):
    page = client.get(f"{START}{end}/")

    for link in ("/training/naloxone/the-six-steps/", "/training/naloxone/quiz/", START):
        assert f'href="{link}"' in main_of(page)
    assert "You do not have to pass anything to get naloxone." in text_of(page)
    assert "What went well" in text_of(page)
    assert "Step" not in text_of(page).partition("Practice:")[2].partition("What went well")[0]


@pytest.mark.parametrize(
    "path", ["nowhere/", "no-answer/z/", "no-answer/aa/", "nowhere/a/", "they-breathe/a/", "no-answer/a/b/"]
)
def test_what_does_not_exist_is_not_found(client, course, path):
    assert client.get(START + path).status_code == 404
    assert client.get(f"{START}no-answer/a/").status_code == 200


def test_a_course_that_is_held_back_or_has_no_scenes_has_no_practice(client, course):
    paths = [START, f"{START}no-answer/", f"{START}no-answer/a/"]
    assert [client.get(path).status_code for path in paths] == [302, 200, 200]

    type(course).objects.update(is_published=False)
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]

    type(course).objects.update(is_published=True)
    Scene.objects.all().delete()
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]


def test_a_way_that_staff_broke_leads_to_the_start(client, course):
    Decision.objects.filter(scene__slug="no-answer", key="a").update(leads_to="gone")

    assert way_on(client.get(f"{START}no-answer/a/")) == START


def test_a_page_costs_the_same_few_queries(client, course, django_assert_num_queries):
    for path in ("no-answer/", "a-friend-runs-in/", "they-left/", "no-answer/a/"):
        with django_assert_num_queries(3):
            client.get(START + path)


def test_the_place_in_the_story_can_be_kept(client, course):
    page = client.get(f"{START}look-again/")
    (keep,) = re.findall(r'href="([^"]*/place/[^"]*)"', main_of(page))

    assert f"{START}look-again/" in text_of(client.get(html.unescape(keep)))


# --- words ---


def figures_of(text):
    return Counter(re.findall(r"\d+", text))


def test_every_text_is_there_in_spanish_with_the_same_numbers(client, course):
    texts = [text for row in Scene.objects.all() for text in (row.title, row.text)]
    texts += [text for row in Decision.objects.all() for text in (row.text, row.consequence)]

    for text in texts:
        assert set(text) == {"en", "es"}
        assert figures_of(text["en"]) == figures_of(text["es"]), text["en"]
    scenes, decisions = walk(client, f"/es{START}")
    assert len(scenes) == 16
    for page in (*scenes.values(), *decisions.values()):
        assert page.request["PATH_INFO"].startswith("/es/")
    page = scenes[f"/es{START}no-answer/"]
    assert "<h1>No responde</h1>" in main_of(page)
    assert "Llamar al 911" in text_of(page)
    assert "Someone is not waking up" not in text_of(decisions[f"/es{START}no-answer/a/"])


@pytest.mark.parametrize("word", ["addict", "abuser", "victim", "clean", "dirty", "failed", "dead", "stupid"])
def test_no_text_uses_a_word_that_shames_or_scares(word):
    text = (content.FOLDER / "naloxone" / "scenario.toml").read_text()

    assert not re.search(rf"\b{word}s?\b", text, re.I)


# --- loading ---


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the course's files that a test may change."""
    return Path(shutil.copytree(content.FOLDER / "naloxone", tmp_path / "naloxone"))


def change(folder, old, new):
    path = folder / "scenario.toml"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_loading_again_changes_nothing_and_keeps_a_sign_off(course):
    Scene.objects.filter(slug="look-again").update(reviewed_role="Nurse", reviewed_on=dt.date(2026, 11, 1))
    before = list(Scene.objects.order_by("pk").values()), list(Decision.objects.order_by("pk").values())
    lines = []

    content.load(lines.append)

    assert before == (
        list(Scene.objects.order_by("pk").values()),
        list(Decision.objects.order_by("pk").values()),
    )
    assert Scene.objects.get(slug="look-again").awaits == ""
    assert not any("Kept" in line for line in lines)


def test_new_words_in_a_scene_or_a_consequence_take_the_sign_off_away(course, folder):
    Scene.objects.update(reviewed_role="Nurse", reviewed_on=dt.date(2026, 11, 1))
    change(folder, "Now the brain \\\ngets air.", "Now air gets to the brain.")
    change(folder, "They kneel down and ask", "They sit down and ask")

    content.load_course(folder, lambda line: None)

    assert set(Scene.objects.filter(reviewed_on=None).values_list("slug", flat=True)) == {
        "they-need-air",
        "the-medics-are-here",
    }
    assert str(Decision.objects.get(scene__slug="they-need-air", key="a").consequence).endswith(
        "Now air gets to the brain."
    )


def test_what_staff_wrote_in_a_scene_or_a_choice_is_kept_and_reported(course, folder):
    scene = Scene.objects.get(slug="the-medics-are-here")
    scene.title = Translations.of("Help is here")
    scene.save()
    decision = Decision.objects.get(scene__slug="they-need-air", key="a")
    decision.consequence = Translations.of("The chest rises.")
    decision.save()
    change(folder, "Now the brain \\\ngets air.", "Now air gets to the brain.")
    change(folder, "They kneel down and ask", "They sit down and ask")
    lines = []

    content.load_course(folder, lines.append)

    scene.refresh_from_db()
    decision.refresh_from_db()
    assert str(scene.title) == "Help is here"
    assert str(decision.consequence) == "The chest rises."
    assert "Kept what staff wrote: scene the-medics-are-here." in lines
    assert "Kept what staff wrote: scene they-need-air." in lines


def test_a_choice_taken_out_of_the_file_is_gone(course, folder):
    path = folder / "scenario.toml"
    parts = path.read_text().split("[[scene.choices]]")
    gone = next(part for part in parts if "Sit with your friend" in part)
    tail = gone[gone.index("\n[[scene]]") :]
    path.write_text("[[scene.choices]]".join(parts).replace("[[scene.choices]]" + gone, tail))

    content.load_course(folder, lambda line: None)

    assert list(Decision.objects.filter(scene__slug="a-friend-runs-in").values_list("key", flat=True)) == [
        "a",
        "b",
        "c",
    ]


def test_a_course_without_a_scenario_loads(db, folder):
    (folder / "scenario.toml").unlink()

    content.load_course(folder, lambda line: None)

    assert Scene.objects.count() == 0
