"""What stands above the pages of staff until it is put right: for who reads reports on every page."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from portal.models import User
from reporting import erasing, keys, rotation
from reporting.alerts import alerts
from reporting.checks import DRILL_EVERY
from reporting.models import CASE, KeyGrant, StaffKey
from resources import laws
from resources.models import Change, Suggestion

_OLD_SECONDS = 60


class Banner(NamedTuple):
    """One sentence. url, link: the page that puts it right and what to call it, "" when there is none."""

    text: str
    url: str = ""
    link: str = ""


def banners(request: HttpRequest) -> list[Banner]:
    """Return what a member should know before anything else; nothing when all is well.

    On the queue, which is asked for all day, they may be a minute old.
    """
    if not getattr(request, "banners_may_be_old", False):
        return _banners(request)
    key = f"banners-{request.user.pk}-{keys.session_key(request) is None}-{get_language()}"
    found: list[Banner] | None = cache.get(key)
    if found is None:
        found = _banners(request)
        cache.set(key, found, _OLD_SECONDS)
    return found


def _banners(request: HttpRequest) -> list[Banner]:
    return [*_of_reports(request), *_of_laws(request), *_of_directory(request)]


def _of_directory(request: HttpRequest) -> list[Banner]:
    """Tell who edits the directory, on the first page of staff, what waits for them there."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    if page != "admin:index" or not request.user.has_perm("resources.change_suggestion"):
        return []
    second = Change.objects.filter(state=Change.State.WAITING).exclude(made_by=request.user.pk).count()
    said = Suggestion.objects.waiting().count()
    found = []
    if second:
        text = ngettext(
            "%d change of a crisis line waits for you as the second person.",
            "%d changes of crisis lines wait for you as the second person.",
            second,
        )
        found.append(Banner(text % second, reverse("admin:resources_change_changelist"), _("To the changes")))
    if said:
        text = ngettext("%d suggestion of a reader is new.", "%d suggestions of readers are new.", said)
        where = reverse("admin:resources_suggestion_changelist")
        found.append(Banner(text % said, where, _("To the suggestions")))
    return found


def _of_laws(request: HttpRequest) -> list[Banner]:
    """Remind who edits the directory of laws, on the first page of staff and those of the directory."""
    page = request.resolver_match.view_name if request.resolver_match else ""
    is_there = page == "admin:index" or page.startswith("admin:resources_")
    if not is_there or not request.user.has_perm("resources.change_law"):
        return []
    number = laws.due(timezone.localdate()).count()
    if not number:
        return []
    text = ngettext(
        "%d law must be looked at again: its day has come or is near.",
        "%d laws must be looked at again: their day has come or is near.",
        number,
    )
    return [Banner(text % number, reverse("admin:resources_law_changelist"), _("To the laws"))]


def _of_reports(request: HttpRequest) -> list[Banner]:
    user = request.user
    if not isinstance(user, User) or not user.has_perm("reporting.view_report"):
        return []
    state = keys.vault_is_open()
    if state.site is None and not state.newest and not StaffKey.objects.filter(grants__isnull=False).exists():
        return [Banner(_("The report keys are not set up, so the report form is closed."))]
    return [*_own(request, user, state), *_site(user, state), *_waiting(user)]


def _own(request: HttpRequest, user: User, state: keys.VaultState) -> list[Banner]:
    if keys.session_key(request) is None:
        text = _("Your passphrase no longer opens the reports. Ask a colleague to let you in again.")
        return [Banner(text)]
    newest = state.newest.get(CASE)
    room: keys.RoomKey | None = getattr(request, "case_room", None)
    is_in = room is not None and newest is not None and newest.epoch in room.privates
    if newest and not is_in and not KeyGrant.objects.filter(staff_key__user=user, queue_key=newest).exists():
        words = " ".join(keys.fingerprint_words(StaffKey.objects.get(user=user)))
        text = _(
            "You are waiting for access to the reports. Call a lead and read them these six words: %(words)s"
        )
        return [Banner(text % {"words": words})]
    return []


def _site(user: User, state: keys.VaultState) -> list[Banner]:
    found = []
    if not state:
        found.append(Banner(_("The report form is closed. %(reason)s") % {"reason": state.reason}))
    elif state.readers < 2:
        found.append(
            Banner(
                _("Only one member can read reports. Let a second one in, so that no report is ever lost.")
            )
        )
    is_lead = user.role == User.Role.LEAD
    if state.site and state.site.sheets_seen:
        text = _("Somebody got in with two recovery sheets. A lead must make new sheets now.")
        found.append(_for_lead(is_lead, text, "admin:new_sheets", _("Make new sheets")))
    elif rotation.due(state):
        text = _("The key of the reports was given away: somebody left, or sheets were used. It must change.")
        found.append(_for_lead(is_lead, text, "admin:rotation", _("Change the keys")))
    if state.is_mixed:
        text = _("Reports are being locked with a new key. Any reader can go on with it.")
        found.append(Banner(text, reverse("admin:rotation"), _("Go on")))
    if is_lead and state.site and state.site.next_public:
        text = _("New recovery sheets were made and not typed back yet. The old ones still count.")
        found.append(Banner(text, reverse("admin:new_sheets"), _("Type two of them back")))
    if is_lead and _drill_is_due(state):
        text = _("The recovery sheets were last tried over a year ago.")
        found.append(Banner(text, reverse("admin:drill"), _("Try them now")))
    return found


def _waiting(user: User) -> list[Banner]:
    found = []
    seen = alerts(timezone.now())
    # Who is tied to the report is told nothing.
    if seen.asked_to_erase and erasing.waiting(user).exists():
        text = _("A report waits to be erased early. Any member may stop it.")
        found.append(Banner(text, reverse("admin:report_erasures"), _("Look at it")))
    if seen.failing_since:
        day = date_format(timezone.localtime(seen.failing_since), "F j, g:i a")
        found.append(Banner(_("Notices could not be sent since %(day)s. Tell the operator.") % {"day": day}))
    elif seen.is_late and not settings.TRIAL:
        text = _("Notices are not being sent: the hourly timer does not run. Tell the operator.")
        found.append(Banner(text))
    return found


def _for_lead(is_lead: bool, text: str, name: str, link: str) -> Banner:
    return Banner(text, reverse(name), link) if is_lead else Banner(text)


def _drill_is_due(state: keys.VaultState) -> bool:
    drilled: Any = state.site and state.site.drilled_on
    return bool(drilled) and timezone.localdate() - drilled > DRILL_EVERY
