"""The installed program as a process of its own: run to its end, or serving the embedded tenant meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROGRAM = str(Path(sys.executable).parent / "qconn-tui")
"""The program as it was installed beside the Python that runs the tests."""
PATIENCE = 20.0
"""Seconds after which whatever is waited for is taken to have failed."""


def environment(home: Path) -> dict[str, str]:
    """A whole environment in which nobody has set up anything."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}


def run(*arguments: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Run the program without a terminal until it ends."""
    return subprocess.run(
        [PROGRAM, *arguments], env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
    )


@contextmanager
def demo_server(environ: Mapping[str, str], *options: str) -> Iterator[dict[str, str]]:
    """Run `qconn-tui demo-server` with these options; the variables that lead to it."""
    command = [PROGRAM, "demo-server", *options]
    with subprocess.Popen(
        command, env=dict(environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        exports = [process.stdout.readline().removeprefix("export ").strip() for _ in range(2)]
        try:
            yield {name: value for name, _, value in (line.partition("=") for line in exports)}
        finally:
            process.terminate()
            status = process.wait(PATIENCE)
    assert status == 0
