"""What the answer of a website means. Pure rules: nothing here asks anybody.

An answer of 200 proves little: many sites send every old address to their home page, or answer with a page
that says "not found". Others refuse programs, which says nothing about what a reader gets.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Kind(StrEnum):
    """What was found out about an address, in the words that staff read."""

    FINE = "works"
    MOVED = "moved for good"
    HOME = "leads to the home page"
    SOFT_404 = "answers like an address that does not exist"
    SAYS_GONE = "the page says that it is not there"
    FOR_SALE = "the name is for sale"
    GONE = "page not found"
    SERVER_ERROR = "the server is at fault"
    TIMEOUT = "no answer in time"
    NO_HOST = "the name of the site does not exist"
    NO_CONNECTION = "no connection"
    CERTIFICATE = "its certificate or encryption is wrong"
    LOOP = "leads in a circle"
    WRONG_TYPE = "not the kind of file its name says"
    PRIVATE = "leads into a private network"
    NOT_AN_ADDRESS = "not a web address"
    WALL = "refuses programs; look yourself"
    UNCLEAR = "unclear; look yourself"
    AWAY = "could not be asked from here"


WORKS = frozenset({Kind.FINE, Kind.MOVED})
# These say nothing about the address: it is neither fine nor broken.
CANNOT_TELL = frozenset({Kind.WALL, Kind.UNCLEAR, Kind.AWAY})


@dataclass(frozen=True)
class Seen:
    """What came of asking one address.

    final: the last address on the way. for_good: whether each step of that way was permanent (301, 308).
    status: of the last answer, 0 for none. content_type: as sent. challenged: whether a header names a wall
    against robots. fault: why there is no answer.
    """

    url: str
    final: str
    status: int = 0
    content_type: str = ""
    body: bytes = b""
    for_good: bool = False
    challenged: bool = False
    fault: Kind | None = None

    @property
    def is_html(self) -> bool:
        """Whether the answer is a page, and not a file."""
        return _kind_of(self.content_type) in {"", "text/html", "application/xhtml+xml"}


@dataclass(frozen=True)
class Verdict:
    """What an answer means. leads_to: where a reader ends when that is another page, else empty."""

    kind: Kind
    answer: str
    leads_to: str = ""

    @property
    def works(self) -> bool:
        """Whether a reader gets what the address promises."""
        return self.kind in WORKS

    @property
    def fails(self) -> bool:
        """Whether a reader gets nothing, or something else."""
        return not self.works and self.kind not in CANNOT_TELL


def judge(seen: Seen, made_up: Seen | None = None) -> Verdict:
    """Return what `seen` means.

    made_up: what the same site answers for an address that nobody can have made, None when that is not known.
    """
    kind = seen.fault or _of_status(seen) or _of_way(seen, made_up) or _of_page(seen, made_up)
    if kind is None:
        kind = Kind.MOVED if seen.for_good and not same_page(seen.url, seen.final) else Kind.FINE
    leads_to = "" if same_page(seen.url, seen.final) else seen.final
    if kind == Kind.FINE:
        return Verdict(kind, str(seen.status), leads_to)
    return Verdict(kind, f"{seen.status}: {kind}" if seen.status else str(kind), leads_to)


# Refusals that walls against robots send to programs, and that a reader never sees.
_REFUSALS = frozenset({401, 402, 403, 407, 418, 423, 425, 429, 430, 451, 999})


def _of_status(seen: Seen) -> Kind | None:
    """Return what the status and its page say alone, None when it is an answer to be read."""
    status = seen.status
    if status in _REFUSALS or seen.challenged or (status not in {404, 410} and _is_challenge(seen)):
        return Kind.WALL
    if status in {404, 410}:
        return Kind.GONE
    if status >= 500:
        return Kind.SERVER_ERROR
    return None if 200 <= status < 300 else Kind.UNCLEAR


def _of_way(seen: Seen, made_up: Seen | None) -> Kind | None:
    """Return what it means that the reader was led elsewhere, None when it means nothing bad."""
    if same_page(seen.url, seen.final):
        return None
    if is_home(seen.final) and not is_home(seen.url):
        return Kind.HOME
    if made_up and 200 <= made_up.status < 300 and same_page(seen.final, made_up.final):
        return Kind.SOFT_404
    return None


def _of_page(seen: Seen, made_up: Seen | None) -> Kind | None:
    """Return what the page itself shows, None when it looks like a real one."""
    if _is_wrong_type(seen):
        return Kind.WRONG_TYPE
    if not seen.is_html:
        return None
    page = read(seen)
    if _SAYS_GONE.search(page.title):
        return Kind.SAYS_GONE
    if _FOR_SALE.search(page.title):
        return Kind.FOR_SALE
    if is_home(seen.final) or not made_up or not 200 <= made_up.status < 300 or not made_up.is_html:
        return None
    if same_page(seen.final, made_up.final):
        return None
    other = read(made_up)
    if not _is_near(page.text, other.text):
        return None
    # A page that a script fills looks like any other page of its site.
    return Kind.SOFT_404 if len(page.text) >= _ENOUGH else Kind.UNCLEAR


@dataclass(frozen=True)
class Read:
    """The title of a page and its words, without markup and without its own address."""

    title: str
    text: str


def read(seen: Seen) -> Read:
    """Return title and words of the page in `seen`, whatever its encoding; broken letters are replaced."""
    markup = _decoded(seen.body, seen.content_type)
    text = html.unescape(" ".join(_pieces(markup)))
    for address in (seen.url, seen.final):
        own = urlsplit(address).path.strip("/")
        text = text.replace(own, " ") if len(own) > 3 else text
    return Read(_title(markup), " ".join(text.split())[:_LONGEST])


_LONGEST = 20_000  # letters of a page that are compared
_ENOUGH = 80  # fewer letters are no text, but the frame that a script fills
_NEAR = 95  # percent
_OWN_WORDS = 12  # so many words that the other page has not make a page of its own

_SAYS_GONE = re.compile(
    r"\b404\b|\b(page|file|site|content|document)s? (was |is |could |can)?(not|n['’]t|not be) (be )?found\b"
    r"|^\W*not found\b|\bnot found\W*$|\bno longer (available|exists)\b|\bpágina no encontrada\b",
    re.I,
)
_FOR_SALE = re.compile(
    r"\b(domain|name|site)\b.*\b(for sale|expired|parked)\b|\bfor sale\b.*\bdomain\b|\bparked page\b",
    re.I,
)
_CHALLENGE = re.compile(
    r"just a moment|attention required|checking your browser|verify(ing)? (that )?you are (a )?human"
    r"|are you a (human|robot)|pardon our interruption|enable javascript and cookies to continue"
    r"|incapsula incident|security check|access denied|captcha",
    re.I,
)
_SHORT = 1500  # letters: the page of a wall says little else


def _is_challenge(seen: Seen) -> bool:
    if not seen.body or not seen.is_html:
        return False
    page = read(seen)
    return bool(_CHALLENGE.search(page.title)) or (
        len(page.text) < _SHORT and bool(_CHALLENGE.search(page.text))
    )


def _is_near(text: str, other: str) -> bool:
    """Return whether two pages say nearly the same.

    On pages that are mostly menu a real page, too, is like the others: new words tell it apart.
    """
    from rapidfuzz import fuzz  # heavy

    own_words = set(text.split()) - set(other.split())
    return len(own_words) < _OWN_WORDS and fuzz.ratio(text, other) >= _NEAR


_HOME = re.compile(r"(/[a-z]{2}([-_][a-z]{2})?)?(/(index|default|home)(\.[a-z]{3,5})?)?/?", re.I)


def is_home(url: str) -> bool:
    """Return whether `url` is the first page of its site, also of one of its languages."""
    parts = urlsplit(url)
    return not parts.query and bool(_HOME.fullmatch(parts.path))


def same_page(url: str, other: str) -> bool:
    """Return whether two addresses differ at most in http or https, www, the last slash and the fragment."""
    return url == other or _bare(url) == _bare(other)


def _bare(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def _kind_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


# Ends of addresses that promise a file, and what such a file may be sent as.
_FILES = {
    "pdf": ("application/pdf", "application/octet-stream", "application/x-pdf"),
    "doc": ("application/",),
    "docx": ("application/",),
    "xls": ("application/",),
    "xlsx": ("application/",),
    "png": ("image/",),
    "jpg": ("image/",),
    "jpeg": ("image/",),
}
_READABLE = ("text/", "application/pdf", "application/xhtml", "application/xml", "application/json", "image/")


def _is_wrong_type(seen: Seen) -> bool:
    """Return whether a file is promised and something else comes, or a page and nothing readable."""
    kind = _kind_of(seen.content_type)
    path = urlsplit(seen.url).path.rpartition("/")[2]
    promised = _FILES.get(path.rpartition(".")[2].lower()) if "." in path else None
    return bool(kind) and not kind.startswith(promised or _READABLE)


_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _decoded(body: bytes, content_type: str) -> str:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    named = _CHARSET.search(content_type.encode("ascii", "replace")) or _CHARSET.search(body[:2048])
    try:
        return body.decode(named[1].decode() if named else "utf-8", "replace")
    except (LookupError, ValueError):  # the site named an encoding that there is not
        return body.decode("utf-8", "replace")


_UNREAD = ("script", "style", "template")


def _pieces(markup: str) -> Iterator[str]:
    """Return the text between tags. It goes through the page once: parsers take minutes for a hostile one."""
    at = 0
    while (start := markup.find("<", at)) >= 0:
        yield markup[at:start]
        name = markup[start + 1 : start + 9].lower()
        end = next((f"</{unread}" for unread in _UNREAD if name.startswith(unread)), ">")
        end = "-->" if name.startswith("!--") else end
        found = _find(markup, end, start)
        if found < 0:
            return
        at = found + len(end)
        if end.startswith("</"):
            at = markup.find(">", at) + 1 or len(markup)
    yield markup[at:]


def _find(markup: str, end: str, start: int) -> int:
    """Return where `end` (small letters) is next, small or capital, -1 for nowhere."""
    found = re.compile(re.escape(end), re.I).search(markup, start)
    return found.start() if found else -1


def _title(markup: str) -> str:
    """Return the title, found without patterns that a hostile page could make slow."""
    lower = markup[:65_536].lower()
    start = lower.find("<title")
    start = lower.find(">", start) + 1 if start >= 0 else 0
    end = lower.find("</title", start) if start else -1
    return " ".join(html.unescape(markup[start:end]).split())[:300] if end >= 0 else ""
