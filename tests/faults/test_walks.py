"""Over a thousand walks past every kind of fault: none crashes, none loses a row, none gives the token away."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faults.kinds import FAULTS
from tests.faults.listing import PAGES
from tests.faults.walks import Canary, Case, Result, World, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

AT_ONCE = 16
CASES = [Case(fault, page, always) for fault in FAULTS for page in range(1, PAGES + 1) for always in (False, True)]


async def test_every_fault_everywhere(tmp_path: Path, tell: Callable[[str], None]) -> None:
    logs = Canary()
    logging.getLogger().addHandler(logs)
    root_level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Case) -> Result:
        async with slots:
            return await run(case, number, world)

    async with World(tmp_path) as world, asyncio.TaskGroup() as walks:
        tasks = [walks.create_task(one(number, case)) for number, case in enumerate(CASES)]
    results = [task.result() for task in tasks]
    ends = Counter(result.end for result in results)
    tell(str(ends))
    tell(f"{len(FAULTS)} {len(CASES)} {logs.heard} {len(logs.leaks)} {len(world.elsewhere.heads)}")
    bad = [(str(case), r) for case, r in zip(CASES, results) if r.wrong or r.leaked or r.lost]
    import collections
    seen = collections.Counter()
    for name, r in bad:
        k = name.split(", at")[0]
        seen[k] += 1
        if seen[k] <= 2:
            print(name, r.end, r.lost, [x[:1500] for x in r.wrong[:2]], [x[:300] for x in r.leaked[:2]])
    print(len(bad), seen)
    print(logs.leaks[:3])
    assert not bad
