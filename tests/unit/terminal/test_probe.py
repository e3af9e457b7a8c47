"""The conversation with a terminal, over a pseudo terminal: what is asked, what is kept, how it is given back."""

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

from qconn_tui.terminal.answers import ATTRIBUTES, BACKGROUND, CELL_SIZE, KITTY_GRAPHICS, VERSION
from qconn_tui.terminal.probe import Probe, questions
from qconn_tui.terminal.tmux import Tmux, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE = 20.0
XTERM = {"TERM": "xterm-256color"}
INSIDE = {"TERM": "tmux-256color", "TMUX": "socket"}
SIGNALLED = """
import os, sys, termios
from qconn_tui.terminal.probe import Probe

class Dying:
    def __del__(self):
        if not termios.tcgetattr(0)[3] & termios.ECHO:
            print("silent", file=sys.stderr, flush=True)
        os.kill(os.getpid(), int(sys.argv[1]))

with Probe(os.environ, 0, 1):
    Dying()
"""
"""A program that is sent a signal while a callback of Python's runs: what is raised there reaches nobody."""
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
            assert select.select([self._ours], [], [], PATIENCE)[0], self.asked
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


def test_what_is_said_is_known_and_what_was_typed_meanwhile_is_kept(terminal: FakeTerminal) -> None:
    before = termios.tcgetattr(terminal.theirs)
    with probe(terminal) as asking:
        *_, local, _, _, characters = termios.tcgetattr(terminal.theirs)
        assert local & (termios.ECHO | termios.ICANON) == 0
        assert characters[termios.VSUSP] == characters[termios.VQUIT] == b"\0", "who stopped it would get all this"
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"a\x1b[A\x1bP>|foot(1.16.2)\x1b\\b\x1b[6;19;9t\x1b[?62;4")
        terminal.type(b";22c")
        asking.wait(PATIENCE)
        assert asking.is_over
        answers = asking.answers
        assert asking.hand_over() == b"a\x1b[Ab"
        assert asking.hand_over() == b""
    assert answers.attributes == ((62, 4, 22),)
    assert answers.version == "foot(1.16.2)"
    assert answers.cell_size == (9, 19)
    assert answers.waited == 0.0
    assert answers.round_trip is not None
    assert termios.tcgetattr(terminal.theirs) == before


def test_keys_after_the_last_answer_are_left_to_whoever_reads_then(terminal: FakeTerminal) -> None:
    with probe(terminal) as asking:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"\x1b[?6c")
        asking.wait(PATIENCE)
        terminal.type(b"q")
        assert asking.hand_over() == b""
        assert os.read(terminal.theirs, 9) == b"q"


def test_what_comes_late_is_taken_in_where_the_keys_are_read(terminal: FakeTerminal) -> None:
    with probe(terminal) as asking:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"k")
        assert asking.hand_over() in (b"k", b"")
        assert (asking.is_over, asking.is_guarding) == (False, True)
        assert asking.answers.waited > 0
        assert asking.feed(b"\x1b[") == b""
        assert asking.release() == b""
        assert asking.feed(b"?62;") == b""
        assert asking.release() == b""
        assert asking.feed(b"4cj\x1b[") == b"j"
        assert asking.release() == b"\x1b["
        assert (asking.is_over, asking.is_guarding) == (True, True)
        assert asking.answers.attributes == ((62, 4),)


def test_the_system_knows_the_size_of_a_cell_where_the_terminal_does_not_say(terminal: FakeTerminal) -> None:
    with probe(terminal) as asking:
        assert asking.answers.cell_size is None
        ioctl(terminal.theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 1080, 720))
        assert asking.answers.cell_size == (9, 18)


# --- tmux ------------------------------------------------------------------------------------------------------


def test_the_terminal_around_tmux_is_asked_through_it(terminal: FakeTerminal) -> None:
    outer = wrapped(KITTY_GRAPHICS + VERSION + ATTRIBUTES)
    terminal.answer(outer, b"\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[?62;c")
    with probe(terminal, INSIDE, OPEN) as asking:
        terminal.type(b"\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c")
        asking.wait(PATIENCE)
        assert asking.is_over
        answers = asking.answers
    assert answers.tmux == OPEN
    assert answers.attributes == ((1, 2), (62,))
    assert answers.version == "kitty(0.35.2)"
    assert answers.has_kitty_graphics
    assert KITTY_GRAPHICS not in terminal.asked.replace(outer, b""), "tmux would take it for its title"


@pytest.mark.parametrize("tmux", [CLOSED, None])
def test_a_tmux_that_keeps_it_back_or_is_not_there_is_asked_alone(terminal: FakeTerminal, tmux: Tmux | None) -> None:
    with probe(terminal, INSIDE, tmux) as asking:
        terminal.type(b"\x1b[?1;2c")
        asking.wait(PATIENCE)
        assert asking.is_over
        assert asking.answers.tmux == tmux
        terminal.wait_for(ATTRIBUTES)
    assert b"tmux;" not in terminal.asked


# --- what is not asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        (XTERM, (VERSION, KITTY_GRAPHICS, CELL_SIZE, BACKGROUND)),
        (INSIDE, (VERSION, CELL_SIZE, BACKGROUND)),
        ({"TERM": "screen-256color"}, (VERSION, CELL_SIZE, BACKGROUND)),
        ({**XTERM, "STY": "1.pts"}, (VERSION, CELL_SIZE, BACKGROUND)),
        ({**XTERM, "TERM_PROGRAM": "Apple_Terminal"}, (VERSION, CELL_SIZE, BACKGROUND)),
        ({"TERM": "vt220"}, ()),
        ({"TERM": "linux"}, ()),
    ],
)
def test_nobody_is_asked_what_would_be_shown_instead(environ: Mapping[str, str], asked: tuple[bytes, ...]) -> None:
    everything = questions(environ)
    assert everything.startswith(b"".join((*asked, ATTRIBUTES)))


@pytest.mark.parametrize("term", ["", "dumb"])
def test_some_terminals_are_not_asked_at_all(terminal: FakeTerminal, term: str) -> None:
    with probe(terminal, {"TERM": term}) as asking:
        asking.wait(PATIENCE)
        assert asking.answers.unasked
        assert asking.is_over and not asking.is_guarding
        assert asking.hand_over() == b""
    terminal.type(b"\n")
    assert select.select([terminal.theirs], [], [], PATIENCE)[0]
    assert termios.tcgetattr(terminal.theirs)[3] & termios.ICANON


def test_keys_and_screen_have_to_belong_together(terminal: FakeTerminal) -> None:
    other = FakeTerminal()
    reader, writer = os.pipe()
    for source, target in ((terminal.theirs, other.theirs), (reader, terminal.theirs), (terminal.theirs, writer)):
        with Probe(XTERM, source, target) as asking:
            assert asking.answers.unasked
    os.close(reader)
    os.close(writer)
    other.close()


# --- ending ----------------------------------------------------------------------------------------------------


def test_an_answer_that_is_under_way_at_the_end_does_not_reach_the_shell(terminal: FakeTerminal) -> None:
    with probe(terminal) as asking:
        asking.hand_over()
        terminal.type(b"\x1b[?6c")
    os.set_blocking(terminal.theirs, False)
    with pytest.raises(BlockingIOError):
        os.read(terminal.theirs, 9)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(terminal: FakeTerminal, number: signal.Signals) -> None:
    before = termios.tcgetattr(terminal.theirs)
    ended = subprocess.run(
        [sys.executable, "-c", SIGNALLED, str(int(number))],
        stdin=terminal.theirs, stdout=terminal.theirs, stderr=subprocess.PIPE, env=XTERM, timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode == 128 + number, "also where Python swallows exceptions"
    assert ended.stderr == b"silent\n"
    assert termios.tcgetattr(terminal.theirs) == before


def test_what_was_drawn_meanwhile_is_taken_back(terminal: FakeTerminal) -> None:
    with probe(terminal) as asking:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"\x1b[?6c")
        asking.farewell = b"\x1b[?1049l"
    terminal.wait_for(b"\x1b[?1049l")


def test_a_terminal_that_does_not_read_holds_up_no_farewell(terminal: FakeTerminal) -> None:
    with probe(terminal) as asking:
        terminal.wait_for(ATTRIBUTES)
        terminal.type(b"\x1b[?6c")
        asking.wait(PATIENCE)
        os.set_blocking(terminal.theirs, False)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(terminal.theirs, b"x" * 4096)
        os.set_blocking(terminal.theirs, True)
        asking.farewell = b"\x1b[?1049l"
    terminal.wait_for(b"\x1b[?1049l")


def test_signals_are_handled_as_before_when_it_is_over(terminal: FakeTerminal) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with probe(terminal):
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_terminal_that_goes_away_is_no_error() -> None:
    terminal = FakeTerminal()
    gone = os.dup(terminal.theirs)
    with Probe(XTERM, gone, gone) as asking:
        terminal.close()
        asking.wait(PATIENCE)
        assert asking.answers.attributes == ()
    os.close(gone)
