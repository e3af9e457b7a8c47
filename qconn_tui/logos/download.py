"""One bounded GET for a logo, by a client that has no credentials and keeps no cookies."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from qconn_tui import __version__
from qconn_tui.logos.source import NEXT_WEEK, SOON, LogoRefused

if TYPE_CHECKING:
    import ssl

    import httpx

MOST_BYTES = 512 * 1024
"""Bytes of an answer that are read at all."""
DEADLINE = 10.0
"""Seconds a logo may take altogether; a read time-out alone lets one byte a second go on for ever."""

_HEADERS = {
    "Accept": "image/png, image/webp, image/jpeg, image/gif",
    # A compressed body could unfold to gigabytes, and pictures are compressed already.
    "Accept-Encoding": "identity",
    "User-Agent": f"qconn-tui/{__version__}",
}
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")


class Downloader:
    """Fetches logos whose addresses have passed `LogoPolicy`; a `transport` takes the network's place."""

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None, deadline: float = DEADLINE) -> None:
        self._transport = transport
        self._deadline = deadline
        self._client: httpx.AsyncClient | None = None
        self._starting = asyncio.Lock()

    async def get(self, url: str) -> bytes:
        """The body of the answer. Raises LogoRefused for whatever is not a complete 200 within the limits."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._get(await self._started(), url)
        except LogoRefused:
            raise
        except TimeoutError:
            raise LogoRefused(f"the logo did not arrive within {self._deadline:g} s", SOON) from None
        except Exception as error:
            # Broken answers, certificates and proxies raise nearly anything inside an HTTP library.
            raise LogoRefused("the logo's server could not be reached", SOON) from error

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

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

    async def _started(self) -> httpx.AsyncClient:
        async with self._starting:
            if self._client is None:
                # Off the loop: loading httpx and the system's certificates takes longer than a frame.
                self._client = await asyncio.to_thread(_start_client, self._transport)
            return self._client


def _start_client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    from http.cookiejar import DefaultCookiePolicy

    import httpx

    client = httpx.AsyncClient(
        # A transport would switch the environment's proxies off, so there is none unless one is given.
        transport=transport,
        # Logos on this machine do not take the way through a proxy.
        mounts=dict.fromkeys(_LOOPBACK),
        verify=_certificates(),
        headers=_HEADERS,
        follow_redirects=False,
        timeout=httpx.Timeout(DEADLINE, connect=5.0),
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _certificates() -> ssl.SSLContext | bool:
    """The system's certificates, unless the user names others, which httpx reads by itself."""
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return True
    import ssl

    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
