"""The rule of `NO_PROXY`, as curl documents it (https://curl.se/docs/manpage.html, "NO_PROXY").

Beside curl's own forms it takes those of other programs that only mean one thing: `*.domain`, `host:port`, and an IPv6
address in brackets.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    _Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_SEPARATORS = re.compile(r"[\s,]+")
_BRACKETED = re.compile(r"\[([^\]]*)\](/[0-9]{1,3})?(?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([^:]+):([0-9]{1,5})")
_NETWORK = re.compile(r"[0-9a-f.:]+(?:/[0-9]{1,3})?")


def no_proxy(environ: Mapping[str, str]) -> str:
    """The list of hosts without a proxy; empty without one. As in curl, the name in lower case comes first."""
    return environ.get("no_proxy") or environ.get("NO_PROXY") or ""


def is_listed(host: str, port: int, hosts: str) -> bool:
    """Whether a list names a host.

    Args:
        host: A host name, or an IP address, IPv6 without brackets.
        port: The port, for entries that name one.
        hosts: The list: entries with commas or spaces between them. A name is for the host and all hosts of that
            domain, with or without a leading period; an address may be a network (CIDR). An asterisk alone is for all.
    """
    if hosts.strip() == "*":
        return True
    name = host.lower().rstrip(".")
    address: _Address | None
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    return any(_names(entry, name, address, port) for entry in _SEPARATORS.split(hosts.lower()) if entry)


def _names(entry: str, name: str, address: _Address | None, port: int) -> bool:
    own_port: str | None = None
    if found := _BRACKETED.fullmatch(entry):
        entry, own_port = found[1] + (found[2] or ""), found[3]
    elif found := _WITH_PORT.fullmatch(entry):
        entry, own_port = found.groups()
    if own_port is not None and int(own_port) != port:
        return False
    if address is not None:
        return _holds(entry, address)
    # As in curl, the leading period does not shut out the domain itself.
    domain = entry.removeprefix("*." if entry.startswith("*.") else ".").rstrip(".")
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))


def _holds(entry: str, address: _Address) -> bool:
    if not _NETWORK.fullmatch(entry):
        return False
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
