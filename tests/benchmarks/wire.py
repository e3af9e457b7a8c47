"""What is written to the terminal: over a slow link, bytes are time. And what is done while nobody does anything."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from tests.benchmarks.measure import DOWN, ENTER, PAGE_DOWN, Program
from tests.benchmarks.stage import MIDDLE, ROUNDS, far_away, in_turn, ours
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.benchmarks.measure import Step
    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage, Tenant
    from tests.benchmarks.table import Result

_HELD_SECONDS = 2.0
_IDLE_SECONDS = 10.0
_SLOW_SECONDS = 0.3
"""How long a terminal at the end of a slow line takes for an answer."""


@dataclass(frozen=True, slots=True)
class _Use:
    """One person's way through the list."""

    start: Step
    down: Step
    page: Step
    held: Step
    opened: Step


def measure(stage: Stage) -> Iterator[Result]:
    """Starting, moving and opening the details, without the logos that no peer has; what logos add; doing nothing."""
    tenant = stage.tenant(MIDDLE)
    plain_use = partial(_use, ours("--images", "off"), environ=tenant.environ, tenant=tenant, loaded="complete")
    samplers = [
        plain_use,
        partial(plain_use, environ=far_away(tenant.environ), delay=_SLOW_SECONDS),
    ]
    if stage.peers.visidata:
        samplers.append(partial(_use, (*stage.peers.visidata, tenant.csv), tenant.environ, tenant, f"{MIDDLE} "))
    plain, slow, *visidata = in_turn(*samplers)
    (with_logos,) = in_turn(partial(_row_down_with_logo, tenant))

    def compare(what: str, step: Callable[[_Use], Step], limit: float | None = None, line: str = "") -> Result:
        mine, theirs = slow if line else plain, chain(*visidata)
        return compared(f"{what}{line}", "kB", _sizes(mine, step), "VisiData", _sizes(theirs, step), limit=limit)

    slowly = ", over a slow line"
    yield compare("bytes at start", lambda use: use.start)
    yield compare("bytes at start", lambda use: use.start, 25, slowly)
    yield compare("bytes for a row down, without scrolling", lambda use: use.down, 0.6)
    yield compare("bytes for a row down, without scrolling", lambda use: use.down, 0.6, slowly)
    added = [max(0, logo.size - none.down.size) / 1000 for logo, none in zip(with_logos, plain, strict=True)]
    yield compared("bytes for a logo of block characters", "kB", added)
    yield compare("bytes for a page down", lambda use: use.page)
    yield compare("bytes for a page down", lambda use: use.page, None, slowly)
    held = f"bytes for the down key held for {_HELD_SECONDS:.0f} s"
    yield compare(held, lambda use: use.held)
    yield compare(held, lambda use: use.held, None, slowly)
    yield compared("frames meanwhile", "", [use.held.frames for use in plain])
    yield compared(
        "down key let go → painted", "ms", [1000 * max(0.0, use.held.painted - _HELD_SECONDS) for use in plain]
    )
    yield compared("page down → painted", "ms", [1000 * use.page.painted for use in plain])
    yield compared("details opened → painted", "ms", [1000 * use.opened.painted for use in plain])
    yield compared("bytes for the details opened", "kB", _sizes(plain, lambda use: use.opened))
    yield from _idle(tenant)


def _sizes(uses: Iterable[_Use], step: Callable[[_Use], Step]) -> list[float]:
    """Kilobytes of one step of each use."""
    return [step(use).size / 1000 for use in uses]


def _use(command: Command, environ: dict[str, str], tenant: Tenant, loaded: str, delay: float = 0.0) -> _Use:
    """`loaded` is what the screen shows once no more rows come; `delay` what the terminal takes for an answer."""
    with Program(command, environ, delay) as program:
        start, down = _start_and_go_down(program, tenant, loaded)
        program.press(PAGE_DOWN)
        page = program.step()
        program.hold(DOWN, _HELD_SECONDS)
        held = program.step()
        program.press(ENTER)
        return _Use(start, down, page, held, program.step())


def _start_and_go_down(program: Program, tenant: Tenant, loaded: str) -> tuple[Step, Step]:
    start = program.step(tenant.names[0], loaded)
    program.press(DOWN)
    return start, program.step()


def _row_down_with_logo(tenant: Tenant) -> Step:
    with Program(ours("--images", "blocks"), tenant.environ) as program:
        return _start_and_go_down(program, tenant, "complete")[1]


def _idle(tenant: Tenant) -> Iterator[Result]:
    """Several programs at once, for nothing else can be measured meanwhile."""
    programs: list[Program] = []
    with ExitStack() as running:
        for _ in range(ROUNDS):
            # One after the other: who waits for an answer of the terminal takes it for a slow one.
            programs.append(running.enter_context(Program(ours(), tenant.environ)))
            programs[-1].step(tenant.names[0], "complete")
        before = [program.processor_time for program in programs]
        for program in programs:
            program.read_for(0.05)
            program.press("")
        time.sleep(_IDLE_SECONDS)
        for program in programs:
            program.read_for(0.05)
        written = [len(program.output) for program in programs]
        busy = [program.processor_time - earlier for program, earlier in zip(programs, before, strict=True)]
    yield compared(f"bytes in {_IDLE_SECONDS:.0f} idle seconds", "B", written, limit=0)
    yield compared(f"processor time in {_IDLE_SECONDS:.0f} idle seconds", "ms", [1000 * seconds for seconds in busy])
