"""The picture that the decoder produces and every drawing module takes."""

from __future__ import annotations

from typing import NamedTuple


class Thumbnail(NamedTuple):
    """A small picture as RGBA pixels."""

    width: int
    """Pixels of a row."""
    height: int
    """Rows."""
    rgba: bytes
    """Four bytes for each pixel, row by row; the colours are not premultiplied with alpha."""
