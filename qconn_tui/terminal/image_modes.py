"""The ways of drawing a logo, by name. This module imports next to nothing: the settings read it at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from typing import Final

ImageMode: TypeAlias = Literal["kitty", "sixel", "blocks", "off"]
"""How a logo is drawn."""
PixelMode: TypeAlias = Literal["kitty", "sixel"]
"""How a logo is drawn in pixels."""

IMAGE_WORDS: Final[dict[ImageMode, str]] = {
    "kitty": "kitty graphics",
    "sixel": "sixel graphics",
    "blocks": "block characters",
    "off": "not drawn",
}
"""What the user reads for each mode, the sharpest first."""
PIXEL_MODES: Final[tuple[PixelMode, ...]] = ("kitty", "sixel")
"""The modes that send pixels to the terminal; `qconn_tui.logos.drawing.encode` knows their protocols."""


def pixel_mode(mode: ImageMode) -> PixelMode | None:
    """The mode, if it sends pixels to the terminal; else None."""
    return mode if mode in PIXEL_MODES else None
