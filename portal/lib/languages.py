"""The languages of the public pages: the one place that knows each.

A new language is a line here and a catalogue under `locale/` (docs/decisions/0017-languages.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf.locale import LANG_INFO

BASE = "en"


@dataclass(frozen=True)
class Language:
    """One language of the public pages.

    name: what its speakers call it. is_rtl: written from right to left. is_checked: whether a native speaker
    has read the whole translation; until then its pages say that they are a draft. is_published: False for a
    translation in which too much was found wrong; its catalogue is kept and tested, its pages are not there.
    """

    code: str
    name: str
    is_rtl: bool = False
    is_checked: bool = False
    is_published: bool = True


KNOWN = (
    Language(BASE, "English", is_checked=True),
    Language("es", "Español"),
    Language("ar", "العربية", is_rtl=True),
    Language("ckb", "کوردی", is_rtl=True),
    # A second reader found sentences with another meaning: it waits for a speaker.
    Language("so", "Soomaali", is_published=False),
    Language("vi", "Tiếng Việt"),
    Language("my", "မြန်မာ"),
)
ALL = tuple(language for language in KNOWN if language.is_published)
BY_CODE = {language.code: language for language in ALL}
# In these staff write the texts of directory and course; one in another language is kept and shown.
WRITTEN = (BASE, "es")

# Django knows no Somali.
LANG_INFO.setdefault("so", {"bidi": False, "code": "so", "name": "Somali", "name_local": "Soomaali"})


def bare_path(path: str) -> str:
    """Return `path` without the code of its language: the address of the English page."""
    first, _slash, rest = path.removeprefix("/").partition("/")
    return f"/{rest}" if first in BY_CODE and first != BASE else path


def path_in(path: str, code: str) -> str:
    """Return the address of the page at `path`, of whatever language, in the language `code`."""
    return bare_path(path) if code == BASE else f"/{code}{bare_path(path)}"
