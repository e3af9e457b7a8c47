"""Starting: the first frame, the first row, what is written for it, and `--help` without any screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import LARGE, SMALL, in_turn, ours
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.measure import Step
    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage
    from tests.benchmarks.table import Result

_IMPORTED = "import qconn_tui.commands.browse, qconn_tui.loader, qconn_tui.ui.app"
_SHOWN_IMPORTS = 12
_SHORT_ROUNDS = 21
"""Samples of what takes only a few milliseconds."""
_HEADING = "Webhooks"
"""What the first frame shows, with or without rows."""


def measure(stage: Stage) -> Iterator[Result]:
    """The list is in the cache, its tenant is up, and every file has been read before."""
    yield from _with_saved(stage, SMALL)
    yield from _with_saved(stage, LARGE)
    environ = stage.tenant(SMALL).environ
    python = partial(_run, stage.peers.bare_interpreter, environ)
    for option in ("--help", "--version"):
        answers, bare = in_turn(partial(_run, ours(option), environ), python, rounds=_SHORT_ROUNDS)
        yield compared(option, "ms", answers, "python + argparse", bare, ratio=1.5)


def _with_saved(stage: Stage, rows: int) -> Iterator[Result]:
    tenant = stage.tenant(rows)
    name = tenant.names[0]
    samplers = [
        partial(_start, ours(), tenant.environ, name),
        partial(_start, stage.peers.bare_textual, tenant.environ, "ready"),
    ]
    if stage.peers.visidata:
        samplers.append(partial(_start, (*stage.peers.visidata, tenant.csv), tenant.environ, name))
    program, bare, *visidata = in_turn(*samplers)
    ready = _until("ready", bare)
    if rows == SMALL:
        yield compared("first frame", "ms", _until(_HEADING, program), "bare Textual", ready, ratio=1.1)
    what, first_row = f"first row, {rows:,} saved", _until(name, program)
    yield compared(what, "ms", first_row, "VisiData", _until(name, *visidata), ratio=0.9)
    yield compared(what, "ms", first_row, "bare Textual", ready, ratio=1.3)


def _until(text: str, *series: Sequence[Step]) -> list[float]:
    """Milliseconds from each start until the text was on the screen."""
    return [1000 * step.showed(text) for steps in series for step in steps]


def _start(command: Command, environ: Mapping[str, str], expected: str) -> Step:
    with Program(command, environ) as program:
        return program.step(expected)


def _run(command: Command, environ: Mapping[str, str]) -> float:
    """Milliseconds from the start to the end of the process."""
    began = time.perf_counter()
    subprocess.run(command, env=dict(environ), stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - began)


def import_report() -> str:
    """Which imports the first frame waits for: milliseconds of each, what it imports included."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-X", "importtime", "-c", _IMPORTED]
    written = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stderr
    times = []
    for line in written.splitlines()[1:]:
        _, cumulative, name = line.removeprefix("import time:").split("|")
        if name.strip().partition(".")[0] in ("qconn_tui", "textual", "rich", "asyncio"):
            times.append((int(cumulative) / 1000, name.strip()))
    times.sort(reverse=True)
    return "\n".join(f"{milliseconds:8.1f} ms  {name}" for milliseconds, name in times[:_SHOWN_IMPORTS])
