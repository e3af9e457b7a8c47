"""However the program ends, the shell gets its terminal back as it was, and the right status."""

from __future__ import annotations

import re
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import PATIENCE
from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

ALTERNATE_SCREEN, MOUSE, FOCUS, PASTE, CURSOR = 1049, 1003, 1004, 2004, 25

PAUSES = 8


@pytest.fixture
def browsing(connected: Mapping[str, str]) -> Iterator[Terminal]:
    """The program with the first page on its screen."""
    with Terminal(environ=connected) as terminal:
        terminal.wait_for("100 of 100")
        yield terminal


def test_while_it_runs_the_terminal_is_the_programs(browsing: Terminal) -> None:
    assert browsing.modes >= {ALTERNATE_SCREEN, MOUSE, FOCUS, PASTE}
    assert CURSOR not in browsing.modes
    assert not browsing.is_restored


def test_q_leaves_with_0(browsing: Terminal) -> None:
    browsing.press("q")
    assert browsing.exit_status() == 0
    assert browsing.is_restored


def test_ctrl_c_leaves_with_130(browsing: Terminal) -> None:
    browsing.press("ctrl+c")
    assert browsing.exit_status() == 130
    assert browsing.is_restored


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(browsing: Terminal, number: signal.Signals) -> None:
    browsing.send_signal(number)
    assert browsing.exit_status() == 128 + number
    assert browsing.is_restored


def test_leaving_prints_nothing(browsing: Terminal) -> None:
    browsing.press("q")
    browsing.exit_status()
    after = browsing.raw.rpartition(b"\x1b[?1049l")[2]
    assert re.fullmatch(rb"(\x1b\[\?\d+[hl])*", after), "only modes are taken back in what was there before"


def test_without_the_mouse_its_reports_stay_off(connected: Mapping[str, str]) -> None:
    with Terminal("--no-mouse", environ=connected) as terminal:
        terminal.wait_for("100 of 100")
        assert ALTERNATE_SCREEN in terminal.modes
        assert MOUSE not in terminal.modes


# --- pauses ------------------------------------------------------------------------------------------------------


def threads(terminal: Terminal) -> int:
    """How many threads the program has."""
    return len(list(Path(f"/proc/{terminal.process.pid}/task").iterdir()))


def test_told_to_go_on_while_it_starts_it_starts_as_always(connected: Mapping[str, str]) -> None:
    with Terminal(environ=connected) as terminal:
        has_begun = threading.Event()

        def nag() -> None:
            while not has_begun.wait(0.001):
                terminal.send_signal(signal.SIGCONT)

        nagging = threading.Thread(target=nag)
        nagging.start()
        terminal.wait_for(lambda: b"\x1b[?1049h" in terminal.raw)
        has_begun.set()
        nagging.join()
        terminal.wait_for("100 of 100")
        terminal.press("q")
        assert terminal.exit_status() == 0
        assert terminal.is_restored


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP])
def test_after_a_pause_the_whole_screen_stands_again(browsing: Terminal, number: signal.Signals) -> None:
    before = threads(browsing)
    for _ in range(PAUSES):
        browsing.send_signal(number)
        browsing.wait_until_stopped()
        browsing.scrawl("\x1b[2J")
        browsing.send_signal(signal.SIGCONT)
        browsing.wait_for(lambda: browsing.line_with("Name", "Billable") >= 0)
        browsing.wait_for("100 of 100")
        assert browsing.marked_line() >= 0
        assert browsing.modes >= {ALTERNATE_SCREEN, MOUSE, FOCUS, PASTE}
    assert threads(browsing) < before + PAUSES, "a few still begin to work, but none is left over from each pause"
    browsing.press("q")
    assert browsing.exit_status() == 0
    assert browsing.is_restored


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP])
def test_a_window_that_closes_on_a_pause_ends_it(browsing: Terminal, number: signal.Signals) -> None:
    browsing.send_signal(number)
    browsing.wait_until_stopped()
    browsing.hang_up()
    assert browsing.process.wait(PATIENCE) == 129
