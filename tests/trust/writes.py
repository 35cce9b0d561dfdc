"""Noticing what a request writes into the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import connection

_WRITE = re.compile(
    r'^\s*(INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO|TRUNCATE|ALTER|DROP)\s+"?(\w+)"?', re.I
)


class Writes:
    """The tables written to within the block, as a set."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self._wrapper: AbstractContextManager[Any] = connection.execute_wrapper(self._note)

    def _note(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := _WRITE.match(sql):
            self.tables.add(found[2])
        return execute(sql, params, many, context)

    def __enter__(self) -> set[str]:
        self._wrapper.__enter__()
        return self.tables

    def __exit__(self, *fault: Any) -> None:
        self._wrapper.__exit__(*fault)
