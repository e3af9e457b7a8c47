"""Programs that are killed while they write, and programs that write at once: the cache stays whole."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import StoreError
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LogoStore, StoredLogo
from qconn_tui.store.snapshots import Snapshots
from tests.faults.writers import PAGES, TRANSACTIONS, Writers, address, newest, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KILLS = 200
KILLS_PER_FILE = 10
PROCESSES = 4
FILES = 10
WALKS = 3
"""Lists that each process saves in each file."""


@pytest.fixture
def writers() -> Iterator[Writers]:
    with Writers() as started:
        yield started


def fault_of(path: Path, saved: list[int], newest_of: set[int | None]) -> str | None:
    """What is wrong with the cache whose writers said that `saved` were saved; None when nothing is.

    The newest list has to be one of `newest_of`.
    """
    with closing(Database.open(path)) as database:
        if database.notice:
            return database.notice
        try:
            (verdict,) = database.rows("PRAGMA integrity_check")
            walk = newest(database)
            logos = LogoStore(database)
            lost = [
                address(each, number)
                for each, number in product(saved, range(1, PAGES + 1))
                if logos.get(address(each, number), each) != StoredLogo(picture(each, number))
            ]
        except (StoreError, AssertionError) as error:
            return f"{type(error).__name__}: {error}"
    if verdict != ("ok",):
        return str(verdict)
    if walk not in newest_of:
        return f"the newest list is {walk} and none of {newest_of}"
    return f"lost is {lost}" if lost else None


def newest_in(path: Path) -> int | None:
    """What the newest list is called; None without one."""
    with closing(Database.open(path)) as database:
        saved = Snapshots(database).latest()
        return int(saved.saved_at) if saved else None


def unfinished(path: Path) -> int:
    """How many walks have begun and were not completed."""
    with closing(Database.open(path)) as database:
        return int(database.rows("SELECT count(*) FROM generation WHERE saved_at IS NULL")[0][0])


def test_a_cache_whose_writer_is_killed(tmp_path: Path, writers: Writers, tell: Callable[[str], None]) -> None:
    dice = Random(11)
    faults: list[str] = []
    saved: list[int] = []
    held: int | None = None
    in_the_middle = 0
    for number in range(KILLS):
        path = tmp_path / f"{number // KILLS_PER_FILE}.db"
        if not path.exists():
            saved, held = [], None
        before = unfinished(path) if path.exists() else 0
        (pid,) = writers.start(path, [number * 1000])
        time.sleep(dice.uniform(0.0, 0.04))
        os.kill(pid, signal.SIGKILL)
        outcome = writers.wait()
        assert (outcome.failures, outcome.statuses) == ([], [-signal.SIGKILL])
        saved += outcome.saved
        # What was saved last, or the next one, if there was no time to say so.
        last = outcome.saved[-1] if outcome.saved else held
        following = outcome.saved[-1] + 1 if outcome.saved else number * 1000
        fault = fault_of(path, saved, {last, following})
        if fault:
            faults.append(f"kill {number}: {fault}")
        held = following if newest_in(path) == following else last
        in_the_middle += unfinished(path) > before
    tell(f"{KILLS} SIGKILLs during cache writes ({in_the_middle} in mid-walk): {len(faults)} unreadable caches")
    assert faults == []
    # Otherwise most of the writers were killed before they began.
    assert in_the_middle > KILLS // 10


def test_a_cache_that_several_programs_write_at_once(
    tmp_path: Path, writers: Writers, tell: Callable[[str], None]
) -> None:
    refusals: list[str] = []
    transactions = 0
    for number in range(FILES):
        path = tmp_path / f"{number}.db"
        writers.start(path, [who * 1000 for who in range(PROCESSES)], walks=WALKS)
        outcome = writers.wait()
        refusals += outcome.failures
        transactions += len(outcome.saved) * TRANSACTIONS
        if not outcome.failures:
            assert fault_of(path, outcome.saved, set(outcome.saved)) is None
    tell(f"{PROCESSES} processes, {transactions:,} write transactions: {len(refusals)} lock errors")
    assert refusals == []
    assert transactions == PROCESSES * FILES * WALKS * TRANSACTIONS
