"""Starting: the first frame, the first row, what is written for it, and `--help` without any screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import LARGE, SMALL, in_turn, ours
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmarks.measure import Step
    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage
    from tests.benchmarks.table import Result

_IMPORTED = "import qconn_tui.commands.browse, qconn_tui.loader, qconn_tui.ui.app"
_SHOWN_IMPORTS = 12


def measure(stage: Stage) -> Iterator[Result]:
    """The list is in the cache, its tenant is up, and every file has been read before."""
    command = stage.peers.visidata
    for rows in (SMALL, LARGE):
        tenant = stage.tenant(rows)
        name = tenant.names[0]
        bare, program, *visidata = in_turn(
            lambda: _start(stage.peers.bare_textual, tenant.environ, "ready"),
            lambda: _start(ours(), tenant.environ, name),
            *([lambda: _start((*command, tenant.csv), tenant.environ, name)] if command else []),
        )
        bare_ready = [1000 * step.showed("ready") for step in bare]
        first_row = [1000 * step.showed(name) for step in program]
        theirs = [1000 * step.showed(name) for step in visidata[0]] if visidata else []
        if rows == SMALL:
            first_frame = [1000 * step.showed("Webhooks") for step in program]
            yield compared("first frame", "ms", first_frame, "bare Textual", bare_ready, ratio=1.1)
        yield compared(f"first row, {rows:,} saved", "ms", first_row, "VisiData", theirs, ratio=0.9)
        yield compared(f"first row, {rows:,} saved", "ms", first_row, "bare Textual", bare_ready, ratio=1.3)
    environ = stage.tenant(SMALL).environ
    for option in ("--help", "--version"):
        command, python = in_turn(
            lambda: _run(ours(option), environ), lambda: _run(stage.peers.bare_interpreter, environ), rounds=21
        )
        yield compared(option, "ms", command, "python + argparse", python, ratio=1.5)


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
