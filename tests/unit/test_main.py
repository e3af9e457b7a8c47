"""The entry point, and interrupts while it imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTING = """
import signal
import sys
from contextlib import suppress
from importlib.abc import MetaPathFinder

module, swallowed, *sys.argv[1:] = sys.argv[1:]

class Interruption(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == module:
            with suppress(KeyboardInterrupt if swallowed else ()):
                signal.raise_signal(signal.SIGINT)

from qconn_tui.__main__ import main
sys.modules.pop(module, None)
sys.meta_path.insert(0, Interruption())
sys.exit(main())
"""


def interrupt(module: str, *words: str, swallowed: bool = False, ignored: bool = False) -> tuple[int, str]:
    """Interrupt the program while it imports the module.

    Args:
        module: The module.
        words: The command line.
        swallowed: Whether the import ignores a KeyboardInterrupt.
        ignored: Whether the program is started with interrupts ignored.

    Returns:
        The exit status and standard error.
    """
    command = [sys.executable, "-c", IMPORTING, module, "yes" if swallowed else "", *words]
    if ignored:
        command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize("module", ["argparse", "qconn_tui.cli", "qconn_tui.commands.ls", "httpx", "asyncio"])
def test_an_interrupt_during_an_import_ends_with_130_and_prints_nothing(module: str) -> None:
    assert interrupt(module, "ls", "--demo") == (130, "")


@pytest.mark.parametrize(
    "module",
    ["qconn_tui.cli", "qconn_tui.settings.resolve", "qconn_tui.commands.start_screen", "qconn_tui.terminal.probe"],
)
def test_no_interrupt_is_lost_in_a_callback_of_the_import_system(module: str) -> None:
    assert interrupt(module, swallowed=True) == (130, "")


def test_ignored_interrupts_stay_ignored() -> None:
    status, error = interrupt("qconn_tui.cli", "ls", "--demo", "--limit", "1", ignored=True)
    assert (status, error) == (0, "")
