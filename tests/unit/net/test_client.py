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
from qconn_tui.net.client import _certificates, is_loopback, open_client, proxy_variable
from qconn_tui.net.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

HOST = "acme.eu.qlikcloud.com"
PROXY = "http://proxy.example:8080"


@pytest.mark.parametrize("file", [True, False])
def test_only_alternative_names_count(monkeypatch: pytest.MonkeyPatch, *, file: bool) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if file:
        monkeypatch.setenv("SSL_CERT_FILE", str(Path(__file__).parents[2] / "fixtures" / "server.pem"))
    assert not _certificates().hostname_checks_common_name


def bad_file(path: Path) -> str:
    path.write_text("not a certificate")
    return str(path)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", lambda path: str(path / "missing.pem")),
        ("SSL_CERT_FILE", lambda path: str(path)),
        ("SSL_CERT_FILE", lambda path: bad_file(path / "bad.pem")),
        ("SSL_CERT_DIR", lambda path: str(path / "missing")),
        ("HTTPS_PROXY", lambda _: "ftp://user:SECRET-word@proxy.example:8080"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@[broken"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@proxy.example:port"),
        ("HTTPS_PROXY", lambda _: "http://user:SECRET-word@proxy.example:99999"),
        ("HTTPS_PROXY", lambda _: "http://"),
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
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}{os.pathsep}{tmp_path}")
    async with open_client("https", HOST, {}) as client:
        transport = client._transport_for_url(httpx.URL(f"https://{HOST}"))
        assert isinstance(transport, Transport)
        context = transport._pool._ssl_context
        assert isinstance(context, ssl.SSLContext)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.get_ca_certs() == []


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
