"""Accounts are found as Django finds them; what they may do is their role alone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """Groups and permissions kept in the database allow nothing; see `portal.models.User.has_perm`."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return nothing: a row that somebody wrote into the database gives no right."""
        return set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Return False: the account answers itself."""
        return False
