"""The transport below httpx, which never takes unrequested bytes for the response to a later request.

A server or proxy that sends two responses to one request leaves the second one in the connection. httpcore would take
it for the response to the next request, and a list would end early and look complete. So a connection with bytes behind
a response is closed, and the next request gets a new one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import h11
import httpcore
import httpx

from qconn_tui.net.asyncio_backend import AsyncioBackend

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

KEEPALIVE_EXPIRY = 5.0
"""Seconds for which an idle connection is kept for the next request."""

_UNFINISHED = h11.InformationalResponse | h11.Response | h11.Data
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?:\r\n|$)")


class Transport(httpx.AsyncBaseTransport):
    """A pool of connections. Its errors are those of httpcore.

    Args:
        certificates: The certificate authorities to trust.
        proxy: The proxy on the way; None to connect directly.
        max_connections: How many connections may be open at once.
    """

    def __init__(self, certificates: ssl.SSLContext, proxy: httpx.Proxy | None, max_connections: int) -> None:
        common: dict[str, Any] = {
            "ssl_context": certificates,
            "max_connections": max_connections,
            "max_keepalive_connections": max_connections,
            "keepalive_expiry": KEEPALIVE_EXPIRY,
            "network_backend": _TrackingBackend(),
        }
        self._pool = (
            httpcore.AsyncConnectionPool(**common)
            if proxy is None
            else httpcore.AsyncHTTPProxy(
                proxy_url=_address(proxy.url),
                proxy_auth=proxy.raw_auth,
                proxy_headers=proxy.headers.raw,
                # Without a context, httpcore trusts certificates of its own. One for a plain proxy is an error.
                proxy_ssl_context=certificates if proxy.url.scheme == "https" else None,
                **common,
            )
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return the response with its body unread."""
        sent = httpcore.Request(
            request.method, _address(request.url), headers=request.headers.raw,
            content=request.stream, extensions=request.extensions,
        )  # fmt: skip
        received = await self._pool.handle_async_request(sent)
        return httpx.Response(
            received.status, headers=received.headers, stream=_Body(received), extensions=dict(received.extensions)
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of a response, with httpcore's errors instead of httpx's."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        """Return the connection to the pool, or close it if the body was not read to its end."""
        await self._response.aclose()


class _TrackingBackend(AsyncioBackend):
    """A backend whose connections track the end of each response."""

    async def connect_tcp(self, *arguments: Any, **options: Any) -> httpcore.AsyncNetworkStream:  # noqa: ANN401 - handed on
        """Connect, and track what is received."""
        return _TrackedStream(await super().connect_tcp(*arguments, **options))


class _TrackedStream(httpcore.AsyncNetworkStream):
    """A connection that knows whether it has received more than one response to a request."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._tracker = _ResponseTracker()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's own interface
        """Read, and track the bytes."""
        data = await self._stream.read(max_bytes, timeout)
        self._tracker.feed(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        """Write. The first bytes after a response begin the next request."""
        if self._tracker.has_begun:
            self._tracker = _ResponseTracker()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        """Start TLS, and track what is deciphered."""
        return _TrackedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as above
        """The stream's extra info. `is_readable` is also true with an unfinished response, or with bytes behind it."""
        # httpcore asks this of an idle connection, and closes one that is readable.
        if info == "is_readable" and not self._tracker.is_at_the_end:
            return True
        return self._stream.get_extra_info(info)


class _ResponseTracker:
    """Follows one response to the end that its headers declare (RFC 9112, section 6.3).

    Nearly all responses have simple headers and a body of a known length. Counting its bytes costs a tenth of parsing
    them a second time. All other responses are parsed by h11.
    """

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None
        """Bytes of the body to come, below zero after too many; None while the bytes are not counted."""
        self._parser: h11.Connection | None = None
        """Parses a response whose bytes cannot be counted."""
        self._is_valid = True
        self.has_begun = False
        """Whether any byte of the response was received."""

    def feed(self, data: bytes) -> None:
        """Track received bytes."""
        self.has_begun = True
        if not self._is_valid:
            return
        if self._parser is not None:
            self._follow(self._parser, data)
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
        self._parser = h11.Connection(h11.CLIENT)
        self._parser.send(h11.Request(method="GET", target="/", headers=[("Host", "")]))
        self._parser.send(h11.EndOfMessage())
        self._follow(self._parser, self._head)

    def _follow(self, parser: h11.Connection, data: bytes) -> None:
        try:
            parser.receive_data(data)
            while isinstance(parser.next_event(), _UNFINISHED):
                pass
        except h11.RemoteProtocolError:
            self._is_valid = False
        if parser.their_state is h11.DONE and parser.trailing_data[0]:
            self._is_valid = False

    @property
    def is_at_the_end(self) -> bool:
        """Whether the whole response was received, and nothing behind it."""
        is_whole = self._left == 0 if self._parser is None else self._parser.their_state is h11.DONE
        return self._is_valid and is_whole


def _plain_length(head: bytes) -> int | None:
    """The length of the body after headers that have only one interpretation; None for all others."""
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
