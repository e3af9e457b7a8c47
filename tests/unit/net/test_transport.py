"""Connections are kept for the next request, and never answer it with what came before it was asked."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.net.transport import Transport, _ResponseTracker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

STALE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale"

READ_AT_ONCE = 65_536
"""Bytes that httpcore takes of what has come."""
HEAD = len(b"HTTP/1.1 200 OK\r\nContent-Length: 65500\r\n\r\n")
"""Bytes of the head before an answer that is as long."""


class Server:
    """Answers with the path that was asked for, in chunks if that begins with `/chunks`, then with `behind`.

    For a path that begins with `/long` the answer is as long as what httpcore reads at once.
    """

    def __init__(self, *behind: bytes) -> None:
        self.behind = behind
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
                path = path.ljust(READ_AT_ONCE - HEAD, b"x") if path.startswith(b"/long") else path
                if path == b"/empty":
                    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                elif path.startswith(b"/chunks"):
                    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(path), path))
                else:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))
                # Each is a record of its own where they are enciphered.
                writer.writelines(self.behind)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up
        finally:
            writer.close()


def anonymous(side: int) -> ssl.SSLContext:
    """TLS without certificates, which only tests may want."""
    context = ssl.SSLContext(side)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


@asynccontextmanager
async def asking(server: Server, scheme: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the server behind it."""
    is_secret = scheme == "https"
    listening = await asyncio.start_server(
        server.serve, "127.0.0.1", 0, ssl=anonymous(ssl.PROTOCOL_TLS_SERVER) if is_secret else None
    )
    context = anonymous(ssl.PROTOCOL_TLS_CLIENT)
    origin = f"{scheme}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening, httpx.AsyncClient(transport=Transport(context, None, 1), base_url=origin) as client:
        yield client


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_one_connection_is_enough_for_answers_that_end_where_they_say(scheme: str) -> None:
    server, paths = Server(), ["/1", "/chunks/2", "/empty", "/chunks/3", "/4"]
    async with asking(server, scheme) as client:
        bodies = [(await client.get(path)).text for path in paths]
    assert bodies == ["/1", "/chunks/2", "", "/chunks/3", "/4"]
    assert server.connections == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("path", ["/", "/chunks/"])
@pytest.mark.parametrize(
    "behind",
    [(STALE,), (STALE, STALE), (STALE[:-2],), (b"x" * 100,), (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",)],
    ids=["an answer", "two", "a part of one", "something", "a refusal"],
)
async def test_what_nobody_asked_for_answers_nothing(scheme: str, path: str, behind: tuple[bytes, ...]) -> None:
    server = Server(*behind)
    async with asking(server, scheme) as client:
        answers = [await client.get(f"{path}{number}") for number in range(4)]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, f"{path}{n}") for n in range(4)]
    assert server.connections == 4


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_comes_in_one_piece_with_a_long_answer_answers_nothing(scheme: str) -> None:
    server = Server(STALE)
    async with asking(server, scheme) as client:
        texts = [(await client.get(f"/long/{number}")).text for number in range(4)]
    assert [text[:7] for text in texts] == [f"/long/{number}" for number in range(4)]
    assert server.connections == 4


async def test_the_answer_to_a_body_is_followed_too() -> None:
    server = Server(STALE)
    async with asking(server, "http") as client:
        texts = [(await client.request("GET", f"/{number}", json={})).text for number in range(3)]
    assert texts == ["/0", "/1", "/2"]


HEADS = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5", True),
    (b"HTTP/1.1 200 OK\r\nDate: now\r\ncontent-length:5\r\nServer: s", True),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5", True),
    (b"HTTP/1.1 404 No\r\nContent-Length: 5", True),
    (b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5", True),
    (b"HTTP/1.1 200 OK\r\nX: a\r\nContent-Length: 5\r\nConnection: close", False),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6", False),
    (b"HTTP/1.1 200 OK\r\nX: a\r\n Content-Length: 5", False),
    (b"HTTP/1.1 200 OK\r\nX-Content-Length: 5", False),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -5", False),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 5", False),
    (b"no answer at all", False),
]


@pytest.mark.parametrize(("head", "is_understood"), HEADS)
@given(behind=st.sampled_from([b"", b"x", STALE]), cuts=st.lists(st.integers(0, 200), max_size=4))
def test_an_answer_is_at_its_end_only_when_all_of_it_and_nothing_else_has_come(
    head: bytes, is_understood: bool, behind: bytes, cuts: list[int]
) -> None:
    sent = head + b"\r\n\r\nhello" + behind
    tracker, places = _ResponseTracker(), sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    for start, end in pairwise(places):
        tracker.feed(sent[start:end])
        is_whole = end == len(sent) - len(behind)
        assert tracker.is_at_the_end == (is_understood and is_whole)


def test_an_answer_that_has_no_body_whatever_it_says_ends_with_its_head() -> None:
    tracker = _ResponseTracker()
    tracker.feed(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n")
    assert tracker.is_at_the_end
    tracker.feed(b"hello")
    assert not tracker.is_at_the_end
