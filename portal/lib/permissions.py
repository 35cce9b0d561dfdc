"""What a page may ask the device for: nothing, unless its view says otherwise."""

from __future__ import annotations

_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
    "geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb",
)  # fmt: skip
HEADER = "Permissions-Policy"


def policy(*own: str) -> str:
    """Return the value of the header that forbids every feature but `own`, which our own page may use."""
    return ", ".join(f"{feature}=({'self' if feature in own else ''})" for feature in _FEATURES)
