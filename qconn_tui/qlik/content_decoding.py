"""An answer's bytes, unpacked within limits.

httpx unpacks whatever encodings an answer names, one after the other and without a limit: 1.8 kB become 2 GB.
So we take the bytes as they travel, and know one encoding.
"""

from __future__ import annotations

import zlib

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of the longest body, both as it travels and unpacked."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def unpack(raw: bytes, encoding: str) -> bytes:
    """The body that travelled as `raw` under the header `Content-Encoding: encoding`.

    Raises `ValueError` with the rest of a sentence, e.g. "is cut off", for one that is damaged, packed in
    another way, or longer than `BODY_LIMIT`.
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
    """What to say of a body over the limit."""
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
