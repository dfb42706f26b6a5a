"""Our own HTTP against servers on 127.0.0.1, each of which misbehaves in one way."""

import datetime as dt
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from notify_slack import handler as entry
from notify_slack import web
from notify_slack.deliver import Outcome, unanswered

TIMEOUT = (2.0, 0.3)


class Handler(BaseHTTPRequestHandler):
    """Answers by path, and says over which connection it was asked."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.client_address[1], dict(self.headers), body))
        {"/hang": self.hang, "/reset": self.reset, "/close": self.close, "/chunked": self.chunked}.get(
            self.path, self.plain
        )()

    def plain(self, text=b"ok", status=200, **headers):
        self.send_response(302 if self.path == "/moved" else status)
        for name, value in {"Location": "/elsewhere", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def hang(self):
        self.server.released.wait(5)

    def reset(self):
        self.close_connection = True

    def close(self):
        self.plain(b"last", Connection="close")

    def chunked(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"2\r\no\xff\r\n0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """What it was asked, and a way to end what hangs."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[int, dict[str, str], bytes]] = []
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server():
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        made.released.set()
        made.shutdown()


@pytest.fixture
def session():
    made = web.Session()
    yield made
    for place in list(made._open):
        made._close(place)


def test_one_connection_serves_many_posts(server, session):
    for body in (b"one", b"two"):
        answer = session.post(f"{server.url}/x?y=1", data=body, headers={"A": "b"}, timeout=TIMEOUT)
        assert (answer.status_code, answer.text) == (200, "ok")
    assert [body for _, _, body in server.seen] == [b"one", b"two"]
    assert len({port for port, _, _ in server.seen}) == 1
    assert server.seen[0][1]["A"] == "b"
    assert server.seen[0][1]["User-Agent"] == "notify_slack"


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server, session):
    assert session.post(f"{server.url}/close", timeout=TIMEOUT).text == "last"
    assert session.post(f"{server.url}/", timeout=TIMEOUT).text == "ok"
    (kept,) = session._open.values()
    kept.sock.shutdown(2)  # as a frozen process finds it
    assert session.post(f"{server.url}/", timeout=TIMEOUT).text == "ok"
    assert len({port for port, _, _ in server.seen}) == 3


def test_forms_and_json_say_what_they_are(server, session):
    session.post(server.url, data={"a": "b c", "d": 1}, timeout=TIMEOUT)
    session.post(server.url, json={"a": 1}, timeout=TIMEOUT)
    assert [(headers["Content-Type"], body) for _, headers, body in server.seen] == [
        ("application/x-www-form-urlencoded", b"a=b+c&d=1"),
        ("application/json", json.dumps({"a": 1}).encode()),
    ]


def test_a_redirect_is_an_answer(server, session):
    answer = session.post(f"{server.url}/moved", timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")
    with pytest.raises(ValueError, match="never followed"):
        session.post(server.url, timeout=TIMEOUT, allow_redirects=True)


def test_chunks_and_bytes_that_are_no_text(server, session):
    assert session.post(f"{server.url}/chunked", timeout=TIMEOUT).text == "o\N{REPLACEMENT CHARACTER}"
    assert session.post(server.url, timeout=TIMEOUT).text == "ok"


@pytest.mark.parametrize(("path", "cause"), [("/hang", "TimeoutError"), ("/reset", "RemoteDisconnected")])
def test_what_was_sent_without_an_answer_may_be_there(path, cause, server, session):
    with pytest.raises(web.NoAnswerError) as caught:
        session.post(server.url + path, data=b"secret", timeout=TIMEOUT)
    verdict = unanswered(caught.value)
    assert (verdict.outcome, verdict.answer, verdict.uncertain) == (Outcome.RETRY, cause, True)
    assert session._open == {}
    assert session.post(server.url, timeout=TIMEOUT).text == "ok"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/"],
)
def test_without_a_connection_nothing_was_sent(url, session):
    with pytest.raises(web.NotConnectedError) as caught:
        session.post(f"{url}services/s3cr3t", data=b"x", timeout=TIMEOUT)
    assert not unanswered(caught.value).uncertain
    assert "s3cr3t" not in f"{caught.value!r} {caught.value.__context__!r}".replace(url, "")


def test_a_certificate_that_nobody_vouches_for_is_refused(server, session, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    encoding = serialization.Encoding.PEM
    path.write_bytes(
        certificate.public_bytes(encoding)
        + key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(web.NotConnectedError) as caught:
        session.post(server.url.replace("http", "https"), timeout=TIMEOUT)
    assert caught.value.cause == "SSLCertVerificationError"
    assert session._context().verify_mode is ssl.CERT_REQUIRED
    assert session._context().get_ca_certs()


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, web.Session),
        ({"HTTPS_PROXY": "http://proxy.example.com:3128"}, requests.Session),
        ({"REQUESTS_CA_BUNDLE": "/etc/acme.pem"}, requests.Session),
        ({"https_proxy": ""}, web.Session),
        ({"HTTPS_PROXY": "http://proxy.example.com:3128", "ENVIRONMENT": "local"}, web.Session),
    ],
)
def test_requests_is_taken_where_a_proxy_or_certificates_are_configured(environ, kind):
    assert isinstance(entry._session(environ), kind)
