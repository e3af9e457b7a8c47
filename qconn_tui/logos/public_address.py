"""Guarding private networks: a logo is fetched only from a public IP address.

A host name can resolve to any address (server-side request forgery). So the program resolves the name, checks every
address, and connects to one of the addresses that it has checked: a second lookup could return another one (DNS
rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from qconn_tui.logos.policy import RETRY_SOON, LogoRefused

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind a translator, in the last 32 bits (RFC 6052)."""
_IETF_PROTOCOLS = ipaddress.ip_network("192.0.0.0/24")
"""Reserved for IETF protocols (RFC 6890); Python counts some of these addresses as global."""


async def look_up(host: str) -> list[str]:
    """Return the addresses of a host name, in the order in which to try them.

    Raises:
        OSError: The name has no address, or it cannot be looked up.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def require_public(host: str, addresses: list[str]) -> list[str]:
    """Return the addresses of `host` if all of them are public.

    Raises:
        LogoRefused: An address is not public, or there is none.
    """
    if not addresses or not all(map(is_public, addresses)):
        raise LogoRefused(f"its host {host[:100]} is not on the internet", RETRY_SOON)
    return addresses


def is_public(text: str) -> bool:
    """Return whether an IP address is public; an IPv4 address inside an IPv6 one counts as itself.

    Text that is not an IP address is not public.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo is not None or address.is_site_local:
            return False
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        address = wrapped or address
    is_special = address.is_multicast or address.is_reserved or address in _IETF_PROTOCOLS
    return address.is_global and not is_special
