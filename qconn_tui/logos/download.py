"""One bounded GET for a logo, by a client that has no credentials and keeps no cookies."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qconn_tui.errors import UsageError
from qconn_tui.logos.source import NEXT_WEEK, SOON, LogoRefused
from qconn_tui.web import open_client

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 512 * 1024
"""Bytes of an answer that are read at all."""
DEADLINE = 10.0
"""Seconds a logo may take altogether; a read time-out alone lets one byte a second go on for ever."""

_HEADERS = {
    "Accept": "image/png, image/webp, image/jpeg, image/gif",
    # A compressed body could unfold to gigabytes, and pictures are compressed already.
    "Accept-Encoding": "identity",
}


class Downloader:
    """Fetches logos whose addresses have passed `LogoPolicy`; a `transport` takes the network's place."""

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None, deadline: float = DEADLINE) -> None:
        self._transport = transport
        self._deadline = deadline
        # Whether there is a proxy on the way differs from host to host; there are few.
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}
        self._opening = asyncio.Lock()

    async def get(self, url: str) -> bytes:
        """The body of the answer. Raises LogoRefused for whatever is not a complete 200 within the limits."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._get(await self._client(url), url)
        except LogoRefused:
            raise
        except UsageError as error:
            reason = error.summary.rstrip(".")
        except TimeoutError:
            reason = f"the logo did not arrive within {self._deadline:g} s"
        except Exception:  # noqa: BLE001 - broken answers raise nearly anything inside an HTTP library
            reason = "the logo's server could not be reached"
        # Raised out here, without the library's own error: its text may hold a proxy's password.
        raise LogoRefused(reason, SOON)

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()

    async def _get(self, client: httpx.AsyncClient, url: str) -> bytes:
        async with client.stream("GET", url) as response:
            status = response.status_code
            if status != 200:
                passing = status >= 500 or status in (408, 429)
                raise LogoRefused(f"the logo answers {status}", SOON if passing else NEXT_WEEK)
            if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
                raise LogoRefused("the logo comes in an encoding that was not asked for")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise LogoRefused(f"the logo has more than {MOST_BYTES // 1024} kB")
            return bytes(body)

    async def _client(self, url: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        place = (parts.scheme, parts.hostname or "")
        async with self._opening:
            if place not in self._clients:
                # Off the loop: loading httpx and the system's certificates takes longer than a frame.
                self._clients[place] = await asyncio.to_thread(open_client, *place, _HEADERS, self._transport)
            return self._clients[place]
