"""When the garbage collector searches, and which objects it leaves out."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from qconn_tui.runtime.gc_policy import (
    collect_rarely,
    freeze_grown_rows,
    pause_for_start,
    resume_after_start,
    skip_final_collection,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def restored_collector() -> Iterator[None]:
    """Start each test with an empty frozen set; leave the collector as it was."""
    thresholds, was_enabled = gc.get_threshold(), gc.isenabled()
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    (gc.enable if was_enabled else gc.disable)()


def test_young_objects_are_searched_more_rarely_than_by_default() -> None:
    gc.set_threshold(700, 10, 10)
    collect_rarely()
    assert all(ours > default for ours, default in zip(gc.get_threshold(), (700, 10, 10), strict=True))
    assert gc.isenabled()


def test_what_the_start_builds_is_searched_neither_then_nor_later() -> None:
    gc.enable()
    pause_for_start()
    assert not gc.isenabled()
    built: list[object] = [[]]
    resume_after_start()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(thing is built for thing in gc.get_objects())


@pytest.mark.parametrize(
    ("before", "after", "is_frozen"),
    [
        (0, 100, False),
        (0, 9_999, False),
        (9_999, 10_000, True),
        (10_000, 19_999, False),
        (19_950, 20_050, True),
        (0, 100_000, True),
        (100_000, 100_000, False),
        (100_000, 5, False),
    ],
)
def test_rows_are_frozen_once_for_every_ten_thousand(before: int, after: int, is_frozen: bool) -> None:
    freeze_grown_rows(before, after)
    assert bool(gc.get_freeze_count()) is is_frozen


def test_the_search_at_exit_is_empty() -> None:
    built: list[object] = [[]]
    skip_final_collection()
    assert not any(thing is built for thing in gc.get_objects())


@pytest.mark.parametrize("change", [collect_rarely, skip_final_collection])
def test_only_the_start_turns_the_collector_off(change: Callable[[], None]) -> None:
    gc.disable()
    change()
    assert not gc.isenabled()
