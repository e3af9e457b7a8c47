"""The way out: HTTP clients that hold no credentials, keep no cookie and follow no redirect.

Certificates and proxies are chosen from the environment by us. httpx would read the same variables, but ends in many
kinds of error when one of them is wrong, and would send a request for this very machine to a proxy.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qconn_tui import __version__
from qconn_tui.errors import UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpx

AT_ONCE = 4
"""Requests that are under way at once with one client."""
CONNECT_SECONDS = 5.0
"""Seconds to wait for a connection, and for a free one among those that are open."""
SILENCE_SECONDS = 10.0
"""Seconds without a single byte in either direction after which a connection counts as dead."""

TIMEOUTS = {
    "connect": CONNECT_SECONDS,
    "read": SILENCE_SECONDS,
    "write": SILENCE_SECONDS,
    "pool": CONNECT_SECONDS,
}
"""The same as httpx names them."""
USER_AGENT = f"qconn-tui/{__version__}"
"""Who asks."""


def open_client(
    scheme: str, host: str, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A client for `https` or `http` addresses of one host, which sends `headers` and who asks.

    A `transport` takes the network's place, proxies included. Raises `UsageError` for certificates or a proxy
    that cannot be used, naming the environment variable.
    """
    import ssl
    from http.cookiejar import DefaultCookiePolicy

    import httpx

    client = httpx.AsyncClient(
        transport=transport or open_transport(scheme, host),
        # httpx would load certificates of its own, which nobody uses.
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(**TIMEOUTS),
        headers={"User-Agent": USER_AGENT, **headers},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def open_transport(scheme: str, host: str) -> httpx.AsyncBaseTransport:
    """The network on the way to a host, with the certificates and the proxy of the environment.

    Raises `UsageError` for one of them that cannot be used, naming the environment variable.
    """
    import ssl

    from qconn_tui.net.transport import Transport

    # Loading certificates takes time, and http needs none.
    certificates = _certificates() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return Transport(certificates, _proxy(host), AT_ONCE)


def proxy_variable(host: str) -> str | None:
    """The environment variable that names the proxy on the way to the host, None when there is none."""
    found = _proxy_address(host)
    return found[0] if found else None


def is_loopback(host: str) -> bool:
    """Whether the host, an IPv6 address without brackets, is this machine, seen from itself."""
    address = ip_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The host as an address, None for a name; one with a scope is none, since it means nothing elsewhere."""
    try:
        return ipaddress.ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def _certificates() -> ssl.SSLContext:
    """The certificates of `SSL_CERT_FILE` and `SSL_CERT_DIR`, else the operating system's."""
    import ssl

    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # OpenSSL takes a directory that is not there without a word, and then trusts nobody.
    if folder and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        raise UsageError(
            "SSL_CERT_DIR does not name a directory.",
            "Correct it, or unset it to trust what your system trusts.",
        )
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except OSError as error:
        fault = "holds no certificates" if isinstance(error, ssl.SSLError) else "names a file that cannot be read"
    raise UsageError(
        f"SSL_CERT_FILE {fault}.",
        "Name a file of certificates in PEM format, or unset it to trust what your system trusts.",
    )


def _proxy_address(host: str) -> tuple[str, str] | None:
    """Variable and address of the proxy; never one on the way to this very machine.

    Only https leaves this machine, so `HTTP_PROXY` is nobody's business.
    """
    import urllib.request

    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    scheme = "https" if proxies.get("https") else "all"
    address = proxies.get(scheme)
    return (f"{scheme.upper()}_PROXY", address if "://" in address else f"http://{address}") if address else None


def _proxy(host: str) -> httpx.Proxy | None:
    found = _proxy_address(host)
    if found is None:
        return None
    variable, proxy = found[0], _usable_proxy(found[1])
    # The address may hold a password, and some crash screens print local variables.
    del found
    if proxy is None:
        raise UsageError(
            f"{variable} does not name a proxy that can be used.",
            "Give it as http://host:port, unset it, or list the host in NO_PROXY.",
        )
    return proxy


def _usable_proxy(address: str) -> httpx.Proxy | None:
    import httpx

    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return httpx.Proxy(address) if is_usable else None
    except (ValueError, httpx.InvalidURL):
        return None
