"""Connections for httpcore straight over asyncio.

httpcore's own way there is anyio, whose time-outs and checkpoints take a sixth of a request's processor time. And here
it is known what has come and was not read yet: no idle connection on which anything stands is taken for a clean one.
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

HEAD_START = 0.25
"""Seconds that an address of a host has to answer before the next one is tried beside it (RFC 8305)."""
MOST_UNREAD = 256 * 1024
"""Bytes that wait to be read at most, and one piece more: then the other end has to wait."""

SocketOptions: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
"""The arguments of `socket.setsockopt`."""
_INFOS = {"ssl_object": "ssl_object", "socket": "socket", "client_addr": "sockname", "server_addr": "peername"}
"""What httpcore asks of a connection, and what asyncio calls it."""


class Network(httpcore.AsyncNetworkBackend):
    """Opens connections. Times are in seconds, None is without end; every error is one of httpcore's."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own interface
        local_address: str | None = None,
        socket_options: Iterable[SocketOptions] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers."""
        connection = _Connection()
        try:
            async with asyncio.timeout(timeout):
                await _connect(connection, host, port, (local_address, 0) if local_address else None)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, ExceptionGroup) as error:
            raise httpcore.ConnectError(str(error)) from error
        for option in socket_options or ():
            connection.get_extra_info("socket").setsockopt(*option)
        return connection

    async def sleep(self, seconds: float) -> None:
        """Wait before a connection is tried again."""
        await asyncio.sleep(seconds)


class _Connection(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection, read and written by one task at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._is_paused = False
        self._is_full = False
        """Whether the other end takes nothing more for now."""
        self._is_over = False
        self._fault: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    # --- for httpcore ----------------------------------------------------------------------------------------

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        if not self._unread and not self._is_over:
            try:
                await self._change(timeout)
            except TimeoutError as error:
                raise httpcore.ReadTimeout from error
        if self._fault is not None and not self._unread:
            raise httpcore.ReadError from self._fault
        data, self._unread = self._unread[:max_bytes], self._unread[max_bytes:]
        if self._is_paused and self._transport is not None and len(self._unread) < MOST_UNREAD:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        if self._transport is None or self._is_over:
            raise httpcore.WriteError from self._fault
        self._transport.write(buffer)
        while self._is_full and not self._is_over:
            try:
                await self._change(timeout)
            except TimeoutError as error:
                raise httpcore.WriteTimeout from error

    async def aclose(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            # asyncio closes the socket in the next round of its loop.
            await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        secured = _Connection()
        try:
            async with asyncio.timeout(timeout):
                await self._encipher(secured, ssl_context, server_hostname)
        except BaseException as error:
            await self.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout from error
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return secured

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as above
        transport = self._transport
        if info == "is_readable":
            return bool(self._unread) or self._is_over or transport is None or _is_readable(transport)
        return transport.get_extra_info(_INFOS[info]) if transport is not None and info in _INFOS else None

    # --- for asyncio -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > MOST_UNREAD and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._fault = True, exc
        self._wake()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    # ---------------------------------------------------------------------------------------------------------

    async def _encipher(self, secured: _Connection, context: ssl.SSLContext, hostname: str | None) -> None:
        if self._transport is None or self._is_over:
            raise ConnectionResetError
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self._transport, secured, context, server_hostname=hostname)
        if transport is None:
            raise ConnectionResetError
        secured.connection_made(transport)

    async def _change(self, timeout: float | None) -> None:  # noqa: ASYNC109 - as above
        """Return when asyncio has told something."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def _connect(connection: _Connection, host: str, port: int, source: tuple[str, int] | None) -> None:
    def connect(**options: Any) -> Any:  # noqa: ANN401 - asyncio's own
        loop = asyncio.get_running_loop()
        return loop.create_connection(
            lambda: connection, host, port, local_addr=source, happy_eyeballs_delay=HEAD_START, **options
        )

    if sys.version_info >= (3, 12):
        await connect(all_errors=True)
        return
    try:
        await connect()
    except OSError as error:
        if error.errno is not None:
            raise
        # Several addresses failed, and asyncio does not tell why: the answer of the usual kind of address does.
        await connect(family=socket.AF_INET)


def _is_readable(transport: asyncio.Transport) -> bool:
    """Whether something has come that the event loop has not seen yet."""
    number = transport.get_extra_info("socket").fileno()
    if sys.platform == "win32":
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
