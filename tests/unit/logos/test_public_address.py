"""Logos come only from public addresses, never from a private network that a host name resolves to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpcore
import httpx
import pytest

from qconn_tui.logos.download import Downloader
from qconn_tui.logos.policy import RETRY_SOON, LogoRefused
from qconn_tui.logos.public_address import is_public, look_up

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.anyio

HOST = "logos.acme.example"
LOGO = f"https://{HOST}/a.png"
PRIVATE = (
    "127.0.0.1", "127.8.9.10", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378::1",
    "", "127.1", "2130706433", "0x7f000001", "a name",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1")


@pytest.mark.parametrize("address", PRIVATE)
def test_these_are_not_on_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_these_are(address: str) -> None:
    assert is_public(address)


class Network(httpx.AsyncBaseTransport):
    """Notes who is asked; addresses in `down` cannot be connected to."""

    def __init__(self, *down: str, status: int = 200) -> None:
        self._down = down
        self._status = status
        self.asked: list[str] = []
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        self.requests.append(request)
        if request.url.host in self._down:
            raise httpcore.ConnectError
        location = {"Location": "https://10.0.0.1/a.png"} if self._status == 302 else {}
        return httpx.Response(self._status, headers=location, stream=httpx.ByteStream(b"a picture"))


def leading_to(*addresses: str, network: Network) -> Downloader:
    async def find(host: str) -> list[str]:
        assert host == HOST
        return list(addresses)

    return Downloader(transport=network, find=find)


@pytest.mark.parametrize("private", PRIVATE)
async def test_a_name_that_leads_into_a_private_network_is_not_asked(private: str) -> None:
    for addresses in ((private,), (PUBLIC[0], private), (private, PUBLIC[0])):
        network = Network()
        downloader = leading_to(*addresses, network=network)
        with pytest.raises(LogoRefused, match=r"its host logos\.acme\.example is not on the internet") as caught:
            await downloader.get(LOGO)
        assert caught.value.retry_after == RETRY_SOON
        assert network.asked == []


async def test_the_download_connects_to_a_checked_address() -> None:
    network = Network()
    downloader = leading_to(PUBLIC[0], network=network)
    assert await downloader.get(LOGO) == b"a picture"
    (request,) = network.requests
    assert str(request.url) == f"https://{PUBLIC[0]}/a.png"
    assert request.headers["Host"] == HOST
    assert request.extensions["sni_hostname"] == HOST, "whose certificate it has to show"


async def test_the_next_address_is_asked_where_one_does_not_answer_and_asked_first_from_then_on() -> None:
    network = Network(PUBLIC[1])
    downloader = leading_to(PUBLIC[1], PUBLIC[0], network=network)
    for _ in range(2):
        assert await downloader.get(LOGO) == b"a picture"
    assert network.asked == [PUBLIC[1], PUBLIC[0], PUBLIC[0]]


async def test_where_no_address_answers_it_cannot_be_reached() -> None:
    network = Network(*PUBLIC)
    with pytest.raises(LogoRefused, match="could not be reached"):
        await leading_to(*PUBLIC[:2], network=network).get(LOGO)
    assert network.asked == list(PUBLIC[:2])


async def test_a_redirect_leads_nowhere() -> None:
    network = Network(status=302)
    with pytest.raises(LogoRefused, match="the logo answers 302"):
        await leading_to(PUBLIC[0], network=network).get(LOGO)
    assert network.asked == [PUBLIC[0]]


@pytest.mark.parametrize(
    ("variables", "asks"),
    [
        ({}, False),
        ({"HTTPS_PROXY": "http://proxy.example:1"}, True),
        ({"NO_PROXY": "*", "ALL_PROXY": "http://p:1"}, False),
    ],
)
async def test_a_proxy_looks_names_up_by_itself(
    variables: Mapping[str, str], *, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    network = Network()
    downloader = leading_to("10.0.0.1", network=network)
    if asks:
        assert await downloader.get(LOGO) == b"a picture"
    else:
        with pytest.raises(LogoRefused, match="not on the internet"):
            await downloader.get(LOGO)
    assert network.asked == ([HOST] if asks else [])


async def test_names_are_looked_up_where_nothing_takes_the_networks_place() -> None:
    connections = 0

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    downloader = Downloader()
    with pytest.raises(LogoRefused, match="not on the internet"):
        # In every other spelling, an address of this machine is just a name that leads here.
        await downloader.get(f"https://127.1:{server.sockets[0].getsockname()[1]}/a.png")
    await downloader.aclose()
    server.close()
    await server.wait_closed()
    assert connections == 0
    assert await look_up("127.1") == ["127.0.0.1"]
