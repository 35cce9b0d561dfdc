"""What readers tell us about a listing: taken without account, name or e-mail, and erased when it is over.

Nothing about the sender is kept: no address, no moment, no account. `received_on` is a day. A trap that
people do not see, and a signed time in the form, keep simple programs out; neither loses a person's words.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.text import CleanCharField
from resources.models import Service, Suggestion

LONGEST = 2000  # characters; the column holds no more
# How old the form may be when it comes back. A person takes longer than two seconds to read it.
QUICKEST = dt.timedelta(seconds=2)
SLOWEST = dt.timedelta(hours=24)
_SALT = "resources.suggestions"


def stamp(now: dt.datetime) -> str:
    """Return the signed time at which a form was shown."""
    return signing.Signer(salt=_SALT).sign(str(int(now.timestamp())))


def is_timely(text: str, now: dt.datetime) -> bool:
    """Return whether `text` is a stamp of ours, neither too new nor too old for a person at `now`."""
    try:
        shown = int(signing.Signer(salt=_SALT).unsign(text))
    except (signing.BadSignature, ValueError):
        return False
    return QUICKEST <= now - dt.datetime.fromtimestamp(shown, dt.UTC) <= SLOWEST


class AlreadyDecided(Exception):
    """Somebody has decided this suggestion already."""


class NoReason(Exception):
    """Without a reason nothing is declined, and nothing accepted in part."""


class SuggestionForm(forms.Form):
    """What is wrong with a listing, and what is right; without a listing, what is missing.

    website: a trap, which people do not see. now: when the request came.
    """

    about = forms.ChoiceField(
        label=_("What is wrong?"),
        widget=forms.RadioSelect,
        choices=Suggestion.About.choices,
        error_messages={
            "required": _("Choose what is wrong."),
            "invalid_choice": _("Please choose one of the answers shown."),
        },
    )
    words = CleanCharField(
        label=_("What is right, in your words?"),
        multiline=True,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=_("Do not write your name or anyone else's."),
        error_messages={"required": _("Write what is right, in any words. One line is enough.")},
    )
    website = CleanCharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    shown = CleanCharField(required=False, widget=forms.HiddenInput)

    def __init__(self, typed: Any = None, *, now: dt.datetime, service: Service | None) -> None:
        super().__init__(typed, initial={"shown": stamp(now)})
        self.now = now
        if service is None:
            del self.fields["about"]
            self.fields["words"].label = _("What is it called, and how do people reach it?")

    def clean(self) -> dict[str, Any]:
        """Ask for a second press when the form came back as from a program."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("website") or not is_timely(cleaned.get("shown", ""), self.now):
            self.add_error(None, _("Nothing was sent yet. Wait a few seconds, then press Send again."))
        return cleaned

    def shown_again(self) -> SuggestionForm:
        """Return this form with the trap empty and a stamp that is good in two seconds, to be sent again."""
        typed = {**{name: self.data.get(name, "") for name in self.fields}, "website": ""}
        if not is_timely(typed.get("shown", ""), self.now + QUICKEST):
            typed["shown"] = stamp(self.now)
        self.data = typed
        return self


@transaction.atomic
def keep_suggestion(*, service: Service | None, about: str, words: str, now: dt.datetime) -> Suggestion:
    """Keep what a reader told us; sent twice on one day, it is kept once.

    service: the listing, None for a place that is not listed. about: a value of Suggestion.About. words:
    clean text of 1 to LONGEST characters.
    """
    kept, _new = Suggestion.objects.get_or_create(
        service=service,
        about=about,
        words=words,
        received_on=timezone.localdate(now),
        defaults={"status": Suggestion.Status.NEW},
    )
    return kept


def open_suggestion(suggestion: Suggestion) -> Suggestion:
    """Return `suggestion` as the database holds it, locked until the transaction ends.

    Raise AlreadyDecided when somebody was first.
    """
    row = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
    if row.status != Suggestion.Status.NEW:
        raise AlreadyDecided
    return row


@transaction.atomic
def decide_suggestion(
    *, suggestion: Suggestion, by: Any, status: str, reason: str, today: dt.date
) -> Suggestion:
    """Write down what became of `suggestion`. Return it.

    status: ACCEPTED, PARTLY or DECLINED of Suggestion.Status. Raise NoReason for the last two without reason,
    AlreadyDecided when somebody was first.
    """
    row = open_suggestion(suggestion)
    if status != Suggestion.Status.ACCEPTED and not reason:
        raise NoReason
    row.status, row.reason, row.decided_by, row.decided_on = status, reason, by, today
    row.save(update_fields=["status", "reason", "decided_by", "decided_on"])
    return row
