"""Memory with the largest list at hand."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import LARGE, OFFLINE, ROUNDS
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage, Tenant
    from tests.benchmarks.table import Result


def measure(stage: Stage) -> Iterator[Result]:
    """Megabytes in physical memory, once all rows are loaded and have been searched."""
    tenant, visidata = stage.tenant(LARGE), stage.peers.visidata
    mine = _megabytes(OFFLINE, tenant, tenant.shown(LARGE), searched=True)
    others = _megabytes((*visidata, tenant.csv), tenant, f"{LARGE} ") if visidata else ()
    yield compared(f"memory, {LARGE:,} rows", "MB", mine, "VisiData", others, ratio=1.5)


def _megabytes(command: Command, tenant: Tenant, loaded: str, *, searched: bool = False) -> list[float]:
    """Of several programs at once, which do not disturb each other in this."""
    with ExitStack() as running:
        programs = [running.enter_context(Program(command, tenant.environ)) for _ in range(ROUNDS)]
        for program in programs:
            program.step(loaded)
            if searched:
                program.press("/s")
                program.step(tenant.shown(tenant.matching("s")))
        return [program.memory / 1e6 for program in programs]
