"""Decompresses the body of a response, up to a limit.

httpx applies all encodings of the `Content-Encoding` header (RFC 9110, section 8.4) without a limit: 1.8 kB can become
2 GB. Here, the only encoding is gzip, once.
"""

from __future__ import annotations

import zlib

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of the longest body, compressed as well as decompressed."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


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


def _gunzip(raw: bytes) -> bytes:
    decoder = zlib.decompressobj(_GZIP_WINDOW)
    try:
        body = decoder.decompress(raw, BODY_LIMIT + 1)
    except zlib.error:
        body = None
    if body is None:
        raise ValueError("is damaged")
    if len(body) > BODY_LIMIT:
        raise ValueError(too_long())
    if not decoder.eof:
        raise ValueError("is cut off")
    if decoder.unused_data:
        raise ValueError("goes on after its end")
    return body
