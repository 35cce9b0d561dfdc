"""One file that holds the whole database, checked after it was written, and the way back.

The file is a gzipped tar of two members: `manifest.json` and `database` (SQLite: a copy made by the online
backup API; PostgreSQL: pg_dump's custom format). SECRET_KEY and VAULT_PEPPER are never in it: a thief of the
backup must not get them along, so they are kept in another place (docs/operations.md).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

FORMAT = 1
_MANIFEST = "manifest.json"
_DATABASE = "database"
# psql runs this before the restored tables, in the same transaction: either all is new or all is as before.
_DROP_TABLES = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE %I CASCADE', name);
  END LOOP;
END $$;
"""


class BackupError(Exception):
    """A backup could not be written, read or restored. The message is what the operator reads."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself. `sha256` and `size` (bytes) are those of the database inside."""

    format: int
    kind: str
    made_at: str
    portal: str
    migrations: list[str]
    keys: str
    sha256: str
    size: int


def write_backup(path: Path) -> Manifest:
    """Write a backup of the database to `path`, which must not exist, and read it back to prove it.

    The file is readable by its owner only and is on the disk when this returns. Raise BackupError.
    """
    if path.exists():
        raise BackupError(f"{path} exists already. Choose another name: a backup never replaces another one.")
    if not path.parent.is_dir():
        raise BackupError(f"{path.parent} is not a folder. Make it first, or choose another place.")
    partial = path.with_name(f"{path.name}.partial")
    try:
        with _scratch(path.parent) as folder:
            dump = folder / _DATABASE
            _dump(dump)
            manifest = _describe(dump)
            _pack(partial, manifest, dump)
        check_backup(partial)
        partial.rename(path)
        _flush_folder(path.parent)
    except OSError as fault:
        raise BackupError(f"{path} cannot be written ({fault.strerror}).") from fault
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def remove_older(folder: Path, days: int, *, now: datetime | None = None) -> list[Path]:
    """Remove the backups in `folder` that were made more than `days` days ago; return their paths.

    What is erased from the portal lives on in them until then. How old one is says its manifest, since a copy
    may carry another date; a file that is no backup of a portal stays. now: aware, for tests.
    """
    oldest = (now or datetime.now(UTC)) - timedelta(days=days)
    gone = [path for path in sorted(folder.glob("*.tar.gz")) if (made := _made_at(path)) and made < oldest]
    for path in gone:
        path.unlink()
    return gone


def _made_at(path: Path) -> datetime | None:
    try:
        with tarfile.open(path, "r:gz") as archive:
            return datetime.fromisoformat(_read_manifest(archive).made_at)
    except (OSError, EOFError, KeyError, TypeError, ValueError, tarfile.TarError, zlib.error):
        return None


def check_backup(path: Path) -> Manifest:
    """Unpack the backup at `path` into a scratch folder and return its manifest when all is whole.

    Raise BackupError when the file is no backup, is damaged, or holds a database that does not open.
    """
    with unpacked(path) as (manifest, _database):
        return manifest


def restore(path: Path, *, replace: bool) -> Manifest:
    """Put the database of the backup at `path` in the place of the present one.

    replace: allow it although the present database has tables. Everything is checked before the first change,
    and the change itself is one transaction. Migrations are left to the caller. Raise BackupError.
    """
    with unpacked(path) as (manifest, database):
        newer = sorted(set(manifest.migrations) - _known_migrations())
        if newer:
            raise BackupError(
                f"This backup was made by a newer portal ({newer[-1]} is not known here). Update first."
            )
        if not replace and connection.introspection.table_names():
            raise BackupError(
                "The database is not empty. Add --replace to put the backup in the place of what is there."
            )
        _close_connections()
        if manifest.kind == "sqlite":
            _restore_sqlite(database)
        else:
            _restore_postgresql(database)
    return manifest


def keys_fingerprint() -> str:
    """Return 16 hex digits that tell whether two machines have the same SECRET_KEY and VAULT_PEPPER."""
    joined = f"{settings.SECRET_KEY}\n{settings.VAULT_PEPPER}".encode()
    return hashlib.blake2b(joined, digest_size=8, person=b"backup keys").hexdigest()


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Manifest, Path]]:
    """Give the manifest and the checked database file of the backup at `path`; both are gone afterwards."""
    with _scratch(path.parent if os.access(path.parent, os.W_OK) else None) as folder:
        database = folder / _DATABASE
        try:
            with tarfile.open(path, "r:gz") as archive:
                manifest = _read_manifest(archive)
                packed = archive.extractfile(_DATABASE)
                if packed is None:
                    raise KeyError(_DATABASE)
                with database.open("wb") as file:
                    shutil.copyfileobj(packed, file)
        except FileNotFoundError as fault:
            raise BackupError(f"There is no file {path}.") from fault
        except (tarfile.TarError, EOFError, zlib.error, KeyError, TypeError, ValueError, OSError) as fault:
            raise BackupError(f"{path} is not a backup of this portal, or it is damaged.") from fault
        if manifest.format != FORMAT:
            raise BackupError(f"{path} has format {manifest.format}; this portal reads format {FORMAT}.")
        if manifest.kind != connection.vendor:
            raise BackupError(
                f"This backup is of {manifest.kind}, and DATABASE_URL names {connection.vendor}. "
                "Restore it where DATABASE_URL names the same kind."
            )
        if (_sha256(database), database.stat().st_size) != (manifest.sha256, manifest.size):
            raise BackupError(f"{path} is damaged: its database is not the one that was written.")
        _check_database(manifest.kind, database)
        yield manifest, database


def _describe(dump: Path) -> Manifest:
    return Manifest(
        format=FORMAT,
        kind=connection.vendor,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        portal=_portal_version(),
        migrations=sorted(
            ".".join(applied) for applied in MigrationRecorder(connection).applied_migrations()
        ),
        keys=keys_fingerprint(),
        sha256=_sha256(dump),
        size=dump.stat().st_size,
    )


def _portal_version() -> str:
    try:
        return metadata.version("harm-reduction-portal")
    except metadata.PackageNotFoundError:  # run from its folder, as `make run` does
        return "source"


def _known_migrations() -> set[str]:
    return {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


def _read_manifest(archive: tarfile.TarFile) -> Manifest:
    packed = archive.extractfile(_MANIFEST)
    if packed is None:
        raise KeyError(_MANIFEST)
    return Manifest(**json.loads(packed.read(1024 * 1024)))


def _pack(path: Path, manifest: Manifest, dump: Path) -> None:
    described = dump.with_name(_MANIFEST)
    described.write_text(json.dumps(asdict(manifest), indent=1))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        # Sealed parts do not shrink, so the quickest compression is as good as the best.
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
            archive.add(described, _MANIFEST, filter=_anonymous)
            archive.add(dump, _DATABASE, filter=_anonymous)
        file.flush()
        os.fsync(file.fileno())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who made the file: the name of the operator's account is nobody's business."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


@contextmanager
def _scratch(folder: Path | None) -> Iterator[Path]:
    """Give a folder for this process only, beside the backup rather than in /tmp, where others look."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as name:
        yield Path(name)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _close_connections() -> None:
    connections.close_all()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool:
        close_pool()


def _dump(target: Path) -> None:
    if connection.vendor == "sqlite":
        # A connection of its own: SQLite refuses to copy from one that is in the middle of writing.
        with (
            closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    elif connection.vendor == "postgresql":
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", *_address())
    else:
        raise BackupError(f"Backups are made of SQLite and PostgreSQL, not of {connection.vendor}.")


def _check_database(kind: str, database: Path) -> None:
    if kind == "postgresql":
        _run("pg_restore", "--list", str(database))
        return
    try:
        with closing(sqlite3.connect(database)) as opened:
            whole = opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            orphans = opened.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as fault:
        raise BackupError("The database in the backup does not open.") from fault
    if not whole or orphans:
        raise BackupError("The database in the backup is damaged. Take an older backup, and check the disk.")


def _restore_sqlite(database: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    target.chmod(0o600)
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as present:
            present.execute("PRAGMA synchronous=EXTRA")
            source.backup(present)
    except sqlite3.DatabaseError as fault:
        raise BackupError(f"The database could not be replaced ({fault}). It is as it was.") from fault


def _restore_postgresql(database: Path) -> None:
    script = database.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(database))
    _run(
        "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction",
        "--output=/dev/null", f"--command={_DROP_TABLES}", f"--file={script}", *_address(),
    )  # fmt: skip


def _address() -> list[str]:
    """Return the options that tell PostgreSQL's programs which database; the password goes another way."""
    known = connection.settings_dict
    options = {"--dbname": "NAME", "--host": "HOST", "--port": "PORT", "--username": "USER"}
    return ["--no-password", *(f"{option}={known[key]}" for option, key in options.items() if known.get(key))]


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs. Raise BackupError with the last line it wrote when it fails."""
    found = shutil.which(program)
    if not found:
        raise BackupError(f"{program} is missing. Install the package postgresql-client and try again.")
    password = connection.settings_dict.get("PASSWORD")
    # On the command line every account of the machine could read the password.
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    finished = subprocess.run(  # noqa: S603 (fixed programs, no shell)
        [found, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if finished.returncode:
        lines = finished.stderr.strip().splitlines() or ["no reason given"]
        raise BackupError(f"{program} failed: {lines[-1]}")
