"""An exit while the screen is being composed is a clean one."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.ui.fakes import WIDE, FakeLoader, make_app, make_connectors

pytestmark = pytest.mark.anyio

STATUS = 143
STEPS = 20
"""More turns of the event loop than it takes to make the screen."""


@pytest.mark.parametrize("is_saved", [False, True])
async def test_an_exit_at_any_step_of_the_start(is_saved: bool) -> None:
    connectors = make_connectors(30)
    outcomes = []
    for steps in range(STEPS):
        loader = FakeLoader(connectors, ahead=connectors if is_saved else ())
        app = make_app(loader)

        async def leave() -> None:
            for _ in range(steps):  # noqa: B023 - over before the next round
                await asyncio.sleep(0)
            app.exit(STATUS)  # noqa: B023

        leaving = asyncio.create_task(leave())
        status = await app.run_async(headless=True, size=WIDE)
        await leaving
        outcomes.append((status, app.return_code, loader.closed))
    assert outcomes == [(STATUS, 0, True)] * STEPS


async def test_a_name_that_is_being_looked_up_delays_no_exit() -> None:
    async with make_app(FakeLoader(make_connectors(3))).run_test(size=WIDE):
        thread = await asyncio.to_thread(threading.current_thread)
        assert thread.name.startswith("prompt"), "those of the loop itself are waited for"
