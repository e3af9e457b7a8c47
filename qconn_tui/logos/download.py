"""Downloading logos with limits on time and size, by a client without credentials or cookies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qconn_tui.errors import UsageError
from qconn_tui.logos.policy import RETRY_NEXT_WEEK, RETRY_SOON, LogoRefused
from qconn_tui.logos.public_address import look_up, require_public
from qconn_tui.net.client import is_loopback, open_client, proxy_variable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

MAX_BYTES = 512 * 1024
"""The largest body in bytes; reading stops there."""
DEADLINE = 10.0
"""Seconds for a whole download; a read timeout alone would let a server send one byte a second for ever."""

_HEADERS = {
    "Accept": "image/png, image/webp, image/jpeg, image/gif",
    # A compressed body can expand to gigabytes, and pictures are compressed already.
    "Accept-Encoding": "identity",
}


@dataclass(slots=True)
class _Host:
    """A host that logos come from, and its client."""

    name: str
    client: httpx.AsyncClient
    address: str | None = None
    """The IP address of its last answer; the client may still have a connection to it."""


class Downloader:
    """Downloads logos from addresses that `LogoPolicy` allows.

    Args:
        transport: Replaces the network, and with it the lookup of host names.
        find: Looks up the addresses of a host name, also when there is a `transport`.
        deadline: Seconds for one download.
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
        # A client for each scheme and host, because a proxy is chosen for each host.
        self._hosts: dict[tuple[str, str], _Host] = {}
        self._opening = asyncio.Lock()

    async def get(self, url: str) -> bytes:
        """Download a logo and return its bytes.

        Raises:
            LogoRefused: The answer is not a complete 200 within the limits.
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._get(await self._host(url), url)
        except LogoRefused:
            raise
        except UsageError as error:
            reason = error.summary.rstrip(".")
        except TimeoutError:
            reason = f"the logo did not arrive within {self._deadline:g} s"
        except Exception:  # noqa: BLE001 - broken answers raise nearly anything inside an HTTP library
            reason = "the logo's server could not be reached"
        # Raised outside the except blocks, without the library's error as context: it may hold a proxy's password.
        raise LogoRefused(reason, RETRY_SOON)

    async def aclose(self) -> None:
        """Close the connections."""
        for host in self._hosts.values():
            await host.client.aclose()

    async def _get(self, host: _Host, url: str) -> bytes:
        import httpcore

        # A proxy looks up names itself, and `LogoPolicy` has decided about loopback addresses.
        if self._find is None or is_loopback(host.name) or proxy_variable(host.name) is not None:
            return await _body(host.client, host.client.build_request("GET", url))
        addresses = require_public(host.name, await self._find(host.name))
        *others, last = sorted(addresses, key=lambda address: address != host.address)
        for address in others:
            try:
                return await self._get_from(address, host, url)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._get_from(last, host, url)

    async def _get_from(self, address: str, host: _Host, url: str) -> bytes:
        """Connect to this IP address; TLS still verifies the certificate against the host's name."""
        request = host.client.build_request("GET", url, extensions={"sni_hostname": host.name})
        request.url = request.url.copy_with(host=address)
        body = await _body(host.client, request)
        host.address = address
        return body

    async def _host(self, url: str) -> _Host:
        parts = urlsplit(url)
        scheme, name = parts.scheme, parts.hostname or ""
        async with self._opening:
            if (scheme, name) not in self._hosts:
                # In a thread: loading httpx and the system's certificates takes longer than a frame.
                client = await asyncio.to_thread(open_client, scheme, name, _HEADERS, self._transport)
                self._hosts[scheme, name] = _Host(name, client)
            return self._hosts[scheme, name]


async def _body(client: httpx.AsyncClient, request: httpx.Request) -> bytes:
    response = await client.send(request, stream=True)
    try:
        status = response.status_code
        if status != 200:
            is_temporary = status >= 500 or status in (408, 429)
            raise LogoRefused(f"the logo answers {status}", RETRY_SOON if is_temporary else RETRY_NEXT_WEEK)
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise LogoRefused("the logo comes in an encoding that was not asked for")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > MAX_BYTES:
                raise LogoRefused(f"the logo has more than {MAX_BYTES // 1024} kB")
        return bytes(body)
    finally:
        await response.aclose()
