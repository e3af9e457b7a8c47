"""One bounded GET: what is read, for how long, and how long a refusal holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from qconn_tui.logos.download import MAX_BYTES, Downloader
from qconn_tui.logos.policy import RETRY_NEXT_MONTH, RETRY_NEXT_WEEK, RETRY_SOON, LogoRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

LOGO = "https://cdn.qlikcloud.com/a.png"
BODY = b"a body"


def answer(status: int = 200, content: bytes = b"") -> httpx.Response:
    """An answer as it comes from the network: not yet read."""
    return httpx.Response(status, stream=httpx.ByteStream(content))


def answering(response: httpx.Response) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: response)


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (answer(404), RETRY_NEXT_WEEK),
        (answer(403), RETRY_NEXT_WEEK),
        (answer(301), RETRY_NEXT_WEEK),
        (answer(429), RETRY_SOON),
        (answer(500), RETRY_SOON),
        (answer(content=bytes(MAX_BYTES + 1)), RETRY_NEXT_MONTH),
    ],
)
async def test_how_long_a_refusal_holds(response: httpx.Response, seconds: float) -> None:
    downloader = Downloader(transport=answering(response))
    with pytest.raises(LogoRefused) as caught:
        await downloader.get(LOGO)
    assert caught.value.retry_after == seconds
    await downloader.aclose()


class Drip(httpx.AsyncByteStream):
    """A body that never ends and never pauses for long."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.001)


async def test_a_body_that_drips_for_ever_meets_the_deadline() -> None:
    downloader = Downloader(transport=answering(httpx.Response(200, stream=Drip())), deadline=0.05)
    async with asyncio.timeout(2):
        with pytest.raises(LogoRefused, match=r"did not arrive within 0.05 s") as caught:
            await downloader.get(LOGO)
    assert caught.value.retry_after == RETRY_SOON
    await downloader.aclose()


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    read = 0

    class Flood(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 65536
                yield bytes(65536)

    downloader = Downloader(transport=answering(httpx.Response(200, stream=Flood())))
    with pytest.raises(LogoRefused, match="more than 512 kB"):
        await downloader.get(LOGO)
    assert read <= MAX_BYTES + 2 * 65536
    await downloader.aclose()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SSL_CERT_FILE", "/nonexistent"), ("ALL_PROXY", "socks5://u:SECRET@h:9"), ("HTTPS_PROXY", "ftp://x")],
)
async def test_a_broken_environment_is_a_refusal(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    downloader = Downloader()
    with pytest.raises(LogoRefused, match=f"^{variable} ") as caught:
        await downloader.get(LOGO)
    assert "SECRET" not in repr(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.retry_after == RETRY_SOON
    await downloader.aclose()


async def test_logos_go_through_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    downloader = Downloader()
    with pytest.raises(LogoRefused, match="could not be reached"):
        await downloader.get(LOGO)
    assert asked == [b"CONNECT cdn.qlikcloud.com:443 HTTP/1.1\r\n"]
    await downloader.aclose()
    proxy.close()
    await proxy.wait_closed()


async def test_logos_of_this_machine_do_not_go_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
        await writer.drain()
        writer.close()

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    downloader = Downloader()
    try:
        assert await downloader.get(f"http://127.0.0.1:{port}/a.png") == BODY
    finally:
        await downloader.aclose()
        server.close()
        await server.wait_closed()
