"""Checking facts: the queue of what is due, one click per fact, and actions for many services at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources import freshness, hours
from resources.admin.base import AnyAdmin, AnyInline
from resources.models import Fact, FactCheck, How, Service, checked_label

SOON = timedelta(days=14)
_COLUMNS = ("fact", "checked_on", "how", "next_due", "checked_by", "confirmed_on", "confirmed_by")
# What the button of each way of checking says.
_BUTTONS = {How.CALLED: _("Called today: right"), How.SITE: _("Read on its website today: right")}
# Where each fact stands in the form of its service.
_PLACE_IN_FORM = {Fact.PHONE: "phones-group", Fact.HOURS: "schedules-group"}


class FactCheckInline(AnyInline):
    """When each fact was checked; written by the queue and the actions, not by hand."""

    model = FactCheck
    extra = 0
    fields = _COLUMNS
    readonly_fields = _COLUMNS
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Checks are written by the queue and the actions."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not in this form, which must be kept even when a colleague checked a fact meanwhile."""
        return False


class ChecksFacts(AnyAdmin):
    """Services: actions that write down a check of today."""

    actions = ["checked_by_call", "checked_on_site"]

    @admin.action(
        description=_("Checked today: I called, and phone and hours are right"), permissions=["change"]
    )
    def checked_by_call(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        """Write down a call of today for phone and hours."""
        self._checked(request, queryset, How.CALLED, (Fact.PHONE, Fact.HOURS))

    @admin.action(description=_("Checked today: I read its own website"), permissions=["change"])
    def checked_on_site(self, request: HttpRequest, queryset: QuerySet[Service]) -> None:
        """Write down a look at the website of today for every fact but the phone, which is for calling."""
        self._checked(request, queryset, How.SITE, (Fact.HOURS, Fact.ADDRESS, Fact.ELIGIBILITY))

    def _checked(
        self, request: HttpRequest, queryset: QuerySet[Service], how: str, facts: tuple[str, ...]
    ) -> None:
        today = timezone.localdate()
        for service in queryset:
            freshness.keep_up(service=service, today=today)
            checks = FactCheck.objects.filter(service=service, fact__in=facts).select_related("service")
            done = [check for check in checks if _check(request, check, how)]
            if done:
                self.log_change(request, service, _trace(done, how))


def _check(request: HttpRequest, check: FactCheck, how: str) -> bool:
    """Write down the check of the member who asks, and tell them. Return whether it counted for anything."""
    assert request.user.is_authenticated  # noqa: S101 - staff pages have no other readers
    named = {"service": check.service, "fact": check.get_fact_display()}
    try:
        row = freshness.check_fact(check=check, by=request.user, how=how, today=timezone.localdate())
    except freshness.Refused as refused:
        messages.error(request, f"{named['service']}, {named['fact']}: {refused}")
        return False
    if freshness.waits_for_second(row):
        text = gettext("%(service)s, %(fact)s: noted. A second person must confirm it before it counts.")
        messages.warning(request, text % named)
    else:
        messages.success(request, gettext("%(service)s, %(fact)s: checked today.") % named)
    return True


def _trace(checks: Iterable[FactCheck], how: str) -> str:
    facts = ", ".join(str(Fact(check.fact).value) for check in checks)
    return f"Checked today: {facts} ({How(how).value})."


class DueFilter(admin.SimpleListFilter):
    """Facts by when they are due, and what they wait for."""

    title = _("when it is due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be chosen."""
        return [
            ("overdue", _("Overdue")),
            ("soon", _("Overdue or due within 14 days")),
            ("second", _("Waits for a second person")),
            ("never", _("Nobody has checked it yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FactCheck]) -> QuerySet[FactCheck]:
        """Return the facts that were chosen."""
        today = timezone.localdate()
        chosen: dict[str | None, Q] = {
            "overdue": Q(next_due__lt=today),
            "soon": Q(next_due__lte=today + SOON),
            "second": freshness.WAITS_FOR_SECOND,
            "never": ~Q(how__in=freshness.BY_A_PERSON),
        }
        return queryset.filter(chosen.get(self.value(), Q()))


class CrisisFilter(admin.SimpleListFilter):
    """Facts of the lines of the crisis panel, or of the others."""

    title = _("crisis line")
    parameter_name = "crisis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be chosen."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FactCheck]) -> QuerySet[FactCheck]:
        """Return the facts of the services that were chosen."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(service__crisis_order__isnull=self.value() == "no")
        return queryset


@dataclass(frozen=True)
class QueueLine:
    """What stands in the queue beside one fact.

    says: what the site tells now, each with a link to call it, or "". waits: who has checked it and whom it
    waits for, or "". ways: value and words of each button.
    """

    due: str
    is_overdue: bool
    says: list[tuple[str, str]]
    last: str
    waits: str
    ways: list[tuple[str, Any]]
    wrong: str


def _line(check: FactCheck, request: HttpRequest) -> QueueLine:
    today = timezone.localdate()
    service = check.service
    waits, is_own = "", False
    if freshness.waits_for_second(check):
        is_own = check.checked_by_id == request.user.pk
        waits = gettext("You called. A second person must confirm.") if is_own else gettext(
            "Waits for a second person."
        )  # fmt: skip
    ways = [how for how in freshness.WAYS[check.fact] if how != How.SITE or service.url]
    anchor = _PLACE_IN_FORM.get(Fact(check.fact), "")
    return QueueLine(
        due=freshness.due_words(check.next_due, today),
        is_overdue=check.next_due < today,
        says=_SAYS[check.fact](service),
        last=_last(check),
        waits=waits,
        ways=[] if is_own else [(how, _BUTTONS[How(how)]) for how in ways],
        wrong=reverse("admin:resources_service_change", args=[service.pk]) + (f"#{anchor}" if anchor else ""),
    )


def _last(check: FactCheck) -> str:
    """Return how, when and by whom this was last checked."""
    text = checked_label(
        check.how, check.checked_on if check.how else None, has_phone=check.fact == Fact.PHONE
    )
    names = [str(person) for person in (check.checked_by, check.confirmed_by) if person]
    return f"{text} ({', '.join(names)})" if names else text


def _numbers(service: Service) -> list[tuple[str, str]]:
    return [
        (f"{phone.label}: {phone.number}" if phone.label else phone.number, f"tel:{phone.dial}")
        for phone in service.phones.all()
        if phone.is_published
    ]


def _hours(service: Service) -> list[tuple[str, str]]:
    words = [gettext("Open day and night")] if service.always_open else []
    if service.hours:
        words.append(str(service.hours))
    for place in hours.status(service, timezone.now()).places:
        before = f"{place.name}: " if place.name else ""
        words += [f"{before}{days}: {text}" for days, text in place.table]
    shown = {place.pk for place in service.listed_places}
    for span in service.listed_schedules:
        if span.location_id and span.location_id not in shown:
            is_timed = span.opens_at and span.closes_at
            times = f" {span.opens_at:%H:%M}–{span.closes_at:%H:%M}" if is_timed else ""
            words.append(gettext("Not public: %(hours)s") % {"hours": f"{span}{times}"})
    return [(line, "") for line in words]


def _addresses(service: Service) -> list[tuple[str, str]]:
    return [
        (f"{place.street}, {place.city} {place.postal_code} ({place.get_visibility_display()})", "")
        for place in service.locations.all()
        if place.street
    ]


_SAYS: dict[str, Callable[[Service], list[tuple[str, str]]]] = {
    Fact.PHONE: _numbers,
    Fact.HOURS: _hours,
    Fact.ADDRESS: _addresses,
    Fact.ELIGIBILITY: lambda service: [(str(service.eligibility), "")],
}


class Queue(ChangeList):
    """The list of facts, each with what the site says of it and the buttons that fit."""

    def get_results(self, request: HttpRequest) -> None:
        """Read one page of the queue."""
        super().get_results(request)
        self.lines = [(check, _line(check, request)) for check in self.result_list]


@admin.register(FactCheck)
class FactCheckAdmin(AnyAdmin):
    """The queue of facts by the day on which they are due. One click writes down a check of today."""

    list_display = ["fact"]
    list_display_links = None
    list_filter = [DueFilter, CrisisFilter, "fact", "how"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["service__slug", "service__organization__name"]
    actions = None
    fields = _COLUMNS
    readonly_fields = _COLUMNS

    def get_queryset(self, request: HttpRequest) -> QuerySet[FactCheck]:
        """What readers see is checked; what is not published waits."""
        return freshness.to_check()

    def get_ordering(self, request: HttpRequest) -> Any:
        """The day first, and the lines of the crisis panel first on each day."""
        return ["next_due", F("service__crisis_order").asc(nulls_last=True), "pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use the list with buttons."""
        return Queue

    def get_urls(self) -> list[URLPattern]:
        """Add where the buttons send to."""
        own = path(
            "<int:pk>/checked/", self.admin_site.admin_view(self.checked), name="resources_factcheck_checked"
        )
        return [own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the queue."""
        return super().changelist_view(request, {"title": _("Facts to check"), **(extra_context or {})})

    def checked(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write down the check that a button sent, and go back to the queue as it was filtered."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        check = get_object_or_404(freshness.to_check(), pk=pk)
        how = request.POST.get("how", "")
        if _check(request, check, how):
            self.log_change(request, check.service, _trace([check], how))
        filters = request.GET.get("_changelist_filters", "")
        queue = reverse("admin:resources_factcheck_changelist")
        return redirect(f"{queue}?{filters}" if filters else queue)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A fact comes with its service."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A fact goes with its service."""
        return False
