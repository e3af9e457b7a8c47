"""Some two thousand walks past every kind of fault: none crashes, loses a row, or gives the token away."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.kinds import FAULTS
from tests.faults.listing import PAGES
from tests.faults.logo_walks import LOGO_FAULTS, LOGOS, LogoCase, SharedDecoder, run_logos
from tests.faults.scratch import scratch
from tests.faults.walks import MARK, Case, Result, World, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

AT_ONCE = 16
"""Walks under way at once in each process."""
PROCESSES = os.cpu_count() or 1
SHOWN = 10
"""Walks that a failure names at most."""

_OFTEN = (False, True)
CASES: list[Case | LogoCase] = [
    *(Case(fault, page, always) for fault in FAULTS for page in range(1, PAGES + 1) for always in _OFTEN),
    *(LogoCase(fault, logo, always) for fault in LOGO_FAULTS for logo in range(1, LOGOS + 1) for always in _OFTEN),
]


@dataclass
class Share:
    """What one process has seen."""

    results: list[Result] = field(default_factory=list)
    """What came of its walks."""
    strayed: list[str] = field(default_factory=list)
    """What reached a server that must not be asked."""
    logged: int = 0
    """Lines of the log that were searched."""
    leaks: list[str] = field(default_factory=list)
    """Those of them in which a token was."""
    left_open: list[str] = field(default_factory=list)
    """What Python reported where nothing can be raised: a socket or a file that was not closed."""


class _Search(logging.Handler):
    """Searches every line of the log."""

    def __init__(self, share: Share) -> None:
        super().__init__(logging.DEBUG)
        self._share = share

    def emit(self, record: logging.LogRecord) -> None:
        self._share.logged += 1
        if MARK in record.getMessage():
            self._share.leaks.append(record.getMessage())


@contextmanager
def watched(share: Share) -> Iterator[None]:
    """Collect all logs and reports in `share`; for a process of its own."""
    log = logging.getLogger("qconn_tui")
    log.setLevel(logging.DEBUG)
    log.addHandler(_Search(share))
    log.propagate = False
    warnings.simplefilter("error")
    sys.unraisablehook = lambda complaint: share.left_open.append(repr(complaint.exc_value))
    yield


async def in_turns(walks: Iterable[Callable[[], Awaitable[Result]]]) -> list[Result]:
    """The results of all walks, a few of which are under way at once."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(walk: Callable[[], Awaitable[Result]]) -> Result:
        async with slots:
            return await walk()

    return await asyncio.gather(*map(one, walks))


async def _walk(numbers: Iterable[int], share: Share) -> None:
    decoder = SharedDecoder()
    with scratch() as folder:
        async with World(Path(folder)) as world:

            def walk(number: int) -> Callable[[], Awaitable[Result]]:
                case = CASES[number]
                if isinstance(case, Case):
                    return partial(run, case, number, world)
                return partial(run_logos, case, number, world, decoder)

            share.results = await in_turns(map(walk, numbers))
            share.strayed = [head.decode("latin-1") for head in world.elsewhere.heads]
    await decoder.end()


def walk_share(first: int) -> Share:
    """Walk every `PROCESSES`-th case, in a process of its own."""
    share = Share()
    with watched(share):
        asyncio.run(_walk(range(first, len(CASES), PROCESSES), share))
    return share


def test_every_fault_at_every_place(tell: Callable[[str], None]) -> None:
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        shares = list(pool.map(walk_share, range(PROCESSES)))
    results = {
        number: result
        for first, share in enumerate(shares)
        for number, result in zip(range(first, len(CASES), PROCESSES), share.results, strict=True)
    }
    strayed = list(chain.from_iterable(share.strayed for share in shares))
    leaks = [*chain.from_iterable(share.leaks for share in shares), *(head for head in strayed if MARK in head)]
    leaks += chain.from_iterable(result.leaked for result in results.values())
    complete = sum(result.end == "COMPLETE" for result in results.values())
    crashes = sum(result.end.startswith("[") for result in results.values())
    tell(
        f"{len(FAULTS) + len(LOGO_FAULTS)} fault kinds at {PAGES + LOGOS} places, {len(results)} walks: "
        f"complete {complete}, incomplete and said so {len(results) - complete - crashes}, crashes {crashes}, "
        f"rows lost {sum(result.lost for result in results.values())}, "
        f"token bytes outside the tenant {len(leaks) * len(MARK)}"
    )
    failed = [
        f"{CASES[number]}: {result}"
        for number, result in sorted(results.items())
        if result.wrong or result.lost or result.leaked
    ]
    assert len(results) == len(CASES)
    assert not failed, "\n".join([f"{len(failed)} walks:", *failed[:SHOWN]])
    assert not leaks
    assert not strayed
    assert [complaint for share in shares for complaint in share.left_open] == []
    assert all(share.logged for share in shares), "nothing was logged, so nothing was searched"
