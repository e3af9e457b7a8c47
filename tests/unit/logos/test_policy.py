"""Which logo is asked for, and whose."""

from __future__ import annotations

import pytest

from qconn_tui.connector import Connector
from qconn_tui.logos.policy import LogoPolicy, best_logo

CDN = "https://cdn.qlikcloud.com/automations/logos/0123456789abcdef0123456789abcdef.png"


@pytest.mark.parametrize(
    ("sizes", "pixels", "best"),
    [
        ("sml", 16, "s"), ("sml", 32, "s"), ("sml", 33, "m"), ("sml", 64, "m"), ("sml", 65, "l"), ("sml", 500, "l"),
        ("s-l", 33, "l"), ("-ml", 10, "m"), ("s--", 500, "s"), ("-m-", 100, "m"), ("sm-", 100, "m"), ("---", 32, None),
    ],
)  # fmt: skip
def test_the_smallest_that_fills_the_box(sizes: str, pixels: int, best: str | None) -> None:
    small, medium, large = (None if size == "-" else size for size in sizes)
    connector = Connector("1", "x", logo_small=small, logo_medium=medium, logo_large=large)
    assert best_logo(connector, pixels) == best


def test_an_empty_address_is_none() -> None:
    assert best_logo(Connector("1", "x", logo_small="", logo_medium="m"), 32) == "m"


@pytest.mark.parametrize(
    "url",
    [
        CDN,
        "https://cdn.qlikcloud.com:443/a.png?x=1&y=%20",
        "HTTPS://CDN.QlikCloud.com/a.png",
        "https://logos.example.com/a.png",
        "https://cdn.qlikcloud.com",
    ],
)
def test_these_are_asked(url: str) -> None:
    assert LogoPolicy(("Logos.Example.com",)).refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "//cdn.qlikcloud.com/a.png",
        "http://cdn.qlikcloud.com/a.png",
        "ftp://cdn.qlikcloud.com/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "https:cdn.qlikcloud.com/a.png",
        "https:///a.png",
        "https://cdn.qlikcloud.com:8443/a.png",
        "https://cdn.qlikcloud.com:/a.png",
        "https://cdn.qlikcloud.com:99999/a.png",
        "https://cdn.qlikcloud.com:443@evil.example/a.png",
        "https://user:secret@cdn.qlikcloud.com/a.png",
        "https://cdn.qlikcloud.com@evil.example/a.png",
        "https://cdn.qlikcloud.com\\@evil.example/a.png",
        "https://cdn.qlikcloud.com.evil.example/a.png",
        "https://evil.example/cdn.qlikcloud.com/a.png",
        "https://sub.cdn.qlikcloud.com/a.png",
        "https://cdn.qlikcloud.com./a.png",
        "https://cdn%2eqlikcloud.com/a.png",
        "https://ｃdn.qlikcloud.com/a.png",
        "https://cdn.qlikcloud.com/a b.png",
        "https://cdn.qlikcloud.com/a\n.png",
        "https://cdn.qlikcloud.com/\x1b]0;x\x07",
        "https://cdn.qlikcloud.com/a.png#x",
        " https://cdn.qlikcloud.com/a.png",
        "https://cdn.qlikcloud.com/" + "a" * 2048,
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://localhost/a.png",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_these_are_not(url: str) -> None:
    reason = LogoPolicy(("logos.example.com",)).refusal(url)
    assert reason is not None
    assert reason.isprintable()
    assert "secret" not in reason


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "[::1]"])
def test_this_machine_is_not_asked_for_a_tenant_elsewhere_even_when_it_is_listed(host: str) -> None:
    assert LogoPolicy((host,)).refusal(f"https://{host}/a.png") == "its host is this machine"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8123/automations/logos/0.png",
        "https://127.1.2.3/0.png",
        "http://localhost:80/0.png",
        "http://[::1]:9/0.png",
        CDN,
    ],
)
def test_a_tenant_on_this_machine_may_have_its_logos_here(url: str) -> None:
    assert LogoPolicy(loopback=True).refusal(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1.evil.example/0.png",
        "http://10.0.0.1/0.png",
        "http://[::2]/0.png",
        "http://0x7f000001/0.png",
        "http://2130706433/0.png",
        "http://127.1/0.png",
        "http://127.0.0.1:99999/0.png",
        "http://127.0.0.1:1@10.0.0.1/0.png",
        "http://localhost.evil.example/0.png",
    ],
)
def test_but_nowhere_else_without_tls(url: str) -> None:
    assert LogoPolicy(loopback=True).refusal(url) is not None
