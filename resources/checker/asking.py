"""Asking websites, politely and carefully. Imported only by who asks: the libraries are heavy.

One request at a time and site, with a pause; no cookies, no more than 256 KB of a page, no address inside a
private network, whatever a name or a redirect says: a listed website must not make this machine ask its
neighbours.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import secrets
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from resources.checker.judging import Kind, Seen, Verdict, is_home, judge

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
# What walls against robots put into their answers.
_WALLS = frozenset({"cf-mitigated", "x-amzn-waf-action", "x-datadome", "x-vercel-mitigated"})
# After these a second question is pointless.
_CERTAIN = frozenset({Kind.PRIVATE, Kind.NOT_AN_ADDRESS, Kind.NO_HOST, Kind.AWAY, Kind.CERTIFICATE})
_NOT_THERE = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
# A link of the chain is missing, which many browsers fetch, or this machine knows no authority.
_UNKNOWN_ISSUER = frozenset({20, 21})  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, …_VERIFY_LEAF_SIGNATURE
_WE_ARE_AWAY = frozenset({errno.ENETUNREACH, errno.ENETDOWN})


@dataclass(frozen=True)
class Limits:
    """How long, how much and how many. Times in seconds.

    request: for one answer with its body. pause: between two requests to one site. in_all: for all addresses;
    what is not done then is left out. body: bytes of a page that are read. steps: redirects that are
    followed. sites: asked at the same time.
    """

    request: float = 20
    pause: float = 2
    in_all: float = 15 * 60
    body: int = 256 * 1024
    steps: int = 10
    sites: int = 8


def ask_all(
    urls: Iterable[str], *, agent: str, limits: Limits = Limits(), private: frozenset[str] = frozenset()
) -> dict[str, Verdict]:
    """Ask each of `urls` (http or https) once and return what its answer means.

    agent: who asks, for the header User-Agent. private: addresses of private networks that may be asked all
    the same, such as "127.0.0.1" for a test. An address is missing in what comes back when the time ran out,
    or when its site asked to be left alone for a while (429, 503).
    """
    return asyncio.run(_ask_all(list(urls), agent, limits, private))


async def _ask_all(
    urls: list[str], agent: str, limits: Limits, private: frozenset[str]
) -> dict[str, Verdict]:
    sites: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        sites[_site(url)].append(url)
    connector = aiohttp.TCPConnector(
        resolver=_PublicResolver(private), use_dns_cache=False, force_close=True, limit=2 * limits.sites
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": agent, "Accept": "text/html, */*;q=0.8", "Accept-Language": "en"},
        timeout=aiohttp.ClientTimeout(total=limits.request),
    ) as session:
        visitor = _Visitor(session, limits, private)
        try:
            async with asyncio.timeout(limits.in_all):
                await asyncio.gather(*(visitor.visit(listed) for listed in sites.values()))
        except TimeoutError:
            pass  # what was not asked is asked the next time
        return visitor.verdicts


class _PrivateError(OSError):
    """A name or an address leads into a private network."""


class _PublicResolver(ThreadedResolver):
    """Looks names up, and refuses one of which any address is not public."""

    def __init__(self, private: frozenset[str]) -> None:
        super().__init__()
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        for one in found:
            _refuse_private(one["host"], self._private)
        return found


def _refuse_private(host: str, private: frozenset[str]) -> None:
    """Raise _PrivateError when `host` is an IP address that is not public and not one of `private`."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return  # a name: the resolver looks at its addresses
    if host not in private and not is_public(address):
        raise _PrivateError(host)


# Addresses of version 4 that are written as addresses of version 6 (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether `address` is one of the public internet, also inside addresses of version 6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class _Visitor:
    """Asks sites, each one question at a time, and keeps what came.

    verdicts: what each address that was asked means.
    """

    def __init__(self, session: aiohttp.ClientSession, limits: Limits, private: frozenset[str]) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self._session, self._limits, self._private = session, limits, private
        self._at_once = asyncio.Semaphore(limits.sites)
        self._one_at_a_time: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last: dict[str, float] = {}
        self._made_up: dict[str, Seen] = {}
        self._want_rest: set[str] = set()

    async def visit(self, urls: list[str]) -> None:
        """Ask the addresses of one site, one after the other."""
        async with self._at_once:
            for url in urls:
                if _site(url) in self._want_rest:
                    continue
                try:
                    self.verdicts[url] = await self._verdict(url)
                except Exception:  # whatever one site makes a library do, the others are asked
                    self.verdicts[url] = Verdict(Kind.UNCLEAR, str(Kind.UNCLEAR))

    async def _verdict(self, url: str) -> Verdict:
        seen = await self._walk("HEAD", url)
        is_file = seen.status == 200 and not seen.is_html
        if not (seen.fault in _CERTAIN or seen.status == 429 or is_file):
            seen = await self._walk("GET", url)
        first = judge(seen)
        if not first.works or not seen.is_html or is_home(seen.final):
            return first
        return judge(seen, await self._for_a_made_up_address(seen.final))

    async def _for_a_made_up_address(self, url: str) -> Seen:
        """Return what the site of `url` answers for an address that there cannot be."""
        site = "://".join(urlsplit(url)[:2])
        if site not in self._made_up:
            self._made_up[site] = await self._walk("GET", f"{site}/no-such-page-{secrets.token_hex(8)}")
        return self._made_up[site]

    async def _walk(self, method: str, url: str) -> Seen:
        """Ask for `url`, follow where it leads, and return what comes at the end."""
        here, for_good, has_cookie, been = url, True, False, {url}
        for _step in range(self._limits.steps + 1):
            try:
                seen, onward, cookie = await self._ask(method, url, here)
                onward = onward and _onward(here, onward)
            except (aiohttp.ClientError, OSError, ValueError) as fault:
                return Seen(url, here, fault=_kind_of(fault))
            has_cookie = has_cookie or cookie
            if not onward:
                return Seen(
                    url, here, seen.status, seen.content_type, seen.body,
                    for_good=for_good and here != url, challenged=seen.challenged,
                )  # fmt: skip
            for_good = for_good and seen.status in _FOR_GOOD
            here = onward
            if here in been:
                break
            been.add(here)
        # Some sites lead in a circle only those who keep no cookie.
        return Seen(url, here, fault=Kind.UNCLEAR if has_cookie else Kind.LOOP)

    async def _ask(self, method: str, url: str, here: str) -> tuple[Seen, str, bool]:
        """Return the answer for `here`, where it leads on (or ""), and whether it wants to set a cookie."""
        _refuse_private(_host(here), self._private)
        site = _site(here)
        async with self._one_at_a_time[site]:
            await self._wait_for(site)
            async with self._session.request(method, here, allow_redirects=False) as answer:
                seen = Seen(
                    url, here, answer.status, answer.headers.get("Content-Type", ""),
                    challenged=any(name in answer.headers for name in _WALLS),
                )  # fmt: skip
                if answer.status == 429 or (answer.status == 503 and "Retry-After" in answer.headers):
                    self._want_rest.add(site)
                onward = answer.headers.get("Location", "") if answer.status in _REDIRECTS else ""
                if method == "GET" and seen.is_html and not onward:
                    seen = Seen(
                        url, here, seen.status, seen.content_type, await self._body(answer),
                        challenged=seen.challenged,
                    )  # fmt: skip
                return seen, onward, "Set-Cookie" in answer.headers

    async def _wait_for(self, site: str) -> None:
        now = asyncio.get_running_loop().time()
        due = self._last.get(site, now - self._limits.pause) + self._limits.pause
        await asyncio.sleep(max(0, due - now))
        self._last[site] = max(now, due)

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_chunked(16 * 1024):
            body += piece
            if len(body) >= self._limits.body:
                break
        return bytes(body[: self._limits.body])


def _host(url: str) -> str:
    """Return the name or IP address of the site of `url`. Raise InvalidURL when it is no web address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise aiohttp.InvalidURL(url)
    return parts.hostname


def _onward(here: str, location: str) -> str:
    """Return where `location` in an answer of `here` leads. Raise InvalidURL when it is no web address."""
    url = urljoin(here, location)
    _host(url)  # staff click on it later: it must not be a script
    return url


def _site(url: str) -> str:
    """Return the name and port in `url`, empty when nobody can tell them."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _kind_of(fault: Exception) -> Kind:
    """Return what it means that no answer came."""
    cause: BaseException | None = getattr(fault, "os_error", fault)
    number = getattr(cause, "errno", None)
    if isinstance(cause, _PrivateError):
        return Kind.PRIVATE
    if isinstance(fault, TimeoutError):
        return Kind.TIMEOUT
    if isinstance(fault, (aiohttp.ClientSSLError, ssl.SSLError)):
        return _of_certificate(fault)
    if isinstance(cause, socket.gaierror):
        return Kind.NO_HOST if number in _NOT_THERE else Kind.AWAY
    if isinstance(fault, (aiohttp.InvalidURL, ValueError)):
        return Kind.NOT_AN_ADDRESS
    return Kind.AWAY if number in _WE_ARE_AWAY else Kind.NO_CONNECTION


def _of_certificate(fault: Exception) -> Kind:
    """Return what it means that the site could not prove who it is."""
    error = getattr(fault, "certificate_error", fault)
    return Kind.UNCLEAR if getattr(error, "verify_code", 0) in _UNKNOWN_ISSUER else Kind.CERTIFICATE
