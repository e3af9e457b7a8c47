"""Fetching logos in the background: the most important first, a few at a time, and no answer ends it."""

from __future__ import annotations

import asyncio
import io
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from qconn_tui.logos.decoder.decode import decode
from qconn_tui.logos.decoder.process import Decoder
from qconn_tui.logos.download import MAX_BYTES
from qconn_tui.logos.fetch import LogoFetcher
from qconn_tui.logos.policy import RETRY_NEXT_WEEK, LogoPolicy, LogoRefusal, LogoRefused
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LogoStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


def png(color: tuple[int, int, int] = (1, 2, 3)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(file, "PNG")
    return file.getvalue()


def answer(status: int = 200, content: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Response:
    """An answer as it comes from the network: not yet read."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def url(name: object) -> str:
    return f"https://cdn.qlikcloud.com/{name}.png"


def name(request: httpx.Request) -> str:
    return request.url.path[1:-4]


class Network(httpx.AsyncBaseTransport):
    """Answers when the test calls `answer`; `asked` lists the requests in order, and `asked_at` when they came."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.asked_at: list[float] = []
        self.headers: list[httpx.Headers] = []
        self.running = 0
        self.most = 0
        self._gates: dict[str, asyncio.Future[httpx.Response]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(name(request))
        self.asked_at.append(time.monotonic())
        self.headers.append(request.headers)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._gate(name(request))
        finally:
            self.running -= 1

    def answer(self, which: object, response: httpx.Response | None = None) -> None:
        self._gate(str(which)).set_result(response or answer(content=png()))

    def _gate(self, which: str) -> asyncio.Future[httpx.Response]:
        return self._gates.setdefault(which, asyncio.get_running_loop().create_future())


def answering(handler: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(handler)


class InProcessDecoder(Decoder):
    """Decodes without a worker process; some texts in place of a picture make it fail."""

    closed = False

    async def decode(self, data: bytes) -> bytes:
        if data == b"nonsense":
            return b"no picture at all"
        if data == b"too long":
            raise LogoRefused("the logo takes more than 2 s to decode", RETRY_NEXT_WEEK)
        return decode(data)

    async def aclose(self) -> None:
        self.closed = True
        await super().aclose()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - a test polls
            await asyncio.sleep(0.001)


@asynccontextmanager
async def running(
    transport: httpx.AsyncBaseTransport, store: LogoStore | None = None, **options: Any
) -> AsyncIterator[tuple[LogoFetcher, list[str]]]:
    ready: list[str] = []
    options = {"debounce": 0.0, "on_ready": ready.append, "decoder": InProcessDecoder(), **options}
    fetcher = LogoFetcher(options.pop("policy", LogoPolicy()), store, transport=transport, **options)
    work = asyncio.create_task(fetcher.run())
    try:
        yield fetcher, ready
        assert not work.done()
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await fetcher.aclose()


async def test_a_logo_is_fetched_decoded_and_announced() -> None:
    async with running(answering(lambda _: answer(content=png((9, 8, 7))))) as (fetcher, ready):
        assert fetcher.get(url(1)) is None
        fetcher.set_wanted([url(1)])
        await until(lambda: ready)
        assert ready == [url(1)]
        assert fetcher.get(url(1)) == Thumbnail(4, 4, bytes((9, 8, 7, 255)) * 16)


async def test_a_process_of_its_own_decodes() -> None:
    decoder = Decoder()
    async with running(answering(lambda _: answer(content=png((9, 8, 7)))), decoder=decoder) as (fetcher, ready):
        fetcher.set_wanted([url(1)])
        await until(lambda: ready)
        assert fetcher.get(url(1)) == Thumbnail(4, 4, bytes((9, 8, 7, 255)) * 16)
        assert decoder.pid is not None


async def test_what_the_decoder_refuses_or_makes_up_is_a_refusal(tmp_path: Path) -> None:
    store = LogoStore(Database.open(tmp_path / "cache.db"))
    transport = answering(lambda request: answer(content=name(request).replace("-", " ").encode()))
    async with running(transport, store) as (fetcher, ready):
        fetcher.set_wanted([url("too-long"), url("nonsense")])
        await until(lambda: len(ready) == 2)
        assert fetcher.get(url("too-long")) == LogoRefusal("the logo takes more than 2 s to decode")
        assert fetcher.get(url("nonsense")) == LogoRefusal("its thumbnail cannot be read")
    kept = LogoStore(Database.open(tmp_path / "cache.db"))
    for which in ("too-long", "nonsense"):
        stored = kept.get(url(which), time.time())
        assert stored is not None
        assert stored.png is None
    kept.close()


async def test_closing_closes_the_decoder() -> None:
    decoder = InProcessDecoder()
    async with running(Network(), decoder=decoder):
        assert not decoder.closed
    assert decoder.closed


async def test_at_most_four_at_once_the_most_wanted_first() -> None:
    network = Network()
    async with running(network) as (fetcher, ready):
        fetcher.set_wanted([url(number) for number in range(9)])
        await until(lambda: len(network.asked) == 4)
        assert network.asked == ["0", "1", "2", "3"]
        network.answer(2)
        await until(lambda: len(network.asked) == 5)
        for number in (0, 1, 3, *range(4, 9)):
            network.answer(number)
        await until(lambda: len(ready) == 9)
        assert network.asked == [str(number) for number in range(9)]
        assert network.most == 4


async def test_an_address_that_is_no_longer_wanted_is_never_fetched() -> None:
    network = Network()
    async with running(network, at_most=1) as (fetcher, ready):
        fetcher.set_wanted([url("a"), url("b"), url("c")])
        await until(lambda: network.asked == ["a"])
        fetcher.set_wanted([url("c"), url("d")])
        for which in "abcd":
            network.answer(which)
        await until(lambda: len(ready) == 3)
        # The only worker takes addresses in order: "b" would be asked for before "e".
        fetcher.set_wanted([url("e")])
        await until(lambda: len(network.asked) == 4)
        assert network.asked == ["a", "c", "d", "e"]
        assert fetcher.get(url("a")) is not None
        assert fetcher.get(url("b")) is None


async def test_an_address_in_progress_is_not_fetched_twice() -> None:
    network = Network()
    async with running(network) as (fetcher, ready):
        fetcher.set_wanted([url("a")])
        await until(lambda: network.asked)
        fetcher.set_wanted([url("a"), url("b"), url("a")])
        await until(lambda: len(network.asked) == 2)
        network.answer("a")
        network.answer("b")
        await until(lambda: len(ready) == 2)
        # Workers take addresses in order: "b" and "a" would be asked for before "c".
        fetcher.set_wanted([url("b"), url("a"), url("c")])
        await until(lambda: "c" in network.asked)
        assert sorted(network.asked) == ["a", "b", "c"]


async def test_nothing_is_asked_while_the_cursor_still_moves() -> None:
    network = Network()
    async with running(network, debounce=0.3) as (fetcher, _):
        for number in range(10):
            last_change = time.monotonic()
            fetcher.set_wanted([url(number)])
            await asyncio.sleep(0)
        await until(lambda: network.asked)
        assert network.asked == ["9"]
        assert network.asked_at[0] - last_change >= 0.3


async def test_setting_the_same_addresses_does_not_restart_the_debounce() -> None:
    network = Network()
    async with running(network, debounce=0.05) as (fetcher, _):
        async with asyncio.timeout(5):
            while not network.asked:
                fetcher.set_wanted([url("a")])
                await asyncio.sleep(0.005)
        assert network.asked == ["a"]


async def test_no_credentials_no_cookies_and_only_what_is_asked_for() -> None:
    network = Network()
    async with running(network, at_most=1) as (fetcher, ready):
        network.answer("a", answer(content=png(), headers={"set-cookie": "id=1; Path=/"}))
        network.answer("b")
        fetcher.set_wanted([url("a"), url("b")])
        await until(lambda: len(ready) == 2)
    for headers in network.headers:
        assert set(headers) == {"host", "accept", "accept-encoding", "connection", "user-agent"}
        assert headers["accept-encoding"] == "identity"


async def test_what_the_policy_forbids_is_not_asked() -> None:
    network = Network()
    async with running(network) as (fetcher, ready):
        fetcher.set_wanted(["http://169.254.169.254/latest", "https://evil.example/a.png"])
        await until(lambda: len(ready) == 2)
        assert network.asked == []
        assert fetcher.get("https://evil.example/a.png") == LogoRefusal("its host evil.example is not in logo_hosts")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (answer(404), "the logo answers 404"),
        (answer(503), "the logo answers 503"),
        (answer(302, headers={"location": "https://cdn.qlikcloud.com/b.png"}), "the logo answers 302"),
        (answer(content=b"<svg/>"), "the logo is SVG or HTML, which is not drawn"),
        (answer(content=b""), "the logo is not a PNG, JPEG, WebP or GIF"),
        (answer(content=png()[:-30]), "the logo cannot be read as a picture"),
        (answer(content=bytes(MAX_BYTES + 1)), "the logo has more than 512 kB"),
        (
            answer(content=png(), headers={"content-encoding": "x-unknown"}),
            "the logo comes in an encoding that was not asked for",
        ),
    ],
)
async def test_any_other_answer_is_a_refusal_and_the_work_goes_on(response: httpx.Response, reason: str) -> None:
    network = Network()
    async with running(network) as (fetcher, ready):
        network.answer("bad", response)
        network.answer("good")
        fetcher.set_wanted([url("bad")])
        await until(lambda: ready)
        assert fetcher.get(url("bad")) == LogoRefusal(reason)
        fetcher.set_wanted([url("good")])
        await until(lambda: len(ready) == 2)
        assert isinstance(fetcher.get(url("good")), Thumbnail)
        assert network.asked == ["bad", "good"]


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.InvalidURL("x"),
        OSError("x"),
        UnicodeError("x"),
        RecursionError(),
    ],
)
async def test_no_network_error_ends_the_work(error: Exception) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        if name(request) == "bad":
            raise error
        return answer(content=png())

    async with running(answering(fail)) as (fetcher, ready):
        fetcher.set_wanted([url("bad"), url("good")])
        await until(lambda: len(ready) == 2)
        assert fetcher.get(url("bad")) == LogoRefusal("the logo's server could not be reached")
        assert isinstance(fetcher.get(url("good")), Thumbnail)


async def test_stopping_does_not_wait_for_what_hangs() -> None:
    network = Network()
    fetcher = LogoFetcher(LogoPolicy(), None, transport=network, debounce=0.0, on_ready=lambda _: None)
    work = asyncio.create_task(fetcher.run())
    fetcher.set_wanted([url(number) for number in range(4)])
    await until(lambda: network.running == 4)
    started = time.monotonic()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await fetcher.aclose()
    assert time.monotonic() - started < 1
    assert network.running == 0


async def test_only_the_last_128_are_remembered() -> None:
    async with running(answering(lambda _: answer(404))) as (fetcher, ready):
        fetcher.set_wanted([url(number) for number in range(128)])
        await until(lambda: len(ready) == 128)
        fetcher.get(url(0))
        fetcher.set_wanted([url("new")])
        await until(lambda: len(ready) == 129)
        assert fetcher.get(url(0)) is not None
        assert fetcher.get(url("new")) is not None
        assert sum(fetcher.get(url(number)) is None for number in range(128)) == 1


async def test_what_was_kept_is_not_fetched_again(tmp_path: Path) -> None:
    network = Network()
    network.answer("a")
    network.answer("b", answer(404))

    async def look() -> None:
        store = LogoStore(Database.open(tmp_path / "cache.db"))
        async with running(network, store) as (fetcher, ready):
            fetcher.set_wanted([url("a"), url("b")])
            await until(lambda: len(ready) == 2)
            assert fetcher.get(url("a")) == Thumbnail(4, 4, bytes((1, 2, 3, 255)) * 16)
            assert fetcher.get(url("b")) == LogoRefusal("the logo answers 404")

    await look()
    await look()
    assert sorted(network.asked) == ["a", "b"]


async def test_offline_only_what_was_kept_is_shown(tmp_path: Path) -> None:
    store = LogoStore(Database.open(tmp_path / "cache.db"))
    store.put(url("a"), png(), time.time())
    network = Network()
    async with running(network, store, offline=True) as (fetcher, ready):
        fetcher.set_wanted([url("a"), url("b")])
        await until(lambda: len(ready) == 2)
        assert isinstance(fetcher.get(url("a")), Thumbnail)
        assert fetcher.get(url("b")) == LogoRefusal("the program is offline")
    assert network.asked == []


async def test_a_saved_logo_that_cannot_be_read_is_fetched_again(tmp_path: Path) -> None:
    store = LogoStore(Database.open(tmp_path / "cache.db"))
    store.put(url("a"), b"no picture", time.time())
    async with running(answering(lambda _: answer(content=png())), store) as (fetcher, ready):
        fetcher.set_wanted([url("a")])
        await until(lambda: ready)
        assert isinstance(fetcher.get(url("a")), Thumbnail)


async def test_without_a_working_store_logos_still_come(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "cache.db")
    database.close()
    async with running(answering(lambda _: answer(content=png())), LogoStore(database)) as (
        fetcher,
        ready,
    ):
        fetcher.set_wanted([url("a")])
        await until(lambda: ready)
        assert isinstance(fetcher.get(url("a")), Thumbnail)
