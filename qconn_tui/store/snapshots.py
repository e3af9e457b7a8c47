"""The last complete list of a tenant's connectors.

A walk writes its pages into a generation of its own. Once it is complete, one transaction makes that generation the
current one and deletes the previous. So a crash at any point leaves the last complete list intact.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.connector import Connector
from qconn_tui.errors import StoreError
from qconn_tui.store.bounds import LARGEST_VALUE, is_moment
from qconn_tui.text import NAME_LIMIT, TEXT_LIMIT, URL_LIMIT, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qconn_tui.store.database import Database

STALLED_SECONDS = 10.0
"""Seconds without a page after which a walk counts as stalled, and other instances stop waiting for it."""
_ABANDONED_SECONDS = 86_400.0
"""Seconds after which an incomplete generation counts as abandoned by a program that has ended."""
_UNREADABLE = (zlib.error, ValueError, TypeError, RecursionError)


class SavedList(NamedTuple):
    """A complete list in the database, without its content; `Snapshots.pages` reads it."""

    generation: int
    """The number of its generation."""
    saved_at: float
    """When its walk was completed, in seconds since the epoch."""
    pages: int
    """The number of pages."""
    connectors: int
    """The number of connectors on all pages."""


class Snapshots:
    """The lists in a database. Every method raises StoreError when the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> SavedList | None:
        """Return the last complete list; None when there is none."""
        rows = self._database.rows(
            "SELECT id, CAST(saved_at AS REAL), CAST(pages AS INTEGER), CAST(connectors AS INTEGER)"
            " FROM generation WHERE saved_at IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        if not rows:
            return None
        _, saved_at, *counts = rows[0]
        if not is_moment(saved_at) or any(count is None or count < 0 for count in counts):
            raise self._database.replace_damaged()
        return SavedList(*rows[0])

    def pages(self, saved: SavedList) -> Iterator[tuple[Connector, ...]]:
        """Yield the pages of a list in order; each is read only when it is asked for, so the first one comes at once.

        Raises:
            StoreError: The database cannot be used, or another instance has replaced the list meanwhile.
        """
        number, connectors = -1, 0
        for _ in range(saved.pages):
            rows = self._database.rows(
                "SELECT number, crc32, content FROM page WHERE generation = ? AND number > ? ORDER BY number LIMIT 1",
                (saved.generation, number),
            )
            if not rows:
                raise self._missing(saved)
            number, checksum, content = rows[0]
            try:
                if _checksum(saved.generation, number, content) != checksum:
                    raise ValueError
                page = tuple(_unpack(record) for record in json.loads(_decompressed(content)))
            except _UNREADABLE as error:
                raise self._database.replace_damaged() from error
            connectors += len(page)
            yield page
        if connectors != saved.connectors:
            raise self._database.replace_damaged()

    def is_fetched_elsewhere(self, now: float) -> bool:
        """Return whether another running process is saving a list; `now` is in seconds since the epoch."""
        writers = self._database.rows(
            "SELECT CAST(owner AS INTEGER) FROM generation WHERE saved_at IS NULL AND touched_at BETWEEN ? AND ?",
            (now - STALLED_SECONDS, now),
        )
        return any(owner not in (None, os.getpid()) and _is_alive(owner) for (owner,) in writers)

    def begin(self, now: float, owner: int | None = None) -> int:
        """Begin a new generation and return its number.

        Args:
            now: The current time in seconds since the epoch.
            owner: The id of the process that writes it; None for this process.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM generation WHERE saved_at IS NULL AND abs(? - started_at) > ?",
                (now, _ABANDONED_SECONDS),
            )
            cursor = connection.execute(
                "INSERT INTO generation (started_at, touched_at, owner) VALUES (?, ?, ?)",
                (now, now, os.getpid() if owner is None else owner),
            )
            return int(cursor.lastrowid or 0)

    def add_pages(self, generation: int, pages: Iterable[tuple[int, Iterable[Connector]]], now: float) -> None:
        """Save pages of a generation in one transaction.

        Args:
            generation: The number that `begin` returned.
            pages: The number and the connectors of each page; a page with the same number is replaced.
            now: The current time in seconds since the epoch, which shows other processes that the walk goes on.
        """
        # Three times as fast as `json`, and loaded already: the pages were parsed by pydantic.
        from pydantic_core import to_json

        rows = []
        for number, connectors in pages:
            records = [_pack(connector) for connector in connectors]
            content = zlib.compress(to_json(records), 1)
            rows.append((number, len(records), _checksum(generation, number, content), content, generation))
        with self._database.transaction() as connection:
            for row in rows:
                added = connection.execute(
                    "INSERT OR REPLACE INTO page (generation, number, connectors, crc32, content)"
                    " SELECT id, ?, ?, ?, ? FROM generation WHERE id = ? AND saved_at IS NULL",
                    row,
                )
                _require(added.rowcount)
            connection.execute("UPDATE generation SET touched_at = ? WHERE id = ?", (now, generation))

    def complete(self, generation: int, now: float) -> None:
        """Make a generation the current list, and delete the previous one.

        Args:
            generation: The number that `begin` returned.
            now: The current time in seconds since the epoch.
        """
        with self._database.transaction() as connection:
            done = connection.execute(
                "UPDATE generation SET saved_at = ?, (pages, connectors) ="
                " (SELECT count(*), coalesce(sum(connectors), 0) FROM page WHERE generation = id)"
                " WHERE id = ? AND saved_at IS NULL",
                (now, generation),
            )
            _require(done.rowcount)
            # Incomplete generations stay: another instance may still be writing them.
            connection.execute("DELETE FROM generation WHERE saved_at IS NOT NULL AND id <> ?", (generation,))
        self._database.shrink()

    def clear(self) -> None:
        """Remove every list."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM generation")
        self._database.shrink()

    def _missing(self, saved: SavedList) -> StoreError:
        if self.latest() == saved:
            return self._database.replace_damaged()
        return StoreError("The saved list was replaced while it was read.", "Refresh to read it again.")


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":
        # On Windows `os.kill` would end the process. `STALLED_SECONDS` is enough there.
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _require(rowcount: int) -> None:
    if not rowcount:
        raise StoreError("The list that was being saved was cleared.", "Refresh to save it again.")


def _checksum(generation: int, number: int, content: bytes) -> int:
    """Return a checksum over a page and its place: a damaged index can lead to the intact row of another page."""
    return zlib.crc32(content, zlib.crc32(f"{generation}/{number}".encode()))


def _decompressed(content: bytes) -> bytes:
    """Return the content of a page, which is not longer than any page can be."""
    unpacker = zlib.decompressobj()
    page = unpacker.decompress(content, LARGEST_VALUE)
    if not unpacker.eof:
        raise ValueError
    return page


_pack = attrgetter("id", "name", "description", "billable", "has_webhooks", "logo_small", "logo_medium", "logo_large")
"""Returns a connector's fields in the order that `_unpack` expects."""


def _unpack(record: list[object]) -> Connector:
    """Build a connector from stored fields, cleaned again: the file is trusted no more than the network."""
    identifier, name, description, billable, has_webhooks, small, medium, large = record
    return Connector(
        id=_text(identifier),
        name=_text(name),
        description=None if description is None else _text(description, TEXT_LIMIT),
        billable=_flag(billable),
        has_webhooks=_flag(has_webhooks),
        logo_small=None if small is None else _text(small, URL_LIMIT),
        logo_medium=None if medium is None else _text(medium, URL_LIMIT),
        logo_large=None if large is None else _text(large, URL_LIMIT),
    )


def _text(value: object, limit: int = NAME_LIMIT) -> str:
    if not isinstance(value, str):
        raise TypeError
    return clean(value, limit)


def _flag(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise TypeError
