"""The shipped content in the database of a test: read from its files once a process, copied afterwards.

Reading takes thousands of questions to the database, and half of all tests begin with it.
"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

# Tables as the database gives them: making thousands of objects would take longer than most tests.
Tables = dict[str, Any]
_APPS = ("resources", "training", "reporting")
_read: dict[object, tuple[list[str], Tables]] = {}


def put_everything() -> None:
    """Put all content of `load_content` into the database."""
    put(_everything)


def _everything(write: Callable[[str], object]) -> None:
    told = StringIO()
    call_command("load_content", stdout=told)
    write(told.getvalue())


def put(load: Callable[[Callable[[str], object]], None]) -> list[str]:
    """Put what `load` loads into the database; return the lines it wrote. Empty tables get copies."""
    if load in _read:
        lines, tables = _read[load]
        if not any(_is_used(table) for table in tables):
            _write(tables)
            return list(lines)
    used = {table for table in _tables() if _is_used(table)}
    lines = []
    load(lines.append)
    filled = [table for table in _tables() if _is_used(table)]
    if not used.intersection(filled):
        _read[load] = lines, {table: _content_of(table) for table in filled}
    return lines


def _tables() -> list[str]:
    return [
        model._meta.db_table
        for app in _APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    ]


def _is_used(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')
        return cursor.fetchone() is not None


def _content_of(table: str) -> Any:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                return b"".join(copy)
        cursor.execute(f'SELECT * FROM "{table}"')
        return cursor.fetchall()


@transaction.atomic
def _write(tables: Tables) -> None:
    with connection.cursor() as cursor:
        for table, content in tables.items():
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(content)
            else:
                places = ", ".join(["%s"] * len(content[0]))
                cursor.executemany(f'INSERT INTO "{table}" VALUES ({places})', content)
