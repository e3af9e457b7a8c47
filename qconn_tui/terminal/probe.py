"""Asking the terminal what it can do, once, before the screen is drawn.

The questions go out in one batch before the program loads what takes long; a thread reads the answers meanwhile, and
sees how long they take. What does not come in time is left to whoever reads the keys then: it goes through the same
`feed`, so that a late answer is never taken for keys. Keys that were typed meanwhile are kept.
"""

from __future__ import annotations

import importlib
import os
import re
import select
import signal
import struct
import termios
import threading
import time
from contextlib import suppress
from fcntl import ioctl
from typing import TYPE_CHECKING, Any, Final, Self

from qconn_tui.terminal import answers as asking
from qconn_tui.terminal.answers import AnswerReader, Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType, TracebackType

    from qconn_tui.terminal.tmux import Tmux

# Two threads import from here on. One that asks for a part of `importlib` while another is still importing the whole
# makes a second copy of Python's import system, in which `sys` is not defined.
_WHOLE: Final = importlib

ANSWER_SECONDS = 3.0
"""Seconds after which a terminal is taken to be silent."""
GUARDED = 5.0
"""Seconds, counted from asking, for which the beginning of an answer is held until the rest of it comes."""

_PAUSE = 0.05
"""Seconds for which a terminal that reads may have no room for another byte."""
_LAST_CHANCE = 0.2
"""Seconds for what is still on its way when the program ends, or else the shell would get it."""
_TMUX_SECONDS = 0.5
_CHUNK = 4096
_NO_KEY = b"\0"
_OLD_TERMS = re.compile(r"vt\d|linux|ansi|cons|sun|pcansi")
"""What the TERM of a terminal begins with that may show questions which it does not understand."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a program which does not ignore them."""
_OTHERS_ANSWER = ("TMUX", "STY", "ZELLIJ")
_WIPE: Final = b"\r\x1b[K"
"""A terminal that has shown a question after all has it at the beginning of this line."""

Attributes = list[Any]
"""How a terminal treats keys and lines, as termios has it."""


class Probe:
    """The one conversation with the terminal: it begins with the `with` block and is over at its end at the latest.

    Keys are read from the descriptor `source` and questions written to `target`; `tmux` does what `tmux.ask_tmux` does.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        source: int,
        target: int,
        tmux: Callable[[Mapping[str, str], float], Tmux | None] | None = None,
    ) -> None:
        self.initial_attributes: Attributes | None = None
        """How the terminal treated keys before; None when it was not asked."""
        self.farewell = b""
        """What to write when the terminal is given back, for who draws on it before the screen's own driver does."""
        self._environ = environ
        self._source = source
        self._target = target
        self._ask_tmux = tmux
        self._tmux: Tmux | None = None
        self._unasked = "it is not asked yet"
        self._reader = AnswerReader()
        self._typed = b""
        self._rounds = 1
        self._began = self._asked = 0.0
        self._last_beginning = 0.0
        self._first_answer: float | None = None
        self._thread: threading.Thread | None = None
        self._woken = self._wake = -1
        self._handlers: dict[signal.Signals, Any] = {}
        """What handled a signal before."""

    def __enter__(self) -> Self:
        self._began = self._asked = time.monotonic()
        self._unasked = _reason_not_to_ask(self._environ, self._source, self._target)
        if not self._unasked:
            try:
                self._ask()
            except (OSError, termios.error):
                self._unasked = "it cannot be written to"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.hand_over()
        if not self.is_over and time.monotonic() - self._began < ANSWER_SECONDS:
            with suppress(OSError):
                self._listen(time.monotonic() + _LAST_CHANCE)
        self._restore()
        for number, handler in self._handlers.items():
            # Whoever took one over has given it back as it usually is.
            if signal.getsignal(number) == self._leave:
                signal.signal(number, handler)

    # --- what came of it -------------------------------------------------------------------------------------

    @property
    def answers(self) -> Answers:
        """What the terminal has said so far."""
        if self._unasked:
            return Answers(unasked=self._unasked)
        return Answers(
            attributes=tuple(self._reader.attributes[: self._rounds]),
            version=self._reader.version,
            has_kitty_graphics=self._reader.has_kitty_graphics,
            cell_size=self._reader.cell_size or _cell_size(self._target),
            background=self._reader.background,
            tmux=self._tmux,
            round_trip=None if self._first_answer is None else self._first_answer - self._asked,
            waited=0.0 if self._reader.attributes else time.monotonic() - self._began,
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be expected."""
        return bool(self._unasked) or len(self._reader.attributes) >= self._rounds

    @property
    def is_guarding(self) -> bool:
        """Whether what is read has to go through `feed`, as it may be an answer, however late."""
        return not self._unasked and (not self.is_over or self._is_early)

    def wait(self, seconds: float) -> None:
        """Wait until everything is said, but only until so many seconds after asking."""
        if self._thread is not None:
            self._thread.join(max(0.0, self._began + seconds - time.monotonic()))

    # --- reading on ------------------------------------------------------------------------------------------

    def hand_over(self) -> bytes:
        """Read no more, as somebody else begins to; what was typed so far, only the first time."""
        if self._thread is not None:
            os.write(self._wake, b"\0")
            self._thread.join()
            self._thread = None
            os.close(self._woken)
            os.close(self._wake)
            self._woken = self._wake = -1
        typed, self._typed = self._typed, b""
        return typed

    def feed(self, data: bytes) -> bytes:
        """Take in what was read; what of it was typed."""
        now = time.monotonic()
        if not self._reader.is_holding:
            self._last_beginning = now
        before = self._count()
        typed = self._reader.feed(data)
        if self._first_answer is None and self._count() != before:
            self._first_answer = self._last_beginning
        return typed

    def release(self) -> bytes:
        """What seemed to begin an answer but was a key; to be called when nothing more has come for a moment."""
        return self._reader.release(is_expecting=self._is_early and not self.is_over)

    @property
    def _is_early(self) -> bool:
        return time.monotonic() - self._began < GUARDED

    def _count(self) -> tuple[object, ...]:
        reader = self._reader
        return len(reader.attributes), reader.version, reader.has_kitty_graphics, reader.cell_size, reader.background

    # --- asking ----------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        attributes = termios.tcgetattr(self._source)
        self._woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._converse, name="terminal-probe", daemon=True)
        self._thread.start()
        self.initial_attributes = attributes
        for number in _ENDING:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._handlers[number] = signal.signal(number, self._leave)
        termios.tcsetattr(self._source, termios.TCSANOW, _silent(attributes))
        self._began = self._asked = time.monotonic()
        os.write(self._target, questions(self._environ))

    def _converse(self) -> None:
        """Read the answers; inside tmux, ask the terminal around it as well."""
        deadline = self._began + ANSWER_SECONDS
        with suppress(OSError):  # the terminal is gone; whoever draws on it will see
            self._listen(deadline)
            if not self.is_over or not self._environ.get("TMUX"):
                return
            # Who is not inside tmux need not wait for this to load.
            from qconn_tui.terminal.tmux import ask_tmux, wrapped

            self._tmux = (self._ask_tmux or ask_tmux)(self._environ, _TMUX_SECONDS)
            if self._tmux is not None and self._tmux.passes_through:
                self._rounds += 1
                self._first_answer, self._asked = None, time.monotonic()
                os.write(self._target, wrapped(asking.KITTY_GRAPHICS + asking.VERSION + asking.ATTRIBUTES))
                self._listen(deadline)

    def _listen(self, deadline: float) -> None:
        """Read until everything is said, somebody calls `hand_over`, or the deadline has come."""
        sources = [self._source] if self._thread is None else [self._source, self._woken]
        while not self.is_over and (left := deadline - time.monotonic()) > 0:
            ready = select.select(sources, [], [], left)[0]
            if self._woken in ready:
                return
            if ready:
                data = os.read(self._source, _CHUNK)
                if not data:
                    return
                self._typed += self.feed(data)

    # --- ending ----------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        if self.initial_attributes is None:
            return
        # The terminal may be gone, and then nobody needs it as it was.
        with suppress(OSError, termios.error):
            if self.farewell:
                if not select.select([], [self._target], [], _PAUSE)[1]:
                    # It does not read, and shall not hold up who leaves.
                    termios.tcflush(self._target, termios.TCOFLUSH)
                os.write(self._target, self.farewell)
            termios.tcsetattr(self._source, termios.TCSANOW, self.initial_attributes)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        """End at once, with the terminal as it was.

        An exception would not do: it can come in the middle of an import, and Python's own callbacks there swallow it.
        """
        if self._thread is not None:
            # It reads what is still on its way, or else the shell would get it.
            self._thread.join(_LAST_CHANCE)
        self._restore()
        os._exit(128 + number)


def questions(environ: Mapping[str, str]) -> bytes:
    """What to ask that terminal; the question that every terminal answers comes last."""
    term = environ.get("TERM", "")
    if _OLD_TERMS.match(term):
        return asking.ATTRIBUTES
    asked = asking.VERSION
    # tmux and screen would take this one for a title.
    if not (
        any(environ.get(name) for name in _OTHERS_ANSWER)
        or term.startswith(("tmux", "screen"))
        or environ.get("TERM_PROGRAM") == "Apple_Terminal"
    ):
        asked += asking.KITTY_GRAPHICS
    return asked + asking.CELL_SIZE + asking.BACKGROUND + asking.ATTRIBUTES + _WIPE


def _reason_not_to_ask(environ: Mapping[str, str], source: int, target: int) -> str:
    """Why the terminal cannot or should not be asked, in words; empty when it can."""
    if environ.get("TERM") in (None, "", "dumb"):
        return "TERM is unset or dumb"
    try:
        if not (os.isatty(source) and os.isatty(target)):
            return "there is none"
        if os.fstat(source).st_rdev != os.fstat(target).st_rdev:
            return "keys and screen belong to two terminals"
        if not _is_in_foreground(source):
            return "the program runs in the background"
    except OSError:
        return "there is none"
    return ""


def _is_in_foreground(source: int) -> bool:
    try:
        return os.tcgetpgrp(source) == os.getpgrp()
    except OSError:
        # It does not control jobs, so that nobody is stopped for using it.
        return True


def _silent(attributes: Attributes) -> Attributes:
    """The same, but keys are neither echoed nor kept until Enter, and arrive as they are; ctrl+c still interrupts."""
    changed = list(attributes)
    changed[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    changed[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    changed[6] = list(changed[6])
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    # Who suspended or killed the program by a key would get the terminal like this. Now they are keys like others.
    changed[6][termios.VSUSP] = changed[6][termios.VQUIT] = _NO_KEY
    return changed


def _cell_size(target: int) -> tuple[int, int] | None:
    """Pixels of a cell as the system knows them; None when it does not."""
    try:
        lines, columns, width, height = struct.unpack("4H", ioctl(target, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        return None
    return (width // columns, height // lines) if lines and columns and width and height else None
