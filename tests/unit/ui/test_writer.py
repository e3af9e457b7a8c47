"""What an writer lets through when the program was told to end."""

from __future__ import annotations

import io
import os
import select
import threading
import time
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import pytest

from qconn_tui.ui.output.writer import TerminalWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAME, FAREWELL = "x" * 30_000, "\x1b[?2004l\x1b[<u"
"""More than a pseudo terminal holds for who does not read, and how the terminal is given back."""
PATIENCE = 20.0


@pytest.mark.parametrize(
    ("text", "passes"),
    [("a frame", False), ("\x1b[?1049h", False), ("\x1b[>25u", True), ("\x1b[?2004l\x1b[<u", True)],
)
def test_in_a_hurry_only_the_farewell_passes_and_what_it_takes_back(text: str, *, passes: bool) -> None:
    file = io.StringIO()
    writer = TerminalWriter(file)
    writer.hurry(15, None)
    writer.write(text)
    assert file.getvalue() == (text if passes else "")


def test_after_the_farewell_everything_passes() -> None:
    file = io.StringIO()
    writer = TerminalWriter(file)
    writer.hurry(15, None)
    for text in ("\x1b[>25u", "a frame", "\x1b[?2004l", "the rest"):
        writer.write(text)
    assert file.getvalue() == "\x1b[>25u\x1b[?2004lthe rest"


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """Both ends of a pseudo terminal that hands on what it gets as it is."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with os.fdopen(theirs, "w") as file:
        yield ours, file
    os.close(ours)


@contextmanager
def writing(writer: TerminalWriter, *texts: str) -> Iterator[threading.Thread]:
    """While another thread writes the texts."""

    def write() -> None:
        for text in texts:
            writer.write(text)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    yield thread
    thread.join(PATIENCE)
    assert not thread.is_alive(), "nobody reads, and it waits for ever"


def wait_until_full(file: TextIO) -> None:
    deadline = time.monotonic() + PATIENCE
    while select.select([], [file], [], 0)[1]:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def read_on(ours: int, thread: threading.Thread, pause: float) -> bytes:
    """What comes, a little at a time, until the thread has ended and nothing is left."""
    read = b""
    while thread.is_alive() or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.01)[0]:
            read += os.read(ours, 1024)
        time.sleep(pause)
    return read


def test_a_terminal_that_does_not_read_gets_the_farewell_alone(terminal: tuple[int, TextIO]) -> None:
    ours, file = terminal
    writer = TerminalWriter(file, stall=0.05, longest=60.0)
    with writing(writer, FRAME, "another frame", FAREWELL) as thread:
        wait_until_full(file)
        writer.hurry(15, None)
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert read_on(ours, thread, 0).lstrip(b"x") == FAREWELL.encode()


def test_a_terminal_that_reads_slowly_gets_everything(terminal: tuple[int, TextIO]) -> None:
    ours, file = terminal
    writer = TerminalWriter(file, stall=5.0, longest=60.0)
    with writing(writer, FRAME, FAREWELL) as thread:
        wait_until_full(file)
        writer.hurry(15, None)
        # Longer than it would take to lose patience with a single write.
        assert read_on(ours, thread, 0.02) == (FRAME + FAREWELL).encode()


def test_a_terminal_that_reads_too_slowly_is_not_waited_for(terminal: tuple[int, TextIO]) -> None:
    ours, file = terminal
    writer = TerminalWriter(file, stall=60.0, longest=0.05)
    with writing(writer, 10 * FRAME, FAREWELL) as thread:
        wait_until_full(file)
        writer.hurry(15, None)
        read = read_on(ours, thread, 0.02)
    assert read.endswith(FAREWELL.encode())
    assert len(read) < 10 * len(FRAME)


def test_the_farewell_itself_is_not_waited_for_either(terminal: tuple[int, TextIO]) -> None:
    _, file = terminal
    writer = TerminalWriter(file, stall=0.05, longest=0.05)
    writer.hurry(15, None)
    with writing(writer, FAREWELL + FRAME):
        pass
