"""A terminal to run the installed program in: a pseudo terminal on one side, a picture of its screen on the other."""

from __future__ import annotations

import os
import re
import select
import termios
import time
from typing import TYPE_CHECKING, Self

import pyte

from tests.e2e.launching import launch
from tests.e2e.program import PATIENCE, PROGRAM
from tests.e2e.replies import Replies

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

_KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "home": "\x1b[H",
    "pagedown": "\x1b[6~",
    "backspace": "\x7f",
    "ctrl+c": "\x03",
    "ctrl+l": "\x0c",
}
_CLOSED = -1
_TICK = 0.001
_PICTURES = re.compile(rb"\x1b[_P].*?(?:\x1b\\|$)", re.DOTALL)
"""Strings for a terminal that draws pixels, the last perhaps not yet whole; pyte would print them."""
_PRIVATE_MODES = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KEYBOARD_ASKED = re.compile(rb"\x1b\[>\d+u")
_MARK = re.compile("(?:^|▕)▌")
"""The cursor's, at the left edge of the table; a logo may be drawn with the same character."""
_INITIAL_MODES = frozenset({7, 25})
"""What a terminal starts with: long lines are wrapped, and the cursor is shown."""


class Terminal:
    """The program with `arguments` in a terminal of `columns` by `lines`; ends with the `with` block at the latest.

    `environ` is the whole environment, `program` what is run in the installed program's place, `replies` what the
    program gets to hear when it asks what the terminal can do. What the program writes is read, and answered, while
    something is waited for.
    """

    def __init__(
        self,
        *arguments: str,
        environ: Mapping[str, str],
        columns: int = 120,
        lines: int = 40,
        program: Sequence[str] = (PROGRAM,),
        replies: Replies | None = None,
    ) -> None:
        self._replies = Replies() if replies is None else replies
        self.raw = b""
        """Every byte that the program has written."""
        self.screen = pyte.Screen(columns, lines)
        """What somebody would see."""
        self._stream = pyte.ByteStream(self.screen)
        self._unshown = b""
        self._ours, self._theirs = os.openpty()
        self.initial_attributes = self.attributes
        """How the terminal treated keys and lines before the program ran."""
        self.process = launch([*program, *arguments], self._theirs, (columns, lines), environ)
        while not self._has_owner() and self.process.poll() is None:
            time.sleep(_TICK)

    def _has_owner(self) -> bool:
        """Whether there is anybody to interrupt: ctrl+c in a terminal of nobody's is lost."""
        return os.tcgetpgrp(self._ours) != 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        for descriptor in {self._ours, self._theirs} - {_CLOSED}:
            os.close(descriptor)
        self._ours = self._theirs = _CLOSED

    # --- what the person sees --------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The screen's lines, without the spaces at their ends."""
        rows = (self.screen.buffer[line] for line in range(self.screen.lines))
        return ["".join(row[column].data for column in range(self.screen.columns)).rstrip() for row in rows]

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines())

    def line_with(self, *words: str) -> int:
        """The first line that has all the words, counted from 0; -1 when there is none."""
        return next((number for number, line in enumerate(self.lines()) if all(word in line for word in words)), -1)

    def marked_line(self) -> int:
        """The line with the cursor's mark in the table, counted from 0; -1 while there is no cursor."""
        return next((number for number, line in enumerate(self.lines()) if _MARK.search(line)), -1)

    def marked_row(self) -> str:
        """What stands right of the cursor's mark in the table; empty while there is no cursor."""
        line = self.marked_line()
        return _MARK.split(self.lines()[line])[1].strip() if line >= 0 else ""

    @property
    def attributes(self) -> list[object]:
        """How the terminal treats keys and lines, as termios puts it."""
        return list(termios.tcgetattr(self._theirs))

    @property
    def modes(self) -> frozenset[int]:
        """The numbers of the private modes that are on, e.g. 1049 for the alternate screen."""
        modes = set(_INITIAL_MODES)
        for match in _PRIVATE_MODES.finditer(self.raw):
            numbers = {int(number) for number in match[1].split(b";")}
            modes = modes | numbers if match[2] == b"h" else modes - numbers
        return frozenset(modes)

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is as it was: keys, modes, and as many keyboard protocols taken back as asked for."""
        asked, taken_back = len(_KEYBOARD_ASKED.findall(self.raw)), self.raw.count(b"\x1b[<u")
        return self.attributes == self.initial_attributes and self.modes == _INITIAL_MODES and asked == taken_back

    def _is_stopped(self) -> bool:
        """Whether the program does nothing until it is told to go on."""
        return os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    # --- what the person does --------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys by name, or type text."""
        for key in keys:
            os.write(self._ours, _KEYS.get(key, key).encode())

    def press_bytes(self, keys: bytes) -> None:
        """Type what need not be text."""
        os.write(self._ours, keys)

    def click(self, column: int, line: int) -> None:
        """Click with the left button on a cell; both counted from 0."""
        place = f"0;{column + 1};{line + 1}"
        os.write(self._ours, f"\x1b[<{place}M\x1b[<{place}m".encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        self._read()
        self.screen.resize(lines, columns)
        termios.tcsetwinsize(self._theirs, (lines, columns))

    def hang_up(self) -> None:
        """Close the window; nothing can be seen or pressed afterwards."""
        self._close()

    def send_signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def scrawl(self, text: str) -> None:
        """Let another program write over the screen, from its top left."""
        self._stream.feed(f"\x1b7\x1b[H{text}\x1b8".encode())

    # --- waiting ---------------------------------------------------------------------------------------------

    def wait_for(self, what: str | Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Wait until the screen has that text, or until the condition holds."""

        def has_come() -> bool:
            return what in self.text() if isinstance(what, str) else what()

        deadline = time.monotonic() + timeout
        while not has_come():
            ended = self.process.poll() is not None
            if not self._read() and (ended or time.monotonic() > deadline) and not has_come():
                status = self.process.returncode if ended else "running"
                raise AssertionError(f"waited in vain for {what!r} (status: {status}):\n{self.text()}")

    def exit_status(self, timeout: float = PATIENCE) -> int:
        """Wait for the end of the program; its exit status, negative when a signal ended it."""
        self.wait_for(lambda: self.process.poll() is not None, timeout)
        self._read_all()
        return self.process.wait()

    def wait_until_stopped(self) -> None:
        """Wait until the program does nothing any more, and for what it wrote before."""
        self.wait_for(self._is_stopped)
        self._read_all()

    def _read_all(self) -> None:
        while self._read():
            pass

    def _show(self, data: bytes) -> None:
        data, self._unshown = self._unshown + data, b""
        for string in _PICTURES.findall(data):
            if not string.endswith(b"\x1b\\"):
                data, self._unshown = data.removesuffix(string), string
        self._stream.feed(_PICTURES.sub(b"", data))

    def _read(self) -> bool:
        """Take in what the program has written; whether there was anything within a moment."""
        now = time.monotonic()
        if answer := self._replies.due(now):
            os.write(self._ours, answer)
        has_written, _, _ = select.select([self._ours], [], [], min(0.05, self._replies.pause(now)))
        if not has_written:
            return False
        data = os.read(self._ours, 65536)
        self._replies.hear(data, time.monotonic())
        if answer := self._replies.due(time.monotonic()):
            os.write(self._ours, answer)
        self.raw += data
        self._show(data)
        return True
