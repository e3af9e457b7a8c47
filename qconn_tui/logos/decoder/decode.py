"""Foreign bytes become a small picture of our own, within limits, or are refused.

Pillow's own guards are not enough: its default limit lets 313 kB of WebP take 2.7 GB, its warnings would
print into the screen, and `Image.open` loads forty formats to look for one. So the first bytes choose among
four decoders, the size is checked before a pixel is decoded, and what comes out is encoded anew, without
metadata.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from qconn_tui.logos.drawing.blocks import Thumbnail
from qconn_tui.logos.policy import SOON, LogoRefused

if TYPE_CHECKING:
    from PIL import ImageFile

SIDE = 128
"""Pixels of a thumbnail's longer side: as many as a tenant's largest logo is meant for."""
MOST_PIXELS = 4_000_000
"""Pixels of a picture that is decoded at all: 16 MB."""


def decode(data: bytes) -> bytes:
    """The first frame of a PNG, JPEG, WebP or GIF as an RGBA PNG of at most `SIDE` x `SIDE` pixels.

    A smaller picture keeps its size. Raises LogoRefused for whatever cannot be decoded within the limits.
    """
    if data[:64].lstrip()[:1] == b"<":
        raise LogoRefused("the logo is SVG or HTML, which is not drawn")
    try:
        picture = _as_rgba(_identify(data))
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        # Only the pixels: a profile or a comment of the original would be saved, too.
        bare = Image.frombytes("RGBA", picture.size, picture.tobytes())
        file = io.BytesIO()
        bare.save(file, "PNG")
    except LogoRefused:
        raise
    except Exception as error:
        # A broken picture raises nearly anything inside a decoder.
        raise LogoRefused("the logo cannot be read as a picture") from error
    return file.getvalue()


def pixels(png: bytes) -> Thumbnail:
    """The pixels of a PNG that `decode` made, here or elsewhere. Raises LogoRefused when it is not one."""
    try:
        picture = PngImagePlugin.PngImageFile(io.BytesIO(png))
        if max(picture.size) <= SIDE:
            return Thumbnail(picture.width, picture.height, picture.convert("RGBA").tobytes())
    except Exception as error:
        # What a file or another process gives out for one may be anything.
        raise LogoRefused("its thumbnail cannot be read", SOON) from error
    raise LogoRefused("its thumbnail is too large", SOON)


def _identify(data: bytes) -> ImageFile.ImageFile:
    """The picture with its size, not yet decoded."""
    file = io.BytesIO(data)
    picture: ImageFile.ImageFile
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        picture = PngImagePlugin.PngImageFile(file)
    elif data.startswith(b"\xff\xd8\xff"):
        picture = JpegImagePlugin.JpegImageFile(file)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        picture = GifImagePlugin.GifImageFile(file)
    elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        picture = WebPImagePlugin.WebPImageFile(file)
    else:
        raise LogoRefused("the logo is not a PNG, JPEG, WebP or GIF")
    if picture.width * picture.height > MOST_PIXELS:
        raise LogoRefused(f"the logo has {picture.width}x{picture.height} pixels, which is too many")
    return picture


def _as_rgba(picture: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):
        # Sixteen bits a pixel: converting would cut off, not scale down.
        picture = picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGBA")
