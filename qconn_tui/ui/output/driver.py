"""The terminal driver: Textual's own for Linux and macOS with its faults corrected, writing a diff of the screen.

In Textual 8.2, `LinuxDriver` has these faults, which can only be corrected through its private attributes.
`tests/unit/ui/test_compat.py` shows the faults that need no terminal, `tests/e2e` the others:

- It checks every tenth of a second whether to stop reading, and needs two such checks: leaving takes 0.2 s.
- When the terminal is closed while it does not read, the thread that writes dies, and the program waits for it.
- It reads from a terminal that is gone in a loop that never waits.
- A byte that is not UTF-8 ends the program as a bug.
- It takes Esc and the key after it for one key when they arrive together, as tmux and slow lines send them.

It also writes each frame as it is, which `ScreenDiff` reduces to what has changed, and takes a late answer of the
terminal for keys, which the probe filters out.
"""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from qconn_tui.terminal.clipboard import OSC_52
from qconn_tui.terminal.escape_keys import ESC, EscapeSplitter
from qconn_tui.terminal.passthrough import wrap_for_multiplexer
from qconn_tui.ui.messages import TerminalAnswered
from qconn_tui.ui.output.launch_frame import ENTER, terminal_size
from qconn_tui.ui.output.writer import TerminalWriter

if TYPE_CHECKING:
    from io import TextIOWrapper
    from types import FrameType

    from textual.app import App
    from textual.driver import Driver
    from textual.message import Message

    from qconn_tui.ui.output.launch_frame import LaunchFrame
    from qconn_tui.ui.terminal_session import TerminalSession

HUNG_UP = 128 + signal.SIGHUP
"""Exit status when the terminal is gone: what a shell reports for a program that SIGHUP has ended."""

_TICK = 0.1
"""Seconds without input after which an Esc was the key and not the beginning of a sequence."""
_CHUNK = 4096
"""Bytes that are read at once."""
_FIRST_FRAME_ENDS = "\0"
"""Written behind the first frame, so that the thread that writes knows where it ends; never reaches the terminal."""


def driver_class(default: type[Driver], session: TerminalSession) -> type[Driver]:
    """The driver for a session.

    Args:
        default: The class that Textual would take; it stays unless it is `LinuxDriver`.
        session: The terminal that the driver reads and writes.
    """
    if default is not LinuxDriver:
        return default

    class SessionDriver(PromptDriver):
        """The driver with its session, as Textual constructs drivers itself."""

        def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401 - Textual's options, passed through
            super().__init__(app, session, **options)

    return SessionDriver


class PromptDriver(LinuxDriver):
    """Stops reading at once when asked to, survives the loss of its terminal, and writes only what has changed."""

    # A signal may ask for these before the constructor has set anything.
    _has_terminal = False
    _is_suspended = False

    def __init__(self, app: App[Any], session: TerminalSession, **options: Any) -> None:  # noqa: ANN401 - see above
        super().__init__(app, **options)
        self._probe = session.probe
        self._graphics = session.graphics
        self._launch = session.launch
        self._launch.on_first_frame = partial(self.write, _FIRST_FRAME_ENDS)
        writer = TerminalWriter(cast("IO[str]", self._file))
        self._output = _ScreenFile(cast("IO[str]", writer), self._launch, terminal_size(self.fileno))
        self._file = cast("TextIOWrapper", self._output)
        session.forget_screen = self._forget_screen
        self._redraw = session.redraw
        # The event loop has handlers for these signals too, and is still woken up by their numbers.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, writer.discard_output)
        self._stop_reader, self._stop_writer = os.pipe()
        self._splitter = EscapeSplitter(has_alt=session.has_alt_keys)

    def start_application_mode(self) -> None:
        """Take the terminal, to be restored to what it was before the probe; a new size changes the whole screen."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._has_terminal, self._is_suspended = True, False
        if self._probe is not None:
            self._probe.farewell = b""
            if self._probe.initial_attributes is not None:
                self.attrs_before = self._probe.initial_attributes
        textual_handler = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self._output.is_outdated = True
            if callable(textual_handler):
                textual_handler(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def _forget_screen(self) -> None:
        """Write the next frame whole, and send its pictures again."""
        self._delete_pictures()
        self._output.is_outdated = True

    def process_message(self, message: Message) -> None:
        """Pass a key, a click or a new size on to the application."""
        if isinstance(message, events.Resize):
            self._output.is_outdated = True
        super().process_message(message)

    def write(self, data: str) -> None:
        """Write a frame with its pictures; text for the clipboard is wrapped for tmux or GNU screen."""
        if data == ENTER and self._launch.is_shown:
            self._launch.is_shown = False
            return
        super().write(
            wrap_for_multiplexer(data, os.environ) if data.startswith(OSC_52) else self._graphics.complete(data)
        )

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while, if it was taken."""
        if self._has_terminal:
            super().suspend_application_mode()
            self._is_suspended = True

    def resume_application_mode(self) -> None:
        """Take the terminal again, if it was given back.

        SIGCONT comes at other times too: after a SIGSTOP, which no program is notified of, and together with SIGHUP
        when the terminal is gone, perhaps before the driver has taken it.
        """
        if self._is_suspended:
            super().resume_application_mode()
            # Textual draws what has changed since, and the terminal has forgotten the rest.
            self._loop.call_soon_threadsafe(self._redraw)
        elif self._has_terminal:
            # Not from here: the handler of a signal may have interrupted anything.
            self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """Take the terminal again: another program may have used it during the stop."""
        if self._has_terminal and os.isatty(self.fileno):
            self.suspend_application_mode()
            self.resume_application_mode()

    def stop_application_mode(self) -> None:
        """Give the terminal back without our pictures."""
        self._has_terminal = self._is_suspended = False
        self.write(_FIRST_FRAME_ENDS)
        self._delete_pictures()
        super().stop_application_mode()

    def _delete_pictures(self) -> None:
        if commands := self._graphics.delete_all():
            self.write(commands)

    def disable_input(self) -> None:
        """Stop reading; returns when the thread that reads has ended."""
        if self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._stop_writer, b"\0")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Post what is typed, until `disable_input` is called or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        if self._probe is not None:
            self._post_keys(parser, self._splitter.feed(decode(self._probe.stop_reading())))
            if self._probe.is_over:
                # The answers may have come after the application was made.
                self.process_message(TerminalAnswered())
        # Not the selector that Python would choose: on macOS it is kqueue, which cannot watch a terminal.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._stop_reader, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(_TICK)}
                if self._stop_reader in ready:
                    os.read(self._stop_reader, 1)
                    return
                data = self._read() if self.fileno in ready else None
                if data == b"":
                    self._loop.call_soon_threadsafe(self._app.exit, HUNG_UP)
                    return
                self._post_keys(parser, self._splitter.feed(decode(self._without_answers(data))))
                if data is None:
                    self._post_keys(parser, self._splitter.flush())
                for message in parser.tick():
                    self.process_message(message)

    def _without_answers(self, data: bytes | None) -> bytes:
        """What was typed of the data; `data` is None when nothing came within a tick."""
        if self._probe is None:
            return data or b""
        if data is None:
            return self._probe.flush()
        if not self._probe.is_filtering:
            return self._probe.flush() + data
        was_over = self._probe.is_over
        typed = self._probe.feed(data)
        if self._probe.is_over and not was_over:
            self.process_message(TerminalAnswered())
        return typed

    def _post_keys(self, parser: XTermParser, pieces: list[str]) -> None:
        # A part of a character gives no piece; the parser would take an empty text for the end of the input.
        for piece in pieces:
            if piece == ESC:
                self.process_message(events.Key("escape", ESC))
            else:
                for message in parser.feed(piece):
                    self.process_message(message)

    def _read(self) -> bytes:
        """What was typed; empty when the terminal is gone."""
        try:
            return os.read(self.fileno, _CHUNK)
        except OSError:
            return b""


class _ScreenFile:
    """The file that Textual's thread writes frames to; writes what has changed to `file`, while there is a terminal.

    Args:
        file: The terminal.
        launch: The frame that is on the screen already, and where the first one is recorded.
        size: Columns and lines of the terminal.
    """

    is_outdated = False
    """Whether the terminal may show something else by now, as after a new size; any thread may set it."""

    def __init__(self, file: IO[str], launch: LaunchFrame, size: tuple[int, int]) -> None:
        self._file = file
        self._launch = launch
        self._is_held = launch.is_shown
        self._diff = launch.diff_for(size)

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        if text == _FIRST_FRAME_ENDS:
            self._launch.record(self._diff)
            self._is_held = False
            return
        if self.is_outdated:
            self.is_outdated = False
            self._diff.forget()
        self._diff.draw(text)

    def flush(self) -> None:
        if self._is_held:
            # The steps to the first frame would flicker over the one that is on the screen.
            return
        try:
            self._file.write(self._diff.changes())
            self._file.flush()
        except OSError:
            self._redirect_to_null()

    def _redirect_to_null(self) -> None:
        # What could not be written stays in the file's buffer, and Python would report that when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
