"""However the program ends, the shell gets its terminal back as it was, and the right status."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

ALTERNATE_SCREEN, MOUSE, FOCUS, PASTE, CURSOR = 1049, 1003, 1004, 2004, 25


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
