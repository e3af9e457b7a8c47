"""Some two thousand walks past every kind of fault: none crashes, loses a row, or gives the token away."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.faults.kinds import FAULTS
from tests.faults.listing import PAGES
from tests.faults.logo_walks import LOGO_FAULTS, LOGOS, LogoCase, SharedDecoder, run_logos
from tests.faults.walks import MARK, Case, Result, World, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

pytestmark = pytest.mark.anyio

AT_ONCE = 16
"""Walks under way at once."""
SHOWN = 10
"""Walks that a failure names at most."""

CASES = [Case(fault, page, always) for fault in FAULTS for page in range(1, PAGES + 1) for always in (False, True)]
LOGO_CASES = [
    LogoCase(fault, logo, always) for fault in LOGO_FAULTS for logo in range(1, LOGOS + 1) for always in (False, True)
]


async def in_turns(walks: Iterable[Callable[[], Awaitable[Result]]]) -> list[Result]:
    """The results of all walks, a few of which are under way at once."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(walk: Callable[[], Awaitable[Result]]) -> Result:
        async with slots:
            return await walk()

    return await asyncio.gather(*map(one, walks))


async def test_every_fault_at_every_place(
    tmp_path: Path, tell: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "qconn_tui")
    decoder = SharedDecoder()
    async with World(tmp_path) as world:
        walks = [partial(run, case, number, world) for number, case in enumerate(CASES)]
        of_logos = [partial(run_logos, case, number, world, decoder) for number, case in enumerate(LOGO_CASES)]
        results = await in_turns([*walks, *of_logos])
        strayed = [head.decode("latin-1") for head in world.elsewhere.heads]
    await decoder.end()

    leaks = [record.getMessage() for record in caplog.records if MARK in record.getMessage()]
    leaks += [leak for result in results for leak in result.leaked]
    leaks += [head for head in strayed if MARK in head]
    complete = sum(result.end == "COMPLETE" for result in results)
    crashes = sum(result.end.startswith("[") for result in results)
    tell(
        f"{len(FAULTS) + len(LOGO_FAULTS)} fault kinds at {PAGES + LOGOS} places, {len(results)} walks: "
        f"complete {complete}, incomplete and said so {len(results) - complete - crashes}, crashes {crashes}, "
        f"rows lost {sum(result.lost for result in results)}, "
        f"token bytes outside the tenant {len(leaks) * len(MARK)}"
    )
    cases: list[Case | LogoCase] = [*CASES, *LOGO_CASES]
    failed = [
        f"{case}: {result}"
        for case, result in zip(cases, results, strict=True)
        if result.wrong or result.lost or result.leaked
    ]
    assert not failed, "\n".join([f"{len(failed)} walks:", *failed[:SHOWN]])
    assert not leaks
    assert not strayed
    assert caplog.records, "nothing was logged, so nothing was searched"
