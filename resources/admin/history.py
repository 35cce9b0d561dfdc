"""The history of services and places: written when staff save, shown, taken back, confirmed by a second."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField, clean_line
from resources import differences, history
from resources.admin.base import AnyAdmin, AnyForm
from resources.models import Change, Location, Service, Suggestion

_ON_A_PAGE = 50


class WithReason(AnyForm):
    """A form that may say why; the words go to the history, not to the row."""

    why = CleanCharField(
        label=_("Why"),
        required=False,
        max_length=500,
        help_text=_("Such as: they called and told us. It stands in the history. No names of readers."),
    )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # of ModelForm, which the stubs leave out
        if isinstance(self.instance, Service) and not self.errors:
            try:
                history.check_held(self.instance)
            except ValidationError as fault:
                said = gettext("Until a second person agrees, this crisis line stays as it is.")
                self.add_error(None, [said, *fault.messages])


class KeepsHistory(AnyAdmin):
    """Services or places: what is saved here, one by one or many at once, is recorded field by field."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the box for the reason below the others."""
        fieldsets = super().get_fieldsets(request, obj)
        if "why" in flatten_fieldsets(fieldsets):
            return fieldsets
        return [*fieldsets, (_("This change"), {"fields": ["why"]})]

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Say it when what must wait cannot be put back; then nothing of the form is written."""
        if request.method == "GET" and object_id is not None:
            self._tell_of_waiting(request, object_id)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except history.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.get_full_path())

    def _tell_of_waiting(self, request: HttpRequest, object_id: str) -> None:
        of = self.get_object(request, unquote(object_id))
        if of is not None and _changes(of).filter(state=Change.State.WAITING).exists():
            where = reverse(f"admin:resources_{self.opts.model_name}_history", args=[of.pk])
            text = gettext("Changes of this wait for a second person.")
            messages.warning(request, format_html('{} <a href="{}">{}</a>', text, where, gettext("See them")))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Look at what the database holds, then save."""
        form.before = (
            history.states(self.model, [history.lock(obj).pk])[obj.pk]
            if change
            else history.blank_state(self.model)
        )
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the lists too, then write down what is new and hold back what needs a second person."""
        super().save_related(request, form, formsets, change)
        told = history.record(
            form.instance,
            form.before,
            by=request.user,
            reason=form.cleaned_data.get("why", ""),
            suggestion=_suggestion(request, form.instance),
        )
        tell_waiting(request, told)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *more: Any) -> Any:
        """Record what a bulk action does to the chosen rows."""
        chosen = queryset
        if request.POST.get("select_across") != "1":
            ticked = [pk for pk in request.POST.getlist(ACTION_CHECKBOX_NAME) if pk.isdecimal()]
            chosen = queryset.filter(pk__in=ticked)
        try:
            with history.watched(chosen, by=request.user) as told:
                response = super().response_action(request, queryset, *more)
        except history.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.get_full_path())
        tell_waiting(request, told)
        return response

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let the history of a row go with it, though nobody deletes a line of a history."""
        gone, counts, needed, protected = super().get_deleted_objects(objs, request)
        return gone, counts, set(needed) - {Change._meta.verbose_name}, protected

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what changed, what waits on top; take confirmations, refusals and wishes to take back."""
        of = self.get_object(request, unquote(object_id))
        if of is None:
            raise Http404
        if not self.has_view_or_change_permission(request, of):
            raise PermissionDenied
        if request.method == "POST":
            return self._decide(request, of)
        context = {**self.admin_site.each_context(request), **_page(request, of)}
        return TemplateResponse(
            request, "admin/resources/history.html", context, headers={"Cache-Control": "no-store"}
        )

    def _decide(self, request: HttpRequest, of: Any) -> HttpResponse:
        if not self.has_change_permission(request, of):
            raise PermissionDenied
        pk = request.POST.get("change", "")
        change = get_object_or_404(_changes(of), pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
        reason = reason_of(request)
        what = request.POST.get("do")
        try:
            if what == "confirm":
                history.confirm_change(change=change, by=request.user)
                said = gettext("Confirmed. Readers see it now.")
            elif what == "decline":
                history.decline_change(change=change, by=request.user, reason=reason)
                said = gettext("Declined. Nothing was changed.")
            elif what == "roll_back":
                told = history.roll_back(change=change, by=request.user, reason=reason)
                tell_waiting(request, told)
                said = gettext("Taken back.") if told.done else ""
            else:
                raise Http404
        except history.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.get_full_path())
        if said:
            messages.success(request, said)
        self.log_change(request, of, f"{what}: {change.field}")
        return redirect(request.get_full_path())


def reason_of(request: HttpRequest) -> str:
    """Return the clean reason that was typed, cut to what the box takes."""
    return clean_line(request.POST.get("reason", ""))[:500]


def tell_waiting(request: HttpRequest, told: history.Recorded) -> None:
    """Tell the member what of their changes waits for a second person."""
    if told.waiting:
        names = sorted({differences.label_of(_model_of(change), change.field) for change in told.waiting})
        text = gettext(
            "A second person must confirm this: %(fields)s. Until then readers see what was there."
        )
        messages.warning(request, text % {"fields": ", ".join(names)})


def _suggestion(request: HttpRequest, of: models.Model) -> Suggestion | None:
    """Return the open suggestion that the address of the form names, if it is about this service."""
    pk = request.GET.get("suggestion", "")
    if not pk.isdecimal() or len(pk) > 18 or not isinstance(of, Service):
        return None
    about = Q(service=of) | Q(service=None)
    return Suggestion.objects.filter(about, pk=int(pk), status=Suggestion.Status.NEW).first()


def _changes(of: Any) -> QuerySet[Change]:
    key = "service" if isinstance(of, Service) else "location"
    return Change.objects.filter(**{key: of}).select_related("made_by", "decided_by")


def _model_of(change: Change) -> type[Service] | type[Location]:
    return Service if change.service_id else Location


def _page(request: HttpRequest, of: Any) -> dict[str, Any]:
    """Return what the page of the history shows: what waits, and a page of the rest, of one field or all."""
    model = type(of)
    state = history.states(model, [of.pk])[of.pk]
    over = _changes(of).exclude(state=Change.State.WAITING)
    names = sorted(set(over.order_by().values_list("field", flat=True)))
    field = request.GET.get("field", "")
    rows = Paginator(over.filter(field=field) if field in names else over, _ON_A_PAGE)
    page = rows.get_page(request.GET.get("p"))
    waiting = [
        (*_line(model, change), change.made_by_id != request.user.pk, state[change.field] == change.before)
        for change in _changes(of).filter(state=Change.State.WAITING)
    ]
    return {
        "title": gettext("History: %(name)s") % {"name": of},
        "of": of,
        "opts": model._meta,
        "waiting": waiting,
        "lines": [
            (*_line(model, row), row.state == Change.State.DONE and state.get(row.field) == row.after)
            for row in page
        ],
        "page": page,
        "fields": [(name, differences.label_of(model, name)) for name in names],
        "field": field if field in names else "",
        "can_change": request.user.has_perm(f"resources.change_{model._meta.model_name}"),
    }


def _line(model: type[models.Model], change: Change) -> tuple[Change, str, list[tuple[str, str]]]:
    """Return a change with the name of its field and what differs."""
    label = differences.label_of(model, change.field)
    return change, label, differences.marked(model, change.field, change.before, change.after)


class StateFilter(admin.SimpleListFilter):
    """Changes by what became of them; those that wait stand first in mind, so they are what is shown."""

    title = _("what became of it")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return what can be chosen."""
        return [("all", _("All changes")), *((str(value), label) for value, label in Change.State.choices)]

    def choices(self, changelist: Any) -> Any:
        """Leave out Django's own “All”: without a choice the list shows what waits."""
        return list(super().choices(changelist))[1:]

    def value(self) -> str:
        """Return what was chosen, what waits when nothing was."""
        return super().value() or Change.State.WAITING

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        """Return the changes that were chosen."""
        return queryset if self.value() == "all" else queryset.filter(state=self.value())


@admin.register(Change)
class ChangeAdmin(AnyAdmin):
    """What waits for a second person, and every change there was. Each opens in the history of its row."""

    list_display = ["of", "what", "made_at", "made_by", "state"]
    list_filter = [StateFilter]
    list_select_related = ["service", "location", "made_by"]
    list_per_page = _ON_A_PAGE
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the list under a name that says what it is for."""
        return super().changelist_view(
            request, {"title": _("Changes: what waits for a second person"), **(extra_context or {})}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Go to the history in which the change stands."""
        change = self.get_object(request, unquote(object_id))
        if change is None:
            raise Http404
        name = _model_of(change)._meta.model_name
        return redirect(
            reverse(f"admin:resources_{name}_history", args=[change.service_id or change.location_id])
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A change has no history but its own."""
        return self.change_view(request, object_id)

    @admin.display(description=_("listing or place"))
    def of(self, change: Change) -> str:
        """Return what was changed."""
        return str(change.service or change.location)

    @admin.display(description=_("field"), ordering="field")
    def what(self, change: Change) -> str:
        """Return the name of the field."""
        return differences.label_of(_model_of(change), change.field)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from saving."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are decided in the history of their row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They stay as long as their row."""
        return False
