"""HTTP clients that hold no credentials, keep no cookies and follow no redirects.

Certificates and proxies are taken from the environment here, and not by httpx: that raises many kinds of exceptions for
a wrong variable, and sends requests for loopback addresses to a proxy.
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

MAX_CONNECTIONS = 4
"""Requests that one client sends at once."""
CONNECT_SECONDS = 5.0
"""Seconds to wait for a connection, new or from the pool."""
SILENCE_SECONDS = 10.0
"""Seconds without a byte in either direction after which a request fails."""

TIMEOUTS = {
    "connect": CONNECT_SECONDS,
    "read": SILENCE_SECONDS,
    "write": SILENCE_SECONDS,
    "pool": CONNECT_SECONDS,
}
"""These time-outs by their names in httpx."""
USER_AGENT = f"qconn-tui/{__version__}"
"""The `User-Agent` header of all requests."""


def open_client(
    scheme: str, host: str, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Make a client for one host.

    Args:
        scheme: `https` or `http`.
        host: A host name or IP address, which decides on the proxy.
        headers: Headers to send with each request, beside `User-Agent`.
        transport: What sends the requests; None for the network, through the proxy if there is one.

    Raises:
        UsageError: An environment variable names certificates or a proxy that cannot be used.
    """
    import ssl
    from http.cookiejar import DefaultCookiePolicy

    import httpx

    client = httpx.AsyncClient(
        transport=transport or open_transport(scheme, host),
        # Without a context, httpx loads certificates, which are not used.
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(**TIMEOUTS),
        headers={"User-Agent": USER_AGENT, **headers},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def open_transport(scheme: str, host: str) -> httpx.AsyncBaseTransport:
    """Make the transport to a host, with the certificates and the proxy of the environment.

    Args:
        scheme: `https` or `http`, which needs no certificates.
        host: A host name or IP address, which decides on the proxy.

    Raises:
        UsageError: An environment variable names certificates or a proxy that cannot be used.
    """
    import ssl

    from qconn_tui.net.transport import Transport

    # Certificates are slow to load, and http needs none.
    certificates = _certificates() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return Transport(certificates, _proxy(host), MAX_CONNECTIONS)


def proxy_variable(host: str) -> str | None:
    """The environment variable that names the proxy on the way to a host; None without a proxy."""
    found = _proxy_address(host)
    return found[0] if found else None


def is_loopback(host: str) -> bool:
    """Whether a host is a loopback address or `localhost`. An IPv6 address has no brackets."""
    address = ip_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an IP address; None for a name, and for an address with a scope id, which only one machine knows."""
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

        return _by_alternative_name(truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    # OpenSSL ignores a directory that does not exist, and then trusts no certificate.
    if folder and not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
        raise UsageError(
            "SSL_CERT_DIR does not name a directory.",
            "Correct it, or unset it to trust what your system trusts.",
        )
    try:
        return _by_alternative_name(ssl.create_default_context(cafile=file or None, capath=folder or None))
    except OSError as error:
        fault = "holds no certificates" if isinstance(error, ssl.SSLError) else "names a file that cannot be read"
    raise UsageError(
        f"SSL_CERT_FILE {fault}.",
        "Name a file of certificates in PEM format, or unset it to trust what your system trusts.",
    )


def _by_alternative_name(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, made to look for the host in `subjectAltName` alone.

    OpenSSL otherwise takes the subject's common name of a certificate without one, which any text may be (RFC 9525
    forbids it).
    """
    context.hostname_checks_common_name = False
    return context


def _proxy_address(host: str) -> tuple[str, str] | None:
    """The variable and the address of the proxy; None without a proxy, as for loopback addresses.

    `HTTP_PROXY` is not read, since http is for loopback addresses only.
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
    # The address may hold a password, and some crash screens print the local variables.
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
