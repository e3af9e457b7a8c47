"""Which logo to ask for, and whose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import QconnError
from qconn_tui.net.client import is_loopback
from qconn_tui.text import URL_LIMIT

if TYPE_CHECKING:
    from qconn_tui.connector import Connector

TENANT_HOST = "cdn.qlikcloud.com"
"""Where Qlik keeps the logos of every tenant."""

SOON = 600.0
"""Seconds after which to ask again when the network or a server failed."""
NEXT_WEEK = 7 * 86_400.0
"""Seconds after which to ask again when there is no such logo."""
NEXT_MONTH = 30 * 86_400.0
"""Seconds after which to ask again when what came is no picture for us."""

# One strict shape, so that no two readers of the same address can see two hosts in it.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?](?:[!\"$-\[\]-~])*)?",
    re.IGNORECASE,
)


class LogoRefused(QconnError):
    """There is no picture: `reason` says why, `seconds` after how long to ask again."""

    def __init__(self, reason: str, seconds: float = NEXT_MONTH) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class LogoRefusal(NamedTuple):
    """What is shown in place of a picture that is refused."""

    reason: str
    """Why there is none, as the end of a sentence: `the logo answers 404`."""


def best_logo(connector: Connector, pixels: int) -> str | None:
    """The address of the logo for a box of so many pixels a side; None when the connector has none.

    The three sizes are taken for 32, 64 and 128 pixels: the smallest that fills the box, else the largest.
    """
    sizes = ((32, connector.logo_small), (64, connector.logo_medium), (128, connector.logo_large))
    there = [(size, url) for size, url in sizes if url]
    filling = [url for size, url in there if size >= pixels]
    if filling:
        return filling[0]
    return there[-1][1] if there else None


class LogoPolicy(NamedTuple):
    """Whose logos are fetched: Qlik's own, and those of the hosts that the user lists."""

    hosts: tuple[str, ...] = ()
    """Hosts beside `TENANT_HOST`, without port."""
    loopback: bool = False
    """Whether the tenant is on this machine; its logos may be, too, and need no TLS."""

    def refusal(self, url: str) -> str | None:
        """Why this address is not asked, as the end of a sentence; None when it may be."""
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
        if host not in (TENANT_HOST, *(allowed.lower() for allowed in self.hosts)):
            return f"its host {host[:100]} is not in logo_hosts"
        if is_loopback(host.strip("[]")):
            return "its host is this machine"
        if port != 443:
            return "its address names a port"
        return None
