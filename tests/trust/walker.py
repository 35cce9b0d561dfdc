"""Walks the pages of a form as a browser without scripts does, whatever fields there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

Ask = Callable[[str, list[tuple[str, str]]], tuple[int, str]]


@dataclass
class Button:
    """One button of a form; `action` where it goes instead of the form's own address."""

    name: str = ""
    value: str = ""
    action: str = ""
    look: str = ""


@dataclass
class Form:
    """One form of a page.

    values: hidden fields; free: text fields with their type and limit; choices: what can be ticked;
    wrong: fields that were refused.
    """

    action: str = ""
    method: str = "get"
    is_upload: bool = False
    values: list[tuple[str, str]] = field(default_factory=list)
    free: dict[str, tuple[str, int]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    buttons: list[Button] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(own.get("action", ""), own.get("method", "get").lower())
            self.form.is_upload = own.get("enctype") == "multipart/form-data"
            self.forms.append(self.form)
        elif self.form is None:
            return
        elif tag == "input":
            self._input(self.form, own)
        elif tag == "textarea":
            self.area = own.get("name", "")
            self.form.free[self.area] = ("textarea", int(own.get("maxlength") or 2000))
        elif tag == "select":
            self.select = own.get("name", "")
        elif tag == "option" and self.select:
            self.form.choices.setdefault(self.select, []).append(own.get("value", ""))
        elif tag == "button" and own.get("type", "submit") == "submit":
            button = Button(own.get("name", ""), own.get("value", ""), own.get("formaction", ""))
            button.look = own.get("class", "")
            self.form.buttons.append(button)
        if own.get("aria-invalid") == "true" and own.get("name"):
            self.form.wrong.add(own["name"])

    def _input(self, form: Form, own: dict[str, str]) -> None:
        name, kind = own.get("name", ""), own.get("type", "text")
        if not name:
            return
        if kind == "hidden":
            form.values.append((name, own.get("value", "")))
        elif kind in {"checkbox", "radio"}:
            form.choices.setdefault(name, []).append(own.get("value", "on"))
        elif kind == "file":
            form.files.append(name)
        elif kind == "submit":
            form.buttons.append(Button(name, own.get("value", ""), own.get("formaction", "")))
        else:
            form.free[name] = (kind, int(own.get("maxlength") or 200))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page, in order."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def main_button(form: Form) -> Button:
    """Return the button that goes on: the first that is not a quiet one."""
    loud = [button for button in form.buttons if "--quiet" not in button.look and "--text" not in button.look]
    return (loud or form.buttons or [Button()])[0]


def filled(
    form: Form, word: Callable[[str], str], chosen: Callable[[list[str]], list[str]]
) -> list[tuple[str, str]]:
    """Return what a browser would send: every text field filled with `word(name)`, choices as `chosen` says.

    A field that was refused before is left empty.
    """
    sent = list(form.values)
    for name, (kind, limit) in form.free.items():
        if name in form.wrong:
            continue
        if kind == "date":
            sent.append((name, (dt.date.today() - dt.timedelta(days=40)).isoformat()))  # noqa: DTZ011
        elif kind == "email":
            sent.append((name, f"{word(name)}@portal.example"))
        elif kind in {"number", "range"}:
            sent.append((name, "1"))
        elif kind == "time":
            sent.append((name, "12:15"))
        else:
            sent.append((name, word(name)[:limit]))
    for name, values in form.choices.items():
        if name not in form.wrong:
            sent += [(name, value) for value in chosen([value for value in values if value])]
    return sent


def walk(
    ask: Ask, page: str, address: str, word: Callable[[str], str], chosen: Callable[[list[str]], list[str]]
) -> tuple[str, set[str]]:
    """Send the report form page after page until a code is shown; return that page and the fields filled.

    ask: posts (address, pairs) and returns (status, page). page: the first page of the form, at `address`.
    Raise AssertionError when it does not end.
    """
    names: set[str] = set()
    for _step in range(80):
        if 'class="code"' in page:
            return page, names
        form = next(
            (
                form
                for form in forms_of(page)
                if form.method == "post" and any(n == "token" for n, _v in form.values)
            ),
            None,
        )
        assert form is not None, f"no form on {address}: {page[-1500:]}"
        sent = filled(form, word, chosen)
        names |= set(form.free) - form.wrong
        button = main_button(form)
        sent += [(button.name, button.value)] if button.name else []
        address = urljoin(address, button.action or form.action)
        status, page = ask(address, sent)
        assert status in {200, 400}, f"{address} answered {status}: {page[-800:]}"
    raise AssertionError(f"the form does not end: {address}, {page[-1500:]}")
