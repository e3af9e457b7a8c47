"""What the writer lets through once output is discarded."""

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

FRAME, RESTORE = "x" * 30_000, "\x1b[?2004l\x1b[<u"
"""More than a pseudo terminal buffers, and what restores the terminal."""
DEADLINE = 20.0
"""Seconds after which a thread is taken to wait for ever."""


@pytest.mark.parametrize(
    ("text", "passes"),
    [("a frame", False), ("\x1b[?1049h", False), ("\x1b[>25u", True), ("\x1b[?2004l\x1b[<u", True)],
)
def test_while_output_is_discarded_only_restoring_passes_and_what_it_undoes(text: str, *, passes: bool) -> None:
    file = io.StringIO()
    writer = TerminalWriter(file)
    writer.discard_output(15, None)
    writer.write(text)
    assert file.getvalue() == (text if passes else "")


def test_after_restoring_everything_passes() -> None:
    file = io.StringIO()
    writer = TerminalWriter(file)
    writer.discard_output(15, None)
    for text in ("\x1b[>25u", "a frame", "\x1b[?2004l", "the rest"):
        writer.write(text)
    assert file.getvalue() == "\x1b[>25u\x1b[?2004lthe rest"


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """Both ends of a pseudo terminal in raw mode."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    with os.fdopen(theirs, "w") as file:
        yield ours, file
    os.close(ours)


@contextmanager
def writing(writer: TerminalWriter, *texts: str) -> Iterator[threading.Thread]:
    """Have another thread write the texts, and end before the block does."""

    def write() -> None:
        for text in texts:
            writer.write(text)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    yield thread
    thread.join(DEADLINE)
    assert not thread.is_alive(), "it waits for ever for a terminal that does not read"


def wait_until_full(file: TextIO) -> None:
    deadline = time.monotonic() + DEADLINE
    while select.select([], [file], [], 0)[1]:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def read_on(ours: int, thread: threading.Thread, pause: float) -> bytes:
    """Read a little at a time, until the thread has ended and nothing is left."""
    read = b""
    while thread.is_alive() or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.01)[0]:
            read += os.read(ours, 1024)
        time.sleep(pause)
    return read


def test_a_terminal_that_does_not_read_is_only_restored(terminal: tuple[int, TextIO]) -> None:
    ours, file = terminal
    writer = TerminalWriter(file, stall=0.05, longest=60.0)
    with writing(writer, FRAME, "another frame", RESTORE) as thread:
        wait_until_full(file)
        writer.discard_output(15, None)
        thread.join(DEADLINE)
        assert not thread.is_alive()
        assert read_on(ours, thread, 0).lstrip(b"x") == RESTORE.encode()


def test_a_terminal_that_reads_slowly_gets_everything(terminal: tuple[int, TextIO]) -> None:
    ours, file = terminal
    writer = TerminalWriter(file, stall=5.0, longest=60.0)
    with writing(writer, FRAME, RESTORE) as thread:
        wait_until_full(file)
        writer.discard_output(15, None)
        # Far longer in all than a single write may stall.
        assert read_on(ours, thread, 0.02) == (FRAME + RESTORE).encode()


def test_a_terminal_that_reads_too_slowly_is_not_waited_for(terminal: tuple[int, TextIO]) -> None:
    ours, file = terminal
    writer = TerminalWriter(file, stall=60.0, longest=0.05)
    with writing(writer, 10 * FRAME, RESTORE) as thread:
        wait_until_full(file)
        writer.discard_output(15, None)
        read = read_on(ours, thread, 0.02)
    assert read.endswith(RESTORE.encode())
    assert len(read) < 10 * len(FRAME)


def test_restoring_is_not_waited_for_either(terminal: tuple[int, TextIO]) -> None:
    _, file = terminal
    writer = TerminalWriter(file, stall=0.05, longest=0.05)
    writer.discard_output(15, None)
    with writing(writer, RESTORE + FRAME):
        pass
