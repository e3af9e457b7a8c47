"""Faulty logos, fetched by the program's own fetcher from a server that is not the tenant's."""

from __future__ import annotations

import asyncio
import gzip
import traceback
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from typing import TYPE_CHECKING

from qconn_tui.loader.events import Demand, Refused
from qconn_tui.loader.loader import Loader
from qconn_tui.logos.decoder.process import Decoder
from qconn_tui.logos.fetch import LogoFetcher
from qconn_tui.logos.policy import LogoPolicy, LogoRefusal
from qconn_tui.logos.thumbnail import Thumbnail
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pager import ListQuery
from qconn_tui.qlik.server import parse_server
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LogoStore
from tests.faults.listing import answer, packed
from tests.faults.pictures import drawing, encoded, png_bomb, webp_bomb
from tests.faults.raw_server import Ending, RawServer, Reply
from tests.faults.walks import MARK, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.faults.walks import World

LOGOS = 4
"""The logos of a walk."""
_LONGEST = 30.0
_PNG = "image/png"


@cache
def _picture() -> bytes:
    return encoded(drawing(48), "PNG")


@cache
def _large_picture() -> bytes:
    return png_bomb(3000, 3000)


@dataclass(frozen=True, slots=True)
class LogoFault:
    """One kind of fault of a logo: every one of them costs that logo, and no other."""

    name: str
    """What is wrong."""
    reply: Callable[[str], Reply] | None = None
    """What the logos' server answers; the argument is the origin of a server that must not be asked."""
    address: str | None = None
    """The logo's address, when that is what is wrong."""
    slow: bool = False
    """Whether only the deadline ends it."""


def _sends(body: bytes, *headers: str, status: int = 200) -> Callable[[str], Reply]:
    return lambda _: answer(body, *headers, status=status, kind=_PNG)


def _cut(share: float, ending: Ending = Ending.CLOSE) -> Callable[[str], Reply]:
    whole = packed(_picture(), kind=_PNG)
    return lambda _: Reply((whole[: int(len(whole) * share)],), ending)


def _drip(_: str) -> Reply:
    return Reply((bytes([byte]) for byte in packed(_picture(), kind=_PNG)), pause=0.05)


LOGO_FAULTS = (
    LogoFault("hangs up at once", lambda _: Reply()),
    LogoFault("reset", lambda _: Reply(ending=Ending.RESET)),
    LogoFault("headers cut", _cut(0.05)),
    LogoFault("body short", _cut(0.9)),
    LogoFault("drips", _drip, slow=True),
    LogoFault("silence", lambda _: Reply(ending=Ending.HANG), slow=True),
    LogoFault("a body without an end", lambda _: Reply(chain((b"HTTP/1.1 200 OK\r\n\r\n",), repeat(b"\0" * 65536)))),
    LogoFault("404", _sends(b"", status=404)),
    LogoFault("403 with a picture", lambda _: answer(_picture(), status=403, kind=_PNG)),
    LogoFault("500", _sends(b"", status=500)),
    LogoFault("301", lambda elsewhere: answer(b"", f"Location: {elsewhere}/logo.png", status=301)),
    LogoFault("204", lambda _: Reply((b"HTTP/1.1 204 No Content\r\n\r\n",), Ending.KEEP)),
    LogoFault("compressed", lambda _: answer(gzip.compress(_picture()), "Content-Encoding: gzip", kind=_PNG)),
    LogoFault("compressed twice", lambda _: answer(
        gzip.compress(gzip.compress(bytes(10_000_000))), "Content-Encoding: gzip, gzip", kind=_PNG)),
    LogoFault("no bytes", _sends(b"")),
    LogoFault("SVG", _sends(b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>")),
    LogoFault("a web page", _sends(b"  <!doctype html><title>Log in</title>")),
    LogoFault("no picture", _sends(b"\x7fELF" + bytes(100))),
    LogoFault("half a picture", lambda _: answer(_picture()[: len(_picture()) // 2], kind=_PNG)),
    LogoFault("too many pixels", lambda _: answer(_large_picture(), kind=_PNG)),
    LogoFault("176 megapixels in 34 bytes", lambda _: answer(webp_bomb(16000, 11000), kind="image/webp")),
    LogoFault("on a host that is not allowed", address="https://logos.evil.example/logo.png"),
    LogoFault("in a file", address="file:///etc/passwd"),
    LogoFault("at an address with two hosts", address="http://127.0.0.1@evil.example/logo.png"),
    LogoFault("in an address in this network", address="http://169.254.169.254/latest/meta-data"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogoCase:
    """A fault, and which logos it strikes."""

    fault: LogoFault
    place: int
    """The first logo that is struck, from 1."""
    always: bool
    """Whether those behind it are struck, too."""

    def __str__(self) -> str:
        return f"{self.fault.name}, logo {self.place}, {'and all behind it' if self.always else 'alone'}"

    @property
    def struck(self) -> range:
        """The logos that cannot be drawn, from 1."""
        return range(self.place, (LOGOS if self.always else self.place) + 1)


class SharedDecoder(Decoder):
    """One worker for all walks, to save the start of many."""

    async def aclose(self) -> None:
        """Keep the worker; `end` ends it."""

    async def end(self) -> None:
        """End the worker."""
        await super().aclose()


async def run_logos(case: LogoCase, number: int, world: World, decoder: Decoder) -> Result:
    """Fetch the list, then the logos on it."""
    token, cache_file = f"{MARK}-logos-{number:06d}-0123456789abcdef", world.folder / f"logos-{number}.db"
    result, outcomes = Result(), list[Thumbnail | LogoRefusal]()

    def respond(head: bytes) -> Reply:
        place = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
        if case.fault.reply is not None and place in case.struck:
            return case.fault.reply(world.elsewhere.origin)
        return answer(_picture(), kind=_PNG)

    async with RawServer(respond) as logos, RawServer(lambda _: answer(listed)) as tenant:
        bad, addresses = case.fault.address, [f"{logos.origin}/{place}" for place in range(1, LOGOS + 1)]
        # Different addresses, because a known logo is not fetched again.
        addresses = [
            f"{bad}?{place}" if bad and place in case.struck else address for place, address in enumerate(addresses, 1)
        ]
        listed = {"data": [{"id": str(place), "logoSmall": address} for place, address in enumerate(addresses)]}
        server = parse_server(tenant.origin, "the test")
        loader = Loader(lambda: TenantClient(server, ApiKey(Secret(token))))
        try:
            async with asyncio.timeout(_LONGEST):
                last = [event async for event in loader.events(ListQuery(), Demand(everything=True))][-1]
                assert not isinstance(last, Refused), last.error
                outcomes = await _fetch([str(row.logo_small) for row in last.connectors], case, cache_file, decoder)
            _judge(result, case, outcomes)
        except Exception as error:  # noqa: BLE001 - the other walks go on after any error
            result.end = f"[{type(error).__name__}]"
            result.wrong.append("".join(traceback.format_exception(error)[-3:]))
        finally:
            await loader.aclose()
        said = b"".join(logos.heads).decode("latin-1") + repr(outcomes)
    for file in cache_file.parent.glob(f"{cache_file.name}*"):
        said += file.read_bytes().decode("latin-1")
        file.unlink()
    if MARK in said:
        result.leaked.append(said)
    return result


async def _fetch(
    addresses: Sequence[str], case: LogoCase, cache_file: Path, decoder: Decoder
) -> list[Thumbnail | LogoRefusal]:
    """Return the outcomes of the logos, in order."""
    ready: set[str] = set()
    all_ready = asyncio.Event()

    def on_ready(address: str) -> None:
        ready.add(address)
        if len(ready) == LOGOS:
            all_ready.set()

    database = Database.open(cache_file)
    fetcher = LogoFetcher(
        LogoPolicy(loopback=True), LogoStore(database), on_ready=on_ready, decoder=decoder, debounce=0,
        deadline=0.5 if case.fault.slow else 10.0,
    )  # fmt: skip
    fetcher.set_wanted(addresses)
    work = asyncio.create_task(fetcher.run())
    try:
        waiting = asyncio.create_task(all_ready.wait())
        await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        outcomes = [fetcher.get(address) for address in addresses]
        return [outcome for outcome in outcomes if outcome is not None]
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await fetcher.aclose()
        await asyncio.to_thread(fetcher._store_thread.shutdown)


def _judge(result: Result, case: LogoCase, outcomes: list[Thumbnail | LogoRefusal]) -> None:
    drawn = [place for place, outcome in enumerate(outcomes, 1) if isinstance(outcome, Thumbnail)]
    result.end = "COMPLETE" if len(drawn) == LOGOS else "LogoRefusal"
    result.lost = len(set(range(1, LOGOS + 1)) - set(case.struck) - set(drawn))
    if set(drawn) & set(case.struck):
        result.wrong.append(f"drawn although there is no picture: {drawn}")
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, LogoRefusal)]
    # A host that is not allowed cannot be reached from a test anyway; the reason shows that no request was tried.
    if not all(reason.startswith("its " if case.fault.address else "the logo") for reason in reasons):
        result.wrong.append(f"refused for another reason: {reasons}")
