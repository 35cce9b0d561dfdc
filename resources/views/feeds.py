"""What is new in the directory, for feed readers and for other sites."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.caching import public_page
from resources import history
from resources.history import PublicChange
from resources.models import Service

NEWEST = 50
# Django's own class cannot be subscripted while it runs; the type checker wants it to be.
if TYPE_CHECKING:
    AnyFeed = Feed[PublicChange, Any]
else:
    AnyFeed = Feed


def _newest() -> list[PublicChange]:
    """Return what changed or was added last, the newest day first. What a content file added is told too."""
    changed = history.public_changes(NEWEST)
    new = _("New in the list")
    told = {change.service.pk for change in changed if change.label == new}
    added = [
        PublicChange(service, new, timezone.localdate(service.created_at), "")
        for service in Service.objects.listed().order_by("-created_at", "slug")[:NEWEST]
        if service.pk not in told
    ]
    return sorted([*changed, *added], key=lambda change: change.day, reverse=True)[:NEWEST]


class _Changes(AnyFeed):
    """Which listing, what of it, and the day. No value, and nobody's name or role."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return f"{_('Find help in Tennessee')} – {settings.SITE_NAME}"

    def author_name(self) -> str:
        return str(settings.SITE_NAME)  # Atom asks for one; it is never a member

    def link(self) -> str:
        return settings.SITE_URL + reverse("resources:services")

    def feed_url(self) -> str:
        return settings.SITE_URL + reverse("resources:changes")

    def items(self) -> list[PublicChange]:
        return _newest()

    def item_title(self, item: PublicChange) -> str:
        return f"{item.service}: {item.label}"

    def item_description(self, item: PublicChange) -> str:
        return escape(str(item.service.summary))  # the feed calls it HTML

    def item_link(self, item: PublicChange) -> str:
        return settings.SITE_URL + item.service.get_absolute_url()

    def item_guid(self, item: PublicChange) -> str:
        """Return the name of this change of this listing on this day, the same in every answer."""
        what = hashlib.blake2b(f"{item.service.uuid} {item.label}".encode(), digest_size=8).hexdigest()
        return f"{self.item_link(item)}#{item.day:%Y%m%d}-{what}"

    def item_updateddate(self, item: PublicChange) -> dt.datetime:
        return timezone.make_aware(dt.datetime.combine(item.day, dt.time()))


@require_safe
@public_page
def changes(request: HttpRequest) -> HttpResponse:
    """The newest public changes of the directory as Atom (RFC 4287), in the language of the address."""
    response = _Changes()(request)
    del response.headers["Last-Modified"]  # a day alone, which would hide the second change of a day
    response.headers["ETag"] = f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
    answer = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return answer if isinstance(answer, HttpResponse) else response
