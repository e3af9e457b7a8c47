"""Starting: the first frame, the first row, what is written for it, and `--help` without any screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import LARGE, SMALL, in_turn, ours
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.benchmarks.measure import Step
    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage, Tenant
    from tests.benchmarks.table import Result

_IMPORTED = {
    "the first frame": "import qconn_tui.cli, qconn_tui.settings.resolve, qconn_tui.runtime.logs,"
    " qconn_tui.commands.start_screen,"
    " qconn_tui.loader.loader, qconn_tui.store.location, qconn_tui.store.database, qconn_tui.store.snapshots,"
    " qconn_tui.ui.app",
    "--help": "import qconn_tui.cli, qconn_tui.commands.parser",
}
"""What each waits for, in the order in which it is asked for; what is imported while a saved list is read, too."""
_NAMED = ("qconn_tui", "textual", "rich", "asyncio", "sqlite3", "argparse")
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
    _leave_a_frame(tenant.environ, name)
    start = partial(_start, ours(), tenant.environ, name)
    samplers = [
        start,
        partial(_without_frame, tenant.environ, start),
        partial(_start, stage.peers.bare_textual, tenant.environ, "ready"),
    ]
    if stage.peers.visidata:
        samplers.append(partial(_start, (*stage.peers.visidata, tenant.csv), tenant.environ, name))
    program, anew, bare, *visidata = in_turn(*samplers)
    ready = _until("ready", bare)
    if rows == SMALL:
        yield compared("first frame", "ms", _until(_HEADING, program), "bare Textual", ready, ratio=1.1)
        yield compared("first frame, none is kept", "ms", _until(_HEADING, anew), "bare Textual", ready, ratio=1.1)
    for kept, starts in (("", program), (", no frame is kept", anew)):
        what, first_row = f"first row, {rows:,} saved{kept}", _until(name, starts)
        yield compared(what, "ms", first_row, "VisiData", _until(name, *visidata), ratio=0.9)
        yield compared(what, "ms", first_row, "bare Textual", ready, ratio=1.3)
    (typed,) = in_turn(partial(_typed_at_once, tenant))
    yield compared(f"filter typed with the start, {rows:,} saved", "ms", typed)


def _leave_a_frame(environ: Mapping[str, str], name: str) -> None:
    """Start and leave, as somebody has who comes back."""
    with Program(ours(), environ) as program:
        program.step(name)
        program.press("q")
        program.wait_for_end()


def _without_frame(environ: Mapping[str, str], start: Callable[[], Step]) -> Step:
    """The same start without a frame of an earlier one, which is put back afterwards."""
    (frame,) = Path(environ["HOME"], ".cache", "qconn-tui").glob("*.frame")
    aside = frame.rename(frame.with_suffix(".aside"))
    try:
        return start()
    finally:
        aside.rename(frame)


def _typed_at_once(tenant: Tenant) -> float:
    """Milliseconds from the start until the filter, typed before anything is there, has been applied."""
    text = tenant.names[-1].lower()
    found = tenant.shown(tenant.matching(text))
    with Program(ours(), tenant.environ) as program:
        program.type(f"/{text}")
        return 1000 * program.step(found).showed(found)


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
    """Which imports the first frame and `--help` wait for, and how long: the measuring itself makes them slower."""
    return "\n\n".join(f"What {what} imports:\n{_imports(program)}" for what, program in _IMPORTED.items())


def _imports(program: str) -> str:
    """Milliseconds of each package by itself, and of the largest imports with all that they import."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-X", "importtime", "-c", program]
    written = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stderr
    packages: Counter[str] = Counter()
    whole: list[tuple[float, str]] = []
    for line in written.splitlines()[1:]:
        alone, cumulative, name = line.removeprefix("import time:").split("|")
        package = name.strip().partition(".")[0]
        packages[package if package in _NAMED else "the standard library and others"] += int(alone)
        whole.append((int(cumulative) / 1000, name.strip()))
    lines = [f"{time / 1000:8.1f} ms  {package}, by itself" for package, time in packages.most_common()]
    largest = sorted((entry for entry in whole if entry[1].partition(".")[0] in _NAMED), reverse=True)
    lines += [f"{milliseconds:8.1f} ms  {name}" for milliseconds, name in largest[:_SHOWN_IMPORTS]]
    return "\n".join([f"{packages.total() / 1000:8.1f} ms  {len(whole)} modules", *lines])
