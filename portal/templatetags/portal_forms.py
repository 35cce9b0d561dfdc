"""What the field markup asks about a field."""

from __future__ import annotations

from django import forms, template
from django.forms.boundfield import BoundField

register = template.Library()


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Return whether `field` is shown as a list of radio buttons or checkboxes."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Return whether `field` is one single checkbox."""
    return isinstance(field.field.widget, forms.CheckboxInput)
