"""Logos on disk: thumbnails, and refusals, which say until when not to ask again."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.text import clean

if TYPE_CHECKING:
    from qconn_tui.store.database import Database

CAPACITY = 32 * 1024 * 1024
"""Bytes of all logos. When they take more, the least recently used are removed until a tenth is free."""
LONGEST_REFUSAL = 30 * 86_400.0
"""Seconds that a refusal is kept at most."""

_USE_RESOLUTION = 60.0
"""Seconds between two updates of the time of a logo's last use."""
_ROW_BYTES = 128
"""Bytes of a row beside its content, approximately."""


@dataclass(frozen=True, slots=True)
class StoredLogo:
    """What is stored for one address: a thumbnail, or a refusal."""

    png: bytes | None
    """The thumbnail that the decoder made; None for a refusal."""
    reason: str | None = None
    """Why there is no thumbnail; None for a thumbnail."""
    until: float | None = None
    """When to ask again, in seconds since the epoch; None for a thumbnail."""


class LogoStore:
    """The logos in a database.

    Every method raises StoreError when the database cannot be used. Times (`now`, `until`) are in seconds since the
    epoch.

    Args:
        database: The database, which `close` closes.
        capacity: The most bytes of all logos.
    """

    def __init__(self, database: Database, *, capacity: int = CAPACITY) -> None:
        self._database = database
        self._capacity = capacity

    def get(self, url: str, now: float) -> StoredLogo | None:
        """Return what is stored for an address; None when nothing is, or a refusal has expired."""
        key = _key(url)
        rows = self._database.rows(
            "SELECT crc32, content, CAST(refused_until AS REAL), CAST(used_at AS REAL) FROM logo WHERE key = ?",
            (key,),
        )
        if not rows:
            return None
        checksum, content, until, used_at = rows[0]
        if used_at is None or not isinstance(content, bytes) or _checksum(key, content) != checksum:
            raise self._database.replace_damaged()
        # The upper bound: after the clock was set back, a refusal must not last for years.
        if until is not None and not 0 < until - now <= LONGEST_REFUSAL:
            return None
        if abs(now - used_at) > _USE_RESOLUTION:
            with self._database.transaction() as connection:
                connection.execute("UPDATE logo SET used_at = ? WHERE key = ?", (now, key))
        if until is None:
            return StoredLogo(content)
        return StoredLogo(None, clean(content.decode(errors="replace")), until)

    def put(self, url: str, png: bytes, now: float) -> None:
        """Store a thumbnail, in place of what was stored for the address."""
        self._write(url, png, None, now)

    def refuse(self, url: str, reason: str, now: float, until: float) -> None:
        """Store a refusal, in place of what was stored for the address.

        Args:
            url: The logo's address.
            reason: Why there is no thumbnail.
            now: The current time.
            until: When to ask again, at most `LONGEST_REFUSAL` after `now`.
        """
        self._write(url, reason.encode(), min(until, now + LONGEST_REFUSAL), now)

    def clear(self) -> None:
        """Remove every logo and refusal."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM logo")
        self._database.shrink()

    def stop_waiting(self) -> None:
        """From now on fail instead of waiting for another instance's lock. Any thread may call this at any time."""
        self._database.stop_waiting()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _write(self, url: str, content: bytes, until: float | None, now: float) -> None:
        key = _key(url)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO logo (key, crc32, content, refused_until, size, used_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (key, _checksum(key, content), content, until, len(content) + _ROW_BYTES, now),
            )
            (total,) = connection.execute("SELECT sum(size) FROM logo").fetchone()
            is_too_much = total > self._capacity
            if is_too_much:
                connection.execute(
                    "DELETE FROM logo WHERE key IN (SELECT key FROM"
                    " (SELECT key, sum(size) OVER (ORDER BY used_at DESC, key) AS running FROM logo)"
                    " WHERE running > ? * 0.9)",
                    (self._capacity,),
                )
        if is_too_much:
            self._database.shrink()


def _checksum(key: bytes, content: bytes) -> int:
    """Return a checksum over key and content: a damaged index can lead to the intact row of another logo."""
    return zlib.crc32(content, zlib.crc32(key))


def _key(url: str) -> bytes:
    return hashlib.blake2b(url.encode(errors="replace"), digest_size=16).digest()
