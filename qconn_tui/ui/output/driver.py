"""Textual's driver for Linux and macOS, with a prompt end, a thicker skin, and few words.

The original looks only every tenth of a second whether it shall end, and does so twice; it stops drawing for good,
and then waits for ever, when a terminal is closed while it does not read; it reads from one that is gone as fast as
it can; a byte that is not UTF-8 is a bug to it; it takes an Esc and the key after it, which tmux and slow lines send
together, for one key; and it writes what stands on the screen already.

It knows the probe, too: what a terminal answers late is not typed, and what was typed early is not lost.
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

from qconn_tui.terminal.clipboard import OSC_52, envelop
from qconn_tui.terminal.escape_keys import ESC, EscapeSplitter
from qconn_tui.ui.messages import TerminalAnswered
from qconn_tui.ui.output.launch_frame import ENTER, terminal_size
from qconn_tui.ui.output.writer import TerminalWriter

if TYPE_CHECKING:
    from io import TextIOWrapper
    from types import FrameType

    from textual.message import Message

    from qconn_tui.ui.app import QconnApp
    from qconn_tui.ui.output.launch_frame import LaunchFrame

HUNG_UP = 128 + signal.SIGHUP
"""Exit status when the terminal is gone, as a shell expects it."""

_TICK = 0.1
"""Seconds after which the parser is asked whether an Esc was only an Esc."""
_CHUNK = 4096
_FRAME_ENDS = "\0"
"""Written behind the first frame; goes no further than to who draws."""


class PromptDriver(LinuxDriver):
    """Reads keys until told otherwise, and not a moment longer; survives its terminal; draws only what differs."""

    # A signal may ask for these before everything else is set up.
    _has_terminal = False
    _is_suspended = False

    def __init__(self, app: QconnApp, **options: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(app, **options)
        self._probe = app.probe
        self._pictures = app.pictures
        self._launch = app.launch
        self._launch.on_outdated = partial(self.write, _FRAME_ENDS)
        writer = TerminalWriter(cast("IO[str]", self._file))
        self._screen = _Screen(cast("IO[str]", writer), self._launch, terminal_size(self.fileno))
        self._file = cast("TextIOWrapper", self._screen)
        app.forget_screen = self._forget_screen
        self._redraw = app.action_redraw
        # The loop still hears of these signals: it is woken up by their numbers, whoever handles them.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, writer.hurry)
        self._woken, self._wake = os.pipe()
        self._typed = EscapeSplitter(has_alt=app.has_alt_keys)

    def start_application_mode(self) -> None:
        """Take the terminal, to give it back as it was before it was asked; a new size is a new content, too."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._has_terminal, self._is_suspended = True, False
        if self._probe is not None:
            self._probe.farewell = b""
            if self._probe.initial_attributes is not None:
                self.attrs_before = self._probe.initial_attributes
        tell_size = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self._screen.is_changed = True
            if callable(tell_size):
                tell_size(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def _forget_screen(self) -> None:
        """Take nothing for granted of what stands there, pictures neither."""
        self._take_back_pictures()
        self._screen.is_changed = True

    def process_message(self, message: Message) -> None:
        """Hand a key, a click or a size on to the program."""
        if isinstance(message, events.Resize):
            self._screen.is_changed = True
        super().process_message(message)

    def write(self, data: str) -> None:
        """Draw a frame with its pictures; what goes to the clipboard gets past tmux and GNU screen, if they let it."""
        if data == ENTER and self._launch.is_shown:
            self._launch.is_shown = False
            return
        super().write(envelop(data, os.environ) if data.startswith(OSC_52) else self._pictures.complete(data))

    def suspend_application_mode(self) -> None:
        """Give the terminal back for a while, if it was taken."""
        if self._has_terminal:
            super().suspend_application_mode()
            self._is_suspended = True

    def resume_application_mode(self) -> None:
        """Take the terminal again, if it was given back.

        The order to go on comes at other times, too: after a stop that nobody was told of, and along with the news
        that the terminal is gone, be it before there was time to take it.
        """
        if self._is_suspended:
            super().resume_application_mode()
            # Textual draws what has changed since, and the terminal has forgotten the rest.
            self._loop.call_soon_threadsafe(self._redraw)
        elif self._has_terminal:
            # This may be in the midst of anything, as it is a signal.
            self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """Somebody else may have used the terminal meanwhile."""
        if self._has_terminal and os.isatty(self.fileno):
            self.suspend_application_mode()
            self.resume_application_mode()

    def stop_application_mode(self) -> None:
        """Give the terminal back without our pictures."""
        self._has_terminal = self._is_suspended = False
        self.write(_FRAME_ENDS)
        self._take_back_pictures()
        super().stop_application_mode()

    def _take_back_pictures(self) -> None:
        if farewell := self._pictures.farewell():
            self.write(farewell)

    def disable_input(self) -> None:
        """Take in nothing more; returns when the thread that reads has ended."""
        if self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._wake, b"\0")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Post what is typed, until `disable_input` is called or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        if self._probe is not None:
            self._press(parser, self._typed.take(decode(self._probe.hand_over())))
            if self._probe.is_over:
                # It may have answered since the screen was made.
                self.process_message(TerminalAnswered())
        # Not the best one there is: on macOS that does not know terminals.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(_TICK)}
                if self._woken in ready:
                    os.read(self._woken, 1)
                    return
                read = self._read() if self.fileno in ready else None
                if read == b"":
                    self._loop.call_soon_threadsafe(self._app.exit, HUNG_UP)
                    return
                self._press(parser, self._typed.take(decode(self._without_answers(read))))
                if read is None:
                    self._press(parser, self._typed.give_up())
                for message in parser.tick():
                    self.process_message(message)

    def _without_answers(self, read: bytes | None) -> bytes:
        """What of it was typed; None is that nothing came for a moment."""
        if self._probe is None:
            return read or b""
        if read is None:
            return self._probe.release()
        if not self._probe.is_guarding:
            return self._probe.release() + read
        was_over = self._probe.is_over
        typed = self._probe.feed(read)
        if self._probe.is_over and not was_over:
            self.process_message(TerminalAnswered())
        return typed

    def _press(self, parser: XTermParser, pieces: list[str]) -> None:
        # Half a character has no piece yet, and no text would mean the end to the parser.
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


class _Screen:
    """What is drawn on, by one thread. Once it is gone, everything that is still drawn goes nowhere."""

    is_changed = False
    """Whether the terminal may show something else by now, as with another size; any thread may say so."""

    def __init__(self, file: IO[str], launch: LaunchFrame, size: tuple[int, int]) -> None:
        self._file = file
        self._launch = launch
        self._is_held = launch.is_shown
        self._diff = launch.hand_over(size)

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        if text == _FRAME_ENDS:
            self._launch.take(self._diff)
            self._is_held = False
            return
        if self.is_changed:
            self.is_changed = False
            self._diff.forget()
        self._diff.draw(text)

    def flush(self) -> None:
        if self._is_held:
            # The steps to the first frame would be seen as a flicker of what stands there already.
            return
        try:
            self._file.write(self._diff.changes())
            self._file.flush()
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        # What could not be written stays in the file's buffer, and Python would complain of it at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
