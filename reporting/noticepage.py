"""Where a member says how they want to be told that there is something new."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reporting import notices
from reporting.staffview import needs, page

_Member: Any = get_user_model()


class NoticesForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    """The member's own address and choice."""

    class Meta:
        model = _Member
        fields = ["email", "notices"]
        labels = {"email": gettext_lazy("Your e-mail address"), "notices": gettext_lazy("When to write")}
        widgets = {"notices": forms.RadioSelect}


@needs("reporting.view_report")
def own_notices(request: HttpRequest) -> HttpResponse:
    """Show and keep how the member is told."""
    # A copy: a faulty address must not stand in the account of this request.
    member = _Member.objects.get(pk=request.user.pk)
    form = NoticesForm(request.POST or None, instance=member)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Kept."))
        return HttpResponseRedirect(request.path)
    return page(request, "notices", _("Notices by e-mail"), form=form, words=notices.WORDS)
