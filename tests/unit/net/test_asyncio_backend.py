"""The connections under httpcore: every way in which one can end, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import httpcore
import httpx
import pytest

from qconn_tui.net.asyncio_backend import READ_BUFFER_LIMIT, AsyncioBackend
from qconn_tui.net.transport import Transport
from tests.unit.net.test_transport import STALE, Server, anonymous

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Behaviour: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

pytestmark = pytest.mark.anyio

CERTIFICATE = Path(__file__).parents[2] / "fixtures" / "tenant_example.pem"
"""That of a tenant which is nowhere, signed by itself and good until 2126, and its key."""
TIMEOUT = 5.0
"""Seconds for what is expected to happen."""
SOON = 0.01
"""Seconds after which to give up what never happens."""
LONG = 8 * 1024 * 1024
"""Bytes that fit into no buffer on the way."""


@asynccontextmanager
async def serving(behave: Behaviour) -> AsyncIterator[int]:
    """A server that behaves so on every connection; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other end hung up, which is what some tests are about
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        # Not waited for: some of these servers never come to an end by themselves.
        server.close()


@asynccontextmanager
async def connected(behave: Behaviour) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    """A connection to a server that behaves so."""
    async with serving(behave) as port:
        connection = await AsyncioBackend().connect_tcp("127.0.0.1", port, TIMEOUT)
        try:
            yield connection
        finally:
            await connection.aclose()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    await asyncio.Event().wait()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
    writer.write(b"bye")


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)


async def echo_enciphered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each `+` begins another layer of TLS; everything else is sent back."""
    while data := await reader.read(1000):
        if data == b"+":
            writer.write(b"+")
            await writer.start_tls(anonymous(ssl.PROTOCOL_TLS_SERVER))
        else:
            writer.write(data)


async def test_what_is_written_comes_back_and_is_read_in_pieces() -> None:
    async with connected(echo) as connection:
        await connection.write(b"one two", TIMEOUT)
        assert await connection.read(3, TIMEOUT) == b"one"
        assert connection.get_extra_info("is_readable")
        assert await connection.read(100, TIMEOUT) == b" two"
        assert not connection.get_extra_info("is_readable")
        assert connection.get_extra_info("server_addr")[0] == "127.0.0.1"
        assert connection.get_extra_info("ssl_object") is None


async def test_a_host_that_does_not_answer_in_time() -> None:
    async with serving(silence) as port:
        with pytest.raises(httpcore.ConnectTimeout):
            await AsyncioBackend().connect_tcp("127.0.0.1", port, timeout=0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_where_nobody_listens_is_told_from_other_trouble(host: str) -> None:
    with socket.socket() as taken:
        # Bound, but not listening: no other process gets the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(httpcore.ConnectError) as caught:
            await AsyncioBackend().connect_tcp(host, taken.getsockname()[1], TIMEOUT)
    cause = caught.value.__cause__
    assert isinstance(cause.exceptions[-1] if isinstance(cause, ExceptionGroup) else cause, ConnectionRefusedError)


async def test_silence_ends_a_read_and_nothing_is_lost_by_it() -> None:
    async with connected(echo) as connection:
        with pytest.raises(httpcore.ReadTimeout):
            await connection.read(100, SOON)
        await connection.write(b"late", TIMEOUT)
        assert await connection.read(100, TIMEOUT) == b"late"


async def test_a_cancelled_read_loses_nothing() -> None:
    async with connected(echo) as connection:
        reading = asyncio.create_task(connection.read(100))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await connection.write(b"kept", TIMEOUT)
        assert await connection.read(100, TIMEOUT) == b"kept"


async def test_the_last_words_of_a_server_that_hangs_up_are_read() -> None:
    async with connected(hang_up) as connection:
        assert [await connection.read(100, TIMEOUT) for _ in range(3)] == [b"bye", b"", b""]
        assert connection.get_extra_info("is_readable")
        with pytest.raises(httpcore.WriteError):
            await connection.write(b"more", TIMEOUT)


async def test_a_connection_that_is_reset() -> None:
    async with connected(reset) as connection:
        await connection.write(b"x", TIMEOUT)
        with pytest.raises(httpcore.ReadError) as caught:
            await connection.read(100, TIMEOUT)
        assert isinstance(caught.value.__cause__, ConnectionResetError)


async def test_a_closed_connection_reads_and_writes_no_more() -> None:
    async with connected(echo) as connection:
        await connection.aclose()
        assert connection.get_extra_info("is_readable")
        with pytest.raises(httpcore.WriteError):
            await connection.write(b"x", TIMEOUT)
        assert await connection.read(100, TIMEOUT) == b""


async def test_a_server_that_takes_nothing_ends_a_write() -> None:
    async with connected(silence) as connection:
        with pytest.raises(httpcore.WriteTimeout):
            await connection.write(bytes(LONG), SOON)


async def test_a_long_write_goes_on_when_the_server_takes_it() -> None:
    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(LONG)
        writer.write(b"all")

    async with connected(count) as connection:
        await connection.write(bytes(LONG), TIMEOUT)
        assert await connection.read(100, TIMEOUT) == b"all"


@pytest.mark.parametrize("is_secret", [False, True])
async def test_a_server_that_pours_has_to_wait_until_it_is_read(is_secret: bool) -> None:
    poured = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal poured
        if is_secret:
            await writer.start_tls(anonymous(ssl.PROTOCOL_TLS_SERVER))
        await reader.read(1)
        while poured < 4 * LONG:
            writer.write(bytes(65536))
            poured += 65536
            await writer.drain()

    async with connected(pour) as connection:
        if is_secret:
            connection = await connection.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), "tenant", TIMEOUT)
        await connection.write(b"x", TIMEOUT)
        pieces = [await connection.read(4 * LONG, TIMEOUT)]
        before = -1
        while before != poured:
            before = poured
            await asyncio.sleep(SOON)
        assert poured < 4 * LONG
        while sum(map(len, pieces)) < 4 * LONG:
            pieces.append(await connection.read(4 * LONG, TIMEOUT))
    assert max(map(len, pieces)) < 4 * READ_BUFFER_LIMIT


async def test_tls_over_a_connection_and_over_tls() -> None:
    async with connected(echo_enciphered) as connection:
        for _ in range(2):
            await connection.write(b"+", TIMEOUT)
            assert await connection.read(1, TIMEOUT) == b"+"
            connection = await connection.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), "tenant", TIMEOUT)
            assert connection.get_extra_info("ssl_object").version() == "TLSv1.2"
            await connection.write(b"secret", TIMEOUT)
            assert await connection.read(100, TIMEOUT) == b"secret"
        await connection.aclose()


async def test_tls_with_a_server_that_never_begins() -> None:
    async with connected(silence) as connection:
        with pytest.raises(httpcore.ConnectTimeout):
            await connection.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), "tenant", SOON)


@pytest.mark.parametrize("behave", [echo, hang_up, reset])
async def test_tls_with_a_server_that_does_not_know_it(behave: Behaviour) -> None:
    async with connected(behave) as connection:
        with pytest.raises(httpcore.ConnectError):
            await connection.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), "tenant", TIMEOUT)


async def test_tls_over_a_connection_that_is_closed() -> None:
    async with connected(echo) as connection:
        await connection.aclose()
        with pytest.raises(httpcore.ConnectError):
            await connection.start_tls(anonymous(ssl.PROTOCOL_TLS_CLIENT), "tenant", TIMEOUT)


@pytest.mark.parametrize(
    ("is_trusted", "hostname", "fault"),
    [
        (True, "tenant.example", None),
        (True, "other.example", "Hostname mismatch"),
        (False, "tenant.example", "self-signed certificate"),
    ],
)
async def test_the_certificate_is_checked(is_trusted: bool, hostname: str, fault: str | None) -> None:
    async def prove(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        with suppress(ssl.SSLError):
            await writer.start_tls(context)
            await reader.read()

    context = ssl.create_default_context(cafile=CERTIFICATE if is_trusted else None)
    async with connected(prove) as connection:
        if fault is None:
            secured = await connection.start_tls(context, hostname, TIMEOUT)
            assert secured.get_extra_info("ssl_object").version() == "TLSv1.3"
            await secured.aclose()
            return
        with pytest.raises(httpcore.ConnectError) as caught:
            await connection.start_tls(context, hostname, TIMEOUT)
    cause = caught.value.__cause__
    assert isinstance(cause, ssl.SSLCertVerificationError)
    assert fault in cause.verify_message


async def test_a_tenant_behind_a_proxy() -> None:
    """The proxy opens a tunnel, and TLS goes through it; what stands behind an answer is noticed there, too."""
    server, asked = Server(STALE), list[bytes]()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.start_tls(anonymous(ssl.PROTOCOL_TLS_SERVER))
        await server.serve(reader, writer)

    async with serving(tunnel) as port:
        transport = Transport(anonymous(ssl.PROTOCOL_TLS_CLIENT), httpx.Proxy(f"http://127.0.0.1:{port}"), 1)
        async with httpx.AsyncClient(transport=transport, base_url="https://tenant.example") as client:
            assert [(await client.get(f"/{number}")).text for number in range(3)] == ["/0", "/1", "/2"]
    assert asked == [b"CONNECT tenant.example:443 HTTP/1.1"] * 3
