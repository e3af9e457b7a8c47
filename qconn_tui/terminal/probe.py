"""Asking the terminal once, before the screen is drawn, what it can do.

The questions are written in one batch before the slow imports; meanwhile a thread reads the answers and measures the
round trip. An answer that comes later reaches the code that reads the keys, which passes its input through the same
`Probe.feed`, so a late answer is never taken for keys. Keys that were typed meanwhile are kept.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import termios
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

from qconn_tui.terminal import tty
from qconn_tui.terminal.answers import AnswerReader, Answers
from qconn_tui.terminal.questions import ATTRIBUTES, KITTY_GRAPHICS, VERSION, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType, TracebackType

    from qconn_tui.terminal.tmux import Tmux

# Two threads import from here on. A thread that imports a part of `importlib` while another is still importing the
# package creates a second copy of Python's import system, in which `sys` is not defined.
_IMPORT_SYSTEM: Final = importlib

ANSWER_SECONDS = 3.0
"""Seconds after which the program stops waiting for a terminal to answer."""
GUARD_SECONDS = 5.0
"""Seconds, counted from asking, for which the beginning of an answer is held until the rest of it comes."""

_WRITABLE_SECONDS = 0.05
"""Seconds for which the output buffer of a terminal that still reads may be full."""
_LAST_ANSWER_SECONDS = 0.2
"""Seconds to wait at exit for answers that are still on their way; the shell would take them for keys."""
_TMUX_SECONDS = 0.5
_CHUNK = 4096
_FATAL_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Probe:
    """One exchange of questions and answers with the terminal, over the length of a `with` block.

    Args:
        environ: The environment variables of the program.
        source: The file descriptor that keys are read from.
        target: The file descriptor that questions are written to.
        tmux: What to call instead of `qconn_tui.terminal.tmux.ask_tmux`.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        source: int,
        target: int,
        tmux: Callable[[Mapping[str, str], float], Tmux | None] | None = None,
    ) -> None:
        self.initial_attributes: tty.Attributes | None = None
        """The terminal's settings before the probe changed them; None when the terminal was not asked."""
        self.farewell = b""
        """What to write at the end, for code that drew on the terminal before the screen's own driver took over."""
        self._environ = environ
        self._source = source
        self._target = target
        self._ask_tmux = tmux
        self._tmux: Tmux | None = None
        self._unasked = "it is not asked yet"
        self._reader = AnswerReader()
        self._typed = b""
        self._expected = 1
        """How many answers to DA1 end the exchange: two, once the terminal around tmux is asked as well."""
        self._began = self._asked = 0.0
        self._chunk_began = 0.0
        """When the input that the reader holds began to arrive."""
        self._first_answer: float | None = None
        self._thread: threading.Thread | None = None
        self._stop_reader = self._stop_writer = -1
        """The two ends of the pipe that stops the thread."""
        self._handlers: dict[signal.Signals, Any] = {}
        """The signal handlers that the probe replaced."""

    def __enter__(self) -> Self:
        self._began = self._asked = time.monotonic()
        self._unasked = tty.reason_not_to_ask(self._environ, self._source, self._target)
        if not self._unasked:
            try:
                self._ask()
            except (OSError, termios.error):
                self._unasked = "it cannot be written to"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop_reading()
        if not self.is_over and time.monotonic() - self._began < ANSWER_SECONDS:
            with suppress(OSError):
                self._read_until(time.monotonic() + _LAST_ANSWER_SECONDS)
        self._restore()
        for number, handler in self._handlers.items():
            # Code that installed its own handler meanwhile keeps it.
            if signal.getsignal(number) == self._exit_on_signal:
                signal.signal(number, handler)

    # --- results ---------------------------------------------------------------------------------------------

    @property
    def answers(self) -> Answers:
        """What the terminal has answered so far."""
        if self._unasked:
            return Answers(unasked=self._unasked)
        return Answers(
            attributes=tuple(self._reader.attributes[: self._expected]),
            version=self._reader.version,
            has_kitty_graphics=self._reader.has_kitty_graphics,
            cell_size=self._reader.cell_size or tty.cell_size(self._target),
            background=self._reader.background,
            tmux=self._tmux,
            round_trip=None if self._first_answer is None else self._first_answer - self._asked,
            waited=0.0 if self._reader.attributes else time.monotonic() - self._began,
        )

    @property
    def is_over(self) -> bool:
        """Whether no more answers are expected."""
        return bool(self._unasked) or len(self._reader.attributes) >= self._expected

    @property
    def is_filtering(self) -> bool:
        """Whether input must go through `feed`, because it may contain an answer."""
        return not self._unasked and (not self.is_over or self._is_early)

    def wait(self, seconds: float) -> None:
        """Block until every answer is there, at most until `seconds` seconds after asking."""
        if self._thread is not None:
            self._thread.join(max(0.0, self._began + seconds - time.monotonic()))

    # --- reading ---------------------------------------------------------------------------------------------

    def stop_reading(self) -> bytes:
        """Stop the thread that reads, and return what was typed so far; a second call returns nothing."""
        if self._thread is not None:
            os.write(self._stop_writer, b"\0")
            self._thread.join()
            self._thread = None
            os.close(self._stop_reader)
            os.close(self._stop_writer)
            self._stop_reader = self._stop_writer = -1
        typed, self._typed = self._typed, b""
        return typed

    def feed(self, data: bytes) -> bytes:
        """Take the answers out of what was read from the terminal, and return the rest, which was typed."""
        now = time.monotonic()
        if not self._reader.is_holding:
            self._chunk_began = now
        before = self._received()
        typed = self._reader.feed(data)
        if self._first_answer is None and self._received() != before:
            self._first_answer = self._chunk_began
        return typed

    def flush(self) -> bytes:
        """Return held input that turned out to be a key; call it when nothing more has come for a moment."""
        return self._reader.flush(is_expecting=self._is_early and not self.is_over)

    @property
    def _is_early(self) -> bool:
        return time.monotonic() - self._began < GUARD_SECONDS

    def _received(self) -> tuple[object, ...]:
        reader = self._reader
        return len(reader.attributes), reader.version, reader.has_kitty_graphics, reader.cell_size, reader.background

    # --- asking ----------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        attributes = termios.tcgetattr(self._source)
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._read_answers, name="terminal-probe", daemon=True)
        self._thread.start()
        self.initial_attributes = attributes
        for number in _FATAL_SIGNALS:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                self._handlers[number] = signal.signal(number, self._exit_on_signal)
        termios.tcsetattr(self._source, termios.TCSANOW, tty.without_echo(attributes))
        self._began = self._asked = time.monotonic()
        os.write(self._target, questions(self._environ))

    def _read_answers(self) -> None:
        """Read the answers; inside tmux, ask the terminal around it as well."""
        deadline = self._began + ANSWER_SECONDS
        with suppress(OSError):  # the terminal is gone, which the driver reports
            self._read_until(deadline)
            if not self.is_over or not self._environ.get("TMUX"):
                return
            # Late: outside tmux a start does not need them.
            from qconn_tui.terminal.passthrough import wrap_for_tmux
            from qconn_tui.terminal.tmux import ask_tmux

            self._tmux = (self._ask_tmux or ask_tmux)(self._environ, _TMUX_SECONDS)
            if self._tmux is not None and self._tmux.passes_through:
                self._expected += 1
                self._first_answer, self._asked = None, time.monotonic()
                batch = KITTY_GRAPHICS + VERSION + ATTRIBUTES
                os.write(self._target, wrap_for_tmux(batch.decode("ascii")).encode("ascii"))
                self._read_until(deadline)

    def _read_until(self, deadline: float) -> None:
        """Read until every answer is there, `stop_reading` is called, or `deadline` has passed."""
        sources = [self._source] if self._thread is None else [self._source, self._stop_reader]
        while not self.is_over and (left := deadline - time.monotonic()) > 0:
            ready = select.select(sources, [], [], left)[0]
            if self._stop_reader in ready:
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
        # A terminal that is gone needs no restoring.
        with suppress(OSError, termios.error):
            if self.farewell:
                if not select.select([], [self._target], [], _WRITABLE_SECONDS)[1]:
                    # The terminal does not read: drop its unread output, or the write below would block the exit.
                    termios.tcflush(self._target, termios.TCOFLUSH)
                os.write(self._target, self.farewell)
            termios.tcsetattr(self._source, termios.TCSANOW, self.initial_attributes)

    def _exit_on_signal(self, number: int, frame: FrameType | None) -> None:
        """Restore the terminal and exit.

        An exception would not do: it can be raised in the middle of an import, where Python's own callbacks swallow it.
        """
        if self._thread is not None:
            # The thread reads answers that are still on their way; the shell would take them for keys.
            self._thread.join(_LAST_ANSWER_SECONDS)
        self._restore()
        os._exit(128 + number)
