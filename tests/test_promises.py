"""Every promise of the threat model names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROMISES = ROOT / "docs/threat-model.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[str]:
    """Return the lines of the table of promises, without its head."""
    table = PROMISES.read_text().split("| promise | tests |\n|---|---|\n")[1].split("\n\n")[0]
    return table.splitlines()


def names_in(path: Path) -> set[str]:
    """Return the names of the test functions that stand in the file at `path`, none when there is no file."""
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    """Return each `path::test` named in `text` that does not exist."""
    return [f"{path}::{name}" for path, name in NAMED.findall(text) if name not in names_in(ROOT / path)]


def test_every_named_test_exists():
    assert missing(PROMISES.read_text()) == []


def test_every_promise_names_a_test():
    assert len(rows()) >= 20
    assert [row for row in rows() if not NAMED.search(row)] == []


def test_a_test_that_is_gone_is_found():
    assert missing("`tests/test_promises.py::test_that_nobody_wrote`") != []
    assert missing("`tests/no_such_file.py::test_a`") != []
    assert missing("`tests/test_promises.py::test_every_named_test_exists`") == []
