"""Leaving in every way: from a quiet screen, while the tenant does not answer, and while the terminal does not read."""

from __future__ import annotations

import itertools
import signal
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import MIDDLE, in_turn, ours
from tests.benchmarks.table import compared
from tests.e2e.program import demo_server, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmarks.stage import Stage
    from tests.benchmarks.table import Result

_HANGING = "60000"
"""Milliseconds that the tenant takes for an answer."""
_LIMIT = 300
"""Milliseconds that leaving may take."""
_WAYS = ("q", "ctrl+c", "SIGTERM", "SIGHUP", "a closed terminal")
_DEAF_WAYS = _WAYS[2:]
"""Those of somebody whose terminal takes nothing: no key gets through."""


def measure(stage: Stage) -> Iterator[Result]:
    """From the key, the signal or the end of the terminal to the end of the process."""
    environ = environment(stage.new_home("leave"))
    hanging = ("--rows", str(MIDDLE), "--latency-ms", _HANGING)
    with demo_server(environ, "--rows", str(MIDDLE)) as there, demo_server(environ, *hanging) as silent:
        for way in _WAYS:
            yield _leave(f"{way} on a quiet screen", way, {**environ, **there}, "q Quit")
        for way in _WAYS:
            what = "quit while a request hangs" if way == "q" else f"{way} while a request hangs"
            yield _leave(what, way, {**environ, **silent}, "loading page 1")
        for way in _DEAF_WAYS:
            yield _leave(f"{way} while nobody reads", way, {**environ, **there}, "q Quit", is_deaf=True)


def _leave(what: str, way: str, environ: Mapping[str, str], shown: str, *, is_deaf: bool = False) -> Result:
    def leave() -> float:
        with Program(ours(), environ) as program:
            program.step(shown)
            if is_deaf:
                _fill(program)
            _tell(program, way)
            return 1000 * program.wait_for_end(reads=not is_deaf)

    (milliseconds,) = in_turn(leave)
    return compared(what, "ms", milliseconds, limit=_LIMIT)


def _fill(program: Program) -> None:
    """Let the program draw until it can write no more."""
    for key in itertools.cycle("Gg"):
        if program.is_full(0.1):
            return
        program.type_unread(key)


def _tell(program: Program, way: str) -> None:
    if way == "a closed terminal":
        program.hang_up()
    elif way.startswith("SIG"):
        program.send_signal(signal.Signals[way])
    else:
        program.press("\x03" if way == "ctrl+c" else way)
