"""Textual's driver for Linux and macOS, with a prompt end and a thicker skin.

The original looks only every tenth of a second whether it shall end, and does so twice; it stops drawing for good,
and then waits for ever, when a terminal is closed while it does not read; it reads from one that is gone as fast as
it can; and a byte that is not UTF-8 is a bug to it.
"""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from typing import IO, TYPE_CHECKING, Any, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App

HUNG_UP = 128 + signal.SIGHUP
"""Exit status when the terminal is gone, as a shell expects it."""

_TICK = 0.1
"""Seconds after which the parser is asked whether an Esc was only an Esc."""
_CHUNK = 4096


class PromptDriver(LinuxDriver):
    """Reads keys until told otherwise, and not a moment longer; survives its terminal."""

    def __init__(self, app: App[Any], **options: Any) -> None:  # noqa: ANN401 - handed through
        super().__init__(app, **options)
        self._file = cast("TextIOWrapper", _Screen(cast("IO[str]", self._file)))
        self._woken, self._wake = os.pipe()

    def disable_input(self) -> None:
        """Take in nothing more; returns when the thread that reads has ended."""
        if self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._wake, b"\0")
        super().disable_input()

    def run_input_thread(self) -> None:
        """Post what is typed, until `disable_input` is called or the terminal is gone."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        # Not the best one there is: on macOS that does not know terminals.
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(_TICK)}
                if self._woken in ready:
                    os.read(self._woken, 1)
                    return
                if self.fileno in ready:
                    typed = self._read()
                    if not typed:
                        self._loop.call_soon_threadsafe(self._app.exit, HUNG_UP)
                        return
                    # Half a character is no text yet, and no text means the end to the parser.
                    if text := decode(typed):
                        for message in parser.feed(text):
                            self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    def _read(self) -> bytes:
        """What was typed; empty when the terminal is gone."""
        try:
            return os.read(self.fileno, _CHUNK)
        except OSError:
            return b""


class _Screen:
    """What is drawn on. Once it is gone, everything that is still drawn goes nowhere."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            self._let_go()

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        # What could not be written stays in the file's buffer, and Python would complain of it at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
