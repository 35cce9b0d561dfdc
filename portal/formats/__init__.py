"""How dates are written in the languages for which Django has no way."""

from django.utils.translation import gettext_noop

# Django writes these months, but has no Burmese and no Somali names for them, and its Kurdish ones belong to
# another calendar: a deadline would be read three weeks off. Ours stand in the catalogues.
MONTHS = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)
