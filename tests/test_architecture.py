"""Who may import whom, and which fields are sensitive."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
APPS = ("resources", "training", "reporting")
KINDS = {"public", "staff", "sensitive", "sealed"}


def imports_of(path: Path) -> set[str]:
    """Return the dotted names that the file at `path` imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the floors"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def breaches(package: str, imported: set[str]) -> set[str]:
    """Return the names in `imported` that a file of `package` must not use."""
    if package == "portal.lib":
        return {
            name
            for name in imported
            if name.startswith(APPS) or (name.startswith("portal") and not name.startswith("portal.lib"))
        }
    others = tuple(f"{app}." for app in APPS if app != package)
    return {
        name
        for name in imported
        if f"{name}.".startswith(others)
        or (f"{name}.".startswith("portal.") and not name.startswith("portal.lib"))
    }


@pytest.mark.parametrize("package", [*APPS, "portal.lib"])
def test_floors_are_kept(package):
    folder = ROOT / package.replace(".", "/")
    broken = {
        str(path.relative_to(ROOT)): found
        for path in folder.rglob("*.py")
        if (found := breaches(package, imports_of(path)))
    }
    assert broken == {}


def test_a_broken_floor_is_found():
    assert breaches("training", {"reporting.models.Report"}) == {"reporting.models.Report"}
    assert breaches("training", {"portal.views"}) == {"portal.views"}
    assert breaches("training", {"portal.lib.text.clean_line"}) == set()


def test_every_model_field_is_listed_as_sensitive_or_not():
    listed = tomllib.loads((ROOT / "tests/sensitive_fields.toml").read_text())
    missing, stale = [], []
    for model in apps.get_models():
        if model._meta.app_label not in {"portal", *APPS}:
            continue
        fields = {field.name for field in model._meta.get_fields() if field.concrete}
        known = listed.get(model._meta.app_label, {}).get(model.__name__, {})
        missing += [f"{model._meta.label}.{name}" for name in sorted(fields - set(known))]
        stale += [f"{model._meta.label}.{name}" for name in sorted(set(known) - fields)]
    assert (missing, stale) == ([], [])


def test_sensitive_kinds_are_spelt_right():
    listed = tomllib.loads((ROOT / "tests/sensitive_fields.toml").read_text())
    kinds = {kind for models in listed.values() for fields in models.values() for kind in fields.values()}
    assert kinds <= KINDS
