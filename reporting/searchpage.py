"""The page that searches in the words of reports. By POST only: what is looked for stands in no address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import CleanCharField
from reporting import queuepage, search, staffview
from reporting.filters import Filters


class SearchForm(forms.Form):
    """Words to look for."""

    words = CleanCharField(
        label=gettext_lazy("Words to look for"),
        help_text=gettext_lazy(
            "A report is found when it holds all of them. Capitals and accents do not matter."
        ),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type a word first.")},
    )


@staffview.needs("reporting.view_report")
def search_page(request: HttpRequest) -> HttpResponse:
    """Take words, open the reports of the view in the address, and show those that hold the words."""
    room = staffview.open_case_room(request)
    filters = Filters.read(request.GET.urlencode())
    form = SearchForm(request.POST or None)
    found = None
    user: Any = request.user
    if request.method == "POST" and form.is_valid():
        words = search.words_of(form.cleaned_data["words"])
        after = request.POST.get("after", "")
        found = search.search(filters=filters, words=words, user=user, room=room, after=after)
    return staffview.page(
        request,
        "search",
        _("Search in the reports"),
        form=form,
        found=found,
        query=filters.query(),
        chips=queuepage.chips(filters, room),
        at_once=search.AT_ONCE,
    )
