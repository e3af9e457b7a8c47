"""Where a logo's host is: on the internet, or in a network that is nobody's business.

A name says nothing about it. Who is asked for a logo is therefore looked up first, and then asked at the very address
that was looked at: whoever answers for the name could give another one the next time.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from qconn_tui.logos.policy import SOON, LogoRefused

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""In their last 32 bits such addresses hold the one that is really asked."""
_NOBODYS = ipaddress.ip_network("192.0.0.0/24")
"""For protocols themselves; Python takes some of these addresses for global ones."""


async def look_up(host: str) -> list[str]:
    """The addresses of a host name, in the order in which to try them. Raises OSError for a name without any."""
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def public(host: str, addresses: list[str]) -> list[str]:
    """The addresses, when all of them are on the internet. Raises LogoRefused otherwise."""
    if not addresses or not all(map(is_public, addresses)):
        raise LogoRefused(f"its host {host[:100]} is not on the internet", SOON)
    return addresses


def is_public(text: str) -> bool:
    """Whether an address is on the internet, whatever it is wrapped in; False for what is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo is not None or address.is_site_local:
            return False
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address in _TRANSLATED:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        address = wrapped or address
    is_special = address.is_multicast or address.is_reserved or address in _NOBODYS
    return address.is_global and not is_special
