"""The way out: which certificates and proxies the environment asks for, and what is wrong with it."""

from __future__ import annotations

import os
import ssl
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from qconn_tui.errors import UsageError
from qconn_tui.net.client import _certificates, is_loopback, open_client, open_transport, proxy_variable
from qconn_tui.net.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

HOST = "acme.eu.qlikcloud.com"
PROXY = "http://proxy.example:8080"


CERTIFICATE = Path(__file__).parents[2] / "fixtures" / "server.pem"
"""With its key."""


@pytest.mark.parametrize("file", [True, False])
def test_only_alternative_names_count(monkeypatch: pytest.MonkeyPatch, *, file: bool) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if file:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert not _certificates().hostname_checks_common_name


def bad_file(path: Path, content: bytes = b"not a certificate") -> str:
    path.write_bytes(content)
    return str(path)


def der(path: Path) -> str:
    return bad_file(path, ssl.PEM_cert_to_DER_cert(certificate_text()))


def certificate_text() -> str:
    """The certificate without its key."""
    begin = CERTIFICATE.read_text().index("-----BEGIN CERTIFICATE-----")
    return CERTIFICATE.read_text()[begin:].partition("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"


def key_alone(path: Path) -> str:
    return bad_file(path, CERTIFICATE.read_bytes().replace(b"CERTIFICATE-----", b"NOTHING-----"))


def fifo(path: Path) -> str:
    os.mkfifo(path)
    return str(path)


def folder_with(path: Path, name: str, content: bytes) -> str:
    path.mkdir()
    (path / name).write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", lambda path: str(path / "missing.pem")),
        ("SSL_CERT_FILE", lambda path: str(path)),
        ("SSL_CERT_FILE", lambda path: bad_file(path / "bad.pem")),
        ("SSL_CERT_FILE", lambda path: bad_file(path / "empty.pem", b"")),
        ("SSL_CERT_FILE", lambda path: der(path / "a.der")),
        ("SSL_CERT_FILE", lambda path: key_alone(path / "key.pem")),
        ("SSL_CERT_FILE", lambda path: bad_file(path / "half.pem", certificate_text()[:300].encode())),
        ("SSL_CERT_FILE", lambda path: fifo(path / "fifo")),
        ("SSL_CERT_FILE", lambda _: "/dev/null"),
        ("SSL_CERT_FILE", lambda path: str(path / ("x" * 300))),
        ("SSL_CERT_DIR", lambda path: str(path / "missing")),
        ("SSL_CERT_DIR", lambda path: str(path)),
        ("SSL_CERT_DIR", lambda path: bad_file(path / "file")),
        ("SSL_CERT_DIR", lambda path: folder_with(path / "named", "ca.pem", certificate_text().encode())),
        ("SSL_CERT_DIR", lambda path: folder_with(path / "garbage", "0a1b2c3d.0", b"not a certificate")),
        ("HTTPS_PROXY", lambda _: "ftp://user:SECRET-word@proxy.example:8080"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@[broken"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@proxy.example:port"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@proxy.example:99999"),
        ("HTTPS_PROXY", lambda _: "http://"),
        ("HTTPS_PROXY", lambda _: "http://proxy.example:0"),
        ("HTTPS_PROXY", lambda _: "http://pro xy.example:8080"),
        ("HTTPS_PROXY", lambda _: "http://proxy..example:8080"),
        ("HTTPS_PROXY", lambda _: f"http://{'x' * 64}.example:8080"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@pro\udcffxy.example"),
        ("HTTPS_PROXY", lambda _: "://proxy.example"),
        ("ALL_PROXY", lambda _: "socks5://user:SECRET-word@proxy.example:1080"),
    ],
)
def test_a_mistake_in_the_environment_is_named(
    variable: str, value: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, value(tmp_path))
    with pytest.raises(UsageError) as caught:
        open_client("https", HOST, {})
    assert caught.value.summary.startswith(variable)
    frames = caught.value.__traceback__.tb_next if caught.value.__traceback__ else None
    lines = traceback.TracebackException(UsageError, caught.value, frames, capture_locals=True).format()
    assert "SECRET" not in "".join(lines)


@pytest.mark.parametrize(
    ("host", "variables", "variable"),
    [
        (HOST, {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        (HOST, {"https_proxy": PROXY}, "HTTPS_PROXY"),
        (HOST, {"HTTPS_PROXY": "proxy.example:8080"}, "HTTPS_PROXY"),
        (HOST, {"ALL_PROXY": PROXY}, "ALL_PROXY"),
        (HOST, {"HTTP_PROXY": PROXY}, None),
        (HOST, {"HTTPS_PROXY": ""}, None),
        (HOST, {}, None),
        ("127.0.0.1", {"ALL_PROXY": PROXY}, None),
        ("::1", {"ALL_PROXY": PROXY}, None),
        ("localhost", {"HTTPS_PROXY": PROXY}, None),
        (HOST, {"HTTPS_PROXY": PROXY, "NO_PROXY": "x.example,.qlikcloud.com"}, None),
        (HOST, {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        (HOST, {"HTTPS_PROXY": PROXY, "no_proxy": "*.qlikcloud.com"}, None),
        (HOST, {"HTTPS_PROXY": PROXY, "NO_PROXY": "x.example .qlikcloud.com:443"}, None),
        (HOST, {"HTTPS_PROXY": PROXY, "NO_PROXY": ".qlikcloud.com:8443"}, "HTTPS_PROXY"),
        ("10.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
        (HOST, {"HTTPS_PROXY": f" {PROXY} "}, "HTTPS_PROXY"),
        (HOST, {"HTTPS_PROXY": "  "}, None),
        (HOST, {"HTTPS_PROXY": PROXY, "NO_PROXY": "other.example"}, "HTTPS_PROXY"),
        (HOST, {"HTTPS_PROXY": PROXY, "NO_PROXY": "http://[broken"}, "HTTPS_PROXY"),
    ],
)
async def test_the_environments_proxy_is_used_where_it_should_be(
    host: str, variables: dict[str, str], variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_variable(host) == variable
    async with open_client("https", host, {}) as client:
        address = f"https://[{host}]" if ":" in host else f"https://{host}"
        transport = client._transport_for_url(httpx.URL(address))
        assert isinstance(transport, Transport)
        assert ("Proxy" in type(transport._pool).__name__) == (variable is not None)


async def test_a_company_certificate_takes_the_place_of_the_systems(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "0a1b2c3d.0").write_text(certificate_text())
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}{os.pathsep}{tmp_path}")
    async with open_client("https", HOST, {}) as client:
        transport = client._transport_for_url(httpx.URL(f"https://{HOST}"))
        assert isinstance(transport, Transport)
        context = transport._pool._ssl_context
        assert isinstance(context, ssl.SSLContext)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.get_ca_certs() == []


def test_the_port_decides_on_the_proxy_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", f"{HOST}:8443")
    assert proxy_variable(HOST) == "HTTPS_PROXY"
    assert proxy_variable(HOST, 8443) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x30\x82\x01", "DER"),
        (b"-----BEGIN PRIVATE KEY-----", "holds a key"),
        (b"x", "no certificate"),
    ],
)
def test_the_error_says_what_the_file_is(
    content: bytes, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bad_file(tmp_path / "file", content))
    with pytest.raises(UsageError, match=said):
        open_transport("https", HOST)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_must_not_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Path(folder_with(tmp_path / "folder", "0a1b2c3d.0", certificate_text().encode()))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "0a1b2c3d.0"))
    (folder / "0a1b2c3d.0").chmod(0)
    with pytest.raises(UsageError, match="SSL_CERT_FILE names a file that cannot be read: Permission denied"):
        open_transport("https", HOST)
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    with pytest.raises(UsageError, match="SSL_CERT_DIR"):
        open_transport("https", HOST)


async def test_nothing_is_kept_followed_or_told_beyond_what_is_asked_for() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers={"Set-Cookie": "a=1; Path=/", "Location": "https://evil.example/"})

    async with open_client("https", HOST, {"Accept": "x/y"}, httpx.MockTransport(answer)) as client:
        await client.get(f"https://{HOST}/")
        await client.get(f"https://{HOST}/")
    assert [str(request.url) for request in seen] == [f"https://{HOST}/"] * 2
    assert all("Cookie" not in request.headers for request in seen)
    assert seen[0].headers["Accept"] == "x/y"
    assert seen[0].headers["User-Agent"].startswith("qconn-tui/")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True), ("127.0.0.1", True), ("127.8.9.10", True), ("::1", True), ("0.0.0.0", False),
        ("10.0.0.1", False), ("localhost.example", False), ("::1%eth0", False), ("127.1", False), ("", False),
    ],
)  # fmt: skip
def test_this_machine_is_known(host: str, expected: bool) -> None:
    assert is_loopback(host) == expected
