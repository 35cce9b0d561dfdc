"""Asking a server that misbehaves in every way we know of, on this machine."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import ipaddress
import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from resources.checker.asking import Limits, ask_all, is_public
from resources.checker.judging import Kind

HERE = frozenset({"127.0.0.1"})
PATIENT = Limits(request=20, pause=0, in_all=60)
AGENT = "Portal link check (+https://portal.example; mail@portal.example)"
WORDS = " ".join(f"word{number}" for number in range(60))
REAL = f"<title>Naloxone</title><p>{WORDS}</p>"
LOST = f"<title>Our site</title><p>Sorry, %s is not here. {WORDS[::-1]}</p>"
_over = threading.Event()


class Misbehaving(BaseHTTPRequestHandler):
    """Answers each path in its own bad way. `/soft/…` belongs to a site with soft 404s."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Keep the terminal quiet."""

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        path = self.path.partition("?")[0]
        way = getattr(self, f"at_{path.strip('/').replace('-', '_').replace('.', '_').split('/')[0]}", None)
        if way:
            way()
        elif self.server.is_soft:
            self._send(200, LOST % self.path)
        else:
            self._send(404, "<title>Not found</title>")

    def _send(self, status, body="", content_type="text/html; charset=utf-8", **headers):
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _lead(self, status, target, **headers):
        self._send(status, Location=target, **headers)

    def at_(self):
        self._send(200, "<title>Home</title>Welcome")

    def at_real(self):
        self._send(200, REAL)

    def at_moved(self):
        self._lead(301, "/real")

    def at_moved_twice(self):
        self._lead(308, "/moved")

    def at_for_now(self):
        self._lead(302, "/real")

    def at_to_home(self):
        self._lead(301, "/")

    def at_circle(self):
        self._lead(302, "/circle-back")

    def at_circle_back(self):
        self._lead(302, "/circle")

    def at_cookies_only(self):
        self._lead(302, "/cookies-only", Set_Cookie="seen=1")

    def at_longer(self):
        self._lead(302, f"/longer?{len(self.path) * 'x'}")

    def at_gone(self):
        self._send(410)

    def at_fault(self):
        self._send(500, "<title>Oops</title>")

    def at_busy(self):
        self._send(503, "<title>Back soon</title>", Retry_After="3600")

    def at_wall(self):
        self._send(403, "<title>Access denied</title>")

    def at_challenge(self):
        self._send(503, "<title>Just a moment...</title>")

    def at_marked_wall(self):
        self._send(200, REAL, cf_mitigated="challenge")

    def at_often(self):
        self._send(429)

    def at_no_head(self):
        self._send(405 if self.command == "HEAD" else 200, "" if self.command == "HEAD" else REAL)

    def at_only_head(self):
        self._send(200 if self.command == "HEAD" else 404)

    def at_never(self):
        _over.wait(5)

    def at_drip(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while self.command == "GET" and not _over.wait(0.02):
            self.wfile.write(b".")

    def at_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def at_nonsense(self):
        self.wfile.write(b"HELLO\r\n\r\n")
        self.close_connection = True

    def at_huge(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(10**12))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(f"<title>Huge</title>{WORDS}".encode())
            while not _over.is_set():
                self.wfile.write(b"x" * 65_536)

    def at_bomb(self):
        self._send(200, gzip.compress(b"<title>B</title>" + bytes(50_000_000), 9), Content_Encoding="gzip")

    def at_inside(self):
        self._lead(302, "http://10.0.0.1/admin")

    def at_metadata(self):
        self._lead(302, "http://169.254.169.254/latest/meta-data/")

    def at_inside_by_name(self):
        self._lead(302, "http://inside.example/admin")

    def at_malformed(self):
        self._lead(302, "http://[::1/")

    def at_elsewhere(self):
        self._lead(302, "file:///etc/passwd")

    def at_script(self):
        self._lead(302, "javascript:alert(1)")

    def at_nowhere(self):
        self._send(302)

    def at_latin(self):
        self._send(200, f"<title>Página</title>{WORDS}".encode("cp1252"), "text/html; charset=windows-1252")

    def at_bogus(self):
        self._send(200, f"<title>P</title>{WORDS}".encode("utf-16"), "text/html; charset=no-such-code")

    def at_sheet_pdf(self):
        self._send(200, b"%PDF-1.7", "application/pdf")

    def at_false_pdf(self):
        self._send(200, REAL)


class QuietServer(ThreadingHTTPServer):
    """A server that keeps what it was asked, and says nothing of clients that went away."""

    daemon_threads = True
    is_soft = False

    def handle_error(self, request, client_address):
        """Do nothing: clients go away before a drip or a huge page ends."""


@pytest.fixture(scope="module")
def serve():
    """Return a function that starts a server and returns it with its address as `url`."""
    running = []
    _over.clear()

    def start(is_soft=False, tls=None):
        server = QuietServer(("127.0.0.1", 0), Misbehaving)
        server.asked, server.is_soft = [], is_soft
        server.url = f"http://127.0.0.1:{server.server_port}"
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
            server.url = server.url.replace("http:", "https:")
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    yield start
    _over.set()
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def honest(serve):
    return serve()


@pytest.fixture(scope="module")
def soft(serve):
    return serve(is_soft=True)


def ask(*urls, **more):
    return ask_all(urls, **{"agent": AGENT, "limits": PATIENT, "private": HERE, **more})


EXPECTED = {
    "/": (Kind.FINE, ""),
    "/real": (Kind.FINE, ""),
    "/real?page=2": (Kind.FINE, ""),
    "/moved": (Kind.MOVED, "/real"),
    "/moved-twice": (Kind.MOVED, "/real"),
    "/for-now": (Kind.FINE, "/real"),
    "/to-home": (Kind.HOME, "/"),
    "/circle": (Kind.LOOP, None),
    "/longer": (Kind.LOOP, None),
    "/cookies-only": (Kind.UNCLEAR, None),
    "/missing": (Kind.GONE, ""),
    "/gone": (Kind.GONE, ""),
    "/fault": (Kind.SERVER_ERROR, ""),
    "/wall": (Kind.WALL, ""),
    "/challenge": (Kind.WALL, ""),
    "/marked-wall": (Kind.WALL, ""),
    "/no-head": (Kind.FINE, ""),
    "/only-head": (Kind.GONE, ""),
    "/reset": (Kind.NO_CONNECTION, ""),
    "/nonsense": (Kind.NO_CONNECTION, ""),
    "/huge": (Kind.FINE, ""),
    "/bomb": (Kind.FINE, ""),
    "/inside": (Kind.PRIVATE, None),
    "/metadata": (Kind.PRIVATE, None),
    "/elsewhere": (Kind.NOT_AN_ADDRESS, ""),
    "/script": (Kind.NOT_AN_ADDRESS, ""),
    "/malformed": (Kind.NOT_AN_ADDRESS, ""),
    "/nowhere": (Kind.UNCLEAR, ""),
    "/latin": (Kind.FINE, ""),
    "/bogus": (Kind.FINE, ""),
    "/sheet.pdf": (Kind.FINE, ""),
    "/false.pdf": (Kind.WRONG_TYPE, ""),
}


def test_each_way_to_misbehave_is_told_from_a_real_answer(honest):
    came = ask(*(honest.url + path for path in EXPECTED))

    told = {url.removeprefix(honest.url): verdict for url, verdict in came.items()}
    assert {path: verdict.kind for path, verdict in told.items()} == {
        path: kind for path, (kind, _leads_to) in EXPECTED.items()
    }
    ends = {path: leads_to for path, (_kind, leads_to) in EXPECTED.items() if leads_to is not None}
    assert {path: told[path].leads_to.removeprefix(honest.url) for path in ends} == ends


@pytest.mark.parametrize("path", ["/never", "/drip"])
def test_a_site_that_takes_for_ever_is_left(honest, path):
    came = ask(honest.url + path, limits=Limits(request=0.2, pause=0))

    assert [verdict.answer for verdict in came.values()] == ["no answer in time"]


def test_a_site_that_answers_anything_with_200_is_seen_through(soft):
    came = ask(f"{soft.url}/real", f"{soft.url}/long-gone", f"{soft.url}/")

    assert [verdict.kind for verdict in came.values()] == [Kind.FINE, Kind.SOFT_404, Kind.FINE]


def test_a_site_that_wants_rest_is_asked_nothing_more(serve):
    server = serve()

    busy = ask(f"{server.url}/busy", f"{server.url}/real")
    asked = {path for _method, path, _headers in server.asked}
    often = ask(f"{serve().url}/often")

    assert [verdict.answer for verdict in busy.values()] == ["503: the server is at fault"]
    assert asked == {"/busy"}
    assert [verdict.kind for verdict in often.values()] == [Kind.WALL]


def test_it_says_who_asks_keeps_no_cookie_and_loads_no_file(serve):
    server = serve()

    ask(f"{server.url}/sheet.pdf", f"{server.url}/cookies-only")

    assert ("GET", "/sheet.pdf") not in {(method, path) for method, path, _headers in server.asked}
    for _method, _path, headers in server.asked:
        assert headers["User-Agent"] == AGENT
        assert not {"Cookie", "Referer"} & set(headers)


def test_a_made_up_address_is_asked_once_a_site(serve):
    server = serve()

    ask(f"{server.url}/real", f"{server.url}/real?page=2")

    assert sum("no-such-page" in path for _method, path, _headers in server.asked) == 1


def test_private_networks_are_refused_and_get_no_request(serve, names):
    server = serve()
    port = server.server_port
    names({"inside.example": "10.0.0.1", "mixed.example": ("93.184.215.14", "127.0.0.1")})
    inside = [
        server.url, f"http://localhost:{port}/", f"http://[::1]:{port}/", f"http://2130706433:{port}/",
        f"http://[::ffff:127.0.0.1]:{port}/", "http://inside.example/", f"http://mixed.example:{port}/",
    ]  # fmt: skip

    refused = ask(*inside, private=frozenset())
    by_number = refused.pop(f"http://2130706433:{port}/")
    assert {url: verdict.kind for url, verdict in refused.items()} == dict.fromkeys(refused, Kind.PRIVATE)
    assert by_number.kind in {Kind.PRIVATE, Kind.NOT_AN_ADDRESS}
    assert len(refused) == len(inside) - 1
    assert server.asked == []

    by_redirect = ask(f"{server.url}/inside-by-name", f"{server.url}/real")
    assert [verdict.kind for verdict in by_redirect.values()] == [Kind.PRIVATE, Kind.FINE]


@pytest.fixture
def names(monkeypatch):
    """Return a function that sets what names resolve to: addresses, or an error number."""
    real = socket.getaddrinfo

    def set_to(known):
        def look_up(host, port, *args, **kwargs):
            found = known.get(host, ())
            if isinstance(found, int):
                raise socket.gaierror(found, "no")
            if not found:
                return real(host, port, *args, **kwargs)
            found = (found,) if isinstance(found, str) else found
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return set_to


def test_a_name_that_does_not_exist_is_told_from_a_network_that_is_away(names, serve):
    server = serve()
    names({
        "gone.example": socket.EAI_NONAME, "later.example": socket.EAI_AGAIN, "good.example": "127.0.0.1",
    })  # fmt: skip
    good = f"http://good.example:{server.server_port}/real"

    came = ask("http://gone.example/x", "http://later.example/x", good)

    assert [verdict.kind for verdict in came.values()] == [Kind.NO_HOST, Kind.AWAY, Kind.FINE]
    assert ("HEAD", "/real") in {(method, path) for method, path, _headers in server.asked}


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENETUNREACH, Kind.AWAY), (errno.ECONNREFUSED, Kind.NO_CONNECTION)]
)
def test_no_way_out_of_here_is_not_held_against_a_site(monkeypatch, number, kind):
    def refuse(self, address):
        raise OSError(number, "no")

    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert ask("http://127.0.0.1:9/x")["http://127.0.0.1:9/x"].kind == kind


@pytest.mark.parametrize("url", ["http://", "https:///x", "http://a b/", f"http://{'a' * 70}.example/",
                                 "http://127.0.0.1:99999/", "http://[::1/", "ftp://x.example/"])  # fmt: skip
def test_what_is_no_address_is_no_fault_of_ours(url):
    assert ask(url)[url].fails


@pytest.mark.parametrize(("issuer", "kind"), [("127.0.0.1", Kind.CERTIFICATE), ("Someone", Kind.UNCLEAR)])
def test_a_certificate_of_their_own_is_a_fault_and_one_of_an_unknown_issuer_is_looked_at(
    serve, tmp_path, issuer, kind
):
    server = serve(tls=_own_certificate(tmp_path, issuer))

    assert [verdict.kind for verdict in ask(f"{server.url}/real").values()] == [kind]
    assert server.asked == []


def _own_certificate(folder, issuer):
    key = ec.generate_private_key(ec.SECP256R1())
    name, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, of)]) for of in ("127.0.0.1", issuer))
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(by).public_key(key.public_key())
        .serial_number(1).not_valid_before(start).not_valid_after(start + dt.timedelta(3650))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = folder / "own.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_what_is_not_done_in_time_is_left_for_the_next_time(honest):
    real, never = f"{honest.url}/real", f"{honest.url}/never"

    assert never not in ask(real, never, limits=Limits(request=20, pause=0, in_all=0.2))
    assert list(ask(real)) == [real]


def test_between_two_questions_to_one_site_there_is_a_pause(honest):
    urls = [f"{honest.url}/sheet.pdf", f"{honest.url}/sheet.pdf?2"]

    assert urls[1] not in ask(*urls, limits=Limits(pause=60, in_all=0.2))
    assert list(ask(*urls)) == urls


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "64:ff9b::5db8:d70e"])
def test_public_addresses(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "2002:a00:1::",
     "64:ff9b::a00:1", "ff02::1"],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not is_public(ipaddress.ip_address(address))
