"""A display without a screen, real terminals on it, and pictures of what they show."""

from __future__ import annotations

import io
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from tests.e2e.parts import find
from tests.e2e.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_SIZE = "1400x1000x24"

XTERM = (
    "xterm", "-ti", "vt340", "-tn", "xterm-256color", "-geometry", "120x40+0+0", "-b", "0", "-bw", "0",
    "-fa", "DejaVu Sans Mono", "-fs", "10", "-xrm", "XTerm*sixelScrolling: true",
    "-xrm", "XTerm*numColorRegisters: 256", "-e",
)  # fmt: skip
"""xterm as a VT340, which is one with sixel graphics; the program comes behind it."""
KITTY = (
    "kitty", "--config", "NONE", "-o", "remember_window_size=no", "-o", "initial_window_width=120c",
    "-o", "initial_window_height=40c", "-o", "font_size=10", "-o", "update_check_interval=0",
)  # fmt: skip
"""kitty without anybody's configuration; the program comes behind it."""


def kitty_version() -> tuple[int, ...]:
    """The version of the kitty that is installed, empty without one."""
    kitty = find("kitty")
    if kitty is None:
        return ()
    words = subprocess.run([kitty, "--version"], capture_output=True, text=True, timeout=PATIENCE).stdout.split()
    return tuple(int(number) for number in words[1].split("."))


@dataclass(frozen=True, slots=True)
class Display:
    """An X server without a screen."""

    environ: Mapping[str, str]
    """What a program needs to draw on it."""

    @contextmanager
    def run(self, command: Sequence[str]) -> Iterator[None]:
        """Run a terminal, or whatever else draws, until the end of the block."""
        with subprocess.Popen(
            command, env=dict(self.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield
            finally:
                process.terminate()

    def picture(self) -> Image.Image:
        """What can be seen now."""
        done = subprocess.run(
            ["import", "-window", "root", "png:-"], env=dict(self.environ), capture_output=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return Image.open(io.BytesIO(done.stdout)).convert("RGB")

    def press(self, key: str) -> None:
        """Press a key, by X's name for it, in the window that is there."""
        subprocess.run(["xdotool", "key", key], env=dict(self.environ), check=True, timeout=PATIENCE)

    def clipboard(self) -> str:
        """What another program would paste; empty while there is nothing."""
        done = subprocess.run(
            ["xclip", "-o", "-selection", "clipboard"],
            env=dict(self.environ), capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout

    def wait_for(self, condition: Callable[[Image.Image], bool]) -> Image.Image:
        """Wait until what can be seen fulfils a condition; the picture that does."""
        deadline = time.monotonic() + PATIENCE
        while not condition(picture := self.picture()):
            assert time.monotonic() < deadline, f"waited in vain; the last picture has {colors(picture)} colours"
            time.sleep(0.1)
        return picture

    def settled(self, condition: Callable[[Image.Image], bool]) -> Image.Image:
        """The same once nothing moves any more."""
        last = self.wait_for(condition)

        def is_still(picture: Image.Image) -> bool:
            nonlocal last
            was, last = last, picture
            return picture.tobytes() == was.tobytes() and condition(picture)

        return self.wait_for(is_still)


@contextmanager
def display(environ: Mapping[str, str]) -> Iterator[Display]:
    """A display of its own for as long as the block lasts."""
    ours, theirs = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", _SIZE, "-nolisten", "tcp"],
        pass_fds=[theirs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        os.close(theirs)
        with os.fdopen(ours) as number:
            name = f":{number.readline().strip()}"
        try:
            # There is no graphics card either.
            yield Display({**environ, "DISPLAY": name, "LIBGL_ALWAYS_SOFTWARE": "1"})
        finally:
            process.terminate()


def colors(picture: Image.Image) -> int:
    """How many colours a picture has."""
    return len(picture.getcolors(picture.width * picture.height) or ())


def cells(picture: Image.Image, columns: range, lines: range) -> Image.Image:
    """A part of a terminal of 120 by 40 cells that fills the display's top left corner."""
    width, height = _cell(picture)
    return picture.crop((columns.start * width, lines.start * height, columns.stop * width, lines.stop * height))


def uneven_quarters(picture: Image.Image, columns: range, lines: range) -> int:
    """In how many quarters of cells there is more than one colour; block characters have none."""
    width, height = _cell(picture)
    quarters = [
        # The edges are where a font may smooth its blocks.
        picture.crop((left + 1, top + 2, left + width // 2 - 1, top + height // 2 - 2))
        for column in columns
        for line in lines
        for left in (column * width, column * width + (width + 1) // 2)
        for top in (line * height, line * height + (height + 1) // 2)
    ]
    return sum(colors(quarter) > 1 for quarter in quarters)


def _cell(picture: Image.Image) -> tuple[int, int]:
    """Pixels of a cell."""
    box = picture.getbbox()
    assert box, "the display is blank"
    return box[2] // 120, box[3] // 40
