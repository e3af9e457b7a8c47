"""JPEG files without the side segments, for one of which that is too short Pillow refuses a good picture.

The format is ITU-T T.81, annex B; JFIF is ITU-T T.871, and Adobe's segment is in T.872, 6.5.3.
"""

from __future__ import annotations

START = b"\xff\xd8\xff"
"""The first bytes of every JPEG: a marker, and the beginning of the next."""
END = b"\xff\xd9"
"""The last marker."""

_SCAN = 0xDA
_SIDE = (*range(0xE0, 0xF0), 0xFE)
"""The markers of application segments and comments."""
_KEPT = {0xE0: (b"JFIF\0", 14), 0xE1: (b"Exif\0\0", 6), 0xEE: (b"Adobe", 12)}
"""Side segments that decide about colors or the upright side: how they begin, and the fewest bytes they have."""


def without_side_segments(data: bytes) -> bytes:
    """Return a file that begins with `START` without its segments for other purposes than the picture."""
    kept = [data[:2]]
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == _SCAN:
            break
        if marker == 0xFF:
            # Any number of these may precede a marker.
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        content = data[at + 4 : end]
        beginning, fewest = _KEPT.get(marker, (b"", 0))
        if marker not in _SIDE or (beginning and content.startswith(beginning) and len(content) >= fewest):
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])
