"""Sessions that a copy of the database does not open (sealed reports, section 6, "Login").

The row's key is a hash of the cookie and its data is encrypted under the cookie, so the staff key in it is
readable only while that browser's request runs.
"""

from __future__ import annotations

import hashlib
import json
import time
from datetime import datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from reporting.vault import primitives
from reporting.vault.primitives import SealError

BEGAN = "began"
LONGEST_SECONDS = 8 * 3600
# Nothing changed but the time: then a row is written again only after this long. Idle is 29 to 30 minutes.
REST_SECONDS = 60
_OWNER = "_auth_user_id"


def row_key(cookie: str) -> str:
    """Return under which key the row of `cookie` stands."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def _data_key(cookie: str) -> bytes:
    return primitives.keyed_hash(cookie.encode(), "staff-session")


def end_all(user_pk: int) -> None:
    """End every session of a member, on every machine."""
    from portal.models import StaffSession

    StaffSession.objects.filter(owner_id=user_pk).delete()


class SessionStore(SessionBase):
    """Django's session interface over `portal.models.StaffSession`: 30 minutes idle, 8 hours in all.

    The half hour counts from the last writing of the row, which a request does at most once a minute.
    """

    _ends: datetime | None = None

    def _rows(self) -> Any:
        from portal.models import StaffSession

        return StaffSession.objects

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing when it is over, unknown or damaged."""
        cookie = self.session_key
        if cookie and (
            row := self._rows().filter(row_key=row_key(cookie), expires__gt=timezone.now()).first()
        ):
            try:
                plain = primitives.decrypt(_data_key(cookie), bytes(row.data), row.row_key.encode())
                data: dict[str, Any] = json.loads(plain)
            except (SealError, ValueError):
                data = {}
            if data and time.time() - data.get(BEGAN, 0) < LONGEST_SECONDS:
                self._ends = row.expires
                return data
        self._session_key = None
        return {}

    def save(self, must_create: bool = False) -> None:
        """Write the session, unless it stands so since less than a minute.

        Raise CreateError when a new key is taken, UpdateError when the row is gone.
        """
        from portal.models import StaffSession

        if self.session_key is None:
            return self.create()
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        data.setdefault(BEGAN, time.time())
        cookie = self.session_key
        key = row_key(cookie)
        left = min(settings.SESSION_COOKIE_AGE, data[BEGAN] + LONGEST_SECONDS - time.time())
        ends = timezone.now() + timedelta(seconds=left)
        is_fresh = self._ends is not None and self._ends > ends - timedelta(seconds=REST_SECONDS)
        if is_fresh and not (self.modified or must_create):
            return None
        row = StaffSession(
            row_key=key,
            data=primitives.encrypt(_data_key(cookie), json.dumps(data).encode(), key.encode()),
            owner_id=int(data[_OWNER]) if _OWNER in data else None,
            expires=ends,
        )
        try:
            if must_create:
                with transaction.atomic():
                    row.save(force_insert=True)
            else:
                row.save(force_update=True)
        except IntegrityError as error:
            if must_create:
                raise CreateError from error
            raise
        except DatabaseError as error:
            if not must_create:
                raise UpdateError from error
            raise
        return None

    def create(self) -> None:
        """Begin a session under a new key."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def exists(self, session_key: str) -> bool:
        """Return whether a session has this key."""
        return bool(self._rows().filter(row_key=row_key(session_key)).exists())

    def delete(self, session_key: str | None = None) -> None:
        """End this session, or the one with this key."""
        cookie = session_key or self.session_key
        if cookie:
            self._rows().filter(row_key=row_key(cookie)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Erase the rows of sessions that are over."""
        from portal.models import StaffSession

        StaffSession.objects.filter(expires__lt=timezone.now()).delete()

    # The async twins would otherwise go to Django's own table, or nowhere.

    async def aload(self) -> dict[str, Any]:
        """Do as `load`."""
        return await sync_to_async(self.load)()

    async def asave(self, must_create: bool = False) -> None:
        """Do as `save`."""
        await sync_to_async(self.save)(must_create)

    async def acreate(self) -> None:
        """Do as `create`."""
        await sync_to_async(self.create)()

    async def aexists(self, session_key: str) -> bool:
        """Do as `exists`."""
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        """Do as `delete`."""
        await sync_to_async(self.delete)(session_key)

    @classmethod
    async def aclear_expired(cls) -> None:
        """Do as `clear_expired`."""
        await sync_to_async(cls.clear_expired)()
