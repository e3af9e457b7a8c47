"""Real TLS, with a company's certificate and through a real proxy: what both clients do with the environment."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import Untrusted
from qconn_tui.logos.download import Downloader
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.server import parse_server
from tests.faults.listing import packed
from tests.faults.raw_server import RawServer, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

CERTIFICATE = Path(__file__).parents[2] / "fixtures" / "server.pem"
"""With its key: of acme.eu.qlikcloud.com, logos.acme.example, localhost and 127.0.0.1, until 2126."""
NAMELESS = CERTIFICATE.with_name("no_alternative_name.pem")
"""With its key: its subject's common name is localhost, and it has no alternative name; until 2126."""
TENANT, LOGOS = "acme.eu.qlikcloud.com", "logos.acme.example"
KEY = "SECRET-0123456789abcdef"
BODY = b'{"data": []}'


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's certificate is among those that the environment names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def secure_server(certificate: Path = CERTIFICATE) -> RawServer:
    """A server that speaks TLS and always answers the same."""
    return RawServer(lambda _: Reply((packed(BODY),)), certificates=context_of(certificate))


@asynccontextmanager
async def proxy_to(target: int, certificate: Path | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a proxy that connects to one port for all requests, and the bytes that it forwarded.

    With a certificate, the proxy itself is reached over TLS.
    """
    passed: list[bytes] = []
    connections: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                passed.append(data)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed.append(await reader.readuntil(b"\r\n\r\n"))
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(serve(reader, writer)))

    secured = context_of(certificate) if certificate is not None else None
    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=secured) as server:
        yield server.sockets[0].getsockname()[1], passed
        await asyncio.gather(*connections)


def client_for(address: str) -> TenantClient:
    return TenantClient(parse_server(address, "the test"), ApiKey(Secret(KEY)))


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_that_the_environment_names_is_trusted() -> None:
    async with secure_server() as server, client_for(f"https://localhost:{server.port}") as client:
        assert (await client.get("/api/x")).body == BODY
        assert f"Authorization: Bearer {KEY}".encode() in server.heads[0]


async def test_nobody_else_is_trusted_and_the_key_stays_here() -> None:
    async with secure_server() as server, client_for(f"https://localhost:{server.port}") as client:
        with pytest.raises(Untrusted) as caught:
            await client.get("/api/x")
        assert "SSL_CERT_FILE" in caught.value.advice
        assert server.heads == []


@pytest.mark.usefixtures("trusted")
async def test_a_tenant_is_asked_through_the_proxy_which_never_sees_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    async with secure_server() as server, proxy_to(server.port) as (proxy, passed):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        async with client_for(f"https://{TENANT}") as client:
            assert (await client.get("/api/x")).body == BODY
        assert passed[0].startswith(f"CONNECT {TENANT}:443 HTTP/1.1\r\n".encode())
        assert KEY.encode() not in b"".join(passed)
        assert KEY.encode() in server.heads[0]


async def test_a_certificate_without_an_alternative_name_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(NAMELESS))
    async with secure_server(NAMELESS) as server:
        async with client_for(f"https://localhost:{server.port}") as client:
            with pytest.raises(Untrusted, match="ostname mismatch"):
                await client.get("/api/x")
        downloader = Downloader()
        url = f"https://localhost:{server.port}/a.png"
        with pytest.raises(Exception, match="certificate verify failed"):
            await downloader._get_from("127.0.0.1", await downloader._host(url), url)
        await downloader.aclose()
        assert server.heads == []


@pytest.mark.usefixtures("trusted")
async def test_a_proxy_is_trusted_by_the_same_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    async with secure_server() as server, proxy_to(server.port, CERTIFICATE) as (proxy, passed):
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{proxy}")
        async with client_for(f"https://{TENANT}") as client:
            assert (await client.get("/api/x")).body == BODY
        assert KEY.encode() not in b"".join(passed)


async def test_a_proxy_without_an_alternative_name_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(NAMELESS))
    async with proxy_to(1, NAMELESS) as (proxy, passed):
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{proxy}")
        async with client_for(f"https://{TENANT}") as client:
            with pytest.raises(Untrusted):
                await client.get("/api/x")
        assert passed == []


@pytest.mark.usefixtures("trusted")
async def test_a_logo_comes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with secure_server() as server, proxy_to(server.port) as (proxy, passed):
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy}")
        downloader = Downloader()
        assert await downloader.get(f"https://{LOGOS}/a.png") == BODY
        await downloader.aclose()
        assert passed[0].startswith(f"CONNECT {LOGOS}:443 HTTP/1.1\r\n".encode())
        assert f"\r\nHost: {LOGOS}\r\n".encode() in server.heads[0]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("host", "is_theirs"), [(LOGOS, True), ("other.example", False)])
async def test_at_its_address_a_logos_host_still_has_to_prove_its_name(host: str, *, is_theirs: bool) -> None:
    async with secure_server() as server:
        downloader = Downloader()
        url = f"https://{host}:{server.port}/a.png"
        logo_host = await downloader._host(url)
        if is_theirs:
            assert await downloader._get_from("127.0.0.1", logo_host, url) == BODY
        else:
            with pytest.raises(Exception, match="certificate verify failed"):
                await downloader._get_from("127.0.0.1", logo_host, url)
        await downloader.aclose()
        assert len(server.heads) == is_theirs
