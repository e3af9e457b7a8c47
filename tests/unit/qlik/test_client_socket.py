"""What only a real connection shows: limits, deadlines and broken ends, over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from qconn_tui.errors import AnswerError, Unreachable, UnreadableAnswer
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.retry import with_retry
from qconn_tui.qlik.server import parse_server
from tests.unit.timing import Waits

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tenant(behaviour: Behaviour, deadline: float = 5.0) -> AsyncIterator[TenantClient]:
    """A server that reads one request, behaves, and hangs up; and a client that knows its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await behaviour(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up first, which is what some tests are about
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = parse_server(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "test")
    try:
        async with TenantClient(address, ApiKey(Secret("SECRET-0123456789")), deadline=deadline) as client:
            yield client
    finally:
        server.close()


async def refusal(behaviour: Behaviour, deadline: float = 5.0) -> AnswerError:
    async with tenant(behaviour, deadline) as client:
        with pytest.raises(AnswerError) as caught:
            await client.get("/api/x")
    return caught.value


def sends(*parts: bytes) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return behave


async def test_a_packed_answer_arrives_whole() -> None:
    body = b'{"data": []}' * 500
    packed = gzip.compress(body)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with tenant(sends(head, packed[:50], packed[50:])) as client:
        assert (await client.get("/api/x")).body == body


async def test_an_endless_answer_is_cut_at_the_limit() -> None:
    sent = 0

    async def pour(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(OK + b"\r\n")
        while sent < 64 * 1024 * 1024:
            writer.write(b" " * 65536)
            sent += 65536
            await writer.drain()

    error = await refusal(pour)
    assert type(error) is UnreadableAnswer
    assert "longer than 2 MB" in error.summary
    assert sent < 64 * 1024 * 1024


async def test_a_small_body_that_unpacks_to_a_large_one_is_refused() -> None:
    packed = gzip.compress(b" " * 50_000_000)
    error = await refusal(sends(OK + b"Content-Encoding: gzip\r\n\r\n" + packed))
    assert "longer than 2 MB" in error.summary


async def test_stacked_encodings_are_refused() -> None:
    packed = gzip.compress(gzip.compress(b"{}"))
    for header in (b"Content-Encoding: gzip, gzip\r\n", b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"):
        error = await refusal(sends(OK + header + b"\r\n" + packed))
        assert "not asked for" in error.summary


async def test_a_packed_answer_that_is_cut_off_is_noticed() -> None:
    packed = gzip.compress(b'{"data": []}' * 500)[:-10]
    error = await refusal(sends(OK + b"Content-Encoding: gzip\r\n\r\n" + packed))
    assert type(error) is UnreadableAnswer
    assert "cut off" in error.summary


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 100\r\n\r\n{",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
        OK + b"Transfer-Encoding: chunked\r\n\r\nnot a length\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"HTTP/1.1 2",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nX-\xff: \xff\r\nContent-Length: nonsense\r\n\r\n",
    ],
    ids=lambda answer: repr(answer[-24:]),
)
async def test_an_answer_that_breaks_off_or_is_not_http(answer: bytes) -> None:
    error = await refusal(sends(answer))
    assert type(error) is Unreachable
    assert "broke off" in error.summary


async def test_a_dripping_answer_ends_at_the_deadline() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"\r\n")
        for _ in range(300):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    error = await refusal(drip, deadline=0.1)
    assert type(error) is Unreachable
    assert "in time" in error.summary


async def test_a_hanging_request_can_be_cancelled() -> None:
    asked = asyncio.Event()

    async def hang(writer: asyncio.StreamWriter) -> None:  # noqa: ARG001
        asked.set()
        await asyncio.sleep(60)

    async with tenant(hang) as client:
        request = asyncio.create_task(client.get("/api/x"))
        await asked.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request


async def test_a_request_is_reported_as_sent_once_the_server_can_read_all_of_it() -> None:
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        server = parse_server(f"http://127.0.0.1:{listening.getsockname()[1]}", "test")

        def serve() -> None:
            # The event loop stands still meanwhile: what is not sent yet does not come.
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(5)
                heads.append(connection.recv(65_536))
                connection.sendall(OK + b"Content-Length: 2\r\n\r\n{}")

        async with TenantClient(server, ApiKey(Secret("SECRET-0123456789")), deadline=5) as client:
            assert (await client.get("/api/x", "a=1", on_sent=serve)).body == b"{}"
    (head,) = heads
    assert head.startswith(b"GET /api/x?a=1 HTTP/1.1\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()


async def test_a_port_where_nobody_listens_refuses() -> None:
    with socket.socket() as taken:
        # Bound, but not listening: no other process gets the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        server = parse_server(f"http://127.0.0.1:{taken.getsockname()[1]}", "test")
        async with TenantClient(server, ApiKey(Secret("SECRET-0123456789"))) as client:
            with pytest.raises(Unreachable, match="refuses connections"):
                await client.get("/api/x")


async def test_a_server_that_does_not_speak_https() -> None:
    async def chat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    plain = await asyncio.start_server(chat, "127.0.0.1", 0)
    server = parse_server(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}", "test")
    async with plain, TenantClient(server, ApiKey(Secret("SECRET-0123456789"))) as client:
        with pytest.raises(Unreachable, match="No secure connection"):
            await client.get("/api/x")


async def test_after_a_misdirected_request_the_next_one_gets_another_connection() -> None:
    connections, statuses = 0, [b"200 OK", b"421 Misdirected Request", b"408 Request Timeout", b"200 OK"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 " + statuses.pop(0) + b"\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = parse_server(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "test")
    async with TenantClient(address, ApiKey(Secret("SECRET-0123456789"))) as client:
        await client.get("/api/x")
        waits = Waits()
        answered = await with_retry(lambda: client.get("/api/x", "", waits.retry_wait), waits.retry_wait)
    assert answered.status == 200
    assert connections == 2
    server.close()
