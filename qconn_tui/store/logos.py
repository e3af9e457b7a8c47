"""Logos on disk: our own small pictures, and what is not worth asking for again yet."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.text import clean

if TYPE_CHECKING:
    from qconn_tui.store.database import Database

CAPACITY = 32 * 1024 * 1024
"""Bytes that all logos may take. When they take more, the least recently used go until a tenth is free."""
LONGEST_REFUSAL = 30 * 86_400.0
"""Seconds after which every refusal is asked about again."""

_USE_RESOLUTION = 60.0
_ROW_BYTES = 128


@dataclass(frozen=True, slots=True)
class StoredLogo:
    """What is known about one address: a picture, or why there is none."""

    png: bytes | None
    """Our own re-encoded thumbnail; None for a refusal."""
    reason: str | None = None
    """Why there is no picture."""
    until: float | None = None
    """When to ask again, in seconds since the epoch."""


class LogoStore:
    """The logos kept in a database. Every method raises StoreError when the cache cannot be used.

    Times (`now`, `until`) are seconds since the epoch.
    """

    def __init__(self, database: Database, *, capacity: int = CAPACITY) -> None:
        self._database = database
        self._capacity = capacity

    def get(self, url: str, now: float) -> StoredLogo | None:
        """What is kept for this address; None when nothing is, or a refusal is over."""
        key = _key(url)
        rows = self._database.rows(
            "SELECT crc32, content, CAST(refused_until AS REAL), CAST(used_at AS REAL) FROM logo WHERE key = ?",
            (key,),
        )
        if not rows:
            return None
        checksum, content, until, used_at = rows[0]
        if not isinstance(content, bytes) or _checksum(key, content) != checksum:
            raise self._database.damaged()
        # A clock that was set back must not make a refusal last for years.
        if until is not None and not 0 < until - now <= LONGEST_REFUSAL:
            return None
        if abs(now - used_at) > _USE_RESOLUTION:
            with self._database.transaction() as connection:
                connection.execute("UPDATE logo SET used_at = ? WHERE key = ?", (now, key))
        if until is None:
            return StoredLogo(content)
        return StoredLogo(None, clean(content.decode(errors="replace")), until)

    def put(self, url: str, png: bytes, now: float) -> None:
        """Keep a picture."""
        self._write(url, png, None, now)

    def refuse(self, url: str, reason: str, now: float, until: float) -> None:
        """Keep that there is no picture, and until when not to ask again; at most `LONGEST_REFUSAL`."""
        self._write(url, reason.encode(), min(until, now + LONGEST_REFUSAL), now)

    def clear(self) -> None:
        """Forget every logo."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM logo")
        self._database.shrink()

    def leave(self) -> None:
        """From now on wait for no other instance; any thread may say so at any time."""
        self._database.leave()

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
    """Over the key, too: a damaged index leads to the wrong logo, which is whole in itself."""
    return zlib.crc32(content, zlib.crc32(key))


def _key(url: str) -> bytes:
    return hashlib.blake2b(url.encode(errors="replace"), digest_size=16).digest()
