"""The linter of a course's files: one change, one refusal, and the same files pass without it."""

from __future__ import annotations

import re
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from training import bank, content, linter
from training.management.commands.lint_course import Command
from training.models import Course

HARD = "Administration of respiratory stimulation necessitates considerable interdisciplinary experience."
SCENE = """
[[scene]]
slug = "{slug}"
title = "You find them"
text = "Your friend lies on the floor."
facts = ["F24"]
choices = [
  {{ key = "a", is_good = {good}, text = "Call for help.", consequence = "Good.", next = "{leads_to}" }},
  {{ key = "b", text = "Wait a bit.", consequence = "Not good.", next = "{leads_to}" }},
]
"""
END = """
[[scene]]
slug = "end"
title = "The medics are here"
text = "Your friend breathes."
facts = ["F24"]
is_end = true
"""


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the course's files that a test may change."""
    copied = shutil.copytree(content.FOLDER / "naloxone", tmp_path / "naloxone")
    (copied / "scenario.toml").unlink(missing_ok=True)
    return copied


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def line_of(path, start):
    lines = path.read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(start))


def lint(folder):
    """Return the exit's message ("" when all is well) and what was printed."""
    out = StringIO()
    try:
        call_command("lint_course", folder, stdout=out)
    except CommandError as refused:
        return str(refused), out.getvalue()
    return "", out.getvalue()


def test_the_shipped_courses_have_no_fault():
    out = StringIO()
    call_command("lint_course", stdout=out)

    told = out.getvalue()
    assert told.endswith("No faults.\n")
    assert re.search(
        r"naloxone: 7 lessons: reading grade \d\.\d on average, \d\.\d at most \([a-z-]+\)\.", told
    )
    assert re.search(r"naloxone: 49 questions: reading grade", told)
    assert re.search(r"naloxone: quiz: the longest option is right in \d+ of 41 \(\d\d\.\d%\)\.", told)


@pytest.mark.parametrize(
    ("name", "old", "new", "slug", "says"),
    [
        ("bank", '"Only nurses may give it."', '"No, but learning how is a good idea."', "q35", "repeats"),
        ("bank", 'text = "Half a vial.", ', 'text = "Half a vial.", right = true, ', "q27", "exactly 1"),
        ("bank", 'feedback = "Half a vial is half a dose."', 'feedback = ""', "q27", "has no feedback"),
        ("bank", 'facts = ["F49", "F56"]', 'facts = ["F49", "F999"]', "q27", "Fact F999 does not exist"),
        ("bank", 'facts = ["F49", "F56"]', 'facts = ["F36"]', "q27", "(F36) has a source"),
        ("bank", "Half a vial is half a dose.", " ".join([HARD] * 4), "q27", "Its reading grade is"),
        ("bank", 'slug = "q27"', 'slug = "q26"', "q26", "used twice: see bank.toml, line"),
        ("bank", "Half a vial is half", "(Draft: ask.) Half a vial is half", "q27", "Mark it as a draft"),
        ("bank", 'lesson = 4\nkind = "single"\nfacts = ["F49"', 'lesson = 9\nkind = "single"\nfacts = ["F49"',
         "q27", "Lesson 9 does not exist. Use 1 to 7."),
        ("bank", 'key = "a", text = "Half a vial."', 'text = "Half a vial."', "q27", "'key' is missing"),
        ("bank", 'options = [\n  { key = "a", text = "Half a v', 'options = [\n  "No",\n  { text = "Half a v',
         "q27", "Write each option as a table"),
        ("bank", 'slug = "q27"', 'slug = "q/27"', "q/27", "letters, figures and hyphens only"),
        ("checks", 'slug = "check-1"', 'slug = "q01"', "q01", "used twice: see bank.toml, line"),
        ("checks", "Stay near and keep checking on them.", "Walk on. They are fine.", "check-2", "repeats"),
        ("facts", 'sources = ["S17", "S19"]', 'sources = ["S17", "S999"]', "F02", "Source S999 does not"),
        ("facts", 'id = "F02"', 'id = "F01"', "F01", "used twice: see facts.toml, line"),
        ("course", '"F01", "F02"', '"F01", "F999"', "opioids-and-overdose", "Fact F999 does not exist"),
        ("course", 'slug = "the-six-steps"', 'slug = "six"', "six", "Write it in lessons/six.md"),
        ("course", 'goal = "tell a person', 'aim = "tell a person', "spot-an-overdose", "'goal' is missing"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_and_question(folder, name, old, new, slug, says):
    path = folder / f"{name}.toml"
    assert lint(folder)[0] == ""

    change(path, old, new)
    refused, told = lint(folder)

    assert "Nothing of the course can be loaded until they are mended." in refused
    named = re.findall(rf"^{re.escape(str(path))}:(\d+): {slug}: .*{re.escape(says)}", told, re.M)
    assert named
    assert re.match(rf'(slug|id) = "{slug}"', path.read_text().splitlines()[int(named[-1]) - 1])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("", "", ""),
        ("## ", "### ", "There is no screen"),
        ("You do not need to see all three.", " ".join([HARD] * 60), "Its reading grade is"),
    ],
)
def test_a_lesson_has_screens_and_easy_words(folder, old, new, says):
    path = folder / "lessons" / "spot-an-overdose.md"
    path.write_text(path.read_text().replace(old, new) if old else path.read_text())

    refused, told = lint(folder)

    assert (f"{path}:1: spot-an-overdose: {says}" in told) == bool(refused) == bool(says)


def test_a_long_screen_is_a_hint_and_no_fault(folder):
    path = folder / "lessons" / "spot-an-overdose.md"
    change(path, "\n## Other signs", "\n## Other signs\n\n" + "Stay with them. " * 40)

    refused, told = lint(folder)

    line = line_of(path, "## Other signs")
    assert refused == ""
    assert re.search(
        rf"{path}:{line}: spot-an-overdose: “Other signs” has \d+ words.*\(Only a hint\.\)", told
    )


def test_the_bank_as_a_whole_is_held_to_its_share_and_its_topics(folder):
    path = folder / "bank.toml"
    wordy = re.sub(
        r'(text = "[^"\\]*)(", right = true)', r"\1 And so on and on and on and on and on\2", path.read_text()
    )
    path.write_text(wordy)
    change(path, 'slug = "q14"', 'slug = "q14"\ndraft = true')

    _refused, told = lint(folder)

    assert re.search(
        r"bank\.toml:1: bank: Questions on critical topic K6 that are asked: 1\. Each topic", told
    )
    assert re.search(
        r"bank\.toml:1: bank: In the quiz the longest option is right in \d+ of 40 questions", told
    )
    assert re.search(r"bank\.toml:1: bank: In the course the longest option is right in \d+ of 47", told)


def test_files_that_cannot_be_read_are_told_by_name(folder):
    change(folder / "bank.toml", 'slug = "q02"', "slug = q02")
    line = line_of(folder / "bank.toml", "slug = q02")
    (folder / "checks.toml").unlink()

    refused, told = lint(folder)

    assert refused.startswith("Faults: 2.")
    assert f"bank.toml:{line}: bank: This is not valid TOML" in told
    assert "checks.toml:1: checks: The file is missing. Add it." in told
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("lint_course", folder / "nowhere")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("bank.toml", b"Half a vial", b"Half a \xff vial", "bank.toml:1: bank: This is not text in UTF-8"),
        ("lessons/the-six-steps.md", b"Step 1", b"Step \xff", "steps.md:1: the-six-steps: This is not text"),
    ],
)
def test_a_file_that_is_not_utf_8_is_a_fault_and_no_crash(folder, name, old, new, says):
    path = folder / name
    path.write_bytes(path.read_bytes().replace(old, new, 1))

    refused, told = lint(folder)

    assert refused
    assert says in told


def test_a_table_that_should_be_a_list_is_a_fault(folder):
    (folder / "checks.toml").write_text('[question]\nslug = "check-1"\n')

    assert "checks.toml:1: checks: Write [[question]] with two brackets" in lint(folder)[1]


def put_scenario(folder, *, last="end", good=("true", "false", "true", "false", "true")):
    names = ["one", "two", "three", "four", "five", last]
    parts = [
        SCENE.format(slug=slug, leads_to=leads_to, good=is_good)
        for slug, leads_to, is_good in zip(names, names[1:], good, strict=False)
    ]
    (folder / "scenario.toml").write_text("".join([*parts, END]))


def test_a_scenario_is_linted_when_there_is_one(folder):
    put_scenario(folder)
    good, told = lint(folder)
    put_scenario(folder, last="nowhere", good=("true",) * 5)
    refused, told_of_bad = lint(folder)

    path = folder / "scenario.toml"
    assert good == ""
    assert "naloxone: 6 scenes: reading grade" in told
    assert "naloxone: scenario: the longest choice is good in 3 of 5." in told
    assert refused
    line = line_of(path, 'slug = "five"')
    assert f"{path}:{line}: five: Choice a leads to 'nowhere', which does not exist." in told_of_bad
    assert f"{path}:1: scenario: The longest choice is good in 5 of 5 scenes (100.0%)." in told_of_bad


def test_what_the_linter_refuses_is_not_loaded(course, folder):
    content.load_course(folder, lambda line: None)
    change(folder / "course.toml", "version = 1", "version = 2")
    change(folder / "bank.toml", "Half a vial is half a dose.", " ".join([HARD] * 4))

    with pytest.raises(bank.BankFault, match=r"bank\.toml:\d+: q27: Its reading grade is"):
        content.load_course(folder, lambda line: None)
    assert Course.objects.get().version == 1


def test_words_in_languages_are_linted_in_english_and_loaded_whole(course, folder):
    in_two = 'text = { en = "What makes an overdose deadly?", es = "¿Por qué mata una sobredosis?" }'
    change(folder / "bank.toml", 'text = "What makes an opioid overdose deadly?"', in_two)
    shutil.rmtree(folder / "es")

    loaded = content.load_course(folder, lambda line: None)

    text = loaded.questions.get(slug="q20").text
    assert dict(text) == {"en": "What makes an overdose deadly?", "es": "¿Por qué mata una sobredosis?"}


def test_the_command_ends_with_status_1_when_there_is_a_fault(folder, capsys):
    change(folder / "bank.toml", 'facts = ["F49", "F56"]', 'facts = ["F999"]')

    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "lint_course", str(folder)])

    told = capsys.readouterr()
    assert ended.value.code == 1
    assert "q27: Fact F999 does not exist." in told.out
    assert "Faults: 1." in told.err


def test_a_fault_below_the_folder_that_is_worked_in_is_named_from_there(folder, monkeypatch):
    monkeypatch.chdir(folder)

    assert str(linter.Fault(folder / "bank.toml", 3, "q01", "No.")) == "bank.toml:3: q01: No."
