"""The page that narrows the queue by what the reports name: officer, school, agency, county, tag.

What is chosen or typed becomes a token; only the token stands in the address.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import CleanCharField
from reporting import conflicts, facets, keys, staffview, tags
from reporting.filters import Filters
from reporting.keys import RoomKey
from reporting.models import Facet

_OFFERED = [
    Facet.Kind.TAG,
    Facet.Kind.SCHOOL,
    Facet.Kind.AGENCY,
    Facet.Kind.OFFICER,
    Facet.Kind.BADGE,
    Facet.Kind.DISTRICT,
    Facet.Kind.COUNTY,
]


class NarrowForm(forms.Form):
    """Something a report may name, typed."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=[(k.value, k.label) for k in _OFFERED])
    words = CleanCharField(
        label=gettext_lazy("Name or word"),
        max_length=200,
        error_messages={"required": gettext_lazy("Type a name first.")},
    )


@staffview.needs("reporting.view_report")
def narrow(request: HttpRequest) -> HttpResponse:
    """Offer the most used names of the newest open reports, and take a typed one."""
    room = staffview.open_case_room(request)
    filters = Filters.read(request.GET.urlencode())
    form = NarrowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind = form.cleaned_data["kind"]
        try:
            token = token_of(kind, form.cleaned_data["words"], room)
        except conflicts.Unclear:
            form.add_error("words", _("This is no name of that kind that we can look for. Try fewer words."))
        else:
            return HttpResponseRedirect(f"{_queue()}?{filters.query(**{kind: token})}")
    user: Any = request.user
    used = tags.most_used(user, room, [kind.value for kind in _OFFERED])
    offered = [
        {
            "label": kind.label,
            "choices": [
                (f"{_queue()}?{filters.query(**{kind.value: token})}", words)
                for token, words in sorted(used[kind.value], key=lambda pair: pair[1].casefold())
            ],
        }
        for kind in _OFFERED
    ]
    back = f"{_queue()}?{filters.query()}"
    return staffview.page(
        request, "narrow", _("Narrow the queue"), form=form, offered=offered, back=back, query=filters.query()
    )


def _queue() -> str:
    return reverse("admin:reporting_report_changelist")


def token_of(kind: str, words: str, room: RoomKey) -> str:
    """Return the token under which reports that name `words` are found. Raise conflicts.Unclear."""
    if kind == Facet.Kind.TAG:
        return tags.token_of(words, room)
    return facets.token(keys.open_index_key(room), kind, conflicts.ties_of(kind, words)[0].value)
