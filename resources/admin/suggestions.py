"""What readers told us, for staff: the words beside the facts, the difference before it is written."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from resources import differences, history
from resources.admin.base import AnyAdmin
from resources.admin.history import reason_of, tell_waiting
from resources.models import Location, Phone, Service, Suggestion
from resources.suggestions import AlreadyDecided, NoReason, decide_suggestion, open_suggestion

About = Suggestion.About
_PLACE = ("street", "city", "postal_code", "county")
# What an editor may change on the page of a suggestion, by what the reader said is wrong.
EDITED: dict[str, tuple[str, ...]] = {
    About.PHONE: ("phones",),
    About.HOURS: ("always_open", "by_appointment", "on_holidays", "hours", "schedules"),
    About.ADDRESS: ("url", "url_is_direct", "email"),
    About.ELIGIBILITY: ("eligibility", "cost", "bring"),
    About.CLOSED: ("is_published", "caution"),
    About.MISSING: ("details", "languages", "has_interpreter", "access_facts"),
    About.OTHER: ("name", "summary", "details", "caution"),
}
# Of a number, what a reader can tell of; the rest is in the form of the listing.
_SHORT: dict[Any, dict[str, Any]] = {
    Phone: {
        "fields": [
            "number", "dial", "label", "takes_calls", "takes_texts", "keyword", "press", "hours", "mark",
            "is_published",
        ]
    }
}  # fmt: skip
_ONE_MORE = {"extra": 1, "can_delete_extra": False}
_OURS = {"csrfmiddlewaretoken", "do", "take", "seen", "reason"}


@dataclass(frozen=True)
class Line:
    """One field that would change. key: names it in the form; pieces: what differs, word by word."""

    key: str
    label: str
    before: Any
    after: Any
    pieces: list[tuple[str, str]]


class Boxes:
    """The forms of the facts that a suggestion is about, for one listing and its places.

    typed: what was sent, None for the first look.
    """

    def __init__(self, request: HttpRequest, site: Any, suggestion: Suggestion, typed: Any = None) -> None:
        service = suggestion.service
        assert service is not None  # noqa: S101 (a missing place has no boxes)
        self.service = service
        self.places = list(service.locations.all()) if suggestion.about == About.ADDRESS else []
        names = EDITED[suggestion.about]
        listing = site.get_model_admin(Service)
        plain = [name for name in names if name not in history.LISTS]
        self.form = _form(listing, request, service, plain, typed)
        self.formsets = [
            formset(typed, instance=service, prefix=formset.get_default_prefix())
            for inline in listing.get_inline_instances(request, service)
            if inline.model in {history.ROWS[name] for name in names if name in history.ROWS}
            for formset in [inline.get_formset(request, service, **_SHORT.get(inline.model, {}), **_ONE_MORE)]
        ]
        of_places = site.get_model_admin(Location)
        self.place_forms = [
            _form(of_places, request, place, list(_PLACE), typed, prefix=f"place-{place.pk}")
            for place in self.places
        ]
        for form in (self.form, *self.place_forms, *itertools.chain(*self.formsets)):
            for field in form.fields.values():
                field.hide_optional = True  # said to readers alone
                if isinstance(field.widget, RelatedFieldWidgetWrapper):
                    field.widget = field.widget.widget  # without its doors to other forms

    def is_valid(self) -> bool:
        """Return whether every box can be written."""
        valid = [each.is_valid() for each in self._each()]  # each one: all its faults are shown at once
        return all(valid)

    @property
    def has_errors(self) -> bool:
        """Whether something that was typed cannot be written."""
        return any(each.is_bound and not each.is_valid() for each in self._each())

    def _each(self) -> Iterator[Any]:
        yield self.form
        yield from self.formsets
        yield from self.place_forms

    def states(self) -> dict[str, dict[int, history.State]]:
        """Return the states of the listing and of the places that have boxes, as the database holds them."""
        return {
            "service": history.states(Service, [self.service.pk]),
            "place": history.states(Location, [place.pk for place in self.places]),
        }

    def save(self) -> None:
        """Write what was typed. Raise IntegrityError for what the database refuses."""
        for each in self._each():
            each.save()

    def tried(self) -> list[Line]:
        """Return what would change: it is written, looked at, and taken away again before anybody sees it."""
        with transaction.atomic():
            before = self.states()
            self.save()
            lines = list(_lines(before, self.states()))
            transaction.set_rollback(True)
        return lines


def _form(
    admin_of: Any, request: HttpRequest, row: Any, names: list[str], typed: Any, prefix: str | None = None
) -> Any:
    """Return the form of the staff site for `row` with these fields alone."""
    form = admin_of.get_form(request, row, change=True, fields=names)(typed, instance=row, prefix=prefix)
    for name in set(form.fields) - set(names):
        del form.fields[name]
    return form


def _lines(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Line]:
    for kind, model in (("service", Service), ("place", Location)):
        for pk, state in before[kind].items():
            for name, old, new in history.difference(state, after[kind][pk]):
                label = differences.label_of(model, name)
                if kind == "place":
                    label = f"{label} ({state['slug']})"
                yield Line(f"{kind}-{pk}-{name}", label, old, new, differences.marked(model, name, old, new))


def _seen(lines: list[Line]) -> str:
    """Return a hash of what an editor was shown, so that nothing else is written."""
    told = json.dumps([(line.key, line.before, line.after) for line in lines], sort_keys=True)
    return blake2b(told.encode(), digest_size=16).hexdigest()


class _Stale(Exception):
    """What would be written is not what was shown."""


_ACCEPTING = {"accept": Suggestion.Status.ACCEPTED, "partly": Suggestion.Status.PARTLY}
_SAID: dict[type[Exception], Any] = {
    NoReason: _("Say why, in a few words: it was not taken as it came."),
    AlreadyDecided: _("Somebody has decided this suggestion already."),
    _Stale: _("The listing has changed meanwhile. Please look again."),
}


@admin.register(Suggestion)
class SuggestionAdmin(AnyAdmin):
    """What readers told us. Their words are read here and never changed."""

    list_display = ["received_on", "service", "about", "status"]
    list_filter = ["status", "about"]
    list_select_related = ["service"]
    list_per_page = 50
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list under a name that says what it is for."""
        return super().changelist_view(request, {"title": _("What readers told us"), **(extra_context or {})})

    def get_ordering(self, request: HttpRequest) -> Any:
        """What nobody has decided first, then by day."""
        is_new = When(status=Suggestion.Status.NEW, then=Value(0))
        return [Case(is_new, default=Value(1), output_field=IntegerField()), "received_on", "pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from readers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are erased by a command, a while after they were decided."""
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the words beside the facts; show the difference; write it, or decline it with a reason."""
        suggestion = self.get_object(request, unquote(object_id))
        if suggestion is None:
            raise Http404
        if not self.has_change_permission(request, suggestion):
            raise PermissionDenied
        if request.method != "POST" or suggestion.status != Suggestion.Status.NEW:
            return self._page(request, suggestion)
        what = request.POST.get("do")
        try:
            if what == "decline":
                return self._decided(request, suggestion, Suggestion.Status.DECLINED)
            if what in _ACCEPTING:
                return self._accept(request, suggestion, _ACCEPTING[what])
        except (NoReason, AlreadyDecided, _Stale, history.Refused) as fault:
            messages.error(request, str(_SAID.get(type(fault), fault)))
            suggestion.refresh_from_db()
        is_open = suggestion.status == Suggestion.Status.NEW
        if suggestion.service is None or not is_open or what in {"again", "decline"}:
            return self._page(request, suggestion)
        return self._preview(request, suggestion)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What became of a suggestion stands on its own page."""
        return redirect(reverse("admin:resources_suggestion_change", args=[unquote(object_id)]))

    def _decided(
        self, request: HttpRequest, suggestion: Suggestion, status: Suggestion.Status
    ) -> HttpResponse:
        decide_suggestion(
            suggestion=suggestion,
            by=request.user,
            status=status,
            reason=reason_of(request),
            today=timezone.localdate(),
        )
        self.log_change(request, suggestion, f"{status.value}.")
        messages.success(request, gettext("Written down: %(status)s.") % {"status": status.label})
        return redirect("admin:resources_suggestion_changelist")

    @transaction.atomic
    def _accept(
        self, request: HttpRequest, suggestion: Suggestion, status: Suggestion.Status
    ) -> HttpResponse:
        """Write what was shown and ticked, on the way that every change of staff goes.

        Raise _Stale when it is not what was shown, Refused, NoReason, AlreadyDecided; nothing is left then.
        """
        row = open_suggestion(suggestion)
        if row.service is not None and ("seen" in request.POST or not row.changes.exists()):
            row.service = history.lock(row.service)
            list(Location.objects.select_for_update(of=("self",)).filter(services=row.service))
            boxes = Boxes(request, self.admin_site, row, request.POST)
            if not boxes.is_valid():
                raise _Stale
            if self._write(request, row, boxes):
                status = Suggestion.Status.PARTLY
        return self._decided(request, suggestion, status)

    def _write(self, request: HttpRequest, suggestion: Suggestion, boxes: Boxes) -> bool:
        """Write the ticked lines and their history. Return whether something was left out."""
        before = boxes.states()
        boxes.save()
        lines = list(_lines(before, boxes.states()))
        if not lines or _seen(lines) != request.POST.get("seen"):
            raise _Stale
        left = [line for line in lines if line.key not in request.POST.getlist("take")]
        if len(left) == len(lines):
            raise history.Refused(gettext("Tick what is right, or decline the suggestion."))
        rows: list[Service | Location] = [boxes.service, *boxes.places]
        for of in rows:
            kind = "place" if isinstance(of, Location) else "service"
            start = f"{kind}-{of.pk}-"
            kept = {line.key.removeprefix(start): line.before for line in left if line.key.startswith(start)}
            if kept:
                history.write(of, kept)
            told = history.record(
                of, before[kind][of.pk], by=request.user, reason=reason_of(request), suggestion=suggestion
            )
            tell_waiting(request, told)
        return bool(left)

    def _page(self, request: HttpRequest, suggestion: Suggestion) -> HttpResponse:
        """Show the words, the facts and the boxes, filled with what was typed if anything was."""
        is_open = suggestion.status == Suggestion.Status.NEW
        service = suggestion.service
        typed = request.POST if request.method == "POST" and "seen" in request.POST else None
        boxes = Boxes(request, self.admin_site, suggestion, typed) if is_open and service else None
        context: dict[str, Any] = {"boxes": boxes, "facts": _facts(suggestion) if service else []}
        return self._answer(request, suggestion, "suggestion", context)

    def _preview(self, request: HttpRequest, suggestion: Suggestion) -> HttpResponse:
        """Show what would change, before it is written."""
        boxes = Boxes(request, self.admin_site, suggestion, request.POST)
        context: dict[str, Any] = {"boxes": boxes, "facts": _facts(suggestion)}
        if not boxes.is_valid():
            return self._answer(request, suggestion, "suggestion", context)
        try:
            lines = boxes.tried()
        except IntegrityError:
            messages.error(request, gettext("Two rows say the same. Give each its own place in the order."))
            return self._answer(request, suggestion, "suggestion", context)
        taken = request.POST.getlist("take") if "seen" in request.POST else [line.key for line in lines]
        typed = [
            (name, value) for name, values in request.POST.lists() if name not in _OURS for value in values
        ]
        context = {"lines": lines, "taken": taken, "typed": typed, "seen": _seen(lines)}
        return self._answer(request, suggestion, "suggestion_preview", context)

    def _answer(
        self, request: HttpRequest, suggestion: Suggestion, template: str, context: dict[str, Any]
    ) -> HttpResponse:
        title = gettext("Suggestion of %(day)s") % {"day": suggestion.received_on.isoformat()}
        common = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "suggestion": suggestion,
            "service": suggestion.service,
            "has_changes": suggestion.changes.exists(),
            "reason": reason_of(request),
        }
        return TemplateResponse(
            request,
            f"admin/resources/{template}.html",
            {**common, **context},
            headers={"Cache-Control": "no-store"},
        )


def _facts(suggestion: Suggestion) -> list[tuple[str, str]]:
    """Return the present facts that a suggestion is about, each with its name."""
    service = suggestion.service
    assert service is not None  # noqa: S101 (a missing place has no facts)
    state = history.state_of(service)
    facts = [
        (differences.label_of(Service, name), differences.in_words(Service, name, state[name]))
        for name in EDITED[suggestion.about]
    ]
    if suggestion.about == About.ADDRESS:
        for place in service.locations.all():
            told = history.state_of_place(place)
            words = [differences.in_words(Location, name, told[name]) for name in (*_PLACE, "visibility")]
            facts.append((str(place), ", ".join(word for word in words if word)))
    return facts
