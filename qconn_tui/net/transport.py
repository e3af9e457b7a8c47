"""The network below httpx, on which every connection is listened to: what came unasked answers no later question.

A server, or something on the way, that sends two answers to one request leaves the second one in the connection.
httpcore would take it for the answer to whatever is asked next, and a list would end early and look whole. So a
connection on which anything stands behind an answer is closed, and the next request gets a new one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import h11
import httpcore
import httpx

from qconn_tui.net.asyncio_backend import Network

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

KEEP_SECONDS = 5.0
"""Seconds for which an idle connection is kept for the next request."""

_MORE_FOLLOWS = h11.InformationalResponse | h11.Response | h11.Data
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?:\r\n|$)")


class Transport(httpx.AsyncBaseTransport):
    """At most `at_once` connections, through the proxy if there is one; its errors are those of httpcore."""

    def __init__(self, certificates: ssl.SSLContext, proxy: httpx.Proxy | None, at_once: int) -> None:
        common: dict[str, Any] = {
            "ssl_context": certificates,
            "max_connections": at_once,
            "max_keepalive_connections": at_once,
            "keepalive_expiry": KEEP_SECONDS,
            "network_backend": _Network(),
        }
        self._pool = (
            httpcore.AsyncConnectionPool(**common)
            if proxy is None
            else httpcore.AsyncHTTPProxy(
                proxy_url=_address(proxy.url),
                proxy_auth=proxy.raw_auth,
                proxy_headers=proxy.headers.raw,
                **common,
            )
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the answer's body is still to be read."""
        asked = httpcore.Request(
            request.method, _address(request.url), headers=request.headers.raw,
            content=request.stream, extensions=request.extensions,
        )  # fmt: skip
        answer = await self._pool.handle_async_request(asked)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions)
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Network(Network):
    """The usual network, listened to."""

    async def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:  # noqa: ANN401 - handed on
        return _Stream(await super().connect_tcp(*arguments, **options))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection that knows whether an answer was all that came."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._tracker = _ResponseTracker()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's own interface
        data = await self._stream.read(max_bytes, timeout)
        self._tracker.feed(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        if self._tracker.has_begun:
            self._tracker = _ResponseTracker()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as above
        # Asked of a connection that is idle: one that can be read from is closed, since nothing is owed.
        if info == "is_readable" and not self._tracker.is_at_the_end:
            return True
        return self._stream.get_extra_info(info)


class _ResponseTracker:
    """Follows one answer by its own account of where it ends.

    As good as every answer has a plain head and a body of a known length: to count its bytes costs a tenth of parsing
    it a second time. h11 follows all others.
    """

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None
        """Bytes of the body to come, below zero when too many came; None while nobody counts."""
        self._answer: h11.Connection | None = None
        self._is_clear = True
        self.has_begun = False
        """Whether anything of the answer has come."""

    def feed(self, data: bytes) -> None:
        """Take in what has come."""
        self.has_begun = True
        if not self._is_clear:
            return
        if self._answer is not None:
            self._follow(self._answer, data)
        elif self._left is not None:
            self._left -= len(data)
        else:
            self._begin(data)

    def _begin(self, data: bytes) -> None:
        self._head += data
        head, end, body = self._head.partition(b"\r\n\r\n")
        if not end:
            return
        length = _plain_length(head)
        if length is not None:
            self._left = length - len(body)
            return
        self._answer = h11.Connection(h11.CLIENT)
        self._answer.send(h11.Request(method="GET", target="/", headers=[("Host", "")]))
        self._answer.send(h11.EndOfMessage())
        self._follow(self._answer, self._head)

    def _follow(self, answer: h11.Connection, data: bytes) -> None:
        try:
            answer.receive_data(data)
            while isinstance(answer.next_event(), _MORE_FOLLOWS):
                pass
        except h11.RemoteProtocolError:
            self._is_clear = False
        if answer.their_state is h11.DONE and answer.trailing_data[0]:
            self._is_clear = False

    @property
    def is_at_the_end(self) -> bool:
        """Whether the answer has come whole, and nothing behind it."""
        is_whole = self._left == 0 if self._answer is None else self._answer.their_state is h11.DONE
        return self._is_clear and is_whole


def _plain_length(head: bytes) -> int | None:
    """How long the body is behind a head that can be read in one way only; None for every other head."""
    lower = head.lower()
    is_plain = (
        lower.startswith(b"http/1.1 200 ")
        and lower.count(b"\n") == lower.count(b"\r\n") == lower.count(b"\r")
        and lower.count(b"content-length") == 1
        and not any(word in lower for word in (b"transfer-encoding", b"\nconnection", b"\n ", b"\n\t", b"\0"))
    )
    found = _LENGTH.search(lower) if is_plain else None
    return int(found[1]) if found is not None else None


def _address(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
