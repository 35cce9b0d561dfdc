"""What readers may ask the directory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib import places
from portal.lib.text import CleanCharField, clean_line
from portal.lib.translated import joined
from resources.models import Category
from resources.selectors import tree


class FindForm(forms.Form):
    """Where and what: every field may stay empty."""

    q = CleanCharField(label=_("What do you need?"), required=False, max_length=100)
    zip = forms.CharField(
        label=_("ZIP code"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    county = forms.ChoiceField(
        label=_("County"),
        required=False,
        error_messages={"invalid_choice": _("Choose a county from the list.")},
    )
    category = forms.ChoiceField(
        label=_("Topic"),
        required=False,
        error_messages={"invalid_choice": _("Choose a topic from the list.")},
    )

    open = forms.ChoiceField(
        label=_("When"),
        required=False,
        choices=[("", _("At any time")), ("now", _("Open now, or hours not known"))],
        error_messages={"invalid_choice": _("Choose a time from the list.")},
    )

    def __init__(self, *args: Any, topics: Iterable[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counties = [(county.slug, county.name) for county in places.counties()]
        self._choices("county", [("", _("All counties")), *counties])
        named = [
            (topic.slug, joined("– ", topic.name) if topic.parent_id else str(topic))
            for head, below in tree(topics)
            for topic in [head, *below]
        ]
        self._choices("category", [("", _("All topics")), *named])
        self.fields["q"].widget.attrs |= {"type": "search", "autocomplete": "off"}

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (tells the type checker what stands above)
        field.choices = choices

    def clean_zip(self) -> str:
        """Return five digits, or nothing. "37203-1234" counts as 37203."""
        typed = clean_line(self.cleaned_data["zip"])
        if not typed:
            return ""
        short = typed.partition("-")[0]
        if places.zip_place(short) is None:
            raise forms.ValidationError(
                _("We do not know this ZIP code. Type a Tennessee ZIP of five digits, or choose your county.")
            )
        if not places.zip_counties(short):
            raise forms.ValidationError(_("We do not know the county of this ZIP code. Choose your county."))
        return short


class PlaceForm(forms.Form):
    """Where a device says it is, in degrees, rounded by the page that sends it. It is not kept."""

    latitude = forms.FloatField(min_value=-90, max_value=90)
    longitude = forms.FloatField(min_value=-180, max_value=180)
