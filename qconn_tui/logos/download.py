"""One bounded GET for a logo, by a client that has no credentials and keeps no cookies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qconn_tui.errors import UsageError
from qconn_tui.logos.policy import NEXT_WEEK, SOON, LogoRefused
from qconn_tui.logos.public_address import look_up, public
from qconn_tui.net.client import is_loopback, open_client, proxy_variable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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


@dataclass(slots=True)
class _Place:
    """A host that was asked before."""

    host: str
    client: httpx.AsyncClient
    address: str | None = None
    """Where it answered last: a connection may still be open."""


class Downloader:
    """Fetches logos whose addresses have passed `LogoPolicy`.

    A `transport` takes the network's place, and with it the look-up of names; `find` looks a name up all the same.
    """

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        find: Callable[[str], Awaitable[list[str]]] | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._transport = transport
        self._find = find or (look_up if transport is None else None)
        self._deadline = deadline
        # Whether there is a proxy on the way differs from host to host; there are few.
        self._places: dict[tuple[str, str], _Place] = {}
        self._opening = asyncio.Lock()

    async def get(self, url: str) -> bytes:
        """The body of the answer. Raises LogoRefused for whatever is not a complete 200 within the limits."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._get(await self._place(url), url)
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
        for place in self._places.values():
            await place.client.aclose()

    async def _get(self, place: _Place, url: str) -> bytes:
        import httpcore

        # A proxy looks names up by itself, and this machine is asked only when `LogoPolicy` says so.
        if self._find is None or is_loopback(place.host) or proxy_variable(place.host) is not None:
            return await _body(place.client, place.client.build_request("GET", url))
        addresses = public(place.host, await self._find(place.host))
        *others, last = sorted(addresses, key=lambda address: address != place.address)
        for address in others:
            try:
                return await self._get_from(address, place, url)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._get_from(last, place, url)

    async def _get_from(self, address: str, place: _Place, url: str) -> bytes:
        """Ask at this address. Whose certificate it has to show is told by the host's name as ever."""
        request = place.client.build_request("GET", url, extensions={"sni_hostname": place.host})
        request.url = request.url.copy_with(host=address)
        body = await _body(place.client, request)
        place.address = address
        return body

    async def _place(self, url: str) -> _Place:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname or ""
        async with self._opening:
            if (scheme, host) not in self._places:
                # Off the loop: loading httpx and the system's certificates takes longer than a frame.
                client = await asyncio.to_thread(open_client, scheme, host, _HEADERS, self._transport)
                self._places[scheme, host] = _Place(host, client)
            return self._places[scheme, host]


async def _body(client: httpx.AsyncClient, request: httpx.Request) -> bytes:
    response = await client.send(request, stream=True)
    try:
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
    finally:
        await response.aclose()
