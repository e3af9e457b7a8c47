"""What the terminal around the program can do, and how fast it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ColorDepth: TypeAlias = Literal["truecolor", "256", "16", "none"]
"""How many colours the terminal tells apart."""
ImageMode: TypeAlias = Literal["kitty", "sixel", "blocks", "off"]
"""How a logo is drawn."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How to draw for one terminal."""

    colors: ColorDepth = "truecolor"
    images: ImageMode = "blocks"
    """The mode to start with."""
    images_reason: str = ""
    """Why that mode and no sharper one, in words for the person; empty when there is nothing to say."""
    image_modes: tuple[ImageMode, ...] = ("blocks", "off")
    """The modes that the terminal can show, the sharpest first."""
    cell_size: tuple[int, int] = (10, 20)
    """Pixels of one character cell: width and height."""
    in_tmux: bool = False
    """Whether what is meant for the terminal itself has to be wrapped for tmux to pass it through."""
    is_slow: bool = False
    """Whether the line is so slow that every byte is felt: over about 100 ms for a round trip."""
    round_trip: float | None = None
    """Seconds that the terminal took to answer; None when it was not asked or did not answer."""
