"""The HTTP client for one tenant: certificates, proxy and limits, chosen from the environment by us.

httpx would read the same variables, but ends in many kinds of error when one of them is wrong, and would send
a request for this very machine to a proxy.
"""

from __future__ import annotations

import os
import ssl
import urllib.request
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from qconn_tui import __version__
from qconn_tui.errors import UsageError

if TYPE_CHECKING:
    from qconn_tui.qlik.server import Server

CONNECT_SECONDS = 5.0
"""Seconds to wait for a connection, and for a free one among those that are open."""
SILENCE_SECONDS = 10.0
"""Seconds without a single byte in either direction after which a connection counts as dead."""


def open_connection(server: Server, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client that holds no credentials, follows no redirect and keeps no cookie.

    A `transport` takes the network's place, proxies included. Raises `UsageError` for certificates or a proxy
    that cannot be used, naming the environment variable.
    """
    client = httpx.AsyncClient(
        transport=transport,
        verify=_certificates() if server.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        proxy=_proxy(server) if transport is None else None,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=4, max_keepalive_connections=4),
        headers={
            "User-Agent": f"qconn-tui/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        },
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def _certificates() -> ssl.SSLContext:
    """The certificates of `SSL_CERT_FILE` and `SSL_CERT_DIR`, else the operating system's."""
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


def proxy_variable(server: Server) -> str | None:
    """The environment variable that names the proxy on the way to the tenant, None when there is none."""
    found = _proxy_address(server)
    return found[0] if found else None


def _proxy_address(server: Server) -> tuple[str, str] | None:
    """Variable and address of the proxy; never one on the way to this very machine."""
    if server.is_loopback or urllib.request.proxy_bypass(server.host):
        return None
    proxies = urllib.request.getproxies()
    scheme = "https" if proxies.get("https") else "all"
    address = proxies.get(scheme)
    return (f"{scheme.upper()}_PROXY", address if "://" in address else f"http://{address}") if address else None


def _proxy(server: Server) -> httpx.Proxy | None:
    found = _proxy_address(server)
    if found is None:
        return None
    variable, proxy = found[0], _usable_proxy(found[1])
    # The address may hold a password, and some crash screens print local variables.
    del found
    if proxy is None:
        raise UsageError(
            f"{variable} does not name a proxy that can be used.",
            "Give it as http://host:port, unset it, or list the tenant's host in NO_PROXY.",
        )
    return proxy


def _usable_proxy(address: str) -> httpx.Proxy | None:
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return httpx.Proxy(address) if is_usable else None
    except (ValueError, httpx.InvalidURL):
        return None
