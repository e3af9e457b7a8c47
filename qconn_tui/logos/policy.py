"""Which of a connector's logos to fetch, and which addresses may be fetched at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import QconnError
from qconn_tui.net.client import is_loopback
from qconn_tui.text import URL_LIMIT

if TYPE_CHECKING:
    from qconn_tui.connector import Connector

QLIK_CDN_HOST = "cdn.qlikcloud.com"
"""The host of Qlik's own logos, the same for every tenant."""

RETRY_SOON = 600.0
"""Seconds until the next attempt after a failure of the network or a server."""
RETRY_NEXT_WEEK = 7 * 86_400.0
"""Seconds until the next attempt when there is no such logo."""
RETRY_NEXT_MONTH = 30 * 86_400.0
"""Seconds until the next attempt when the answer is not a picture that can be drawn."""

# A strict subset of RFC 3986 without userinfo, so that no two URL parsers can disagree about the host.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?](?:[!\"$-\[\]-~])*)?",
    re.IGNORECASE,
)


class LogoRefused(QconnError):
    """A logo cannot be shown.

    Args:
        reason: Why, as the end of a sentence.
        retry_after: Seconds until the next attempt makes sense.
    """

    def __init__(self, reason: str, retry_after: float = RETRY_NEXT_MONTH) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class LogoRefusal(NamedTuple):
    """The result for a logo that cannot be shown."""

    reason: str
    """Why, as the end of a sentence: `the logo answers 404`."""


def best_logo(connector: Connector, pixels: int) -> str | None:
    """Return the address of the connector's logo for a square box; None when the connector has no logo.

    The API does not tell the sizes in pixels: small, medium and large are taken for 32, 64 and 128. The result is the
    smallest logo that fills the box, or else the largest.

    Args:
        connector: The connector.
        pixels: The side of the box in pixels.
    """
    sizes = ((32, connector.logo_small), (64, connector.logo_medium), (128, connector.logo_large))
    there = [(size, url) for size, url in sizes if url]
    filling = [url for size, url in there if size >= pixels]
    if filling:
        return filling[0]
    return there[-1][1] if there else None


class LogoPolicy(NamedTuple):
    """The hosts that logos may be fetched from."""

    hosts: tuple[str, ...] = ()
    """Hosts that the user allows beside `QLIK_CDN_HOST`, without port."""
    loopback: bool = False
    """Whether loopback addresses are allowed, also without TLS, because the tenant itself is on one."""

    def refusal(self, url: str) -> str | None:
        """Return why this address must not be fetched, as the end of a sentence; None when it may be."""
        if len(url) > URL_LIMIT:
            return "its address is too long"
        address = _ADDRESS.fullmatch(url)
        if address is None:
            return "its address is not a plain https address"
        host = address["host"].lower()
        port = int(address["port"] or 443)
        if self.loopback and is_loopback(host.strip("[]")) and port <= 65535:
            return None
        if address["scheme"].lower() != "https":
            return "its address is not https"
        if host not in (QLIK_CDN_HOST, *(allowed.lower() for allowed in self.hosts)):
            return f"its host {host[:100]} is not in logo_hosts"
        if is_loopback(host.strip("[]")):
            return "its host is this machine"
        if port != 443:
            return "its address names a port"
        return None
