"""What an operator copies and reads agrees with what the code asks for."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
# Only tests and writers of templates use these; an operator is not told of them.
FOR_TESTS = {"PLAIN_STATIC", "TEST_DATABASE_FILE", "VAULT_TEST", "VAULT_TEST_KDF"}
READ = re.compile(
    r"""(?:env\.(?:switch|whole_number|hours|names|kept_secret|cache|mail|scanner)\(|os\.environ(?:\.get\(|\[))\s*"([A-Z_]+)\""""
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


@pytest.fixture
def server():
    """A server on this machine that answers /healthz to its own name only, as the portal does."""

    class Portal(BaseHTTPRequestHandler):
        def do_GET(self):
            is_known = self.path == "/healthz" and self.headers["Host"] == "portal.example"
            self.send_response(200 if is_known else 400)
            self.end_headers()

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Portal) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served.server_port
        served.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("names", "status"), [("portal.example,www.example", 0), (".portal.example", 0), ("other.example", 1)]
)
def test_the_health_check_asks_under_the_portal_s_own_name(server, names, status):
    asked = subprocess.run(
        [ROOT / "bin/alive"], env={**os.environ, "ALLOWED_HOSTS": names, "PORT": str(server)}, check=False
    )

    assert asked.returncode == status


def test_the_health_check_notices_that_nobody_is_there(server):
    asked = subprocess.run([ROOT / "bin/alive"], env={**os.environ, "PORT": "1"}, check=False)

    assert asked.returncode == 1
