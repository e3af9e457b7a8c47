"""Decoding untrusted pictures within limits, into small PNGs of the program's own.

Pillow's own limits are not enough: by default 313 kB of WebP may take 2.7 GB, warnings would be printed into the
screen, and `Image.open` loads forty plugins to find one. So the first bytes select one of four decoders, the size is
checked before a pixel is decoded, and the result is encoded anew, without metadata.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from qconn_tui.logos.policy import RETRY_SOON, LogoRefused
from qconn_tui.logos.thumbnail import Thumbnail

if TYPE_CHECKING:
    from PIL import ImageFile

SIDE = 128
"""The longer side of a thumbnail in pixels, which is the size of a connector's large logo."""
MAX_PIXELS = 4_000_000
"""The most pixels of a picture that is decoded; as RGBA they take 16 MB."""


def decode(data: bytes) -> bytes:
    """Decode the first frame of a PNG, JPEG, WebP or GIF.

    Returns:
        An RGBA PNG of at most `SIDE` x `SIDE` pixels; a smaller picture keeps its size.

    Raises:
        LogoRefused: The bytes cannot be decoded within the limits.
    """
    if data[:64].lstrip()[:1] == b"<":
        raise LogoRefused("the logo is SVG or HTML, which is not drawn")
    try:
        picture = _as_rgba(_identify(data))
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        # A new image, because Pillow would also save the original's colour profile and comments.
        bare = Image.frombytes("RGBA", picture.size, picture.tobytes())
        file = io.BytesIO()
        bare.save(file, "PNG")
    except LogoRefused:
        raise
    except Exception as error:
        # On a damaged picture the decoders raise almost any exception.
        raise LogoRefused("the logo cannot be read as a picture") from error
    return file.getvalue()


def pixels(png: bytes) -> Thumbnail:
    """Return the pixels of a PNG that `decode` made, in this process, in the worker, or at an earlier start.

    Raises:
        LogoRefused: The bytes are not such a PNG.
    """
    try:
        picture = PngImagePlugin.PngImageFile(io.BytesIO(png))
        if max(picture.size) <= SIDE:
            return Thumbnail(picture.width, picture.height, picture.convert("RGBA").tobytes())
    except Exception as error:
        # The cache file or the worker may have returned anything.
        raise LogoRefused("its thumbnail cannot be read", RETRY_SOON) from error
    raise LogoRefused("its thumbnail is too large", RETRY_SOON)


def _identify(data: bytes) -> ImageFile.ImageFile:
    """Open the picture and read its size, without decoding pixels."""
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
    if picture.width * picture.height > MAX_PIXELS:
        raise LogoRefused(f"the logo has {picture.width}x{picture.height} pixels, which is too many")
    return picture


def _as_rgba(picture: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):
        # 16 bits for each pixel: `convert` would clip the values instead of scaling them.
        picture = picture.point(lambda value: value / 256).convert("L")
    return picture.convert("RGBA")
