"""Before the story: danger, an open charge, the duty to report."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reporting.schema.base import YES_NO, Step, one, ticked

STEPS = (
    Step(
        "safety",
        _("First: are you safe?"),
        (
            one(
                "danger",
                _("Is someone in danger now?"),
                YES_NO,
                _("We do not watch this form day and night. Your answer calls nobody."),
            ),
        ),
    ),
    Step(
        "help-now",
        _("Please get help first"),
        asked=ticked("danger", "yes", "unsure"),
        words="reporting/_help_now.html",
    ),
    Step(
        "court",
        _("Court and charges"),
        (
            one(
                "open_charge",
                _("Does the student have an open charge or a court date?"),
                YES_NO,
                _("A ticket or a summons counts too."),
            ),
        ),
    ),
    Step(
        "lawyer-first",
        _("Talk to a lawyer first"),
        asked=ticked("open_charge", "yes", "unsure"),
        words="reporting/_lawyer_first.html",
    ),
    Step("law", _("What we must pass on"), words="reporting/_duty.html"),
)
