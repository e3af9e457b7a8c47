"""How far a walk goes, and what becomes of the rows that it brings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.connector import Connector
from qconn_tui.loader.events import Demand, Rows, rows_per_second

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("rows", "seconds", "rate"), [(500, 0.0, None), (500, 0.9, None), (500, 2.0, 250.0), (0, 5.0, 0.0)]
)
def test_a_rate_is_told_when_it_means_something(rows: int, seconds: float, rate: float | None) -> None:
    assert rows_per_second(rows, seconds) == rate


def test_a_demand_is_for_at_least_so_many_rows() -> None:
    demand = Demand()
    assert demand.exceeds(0)
    assert not demand.exceeds(1)
    demand.want(50)
    demand.want(20)
    assert demand.exceeds(49)
    assert not demand.exceeds(50)
    assert not demand.everything


def test_a_demand_for_everything_ends_when_somebody_stops_it() -> None:
    demand = Demand(5)
    demand.want_everything()
    assert demand.exceeds(10**9)
    demand.stop(120)
    assert not demand.exceeds(120)
    demand.want(121)
    assert demand.exceeds(120)


@pytest.mark.parametrize("ask", [lambda demand: demand.want(3), Demand.want_everything])
async def test_who_waits_is_woken_when_more_is_wanted(ask: Callable[[Demand], None]) -> None:
    demand = Demand(1)
    waiting = asyncio.ensure_future(demand.wait_beyond(2))
    demand.want(2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    ask(demand)
    await asyncio.wait_for(waiting, 5)


records = st.builds(Connector, st.sampled_from("abcdef"), st.sampled_from(("x", "y")))


@given(
    st.lists(records, unique_by=lambda item: item.id, max_size=4), st.lists(st.lists(records, max_size=5), max_size=4)
)
def test_rows_are_what_a_plain_merge_gives(known: list[Connector], pages: list[list[Connector]]) -> None:
    rows, plain = Rows(known), {item.id: item for item in known}
    for page in pages:
        before = rows.all()
        unchanged = rows.merge(page)
        plain.update((item.id, item) for item in page)
        assert rows.all() == tuple(plain.values())
        assert rows.all()[:unchanged] == before[:unchanged]
        assert unchanged == len(before) or before[unchanged].id in {item.id for item in page}
    seen = [item.id for page in pages for item in page]
    assert rows.seen() == tuple(plain[identity] for identity in dict.fromkeys(seen)), "in the order of today"
    assert rows.duplicates == len(seen) - len(set(seen))
    assert len(rows) == len(plain)
