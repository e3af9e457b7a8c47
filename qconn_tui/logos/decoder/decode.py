"""Decoding untrusted pictures within limits, into small PNGs of the program's own.

Pillow's own limits are not enough: by default 313 kB of WebP may take 2.7 GB, warnings would be printed into the
screen, and `Image.open` loads forty plugins to find one. So the first bytes select one of four decoders, the size is
checked before a pixel is decoded, and the result is encoded anew, without metadata.
"""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from qconn_tui.logos.decoder import jpeg
from qconn_tui.logos.decoder import png as png_file
from qconn_tui.logos.policy import RETRY_SOON, LogoRefused
from qconn_tui.logos.thumbnail import Thumbnail

if TYPE_CHECKING:
    from PIL import ImageFile

SIDE = 128
"""The longer side of a thumbnail in pixels, which is the size of a connector's large logo."""
MAX_PIXELS = 4_000_000
"""The most pixels of a picture that is decoded; as RGBA they take 16 MB."""

_FILLER = bytes(range(0xFE, 0x40, -7))
"""Bytes that continue the pixels of a JPEG, beginning with ones, where its end continues them with zeros."""


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
        with warnings.catch_warnings():
            # Where no worker can be started, they would be written over the screen.
            warnings.simplefilter("ignore")
            picture = _upright(_as_rgba(data))
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
    if data.startswith(png_file.SIGNATURE):
        picture = PngImagePlugin.PngImageFile(file)
    elif data.startswith(jpeg.START):
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


def _as_rgba(data: bytes) -> Image.Image:
    if data.startswith(png_file.SIGNATURE):
        return _png_as_rgba(png_file.take_apart(data))
    if data.startswith(jpeg.START):
        return _jpeg_as_rgba(jpeg.without_side_segments(data))
    return _identify(data).convert("RGBA")


def _jpeg_as_rgba(data: bytes) -> Image.Image:
    picture = _identify(data)
    try:
        return picture.convert("RGBA")
    except OSError:
        return _jpeg_without_end(data).convert("RGBA")


def _png_as_rgba(png: png_file.Png) -> Image.Image:
    picture = _identify(png.file)
    # `convert` would clip 16 bits for each pixel instead of scaling them.
    is_deep = picture.mode.startswith("I")
    flat = picture.point(lambda value: value / 256).convert("L") if is_deep else picture
    rgba = flat.convert("RGBA")
    if png.transparent:
        rgba.putalpha(png_file.alpha(picture, png))
    return rgba


def _jpeg_without_end(data: bytes) -> Image.Image:
    """Decode a JPEG that is complete but for the marker at its end.

    libjpeg invents the pixels that are missing, and does not tell. So two different continuations are decoded: what
    they change was missing.
    """
    data = data.rstrip(b"\xff")
    picture, other = (_identify(data + more + jpeg.END) for more in (b"", _FILLER))
    if picture.tobytes() != other.tobytes():
        raise LogoRefused("the logo cannot be read as a picture")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """The picture turned as its Exif says; damaged Exif says nothing."""
    with suppress(Exception):
        return ImageOps.exif_transpose(picture)
    return picture
