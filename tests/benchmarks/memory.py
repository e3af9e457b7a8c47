"""Memory with the largest list at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import LARGE, browse_offline, in_turn
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.stage import Stage
    from tests.benchmarks.table import Result


def measure(stage: Stage) -> Iterator[Result]:
    """Megabytes in physical memory, once all rows are loaded and have been searched."""
    tenant, visidata = stage.tenant(LARGE), stage.peers.visidata

    def ours() -> float:
        with browse_offline(tenant) as program:
            program.press("/s")
            program.step(f" {tenant.matching('s'):,} of {LARGE:,}")
            return program.memory / 1e6

    def theirs() -> float:
        assert visidata
        with Program((*visidata, tenant.csv), tenant.environ) as program:
            program.step(f"{LARGE} ")
            return program.memory / 1e6

    mine, *others = in_turn(ours, *([theirs] if visidata else []))
    yield compared(f"memory, {LARGE:,} rows", "MB", mine, "VisiData", others[0] if others else (), ratio=1.5)
