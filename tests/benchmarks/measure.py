"""A program in a terminal of 120 by 40 cells, and when it drew what.

The method, the same for every program: the clock starts when the program is started or a key is written to its
pseudo terminal. What the program writes is read at once and stamped with the time; only when it has been silent
for a while is it played into a picture of the screen. So drawing the picture costs the measured program nothing,
and the picture after each piece is known. A step is *painted* at the first piece from which on the text on the
screen stays what it is in the end: what blinks or only changes colour later does not count, a late line does.
"""

from __future__ import annotations

import os
import re
import select
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyte

from tests.e2e.launching import launch
from tests.e2e.replies import Replies

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator, Mapping, Sequence

COLUMNS, LINES = 120, 40
"""The terminal's size in cells."""
DOWN, PAGE_DOWN, ENTER = "\x1b[B", "\x1b[6~", "\r"
"""What the keys send in a terminal's usual mode."""
PATIENCE = 60.0
"""Seconds after which whatever is waited for is taken to have failed."""

_CLOSED = -1
_SILENCE = 0.15
"""Seconds without output after which a step is taken to be over."""
_TICK = 0.002
"""Seconds between two looks whether the process is gone."""
_LONGEST_UNREAD = 2.0
"""Seconds after which the picture is drawn even though the output goes on."""
_FRAME_GAP = 0.004
"""Seconds without output that part one frame from the next."""
_APPLICATION_KEYS = 1 << 5
"""How pyte calls the mode in which a terminal sends other bytes for the arrows."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The screen after a piece of output."""

    seconds: float
    """When the piece came, counted from the beginning of the step."""
    text: str
    """The screen's lines."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a program drew after it was started, or after a key."""

    pictures: tuple[Picture, ...]
    """The screen after each piece of output."""
    size: int
    """Bytes that were written."""
    frames: int
    """Runs of output with silence between them."""

    @property
    def painted(self) -> float:
        """Seconds until the text on the screen was what it is in the end."""
        final = self.pictures[-1]
        for picture in reversed(self.pictures):
            if picture.text != final.text:
                break
            final = picture
        return final.seconds

    def showed(self, text: str) -> float:
        """Seconds until that text stood on the screen."""
        return next(picture.seconds for picture in self.pictures if text in picture.text)


class Program:
    """A program in a terminal of its own, from the start of the `with` block to its end.

    `environ` is its whole environment. A step begins when the program starts and at each `press`. When the program
    asks which kind of terminal this is, the answer comes after `delay` seconds, as over a line of that round trip.
    """

    def __init__(self, command: Sequence[str | Path], environ: Mapping[str, str], delay: float = 0.0) -> None:
        self._command = [str(word) for word in command]
        self._environ = dict(environ)
        self._replies = Replies(delay=delay)
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._pieces: list[tuple[float, bytes]] = []
        self._drawn = 0
        """How many of the pieces are on the screen."""

    def __enter__(self) -> Self:
        self._ours, theirs = os.openpty()
        self._began = time.perf_counter()
        self.process = launch(self._command, theirs, (COLUMNS, LINES), self._environ)
        self._theirs = theirs
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self) -> None:
        for descriptor in {self._ours, self._theirs} - {_CLOSED}:
            os.close(descriptor)
        self._ours = self._theirs = _CLOSED

    # --- steps -----------------------------------------------------------------------------------------------

    def press(self, keys: str) -> None:
        """Write keys to the terminal: a new step begins."""
        self._draw_all()
        self._pieces.clear()
        self._drawn = 0
        self._began = time.perf_counter()
        os.write(self._ours, self._encoded(keys))

    def type(self, keys: str) -> None:
        """Write keys to the terminal within the same step."""
        os.write(self._ours, self._encoded(keys))

    def hold(self, key: str, seconds: float, per_second: int = 30) -> None:
        """Keep a key down for so long, at a keyboard's usual rate: a new step begins."""
        self.press("")
        for number in range(1, int(seconds * per_second) + 1):
            os.write(self._ours, self._encoded(key))
            self._read_until(self._began + number / per_second)

    def type_unread(self, keys: str) -> None:
        """Press keys while nobody reads what the program draws."""
        os.write(self._ours, self._encoded(keys))

    def send_signal(self, number: signal.Signals) -> None:
        """Send the program a signal: a new step begins."""
        self._began = time.perf_counter()
        self.process.send_signal(number)

    def hang_up(self) -> None:
        """Close the terminal: a new step begins, in which nothing can be seen."""
        self._began = time.perf_counter()
        self._close()

    def _encoded(self, keys: str) -> bytes:
        """The bytes that a terminal sends for the keys, in the mode that the program has asked for."""
        if _APPLICATION_KEYS in self._screen.mode:
            keys = keys.replace(DOWN, "\x1bOB")
        return keys.encode()

    def step(self, *expected: str, patience: float = PATIENCE) -> Step:
        """The step, as soon as the screen has all the expected texts and nothing more comes."""
        deadline = time.perf_counter() + patience
        pictures: list[Picture] = []
        size = frames = 0
        while True:
            is_silent = self._read_on()
            last = self._began
            pictures += self._pictures()
            if is_silent and pictures and all(text in pictures[-1].text for text in expected):
                break
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{self._command} never showed {expected}:\n{self.text}")
        for moment, piece in self._pieces:
            size += len(piece)
            frames += moment - last > _FRAME_GAP
            last = moment
        return Step(tuple(pictures), size, frames)

    def wait_for(self, pattern: str, patience: float = PATIENCE) -> tuple[float, str]:
        """Seconds until the screen showed what the regular expression matches, and what that was."""
        compiled = re.compile(pattern)
        deadline = time.perf_counter() + patience
        while time.perf_counter() < deadline:
            self._take(0.05)
            for picture in self._pictures():
                if match := compiled.search(picture.text):
                    return picture.seconds, match[0]
        raise TimeoutError(f"{self._command} never showed {pattern!r}:\n{self.text}")

    def wait_for_end(self, patience: float = PATIENCE, *, reads: bool = True) -> float:
        """Seconds until the process was gone; what it writes meanwhile is read unless told otherwise."""
        deadline = time.perf_counter() + patience
        while self.process.poll() is None:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{self._command} does not end")
            if reads and self._ours != _CLOSED:
                self._take(_TICK)
            else:
                time.sleep(_TICK)
        return time.perf_counter() - self._began

    def read_for(self, seconds: float) -> None:
        """Take in what the program writes in so long a time."""
        self._read_until(time.perf_counter() + seconds)

    # --- what can be seen from outside -----------------------------------------------------------------------

    def is_full(self, seconds: float) -> bool:
        """Whether, so many seconds from now, the terminal takes no more of what nobody reads."""
        time.sleep(seconds)
        return not select.select([], [self._theirs], [], 0)[1]

    @property
    def text(self) -> str:
        """The screen's lines after all that was read."""
        self._draw_all()
        return self._lines()

    @property
    def output(self) -> bytes:
        """What was read since the step began."""
        return b"".join(piece for _, piece in self._pieces)

    @property
    def memory(self) -> int:
        """Resident bytes of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    @property
    def processor_time(self) -> float:
        """Seconds that the process has kept processors busy."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- reading ---------------------------------------------------------------------------------------------

    def _read_on(self) -> bool:
        """Read until the program is silent; False when it goes on and on."""
        until = time.perf_counter() + _LONGEST_UNREAD
        while time.perf_counter() < until:
            if not self._take(_SILENCE):
                return True
        return False

    def _read_until(self, moment: float) -> None:
        while (left := moment - time.perf_counter()) > 0:
            self._take(left)

    def _pictures(self) -> Iterator[Picture]:
        """The screen after each piece that is not on it yet."""
        while self._drawn < len(self._pieces):
            moment, piece = self._pieces[self._drawn]
            self._drawn += 1
            self._stream.feed(piece)
            yield Picture(moment - self._began, self._lines())

    def _draw_all(self) -> None:
        for _, piece in self._pieces[self._drawn :]:
            self._stream.feed(piece)
        self._drawn = len(self._pieces)

    def _lines(self) -> str:
        return "\n".join(self._screen.display)

    def _take(self, patience: float) -> list[tuple[float, bytes]]:
        """The pieces that can be read now, or as soon as there is one."""
        pieces: list[tuple[float, bytes]] = []
        until = time.perf_counter() + patience
        while self._is_readable(until):
            try:
                moment, piece = time.perf_counter(), os.read(self._ours, 65536)
            except OSError:  # the program has closed its end
                break
            pieces.append((moment, piece))
            self._replies.hear(piece, moment)
            until = 0.0
        self._pieces += pieces
        return pieces

    def _is_readable(self, until: float) -> bool:
        """Wait for the program to write until that moment; the terminal's answers go out meanwhile."""
        while True:
            now = time.perf_counter()
            if answer := self._replies.due(now):
                os.write(self._ours, answer)
            pause = max(0.0, min(until - now, self._replies.pause(now)))
            if select.select([self._ours], [], [], pause)[0]:
                return True
            if time.perf_counter() >= until:
                return False
