"""Backup and restore, through the commands an operator types, on the database the tests run on."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"SECRET_KEY": "k" * 40, "VAULT_PEPPER": "p" * 40}


def manage(database: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in a process of its own, as an operator does."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={
            **os.environ,
            **KEYS,
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": database,
            **more,
        },
        capture_output=True,
        text=True,
        check=False,
    )


class Database:
    """One database of its own, SQLite or PostgreSQL, with the address the portal takes."""

    def __init__(self, folder: Path) -> None:
        self.name = f"backup_{uuid.uuid4().hex}"
        self.is_file = connection.vendor == "sqlite"
        self.url = f"sqlite:///{folder / self.name}" if self.is_file else f"postgresql:///{self.name}"
        self.path = folder / self.name

    def create(self, like: Database | None = None) -> None:
        if not self.is_file:
            self._server(f'CREATE DATABASE "{self.name}" TEMPLATE "{like.name if like else "template1"}"')
        elif like:
            shutil.copyfile(like.path, self.path)

    def drop(self) -> None:
        if not self.is_file:
            self._server(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _server(self, statement: str) -> None:
        with psycopg.connect(dbname="postgres", autocommit=True) as server:
            server.execute(statement)

    def run(self, statement: str) -> list[tuple]:
        if self.is_file:
            with closing(sqlite3.connect(self.path)) as opened, opened:
                return opened.execute(statement).fetchall()
        with psycopg.connect(dbname=self.name) as opened:
            cursor = opened.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def mark(self, number: int) -> None:
        self.run("DELETE FROM portal_pageversion")
        self.run(f"INSERT INTO portal_pageversion (id, number) VALUES (1, {number})")

    def marks(self) -> list[int]:
        return [row[0] for row in self.run("SELECT number FROM portal_pageversion")]


@pytest.fixture
def make_database(tmp_path):
    made = []

    def make(like: Database | None = None) -> Database:
        database = Database(tmp_path)
        database.create(like)
        made.append(database)
        return database

    yield make
    for database in made:
        database.drop()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A migrated database with one row that can be recognised, made once and copied."""
    database = Database(tmp_path_factory.mktemp("migrated"))
    database.create()
    # The PostgreSQL of the tests does not wait for the disk, which the checks rightly refuse.
    done = manage(database.url, "migrate", "--verbosity=0", "--skip-checks")
    assert done.returncode == 0, done.stderr
    database.mark(4242)
    yield database
    database.drop()


@pytest.fixture
def portal(make_database, migrated):
    return make_database(like=migrated)


@pytest.fixture(scope="module")
def made_backup(migrated, tmp_path_factory):
    """A backup of that database, made once and copied."""
    path = tmp_path_factory.mktemp("made") / "backup.tar.gz"
    done = manage(migrated.url, "backup", str(path))
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def backup(made_backup, tmp_path):
    return Path(shutil.copy2(made_backup, tmp_path / "backup.tar.gz"))


def test_a_backup_comes_back_in_an_empty_database(backup, make_database):
    other = make_database()

    done = manage(other.url, "restore", str(backup))

    assert done.returncode == 0, done.stderr
    assert other.marks() == [4242]
    assert "Restored the" in done.stdout
    assert "page versions: 1" in done.stdout
    assert "Careful" not in done.stderr
    if other.is_file:
        assert stat.S_IMODE(other.path.stat().st_mode) == 0o600


def test_sessions_and_links_of_the_backup_do_not_work_again(portal, tmp_path, make_database):
    portal.run(
        "INSERT INTO portal_staffsession (row_key, data, expires)"
        " VALUES ('k', '', '2099-01-01 00:00:00+00:00')"
    )
    manage(portal.url, "backup", str(tmp_path / "signed-in.tar.gz"))
    other = make_database()

    done = manage(other.url, "restore", str(tmp_path / "signed-in.tar.gz"))

    assert "Everybody signs in again" in done.stdout, done.stderr
    assert len(portal.run("SELECT * FROM portal_staffsession")) == 1
    assert other.run("SELECT * FROM portal_staffsession") == []


def test_a_full_database_is_replaced_only_when_that_is_said(portal, backup, tmp_path):
    portal.mark(1)
    refused = manage(portal.url, "restore", str(backup))

    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert portal.marks() == [1]

    done = manage(portal.url, "restore", str(backup), "--replace", DATA_DIR=str(tmp_path / "var"))

    assert done.returncode == 0, done.stderr
    assert portal.marks() == [4242]
    [kept] = (tmp_path / "var").glob("before-restore-*.tar.gz")
    manage(portal.url, "restore", str(kept), "--replace", DATA_DIR=str(tmp_path / "var2"))
    assert portal.marks() == [1]


def test_a_table_of_a_later_portal_goes_with_the_replacing(portal, backup, tmp_path):
    portal.run("CREATE TABLE of_a_later_portal (id integer)")

    done = manage(portal.url, "restore", str(backup), "--replace", DATA_DIR=str(tmp_path / "var"))

    assert done.returncode == 0, done.stderr
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.UndefinedTable)):
        portal.run("SELECT * FROM of_a_later_portal")


def test_the_file_is_the_operator_s_alone_and_holds_no_key(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with tarfile.open(backup) as archive:
        assert archive.getnames() == ["manifest.json", "database"]
        assert {(m.uname, m.gname, m.uid) for m in archive.getmembers()} == {("", "", 0)}
        inside = b"".join(archive.extractfile(name).read() for name in archive.getnames())
    assert KEYS["SECRET_KEY"].encode() not in inside
    assert KEYS["VAULT_PEPPER"].encode() not in inside
    assert sorted(path.name for path in backup.parent.glob("*backup*") if path.is_dir()) == []


def test_other_keys_are_noticed(backup, make_database):
    done = manage(make_database().url, "restore", str(backup), VAULT_PEPPER="q" * 40)

    assert done.returncode == 0, done.stderr
    assert "VAULT_PEPPER is not the one" in done.stderr


def test_an_existing_file_is_never_written_over(portal, backup):
    before = backup.read_bytes()

    refused = manage(portal.url, "backup", str(backup))

    assert refused.returncode == 1
    assert "exists already" in refused.stderr
    assert backup.read_bytes() == before


def repacked(backup: Path, target: Path, **changed: object) -> Path:
    """Write `backup` again with other words in its manifest; `database` replaces the database's bytes."""
    with tarfile.open(backup) as archive:
        manifest = json.loads(archive.extractfile("manifest.json").read())
        database = changed.pop("database", None) or archive.extractfile("database").read()
    members = {"manifest.json": json.dumps({**manifest, **changed}).encode(), "database": database}
    with tarfile.open(target, "w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "oracle"}, "DATABASE_URL names"),
        ({"format": 99}, "this portal reads format 1"),
        ({"migrations": ["portal.9999_of_tomorrow"]}, "made by a newer portal"),
        ({"database": b"not a database"}, "damaged"),
        ({"nonsense": 1}, "not a backup"),
    ],
)
def test_a_wrong_backup_gets_a_sentence_and_changes_nothing(portal, backup, tmp_path, change, words):
    wrong = repacked(backup, tmp_path / "wrong.tar.gz", **change)

    refused = manage(portal.url, "restore", str(wrong))

    assert refused.returncode == 1
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert portal.marks() == [4242]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8b\x08\x00broken"])
def test_a_file_of_another_kind_gets_a_sentence(portal, tmp_path, content):
    (tmp_path / "photo.jpg").write_bytes(content)

    refused = manage(portal.url, "restore", str(tmp_path / "photo.jpg"))

    assert refused.returncode == 1
    assert "not a backup of this portal" in refused.stderr


def test_a_cut_off_backup_gets_a_sentence(portal, backup, tmp_path):
    (tmp_path / "half.tar.gz").write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])

    refused = manage(portal.url, "restore", str(tmp_path / "half.tar.gz"))

    assert refused.returncode == 1
    assert "damaged" in refused.stderr


def aged(path, days):
    """Write `path` again as if it had been made `days` days ago; its date on the disk stays new."""
    made = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    changed = path.with_name("changed")
    with tarfile.open(path) as old, tarfile.open(changed, "w:gz") as new:
        for member in old.getmembers():
            body = old.extractfile(member).read()
            if member.name == "manifest.json":
                body = json.dumps({**json.loads(body), "made_at": made}).encode()
                member.size = len(body)
            new.addfile(member, io.BytesIO(body))
    changed.rename(path)


def test_backups_of_more_than_29_days_go_and_nothing_else_does(portal, backup, tmp_path):
    kept = {name: tmp_path / f"{name}.tar.gz" for name in ("young", "foreign", "damaged")}
    shutil.copyfile(backup, kept["young"])
    aged(kept["young"], 28)
    kept["damaged"].write_bytes(backup.read_bytes()[:40])
    with tarfile.open(kept["foreign"], "w:gz") as archive:
        archive.add(__file__, "manifest.json")
    aged(backup, 30)

    assert manage(portal.url, "backup", str(tmp_path / "new.tar.gz")).returncode == 0
    assert backup.exists()

    done = manage(portal.url, "backup", str(tmp_path / "newer.tar.gz"), "--keep-days", "29")
    assert done.returncode == 0, done.stderr
    assert f"{backup}: made more than 29 days ago, removed." in done.stdout
    assert not backup.exists()
    assert all(path.exists() for path in kept.values())
    assert {path.name for path in tmp_path.glob("new*.tar.gz")} == {"new.tar.gz", "newer.tar.gz"}


def test_missing_files_and_folders_get_a_sentence(portal, tmp_path):
    assert "There is no file" in manage(portal.url, "restore", str(tmp_path / "none")).stderr
    assert "is not a folder" in manage(portal.url, "backup", str(tmp_path / "none" / "b.tar.gz")).stderr


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="only PostgreSQL needs other programs")
def test_missing_postgresql_programs_get_a_sentence(portal, tmp_path):
    done = manage(portal.url, "backup", str(tmp_path / "b.tar.gz"), PATH=str(tmp_path))

    assert done.returncode == 1
    assert "Install the package postgresql-client" in done.stderr
