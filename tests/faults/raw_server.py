"""A server that sends any bytes, at any pace, and ends the connection in any way."""

from __future__ import annotations

import asyncio
import enum
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import Self


class Ending(enum.Enum):
    """What becomes of the connection behind an answer."""

    KEEP = "the next request is waited for"
    CLOSE = "the server hangs up"
    RESET = "the server resets the connection"
    HANG = "nothing more comes, until the client hangs up"


@dataclass(frozen=True, slots=True)
class Reply:
    """What to do about one request."""

    parts: Iterable[bytes] = ()
    """What to send, one after the other; it need not end."""
    ending: Ending = Ending.CLOSE
    """What to do then."""
    pause: float = 0.0
    """Seconds between two parts."""


class RawServer:
    """Listens on a loopback port of its own; `respond` gets the head of every request.

    With an `opening`, it gets so many bytes in place of a head: for who does not speak HTTP. With `certificates`, it
    speaks TLS.
    """

    def __init__(
        self, respond: Callable[[bytes], Reply], *, opening: int = 0, certificates: ssl.SSLContext | None = None
    ) -> None:
        self._respond = respond
        self._opening = opening
        self._certificates = certificates
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.heads: list[bytes] = []
        """What reached it: the request lines and headers, one request after the other."""

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def origin(self) -> str:
        """Its address as a URL without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._certificates)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._talk(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            ending = Ending.KEEP
            while ending is Ending.KEEP:
                head = await (reader.readexactly(self._opening) if self._opening else reader.readuntil(b"\r\n\r\n"))
                self.heads.append(head)
                reply = self._respond(head)
                await _send(writer, reply)
                ending = reply.ending
            if ending is Ending.HANG:
                await reader.read()
            if ending is Ending.RESET:
                # Closing with unsent bytes thrown away: that is what a reset is.
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up first, as it does on most of what is sent here
        finally:
            writer.close()


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    for part in reply.parts:
        writer.write(part)
        await writer.drain()
        if reply.pause:
            await asyncio.sleep(reply.pause)
