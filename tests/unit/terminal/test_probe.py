"""The probe on a pseudo terminal: what it asks, which keys it keeps, how it restores the terminal."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from fcntl import ioctl
from typing import TYPE_CHECKING

import pytest

from qconn_tui.terminal.passthrough import wrap_for_tmux
from qconn_tui.terminal.probe import Probe
from qconn_tui.terminal.questions import ATTRIBUTES, KITTY_GRAPHICS, VERSION
from qconn_tui.terminal.tmux import Tmux

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT = 20.0
XTERM = {"TERM": "xterm-256color"}
INSIDE = {"TERM": "tmux-256color", "TMUX": "socket"}
SIGNALLED = """
import os, sys, termios
from qconn_tui.terminal.probe import Probe

class SendsSignal:
    def __del__(self):
        if not termios.tcgetattr(0)[3] & termios.ECHO:
            print("silent", file=sys.stderr, flush=True)
        os.kill(os.getpid(), int(sys.argv[1]))

with Probe(os.environ, 0, 1):
    SendsSignal()
"""
"""A program that gets a signal inside `__del__`, where Python swallows exceptions."""
OPEN, CLOSED = Tmux("3.3a", "external", "on"), Tmux("3.3a", "external", "off")


class FakeTerminal:
    """The other end of a pseudo terminal."""

    def __init__(self) -> None:
        self._ours, self.theirs = os.openpty()
        self.asked = b""

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)

    def type(self, data: bytes) -> None:
        os.write(self._ours, data)

    def wait_for(self, question: bytes) -> None:
        while question not in self.asked:
            assert select.select([self._ours], [], [], TIMEOUT)[0], self.asked
            self.asked += os.read(self._ours, 4096)

    def answer(self, question: bytes, answer: bytes) -> None:
        """Answer from a thread, as soon as it is asked."""

        def wait_and_answer() -> None:
            self.wait_for(question)
            self.type(answer)

        threading.Thread(target=wait_and_answer, daemon=True).start()


@pytest.fixture
def terminal() -> Iterator[FakeTerminal]:
    terminal = FakeTerminal()
    yield terminal
    terminal.close()


def probe(terminal: FakeTerminal, environ: Mapping[str, str] = XTERM, tmux: Tmux | None = None) -> Probe:
    return Probe(environ, terminal.theirs, terminal.theirs, lambda *_: tmux)


def test_answers_are_read_and_keys_typed_meanwhile_are_kept(terminal: FakeTerminal) -> None:
    before = termios.tcgetattr(terminal.theirs)
    with probe(terminal) as started:
        *_, local, _, _, characters = termios.tcgetattr(terminal.theirs)
        assert local & (termios.ECHO | termios.ICANON) == 0
        # ctrl+z and ctrl+\ would leave the shell with these settings.
        assert characters[termios.VSUSP] == characters[termios.VQUIT] == b"\0"
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"a\x1b[A\x1bP>|foot(1.16.2)\x1b\\b\x1b[6;19;9t\x1b[?62;4")
        terminal.type(b";22c")
        started.wait(TIMEOUT)
        assert started.is_over
        answers = started.answers
        assert started.stop_reading() == b"a\x1b[Ab"
        assert started.stop_reading() == b""
    assert answers.attributes == ((62, 4, 22),)
    assert answers.version == "foot(1.16.2)"
    assert answers.cell_size == (9, 19)
    assert answers.waited == 0.0
    assert answers.round_trip is not None
    assert termios.tcgetattr(terminal.theirs) == before


def test_keys_after_the_last_answer_stay_unread(terminal: FakeTerminal) -> None:
    with probe(terminal) as started:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"\x1b[?6c")
        started.wait(TIMEOUT)
        terminal.type(b"q")
        assert started.stop_reading() == b""
        assert os.read(terminal.theirs, 9) == b"q"


def test_late_answers_are_taken_out_by_feed(terminal: FakeTerminal) -> None:
    with probe(terminal) as started:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"k")
        assert started.stop_reading() in (b"k", b"")
        assert (started.is_over, started.is_filtering) == (False, True)
        assert started.answers.waited > 0
        assert started.feed(b"\x1b[") == b""
        assert started.flush() == b""
        assert started.feed(b"?62;") == b""
        assert started.flush() == b""
        assert started.feed(b"4cj\x1b[") == b"j"
        assert started.flush() == b"\x1b["
        assert (started.is_over, started.is_filtering) == (True, True)
        assert started.answers.attributes == ((62, 4),)


def test_the_system_gives_the_cell_size_when_the_terminal_does_not(terminal: FakeTerminal) -> None:
    with probe(terminal) as started:
        assert started.answers.cell_size is None
        ioctl(terminal.theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 1080, 720))
        assert started.answers.cell_size == (9, 18)


# --- tmux ------------------------------------------------------------------------------------------------------


def test_the_terminal_around_tmux_is_asked_through_it(terminal: FakeTerminal) -> None:
    batch = KITTY_GRAPHICS + VERSION + ATTRIBUTES
    outer = wrap_for_tmux(batch.decode()).encode()
    terminal.answer(outer, b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;c")
    with probe(terminal, INSIDE, OPEN) as started:
        terminal.type(b"\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c")
        started.wait(TIMEOUT)
        assert started.is_over
        answers = started.answers
    assert answers.tmux == OPEN
    assert answers.attributes == ((1, 2), (62,))
    assert answers.version == "kitty(0.35.2)"
    assert answers.has_kitty_graphics
    assert KITTY_GRAPHICS not in terminal.asked.replace(outer, b""), "tmux would take it for its title"


@pytest.mark.parametrize("tmux", [CLOSED, None])
def test_without_passthrough_only_tmux_is_asked(terminal: FakeTerminal, tmux: Tmux | None) -> None:
    with probe(terminal, INSIDE, tmux) as started:
        terminal.type(b"\x1b[?1;2c")
        started.wait(TIMEOUT)
        assert started.is_over
        assert started.answers.tmux == tmux
        terminal.wait_for(ATTRIBUTES)
    assert b"tmux;" not in terminal.asked


# --- when nothing is asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["", "dumb"])
def test_a_dumb_terminal_is_not_asked(terminal: FakeTerminal, term: str) -> None:
    with probe(terminal, {"TERM": term}) as started:
        started.wait(TIMEOUT)
        assert started.answers.unasked
        assert started.is_over and not started.is_filtering
        assert started.stop_reading() == b""
    terminal.type(b"\n")
    assert select.select([terminal.theirs], [], [], TIMEOUT)[0]
    assert termios.tcgetattr(terminal.theirs)[3] & termios.ICANON


def test_keys_and_screen_must_be_the_same_terminal(terminal: FakeTerminal) -> None:
    other = FakeTerminal()
    reader, writer = os.pipe()
    for source, target in ((terminal.theirs, other.theirs), (reader, terminal.theirs), (terminal.theirs, writer)):
        with Probe(XTERM, source, target) as started:
            assert started.answers.unasked
    os.close(reader)
    os.close(writer)
    other.close()


# --- ending ----------------------------------------------------------------------------------------------------


def test_an_answer_still_on_its_way_at_exit_does_not_reach_the_shell(terminal: FakeTerminal) -> None:
    with probe(terminal) as started:
        started.stop_reading()
        terminal.type(b"\x1b[?6c")
    os.set_blocking(terminal.theirs, False)
    with pytest.raises(BlockingIOError):
        os.read(terminal.theirs, 9)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal(terminal: FakeTerminal, number: signal.Signals) -> None:
    before = termios.tcgetattr(terminal.theirs)
    ended = subprocess.run(
        [sys.executable, "-c", SIGNALLED, str(int(number))],
        stdin=terminal.theirs, stdout=terminal.theirs, stderr=subprocess.PIPE, env=XTERM, timeout=TIMEOUT,
    )  # fmt: skip
    assert ended.returncode == 128 + number, "also where Python swallows exceptions"
    assert ended.stderr == b"silent\n"
    assert termios.tcgetattr(terminal.theirs) == before


def test_the_farewell_is_written_at_the_end(terminal: FakeTerminal) -> None:
    with probe(terminal) as started:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"\x1b[?6c")
        started.farewell = b"\x1b[?1049l"
    terminal.wait_for(b"\x1b[?1049l")


def test_a_terminal_that_does_not_read_does_not_block_the_farewell(terminal: FakeTerminal) -> None:
    with probe(terminal) as started:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"\x1b[?6c")
        started.wait(TIMEOUT)
        os.set_blocking(terminal.theirs, False)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(terminal.theirs, b"x" * 4096)
        os.set_blocking(terminal.theirs, True)
        started.farewell = b"\x1b[?1049l"
    terminal.wait_for(b"\x1b[?1049l")


def test_signal_handlers_are_restored(terminal: FakeTerminal) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with probe(terminal):
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_terminal_that_goes_away_is_no_error() -> None:
    terminal = FakeTerminal()
    gone = os.dup(terminal.theirs)
    with Probe(XTERM, gone, gone) as started:
        terminal.close()
        started.wait(TIMEOUT)
        assert started.answers.attributes == ()
    os.close(gone)
