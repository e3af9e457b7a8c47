"""Leaving while the tenant does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import MIDDLE, in_turn, ours
from tests.benchmarks.table import compared
from tests.e2e.program import demo_server, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.stage import Stage
    from tests.benchmarks.table import Result

_HANGING = "60000"
"""Milliseconds that the tenant takes for an answer."""


def measure(stage: Stage) -> Iterator[Result]:
    """The first page has been asked for, and nothing came."""
    environ = environment(stage.new_home("leave"))
    with demo_server(environ, "--rows", str(MIDDLE), "--latency-ms", _HANGING) as variables:

        def leave() -> float:
            with Program(ours(), {**environ, **variables}) as program:
                program.step("loading page 1")
                program.press("q")
                return 1000 * program.wait_for_end()

        (seconds,) = in_turn(leave)
    yield compared("quit while a request hangs", "ms", seconds, limit=300)
