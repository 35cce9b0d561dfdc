"""Members of staff who open the pages of the course through the client, signed in as after the real form."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.test import Client

from portal.staff.login import SECOND_FACTOR


class Member:
    """A signed-in member of one role."""

    def __init__(self, role):
        self.user = get_user_model().objects.create_user(f"{role}-member", role=role)
        # How staff sign in is tested in tests/portal; a browser without TLS would not keep the cookie.
        self.client = Client()
        self.client.force_login(self.user)
        session = self.client.session
        session[SECOND_FACTOR] = True
        session.save()

    def get(self, path, **query):
        """Return the page at `path` below /admin/training/."""
        return self.client.get(f"/admin/training/{path}", query, secure=True)

    def post(self, path, sent):
        """Send a form to `path` below /admin/training/."""
        return self.client.post(f"/admin/training/{path}", sent, secure=True)
