"""What an operator copies and reads agrees with what the code asks for."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
# Only tests and writers of templates use these; an operator is not told of them.
FOR_TESTS = {"PLAIN_STATIC", "TEST_DATABASE_FILE", "VAULT_TEST", "VAULT_TEST_KDF"}
READ = re.compile(
    r"""(?:env\.(?:switch|whole_number|names|kept_secret|cache|mail)\(|os\.environ(?:\.get\(|\[))\s*"([A-Z_]+)\""""
)


def variables_in_code() -> set[str]:
    """Return the names of all variables that the settings and the starting script read."""
    found = set()
    for path in (ROOT / "portal/settings.py", ROOT / "portal/lib/env.py"):
        found |= set(READ.findall(path.read_text()))
    found |= set(re.findall(r"\$\{([A-Z_]+):-", (ROOT / "bin/run").read_text()))
    return found


def test_the_example_of_the_environment_names_every_variable_and_no_other():
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert example - {"POSTGRES_PASSWORD"} == variables_in_code() - FOR_TESTS


def test_the_readme_explains_every_variable():
    readme = (ROOT / "README.md").read_text()

    assert [name for name in sorted(variables_in_code() - FOR_TESTS) if f"`{name}`" not in readme] == []


def test_compose_holds_no_secret_and_no_open_port():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert set(services) == {"web", "database"}
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in services["database"]
    for service in services.values():
        for value in service["environment"].values():
            assert "PASSWORD" not in value or "${POSTGRES_PASSWORD:?" in value


def test_the_image_runs_as_nobody_in_particular_and_pins_its_packages():
    lines = (ROOT / "Dockerfile").read_text()

    assert "USER 10001" in lines
    assert "--require-hashes" in lines
    assert not re.search(r"^(ENV|ARG).*(SECRET|PEPPER|PASSWORD)", lines, re.MULTILINE)


def test_nothing_private_goes_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert {"var", ".env", ".git"} <= set(ignored)
