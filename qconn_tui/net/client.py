"""HTTP clients that hold no credentials, keep no cookies and follow no redirects.

Certificates and proxies are taken from the environment here, and not by httpx: that raises many kinds of exceptions for
a wrong variable, and sends requests for loopback addresses to a proxy.
"""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qconn_tui import __version__
from qconn_tui.errors import UsageError
from qconn_tui.net.no_proxy import is_listed, no_proxy
from qconn_tui.runtime.files import read_file
from qconn_tui.text import clean

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

_LARGEST_CERTIFICATES = 16 * 1024 * 1024
"""Bytes of the largest file of certificates that is read: many times what all authorities of a system take."""
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]{1,4}")
"""The only names that OpenSSL reads in a directory of certificates (openssl-rehash(1))."""
_HOST = re.compile(r"[\w.:%-]+")
"""A host name in any script, or an IP address."""
_DER = b"\x30\x82"
"""How a certificate in DER format begins: a sequence with two bytes of length (X.690, 8.1.3 and 8.9)."""
_PORTS = {"https": 443, "http": 80}


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


def open_transport(scheme: str, host: str, port: int | None = None) -> httpx.AsyncBaseTransport:
    """Make the transport to a host, with the certificates and the proxy of the environment.

    Args:
        scheme: `https` or `http`, which needs no certificates.
        host: A host name or IP address, which decides on the proxy.
        port: The port, which decides, too; None for the scheme's own.

    Raises:
        UsageError: An environment variable names certificates or a proxy that cannot be used.
    """
    import ssl

    from qconn_tui.net.transport import Transport

    # Certificates are slow to load, and http needs none.
    certificates = _certificates() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return Transport(certificates, _proxy(host, port or _PORTS[scheme]), MAX_CONNECTIONS)


def proxy_variable(host: str, port: int | None = None) -> str | None:
    """The environment variable that names the proxy on the way to a host and port; None without a proxy.

    Args:
        host: A host name or IP address.
        port: The port; None for that of https.
    """
    found = _proxy_address(host, port or _PORTS["https"])
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
    if fault := _folder_fault(folder, is_alone=not file) if folder else None:
        raise UsageError(f"SSL_CERT_DIR {fault}.", "Correct it, or unset it to trust what your system trusts.")
    if not file:
        return _by_alternative_name(ssl.create_default_context(capath=folder))
    return _by_alternative_name(_load(Path(file), folder or None))


def _by_alternative_name(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, made to look for the host in `subjectAltName` alone.

    OpenSSL otherwise takes the subject's common name of a certificate without one, which any text may be (RFC 9525
    forbids it).
    """
    context.hostname_checks_common_name = False
    return context


def _folder_fault(folders: str, *, is_alone: bool) -> str | None:
    """What is wrong with the directories of certificates; None if they can be used.

    OpenSSL ignores what it cannot use there, and then trusts no certificate at all.
    """
    found = [part for part in folders.split(os.pathsep) if os.path.isdir(part)]  # noqa: PTH112 - raises no error
    if not found:
        return "does not name a directory"
    if is_alone and not any(_has_certificates(Path(part)) for part in found):
        return "names a directory without certificates that can be read under the names that `openssl rehash` gives"
    return None


def _has_certificates(folder: Path) -> bool:
    try:
        paths = [path for path in folder.iterdir() if _HASHED_NAME.fullmatch(path.name)]
    except OSError:
        return False
    for path in paths:
        with suppress(UsageError):
            _load(path, None)
            return True
    return False


def _load(file: Path, folder: str | None) -> ssl.SSLContext:
    """The certificates of a file, and of a directory beside it.

    Raises:
        UsageError: The file, which `SSL_CERT_FILE` names, cannot be used.
    """
    import ssl

    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_CERTIFICATES:
            # OpenSSL would wait for ever for a FIFO.
            fault = "names something that is no file of certificates"
        else:
            context = ssl.create_default_context(cafile=file, capath=folder)
            if context.cert_store_stats()["x509"]:
                return context
            fault = "names a file of revocation lists alone"
    except ssl.SSLError:
        fault = _content_fault(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        fault = f"names a file that cannot be read: {clean(reason or 'it is no file name')}"
    raise UsageError(
        f"SSL_CERT_FILE {fault}.",
        "Name a file of certificates in PEM format, or unset it to trust what your system trusts.",
    )


def _content_fault(file: Path) -> str:
    """Why OpenSSL takes no certificate from a file."""
    try:
        content = read_file(file, _LARGEST_CERTIFICATES)
    except OSError:
        content = b"?"
    if not content:
        return "names an empty file"
    if b"PRIVATE KEY-----" in content:
        return "names a file that holds a key, but no certificate that can be used"
    if content.startswith(_DER):
        return "names a file in DER format; `openssl x509 -inform der -in FILE` prints it in PEM format"
    return "names a file that holds no certificate that can be used"


def _proxy_address(host: str, port: int) -> tuple[str, str] | None:
    """The variable and the address of the proxy; None without a proxy, as for loopback addresses.

    `HTTP_PROXY` is not read, since http is for loopback addresses only.
    """
    import urllib.request

    hosts = no_proxy(os.environ)
    # Without the variable, macOS and Windows have a list of their own.
    if is_loopback(host) or (is_listed(host, port, hosts) if hosts else urllib.request.proxy_bypass(host)):
        return None
    proxies = urllib.request.getproxies()
    scheme = "https" if proxies.get("https") else "all"
    address = (proxies.get(scheme) or "").strip()
    return (f"{scheme.upper()}_PROXY", address if "://" in address else f"http://{address}") if address else None


def _proxy(host: str, port: int) -> httpx.Proxy | None:
    found = _proxy_address(host, port)
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
        host = parts.hostname or ""
        is_usable = parts.scheme in ("http", "https") and bool(_HOST.fullmatch(host)) and parts.port != 0
        # Looking up a name with a label that is empty or too long raises no error of its own.
        host.encode("idna")
        return httpx.Proxy(address) if is_usable else None
    except (ValueError, httpx.InvalidURL):
        return None
