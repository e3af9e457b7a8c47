"""The walk over 1,000 pages: how fast, how big it leaves the program, and whether keys are answered meanwhile."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.benchmarks.measure import DOWN, Program
from tests.benchmarks.stage import LARGE, in_turn, ours
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage, Tenant
    from tests.benchmarks.table import Result

_LONGEST_WALK = 180.0
"""Seconds after which a walk is given up."""
_PAUSE = 0.25
"""Seconds between two keys."""
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-11[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}"
"""A connector's id. In a terminal of this size only the details show one."""


def measure(stage: Stage) -> Iterator[Result]:
    """Nothing is saved before: every page comes over the wire, and is kept on disk."""
    tenant = stage.tenant(LARGE)
    homes = (stage.new_home(f"walk-{number}") for number in range(1_000_000))

    memory: list[float] = []
    written: list[float] = []

    def walk() -> float:
        with Program(ours("--images", "off"), {**tenant.environ, "HOME": str(next(homes))}) as program:
            program.step(tenant.names[0], "partial")
            program.press("L")
            seconds, _ = program.wait_for(f"{LARGE:,} of {LARGE:,} · complete", _LONGEST_WALK)
            memory.append(program.memory / 1e6)
            written.append(len(program.output) / 1000)
            return seconds

    walks, bare = in_turn(walk, lambda: _bare_walk(stage.peers.bare_walk, tenant))
    yield compared("walk over 1,000 pages", "s", walks, "bare httpx loop", bare, ratio=1.3)
    yield compared("memory after the walk", "MB", memory)
    yield compared("bytes written during the walk", "kB", written)
    keys = _keys_meanwhile(tenant, {**tenant.environ, "HOME": str(next(homes))})
    yield compared("key during the walk → painted, median", "ms", keys, limit=50)
    yield compared("key during the walk → painted, slowest", "ms", [max(keys)])


def _bare_walk(command: Command, tenant: Tenant) -> float:
    done = subprocess.run(command, env=tenant.environ, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _keys_meanwhile(tenant: Tenant, environ: dict[str, str]) -> list[float]:
    """Milliseconds until the details showed another id, for each key until the walk was over."""
    taken: list[float] = []
    shown = tenant.ids[0]
    with Program(ours("--images", "off"), environ) as program:
        program.step(tenant.names[0], "partial")
        program.press("L")
        program.read_for(_PAUSE)
        while "complete" not in program.text:
            program.press(DOWN)
            seconds, shown = program.wait_for(rf"(?!{shown}){_ID}")
            taken.append(1000 * seconds)
            program.read_for(_PAUSE)
    return taken
