"""Where to ask: what people type and paste becomes an origin, or a sentence."""

from __future__ import annotations

import pytest

from qconn_tui.errors import UsageError
from qconn_tui.qlik.server import parse_server


@pytest.mark.parametrize(
    ("text", "origin", "is_loopback"),
    [
        ("https://acme.eu.qlikcloud.com", "https://acme.eu.qlikcloud.com", False),
        ("acme.eu.qlikcloud.com", "https://acme.eu.qlikcloud.com", False),
        (" https://acme.eu.qlikcloud.com/\n", "https://acme.eu.qlikcloud.com", False),
        ("HTTPS://Acme.EU.QlikCloud.com.", "https://acme.eu.qlikcloud.com", False),
        ("https://acme.eu.qlikcloud.com/api/v1/items", "https://acme.eu.qlikcloud.com", False),
        ("https://acme.eu.qlikcloud.com/analytics/home", "https://acme.eu.qlikcloud.com", False),
        ("https://acme.eu.qlikcloud.com:443", "https://acme.eu.qlikcloud.com", False),
        ("https://acme.eu.qlikcloud.com:8443", "https://acme.eu.qlikcloud.com:8443", False),
        ("acme.eu.qlikcloud.com:8443", "https://acme.eu.qlikcloud.com:8443", False),
        ("https://10.0.0.1", "https://10.0.0.1", False),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443", False),
        ("http://localhost:8080", "http://localhost:8080", True),
        ("http://127.0.0.1", "http://127.0.0.1", True),
        ("http://127.8.9.10:80/", "http://127.8.9.10", True),
        ("http://[::1]:8080", "http://[::1]:8080", True),
        ("https://localhost", "https://localhost", True),
    ],
)
def test_an_address_becomes_an_origin(text: str, origin: str, is_loopback: bool) -> None:
    server = parse_server(text, "--server")
    assert (server.origin, server.is_loopback) == (origin, is_loopback)
    assert parse_server(server.origin, "--server") == server
    assert server.authority == origin.partition("://")[2]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("https://acme .com", "there is a space at position 13"),
        ("https://acme.com\x1b[2J", "a character that no address contains at position 17"),
        ("https://acme.com\x00", "a character that no address contains at position 17"),
        ("https://ac\u202eme.com", "a character that no address contains at position 11"),
        ("https://äcme.com", "a character that no address contains at position 9"),
        ("ftp://acme.com", "it does not begin with https://"),
        ("http://acme.com", "use https"),
        ("http://acme.com:8080/api", "use https"),
        ("http://localhost.evil.com", "use https"),
        ("http://127.0.0.1.evil.com", "use https"),
        ("http://0.0.0.0", "use https"),
        ("http://10.0.0.1", "use https"),
        ("https://user:SECRET@acme.com", "a user name or password"),
        ("https://acme.com@evil.com", "a user name or password"),
        ("https://acme.com?x=SECRET", "a query or fragment"),
        ("https://acme.com/#SECRET", "a query or fragment"),
        ("https://acme.com:99999", "its port"),
        ("https://acme.com:port", "its port"),
        ("https://acme.com:0", "port 0"),
        ("https://[::1", "it is not an address"),
        ("https://[::1%25eth0]", "cannot be one"),
        ("https://", "cannot be one"),
        ("https:///api", "cannot be one"),
        ("https://acme", "cannot be one"),
        ("https://acme..com", "cannot be one"),
        ("https://-acme.com", "cannot be one"),
        ("https://acme_x.com", "cannot be one"),
        ("https://2130706433.1", "cannot be one"),
        ("https://" + "a" * 64 + ".com", "cannot be one"),
        ("https://" + "a." * 150 + "com", "cannot be one"),
        ("javascript:SECRET", "its port"),
        ("https:\\\\acme.com", "it is not an address"),
        ("eyJhbGciOiJFUzM4NCJ9SECRET", "cannot be one"),
        ("//acme.com", "cannot be one"),
    ],
)
def test_anything_else_is_refused_by_name_and_not_shown(text: str, fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_server(text, "QCONN_SERVER")
    assert caught.value.summary.startswith("QCONN_SERVER does not name a tenant: ")
    assert fault in caught.value.summary
    assert "https://acme.eu.qlikcloud.com" in caught.value.advice
    assert "SECRET" not in str(caught.value)
