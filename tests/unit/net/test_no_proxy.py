"""The list of hosts without a proxy, as curl documents it."""

from __future__ import annotations

import pytest

from qconn_tui.net.no_proxy import is_listed, no_proxy

TENANT = "acme.eu.corp.example"


@pytest.mark.parametrize(
    ("host", "hosts", "expected"),
    [
        (TENANT, "*", True),
        (TENANT, " * ", True),
        (TENANT, "", False),
        (TENANT, " , ,", False),
        (TENANT, TENANT, True),
        (TENANT, "ACME.eu.Corp.Example", True),
        (TENANT, "corp.example", True),
        (TENANT, ".corp.example", True),
        (TENANT, "*.corp.example", True),
        (TENANT, "corp.example.", True),
        (f"{TENANT}.", "corp.example", True),
        ("corp.example", ".corp.example", True),
        ("corp.example", "*.corp.example", True),
        ("notcorp.example", "corp.example", False),
        ("notcorp.example", "*corp.example", False),
        ("corp.example.other", "corp.example", False),
        (TENANT, "example", True),
        (TENANT, "a.example,corp.example", True),
        (TENANT, "a.example, corp.example", True),
        (TENANT, "a.example corp.example", True),
        (TENANT, "a.example\tcorp.example", True),
        (TENANT, "a.example,,corp.example,", True),
        (TENANT, ".", False),
        (TENANT, "*.", False),
        (TENANT, "http://[broken", False),
        (TENANT, "[corp.example", False),
        (TENANT, f"{TENANT}:443", True),
        (TENANT, f"{TENANT}:8443", False),
        (TENANT, "*.corp.example:443", True),
        (TENANT, ".corp.example:80", False),
        (TENANT, "corp.example:", False),
        (TENANT, "corp.example:https", False),
        (TENANT, "10.0.0.0/8", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.9.9.9/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:444", False),
        ("10.1.2.3", "2.3", False),
        ("10.1.2.3", ".2.3", False),
        ("10.1.2.3", "10", False),
        ("10.1.2.3", "10.0.0.0/33", False),
        ("10.1.2.3", "10.0.0.0/255.0.0.0", False),
        ("10.1.2.3", "10.0.0.0/", False),
        ("10.1.2.3", "0.0.0.0/0", True),
        ("10.1.2.3", "::/0", False),
        ("fd00::1", "fd00::1", True),
        ("fd00::1", "[fd00::1]", True),
        ("fd00::1", "[FD00:0::0001]", True),
        ("fd00::1", "[fd00::1]:443", True),
        ("fd00::1", "[fd00::1]:444", False),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::]/8", True),
        ("fe80::1", "fd00::/8", False),
        ("fd00::1", "0.0.0.0/0", False),
        ("fd00::1", "[fd00::1", False),
    ],
)
def test_a_host_is_listed_or_not(host: str, hosts: str, expected: bool) -> None:
    assert is_listed(host, 443, hosts) == expected


def test_an_entry_with_a_port_is_for_that_port() -> None:
    assert is_listed(TENANT, 8443, f"{TENANT}:8443")
    assert is_listed(TENANT, 8443, TENANT)


def test_the_name_in_lower_case_comes_first() -> None:
    assert no_proxy({}) == ""
    assert no_proxy({"NO_PROXY": "a"}) == "a"
    assert no_proxy({"NO_PROXY": "a", "no_proxy": "b"}) == "b"
    assert no_proxy({"NO_PROXY": "a", "no_proxy": ""}) == "a"
