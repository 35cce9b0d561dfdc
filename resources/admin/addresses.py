"""Addresses and numbers as the checker saw them, for staff: broken ones first, to be read alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources.admin.base import AnyAdmin
from resources.checker import addresses, rounds
from resources.models import AddressCheck

State = AddressCheck.State
_FIRST = (State.BROKEN, State.SUSPECT, State.MOVED, State.UNTRIED, State.FINE)
_RANK = Case(
    *(When(state=state, then=Value(rank)) for rank, state in enumerate(_FIRST)),
    output_field=IntegerField(),
)
_KINDS = {"web": ("https:", "http:"), "tel": ("tel:",), "mailto": ("mailto:",)}


class AddressKindFilter(admin.SimpleListFilter):
    """Websites, numbers or e-mail addresses."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be chosen."""
        return [("web", _("Websites")), ("tel", _("Numbers")), ("mailto", _("E-mail addresses"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AddressCheck]) -> QuerySet[AddressCheck]:
        """Return the addresses that were chosen."""
        chosen = queryset.none()
        for start in _KINDS.get(self.value() or "", ()):
            chosen = chosen | queryset.filter(address__startswith=start)
        return chosen if self.value() in _KINDS else queryset


@dataclass(frozen=True)
class AddressLine:
    """What stands beside one address. words: how it stands; since: since when, or ""."""

    words: str
    since: str
    is_bad: bool
    is_crisis: bool
    uses: list[addresses.Use]


def _line(check: AddressCheck, uses: list[addresses.Use]) -> AddressLine:
    is_bad = check.state in {State.BROKEN, State.SUSPECT}
    since = check.first_failed_on if is_bad else check.fine_on
    label = gettext("since %(day)s") if is_bad else gettext("last on %(day)s")
    once = {use.path: use for use in uses}
    return AddressLine(
        words=_words(check),
        since=label % {"day": since.isoformat()} if since else "",
        is_bad=is_bad,
        is_crisis=any(use.is_crisis for use in uses),
        uses=list(once.values()),
    )


def _words(check: AddressCheck) -> str:
    if check.state == State.BROKEN and addresses.scheme_of(check.address) not in addresses.WEB:
        return gettext("Wrong")
    if check.state == State.SUSPECT:
        failed = {"days": check.tries, "all": rounds.BROKEN_AFTER}
        return gettext("Failed on %(days)s of %(all)s days, will be tried again") % failed
    if check.state == State.UNTRIED and check.tried_on:
        return gettext("A program cannot tell")
    return str(check.get_state_display())


class SeenList(ChangeList):
    """The list of addresses, each with what it means and where it stands."""

    def get_results(self, request: HttpRequest) -> None:
        """Read one page of the list; where each stands is read once for all."""
        super().get_results(request)
        uses = addresses.collect() if self.result_list else {}
        self.lines = [(check, _line(check, uses.get(check.address, []))) for check in self.result_list]


@admin.register(AddressCheck)
class AddressCheckAdmin(AnyAdmin):
    """What a machine saw of each address. It is written by the nightly round alone."""

    list_display = ["address"]
    list_display_links = None
    list_filter = ["state", AddressKindFilter]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["address", "leads_to"]
    actions = None

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is broken first, longest first."""
        return [_RANK.asc(), "first_failed_on", "address"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use the list with words and places."""
        return SeenList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list."""
        title = {"title": _("Addresses and numbers, as a machine saw them")}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Addresses come from the content."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was seen is not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An address goes with the last text that tells of it."""
        return False
