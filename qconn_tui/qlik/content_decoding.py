"""Decompresses the body of a response, up to a limit, and makes it UTF-8.

httpx applies all encodings of the `Content-Encoding` header (RFC 9110, section 8.4) without a limit: 1.8 kB can become
2 GB. Here, the only encoding is gzip, once.
"""

from __future__ import annotations

import re
import zlib

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of the longest body, compressed as well as decompressed."""
MEMBER_LIMIT = 10_000
"""Members that a gzip body may have. Each takes time, also an empty one."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_NOT_ZERO = re.compile(rb"[^\0]")
_PIECE = 16 * 1024
"""Bytes that a further member is given at once: zlib copies what is left of them behind its end."""

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.ASCII | re.IGNORECASE)
_FAMILIES = re.compile(
    r"(us-)?ascii|iso|csiso|latin|l|cp|windows|ibm|koi8|mac|x-mac|utf|gb|hz|big5|euc|shift|sjis|johab|ks|tis|ms",
    re.IGNORECASE,
)
"""How the names of character sets begin. Python's other text codecs, such as `unicode_escape`, are none."""
_UNWRITTEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Control characters, which JSON never contains as they are (RFC 8259, section 7)."""


def unpack(raw: bytes, encoding: str) -> bytes:
    """Decompress a body.

    Args:
        raw: The body as it was received.
        encoding: The value of the `Content-Encoding` header.

    Returns:
        The decompressed body.

    Raises:
        ValueError: The body is damaged, longer than `BODY_LIMIT`, or has another encoding. The message is the rest of
            a sentence, e.g. "is cut off".
    """
    encoding = encoding.strip().lower()
    if encoding in ("gzip", "x-gzip") and raw:
        return _gunzip(raw)
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise ValueError("is packed in a way that was not asked for")
    if len(raw) > BODY_LIMIT:
        raise ValueError(too_long())
    return raw


def too_long() -> str:
    """The message for a body over the limit, which is the rest of a sentence."""
    return f"is longer than {BODY_LIMIT // 1024 // 1024} MB"


def to_utf8(body: bytes, content_type: str) -> bytes:
    """Convert a body to UTF-8 from the character set that the response names.

    JSON is UTF-8, whatever the response says (RFC 8259, section 8.1), so a body that is valid UTF-8 and has letters
    beyond ASCII stays as it is. Servers name a character set by mistake more often than they write another one.

    Args:
        body: The body, decompressed.
        content_type: The value of the `Content-Type` header.

    Returns:
        The body in UTF-8. Without a named character set it is returned unchanged, also if it is damaged.

    Raises:
        ValueError: It is not in the named character set, and not in UTF-8. The message is the rest of a sentence.
    """
    found = _CHARSET.search(content_type) if content_type else None
    if found is None or found[1].lower().replace("_", "-") in ("utf-8", "utf8"):
        return body
    name = found[1]
    is_utf8 = _is_utf8(body)
    if is_utf8 and not body.isascii() and not _UNWRITTEN.search(body):
        return body
    is_known = bool(_FAMILIES.match(name))
    try:
        if is_known:
            return body.decode(name).encode()
    except LookupError:
        is_known = False
    except ValueError:
        pass
    if is_utf8:
        return body
    raise ValueError(
        "is not in the character set that it names" if is_known else "names a character set that is not known"
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _gunzip(raw: bytes) -> bytes:
    """Decompress one or more members, with or without zeros behind them (RFC 1952, section 2.2, and `gzip` itself)."""
    body, rest = _member(raw, BODY_LIMIT)
    members = 1
    # The usual body has one member, and nothing behind it.
    if not rest:
        return body
    whole, place = bytearray(body), len(raw) - len(rest)
    while True:
        place = _behind_zeros(raw, place)
        if place == len(raw):
            return bytes(whole)
        if not _GZIP_MAGIC.startswith(raw[place : place + 2]):
            raise ValueError("goes on after its end")
        if members == MEMBER_LIMIT:
            raise ValueError("has too many parts")
        members += 1
        place = _append_member(raw, place, whole)


def _member(raw: bytes, limit: int) -> tuple[bytes, bytes]:
    """The first member, decompressed, and what follows it."""
    decoder = zlib.decompressobj(_GZIP_WINDOW)
    body = _decompress(decoder, raw, limit + 1)
    if len(body) > limit:
        raise ValueError(too_long())
    if not decoder.eof:
        raise ValueError("is cut off")
    return body, decoder.unused_data


def _append_member(raw: bytes, place: int, whole: bytearray) -> int:
    """Decompress the member at `place` to the end of `whole`; return the place behind the member."""
    decoder = zlib.decompressobj(_GZIP_WINDOW)
    while not decoder.eof:
        piece = raw[place : place + _PIECE]
        if not piece:
            raise ValueError("is cut off")
        whole += _decompress(decoder, piece, BODY_LIMIT + 1 - len(whole))
        if len(whole) > BODY_LIMIT:
            raise ValueError(too_long())
        place += len(piece) - len(decoder.unused_data)
    return place


def _decompress(decoder: zlib._Decompress, piece: bytes, limit: int) -> bytes:
    try:
        return decoder.decompress(piece, limit)
    except zlib.error:
        pass
    # Raised here, so that the library's exception is not its context.
    raise ValueError("is damaged")


def _behind_zeros(raw: bytes, place: int) -> int:
    """The place of the first byte from `place` on that is not zero; the length of `raw` without one."""
    found = _NOT_ZERO.search(raw, place)
    return found.start() if found is not None else len(raw)
