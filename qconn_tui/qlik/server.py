"""Where to ask: a tenant's origin, and nothing else of what was typed or pasted."""

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
    """One tenant's origin; made by `parse_server`."""

    scheme: str
    """`https`, or `http` for a loopback address."""
    host: str
    """Host name or address in lower case, an IPv6 address without brackets."""
    port: int | None = None
    """The port, None for the scheme's own."""

    @property
    def origin(self) -> str:
        """`https://host[:port]`: what every address of the tenant begins with."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """`host[:port]`: which tenant it is, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host + (f":{self.port}" if self.port is not None else "")

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, seen from itself."""
        return is_loopback(self.host)


def parse_server(text: str, source: str) -> Server:
    """The tenant that `text` names; `source` says where the text came from, for the error.

    A missing scheme is https, and a path is dropped, since people paste what their browser shows. Raises
    `UsageError` for anything that is not a plain https address (http on loopback). The text itself is not
    shown: somebody may have pasted a key here.
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
    # A name without a dot is rather something else that was pasted; a tenant always has some.
    return host == "localhost" or ip_address(host) is not None or _is_host_name(host)


def _is_host_name(host: str) -> bool:
    # An all-digit last label would be an address in one of the notations that only some resolvers read.
    return len(host) <= 253 and bool(_HOST_NAME.fullmatch(host)) and not host.rpartition(".")[2].isdigit()
