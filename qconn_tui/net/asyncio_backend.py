"""A network backend for httpcore over asyncio.

httpcore's own backend uses anyio, whose time-outs and checkpoints take a sixth of the processor time of a request. This
one also knows which bytes were received and not read yet, so that no idle connection with unread bytes is used again.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

HAPPY_EYEBALLS_DELAY = 0.25
"""Seconds before the next address of a host is tried as well (the Connection Attempt Delay of RFC 8305)."""
READ_BUFFER_LIMIT = 256 * 1024
"""Unread bytes beyond which no more are received. One chunk may exceed the limit."""

SocketOptions: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
"""The arguments of `socket.setsockopt`."""
_EXTRA_INFO = {"ssl_object": "ssl_object", "socket": "socket", "client_addr": "sockname", "server_addr": "peername"}
"""The extra info of httpcore by its name there, and its name in asyncio."""


class AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Opens connections. Time-outs are in seconds, None means no limit, and all errors are those of httpcore."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own interface
        local_address: str | None = None,
        socket_options: Iterable[SocketOptions] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers.

        Args:
            host: A host name or IP address.
            port: The TCP port.
            timeout: Seconds to wait for a connection.
            local_address: The IP address to connect from.
            socket_options: The options to set, each as the arguments of `socket.setsockopt`.

        Raises:
            httpcore.ConnectTimeout: No address answered in time.
            httpcore.ConnectError: There is no such host, or no address accepts the connection.
        """
        stream = _AsyncioStream()
        try:
            async with asyncio.timeout(timeout):
                await _connect(stream, host, port, (local_address, 0) if local_address else None)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, ExceptionGroup) as error:
            raise httpcore.ConnectError(str(error)) from error
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return stream

    async def sleep(self, seconds: float) -> None:
        """Wait before httpcore retries a connection."""
        await asyncio.sleep(seconds)


class _AsyncioStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection that one task at a time reads and writes."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._is_read_paused = False
        self._is_write_paused = False
        """Whether asyncio's write buffer is full, because the peer does not read."""
        self._is_closed = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    # --- httpcore.AsyncNetworkStream -------------------------------------------------------------------------

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        """Read up to `max_bytes`; empty at the end. Raises `ReadTimeout` or `ReadError`."""
        if not self._unread and not self._is_closed:
            try:
                await self._wait_for_event(timeout)
            except TimeoutError as error:
                raise httpcore.ReadTimeout from error
        if self._error is not None and not self._unread:
            raise httpcore.ReadError from self._error
        data, self._unread = self._unread[:max_bytes], self._unread[max_bytes:]
        if self._is_read_paused and self._transport is not None and len(self._unread) < READ_BUFFER_LIMIT:
            self._is_read_paused = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        """Write all of `buffer`. Raises `WriteTimeout` or `WriteError`."""
        if self._transport is None or self._is_closed:
            raise httpcore.WriteError from self._error
        self._transport.write(buffer)
        while self._is_write_paused and not self._is_closed:
            try:
                await self._wait_for_event(timeout)
            except TimeoutError as error:
                raise httpcore.WriteTimeout from error

    async def aclose(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()
            # asyncio closes the socket in the next iteration of its loop.
            await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        """Return a stream with TLS over this one. Raises `ConnectTimeout` or `ConnectError`."""
        secured = _AsyncioStream()
        try:
            async with asyncio.timeout(timeout):
                await self._upgrade(secured, ssl_context, server_hostname)
        except BaseException as error:
            await self.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout from error
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return secured

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as above
        """Extra info of httpcore, e.g. `is_readable`: whether the connection was closed or has unread bytes."""
        transport = self._transport
        if info == "is_readable":
            return bool(self._unread) or self._is_closed or transport is None or _is_readable(transport)
        return transport.get_extra_info(_EXTRA_INFO[info]) if transport is not None and info in _EXTRA_INFO else None

    # --- asyncio.Protocol ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to write to."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep bytes until they are read, and stop receiving beyond `READ_BUFFER_LIMIT`."""
        self._unread += data
        if len(self._unread) > READ_BUFFER_LIMIT and not self._is_read_paused and self._transport is not None:
            self._is_read_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """End the reads: the peer sends no more. asyncio then closes the connection."""
        self._is_closed = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """End reads and writes with the error, if there is one."""
        self._is_closed, self._error = True, exc
        self._wake()

    def pause_writing(self) -> None:
        """Let `write` wait until the peer has read enough."""
        self._is_write_paused = True

    def resume_writing(self) -> None:
        """Let `write` return."""
        self._is_write_paused = False
        self._wake()

    # ---------------------------------------------------------------------------------------------------------

    async def _upgrade(self, secured: _AsyncioStream, context: ssl.SSLContext, hostname: str | None) -> None:
        if self._transport is None or self._is_closed:
            raise ConnectionResetError
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, secured, context, server_hostname=hostname)
        if transport is None:
            raise ConnectionResetError
        secured.connection_made(transport)

    async def _wait_for_event(self, timeout: float | None) -> None:  # noqa: ASYNC109 - as above
        """Wait until asyncio calls one of the methods of the protocol."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def _connect(stream: _AsyncioStream, host: str, port: int, source: tuple[str, int] | None) -> None:
    def connect(**options: Any) -> Any:  # noqa: ANN401 - asyncio's own
        """Connect with Happy Eyeballs (RFC 8305)."""
        loop = asyncio.get_running_loop()
        return loop.create_connection(
            lambda: stream, host, port, local_addr=source, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY, **options
        )

    if sys.version_info >= (3, 12):
        await connect(all_errors=True)
        return
    try:
        await connect()
    except OSError as error:
        if error.errno is not None:
            raise
        # Several addresses failed, and asyncio hides the reasons. The error of an IPv4 address alone has one.
        await connect(family=socket.AF_INET)


def _is_readable(transport: asyncio.Transport) -> bool:
    """Whether the socket has bytes, or was closed, and the event loop has not noticed yet."""
    number = transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
