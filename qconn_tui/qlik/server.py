"""The address of a tenant: the origin, without the rest of what was typed or pasted."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from qconn_tui.errors import UsageError
from qconn_tui.net.client import ip_address, is_loopback

_ADVICE = "Give the tenant's address, for example https://acme.eu.qlikcloud.com."
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Server(NamedTuple):
    """The origin of a tenant, which `parse_server` makes."""

    scheme: str
    """`https`, or `http` for a loopback address."""
    host: str
    """Host name or address in lower case, an IPv6 address without brackets."""
    port: int | None = None
    """The port, None for the scheme's own."""

    @property
    def origin(self) -> str:
        """`https://host[:port]`, the beginning of each URL of the tenant."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """`host[:port]`, the name of the tenant for users."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host + (f":{self.port}" if self.port is not None else "")

    @property
    def is_loopback(self) -> bool:
        """Whether the host is a loopback address."""
        return is_loopback(self.host)


def parse_server(text: str, source: str) -> Server:
    """Parse the address of a tenant.

    Args:
        text: The address. The scheme defaults to https, and a path is dropped, since users paste what their browser
            shows.
        source: Where the text comes from, for the error.

    Raises:
        UsageError: It is not an https address (http on loopback) without a user name, query or fragment. The error
            does not show the text, which may be a key that was pasted by mistake.
    """
    text = text.strip()
    fault = _text_fault(text)
    if fault:
        raise _unusable(source, fault)
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        raise _unusable(source, "it is not an address, or its port is not a number up to 65535") from None
    host = (parts.hostname or "").removesuffix(".")
    fault = _parts_fault(parts, host, port)
    if fault:
        raise _unusable(source, fault)
    return Server(parts.scheme, host, None if port == _DEFAULT_PORTS[parts.scheme] else port)


def _unusable(source: str, fault: str) -> UsageError:
    return UsageError(f"{source} does not name a tenant: {fault}.", _ADVICE)


def _text_fault(text: str) -> str | None:
    if not text:
        return "it is empty"
    foreign = _UNPRINTABLE.search(text)
    if foreign:
        what = "a space" if foreign[0] == " " else "a character that no address contains"
        return f"there is {what} at position {foreign.start() + 1}"
    return None


def _parts_fault(parts: SplitResult, host: str, port: int | None) -> str | None:
    if parts.scheme not in _DEFAULT_PORTS:
        return "it does not begin with https://"
    if "@" in parts.netloc:
        return "an address with a user name or password is not taken"
    if parts.query or parts.fragment:
        return "it goes on after the host with a query or fragment"
    if not _is_plausible(host):
        return "its host name cannot be one"
    if port == 0:
        return "port 0 cannot be reached"
    if parts.scheme == "http" and not is_loopback(host):
        return "the key would travel readable over http, which is for loopback addresses only; use https"
    return None


def _is_plausible(host: str) -> bool:
    # A name without a dot is something else that was pasted: all tenants have dots in their names.
    return host == "localhost" or ip_address(host) is not None or _is_host_name(host)


def _is_host_name(host: str) -> bool:
    # A last label of digits belongs to a notation for IP addresses that only some resolvers read.
    return len(host) <= 253 and bool(_HOST_NAME.fullmatch(host)) and not host.rpartition(".")[2].isdigit()
