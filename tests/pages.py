"""What a page says, without its markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser


def text_of(response):
    """Return the words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


class _Fields(HTMLParser):
    """Reads what a browser would send with the form that has a button of this value."""

    def __init__(self):
        super().__init__()
        self.forms, self.fields, self.area, self.select = [], None, None, None

    def handle_starttag(self, tag, attrs):
        own = {name: value or "" for name, value in attrs}
        name = own.get("name")
        if tag == "form":
            self.fields = {}
            self.forms.append((self.fields, []))
        elif self.fields is None:
            return
        elif tag == "button":
            self.forms[-1][1].append(own.get("value", ""))
        elif tag == "textarea":
            self.area = self.fields[name] = [""]
        elif tag == "select":
            self.select = self.fields.setdefault(name, [])
            self.is_one = "multiple" not in own
        elif tag == "option" and ("selected" in own or (self.is_one and not self.select)):
            if self.is_one:
                self.select.clear()
            self.select.append(own.get("value", ""))
        elif tag == "input":
            self.read_input(own)

    def read_input(self, own):
        is_tick = own.get("type") in {"checkbox", "radio"}
        value = own.get("value", "on" if is_tick else "")
        if own.get("type") == "submit":
            self.forms[-1][1].append(value)
        elif own.get("name") and (not is_tick or "checked" in own):
            self.fields.setdefault(own["name"], []).append(value)

    def handle_data(self, data):
        if self.area is not None:
            self.area[0] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area[0] = self.area[0].removeprefix("\r\n").removeprefix("\n")
            self.area = None
        elif tag == "form":
            self.fields = None


def fields_of(response, button):
    """Return what a browser sends with the form whose button has this value: name to list of values."""
    reader = _Fields()
    reader.feed(response.content.decode())
    return next(fields for fields, buttons in reader.forms if button in buttons)
