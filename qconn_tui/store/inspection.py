"""Listing and removing the cache's files. Reading here neither creates nor repairs a file."""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.store.bounds import companions, is_foreign, is_moment, waits_for_ever
from qconn_tui.store.database import SCHEMA
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_OWN_FILE = re.compile(r"[0-9a-f]{16}\.(?:db(-wal|-shm|-journal)?(\.corrupt-\d+)?|frame)")


@dataclass(frozen=True, slots=True)
class CacheFile:
    """One of the program's files in the cache directory."""

    path: Path
    """The path of the file."""
    size: int
    """The size in bytes."""
    mode: int
    """The permission bits."""

    @property
    def is_database(self) -> bool:
        """Whether this is a database, and not one of its companion files or a damaged one that was set aside."""
        return self.path.suffix == ".db"


@dataclass(frozen=True, slots=True)
class Content:
    """What one database contains."""

    saved_at: float | None = None
    """When its list was completed, in seconds since the epoch; None without a list."""
    connectors: int = 0
    """The number of connectors in the list."""
    logos: int = 0
    """The number of logos, without refusals."""
    host: str | None = None
    """The tenant's host; None when it was not recorded."""
    fault: str | None = None
    """Why the database cannot be read, in a few words; None when it can."""


def own_files(directory: Path) -> tuple[CacheFile, ...]:
    """Return the program's own files in a directory, sorted by name; none if there is no such directory.

    Raises:
        OSError: The directory cannot be listed.
    """
    try:
        paths = sorted(path for path in directory.iterdir() if _OWN_FILE.fullmatch(path.name))
    except FileNotFoundError:
        return ()
    files = []
    for path in paths:
        # Another instance may be closing a database, which removes its companion files.
        with suppress(FileNotFoundError):
            status = path.lstat()
            files.append(CacheFile(path, status.st_size, stat.S_IMODE(status.st_mode)))
    return tuple(files)


def read_content(path: Path) -> Content:
    """Return what the database at `path` contains."""
    try:
        if is_foreign(path) or any(waits_for_ever(part) for part in companions(path)):
            return Content(fault="it is not a regular file")
    except OSError as error:
        return Content(fault=clean(error.strerror or "unknown reason"))
    # Not `mode=ro`, which could not remove the companion files that reading a WAL database creates.
    # On a read-only disk there can be no such files, and `immutable` does without.
    return _read_as(path, "mode=rw") or _read_as(path, "mode=ro&immutable=1") or Content(fault="it cannot be opened")


def _read_as(path: Path, mode: str) -> Content | None:
    """Read the database in one of the modes of SQLite's URIs; None if it cannot be opened so."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
        ) as connection:
            return _read(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        cannot_open = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CANTOPEN
        return None if cannot_open else Content(fault=clean(str(error)))


def _read(connection: sqlite3.Connection) -> Content:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != SCHEMA:
        return Content(fault="it is of another version of qconn-tui")
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        return Content(fault="it is damaged")
    saved = connection.execute(
        "SELECT CAST(saved_at AS REAL), CAST(connectors AS INTEGER) FROM generation"
        " WHERE saved_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    (logos,) = connection.execute("SELECT count(*) FROM logo WHERE refused_until IS NULL").fetchone()
    about = connection.execute("SELECT CAST(host AS TEXT) FROM about").fetchone()
    saved_at, connectors = saved or (None, 0)
    if saved is not None and not is_moment(saved_at):
        return Content(fault="it is damaged")
    return Content(saved_at, connectors or 0, logos, clean(about[0]) if about and about[0] else None)


def remove(files: Iterable[CacheFile]) -> None:
    """Remove the files.

    Raises:
        OSError: A file cannot be removed; the files after it stay.
    """
    # Databases last: SQLite would replay a write-ahead log without its database into the next database of that name.
    for file in sorted(files, key=lambda file: file.is_database):
        file.path.unlink(missing_ok=True)
