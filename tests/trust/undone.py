"""Trying something without keeping it."""

from __future__ import annotations

from types import TracebackType

from django.db import transaction
from django.db.transaction import Atomic


class Undone(Atomic):
    """A transaction that is always rolled back; a durable one may begin in it, as in Django's own tests."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)
        self._from_testcase = True

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        transaction.set_rollback(True)
        super().__exit__(kind, fault, trace)
