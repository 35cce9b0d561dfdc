"""The drawings of the course: which there are, and what each one says to somebody who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Drawing:
    """One drawing. alt: what is seen and done, in words. caption: the step in a few words."""

    slug: str
    alt: Any
    caption: Any

    @property
    def path(self) -> str:
        """Its path among the static files."""
        return f"drawings/{self.slug}.svg"


_ALL = (
    Drawing(
        "chest-rub",
        _("A person lies on the back. A fist rubs with its knuckles up and down the middle of the chest."),
        _("Rub your knuckles hard on the middle of the chest."),
    ),
    Drawing(
        "spray-1",
        _("A person lies on the back. One hand under the neck tilts the head back, so the nose points up."),
        _("Tilt the head back, with one hand under the neck."),
    ),
    Drawing(
        "spray-2",
        _(
            "A hand holds the spray: the thumb on the bottom, two fingers beside the nozzle. The tip is in "
            "one nostril, and the fingers touch the nose."
        ),
        _("Put the tip in one nostril until your fingers touch the nose."),
    ),
    Drawing(
        "spray-3",
        _("The thumb presses the bottom of the spray all the way in, toward the nose."),
        _("Press all the way, one time."),
    ),
    Drawing(
        "shot-thigh",
        _("A syringe goes straight into the outer side of the thigh, through the clothes."),
        _("Outer thigh, straight in. You can go through clothes."),
    ),
    Drawing(
        "head-tilt",
        _("One hand on the forehead tilts the head back. Two fingers of the other hand lift the chin."),
        _("Tilt the head back. Lift the chin."),
    ),
    Drawing(
        "breath",
        _(
            "A helper pinches the nose shut and breathes into the mouth of the person who lies on the back. "
            "The chest rises."
        ),
        _("Pinch the nose. Breathe into the mouth until the chest rises."),
    ),
    Drawing(
        "recovery",
        _(
            "A person lies on the side. The top knee is bent, a hand is under the head, and the face is "
            "turned to the side."
        ),
        _("On the side: top knee bent, hand under the head."),
    ),
)
DRAWINGS = {drawing.slug: drawing for drawing in _ALL}
