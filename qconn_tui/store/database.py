"""The SQLite file behind the cache: opened, repaired, and shared safely.

Nothing in it is precious, everything in it can be fetched again. So a damaged file is set aside and begun
anew, a file from a newer version is left alone, and when the disk says no the same tables live in memory.
Whichever it was, `Database.notice` says so in one sentence.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from qconn_tui.errors import StoreError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    T = TypeVar("T")

SCHEMA = 2
"""The version of the tables below, kept in the file's `user_version`."""

_TABLES = """
CREATE TABLE generation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at REAL NOT NULL,
    saved_at REAL,                  -- NULL while the walk that writes it goes on
    pages INTEGER,
    connectors INTEGER,
    owner INTEGER,                  -- the process that writes it
    touched_at REAL                 -- when it last wrote something
);
CREATE TABLE page (
    generation INTEGER NOT NULL REFERENCES generation (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    connectors INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    content BLOB NOT NULL,          -- compressed JSON, see snapshots.py
    PRIMARY KEY (generation, number)
);
CREATE TABLE logo (
    key BLOB PRIMARY KEY,           -- a hash of the address
    crc32 INTEGER NOT NULL,
    content BLOB NOT NULL,          -- a PNG of ours, or the reason of a refusal
    refused_until REAL,             -- NULL for a picture
    size INTEGER NOT NULL,          -- bytes it takes, about
    used_at REAL NOT NULL
);
CREATE INDEX logo_by_use ON logo (used_at, size);
CREATE TABLE about (
    host TEXT NOT NULL              -- the tenant's, to be told whose list it is
);
"""

_FROM_1_TO_2 = """
ALTER TABLE generation ADD COLUMN owner INTEGER;
ALTER TABLE generation ADD COLUMN touched_at REAL;
CREATE TABLE about (host TEXT NOT NULL);
"""

_BUSY_SECONDS = 5.0
_BUSY_PAUSE = 0.01
_BUSY_GLANCE = 0.05
"""Seconds that SQLite itself waits for another instance, once a cache is open: it cannot be told to leave off."""
_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_MISMATCH,
    }
)
"""Primary result codes that say the file is not what we wrote; SQLITE_ERROR is a missing table or column."""


_FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second one when its own message quotes a name that is damaged."""


class Database:
    """One open cache; see `open`. Any thread may call its methods: one at a time goes in."""

    def __init__(
        self, path: Path | None, connection: sqlite3.Connection, notice: str | None, host: str | None = None
    ) -> None:
        self.notice = notice
        """What the user should hear once about the cache, in one sentence; None when all is well."""
        self._path = path
        self._host = host
        self._connection = connection
        self._lock = threading.RLock()
        self._is_leaving = False

    @classmethod
    def open(cls, path: Path | None, host: str | None = None) -> Database:
        """Open the cache at `path`, or one in memory for None and when there is trouble: `notice` says what it came to.

        `host` is the tenant's, for who wants to know what the file is about. Raises StoreError when there cannot even
        be one in memory.
        """
        if path is None:
            return cls(None, _connect(None), None)
        try:
            return cls(path, _connect(path, host), None, host)
        except StoreError as error:
            notice = str(error)
        except (*_FAILURES, OSError) as error:
            if _is_damage(error):
                return cls(*_begin_anew(path, host), host)
            notice = _not_kept(error)
        return cls(None, _connect(None), notice)

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """What a SELECT gives. Raises StoreError; a damaged file has been begun anew by then."""
        with self._guarded():
            return self._patiently(lambda: self._connection.execute(sql, parameters).fetchall())

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all of what the block writes, or nothing. Raises StoreError as `rows` does."""
        with self._guarded():
            # IMMEDIATE: a deferred transaction that turns to writing fails at once when another one writes.
            self._patiently(lambda: self._connection.execute("BEGIN IMMEDIATE"))
            try:
                yield self._connection
                self._patiently(lambda: self._connection.execute("COMMIT"))
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def damaged(self) -> StoreError:
        """Begin anew, because what was read is not what was written; the caller raises what this returns."""
        with self._lock:
            if self._path is not None:
                self._connection.close()
                self._path, self._connection, self.notice = _begin_anew(self._path, self._host)
        return StoreError("The cache was damaged and has been begun anew.", "Refresh to fetch the list again.")

    def shrink(self) -> None:
        """Give back to the disk what has become free, if that is most of the file: a little is soon needed again."""
        with self._guarded():
            ((free,), (pages,)) = (
                self._connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count")
            )
            if free * 2 > pages:
                # It frees a page with each step, and `execute` makes only one where no columns come.
                self._patiently(lambda: self._connection.executescript("PRAGMA incremental_vacuum"))
                self._patiently(lambda: self._connection.executescript("PRAGMA wal_checkpoint"))

    def leave(self) -> None:
        """From now on wait for no other instance: what it holds up is not kept. Any thread may say so at any time."""
        self._is_leaving = True

    def _patiently(self, work: Callable[[], T]) -> T:
        """Wait until no other instance is in the way, for as long as anybody waits."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                is_busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or self._is_leaving or time.monotonic() > deadline:
                    raise

    def close(self) -> None:
        """Close the file; whoever calls anything afterwards gets a StoreError."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except _FAILURES as error:
                if _is_damage(error):
                    raise self.damaged() from error
                raise StoreError(f"The cache cannot be used: {clean(str(error))}.") from error


def _connect(path: Path | None, host: str | None = None) -> sqlite3.Connection:
    """A connection with the tables in it; for None in memory, which raises nothing but StoreError.

    Raises StoreError for a newer file, sqlite3.Error or OSError.
    """
    if path is None:
        try:
            return _prepare(":memory:", "MEMORY")
        except sqlite3.Error as error:
            raise StoreError(_not_kept(error)) from error
    _make_private(path)
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return _prepare(str(path), "WAL", host)
        except sqlite3.OperationalError as error:
            if _is_damage(error):
                raise
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                break
            if time.monotonic() > deadline:
                raise
        # Several that turn a new file to WAL at once lock each other out, and SQLite itself does not wait there.
        time.sleep(_BUSY_PAUSE)
    # Network and some foreign file systems have no shared memory, which WAL needs.
    return _prepare(str(path), "DELETE", host)


def _prepare(name: str, journal: str, host: str | None = None) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        if journal == "DELETE":
            # A file that is in WAL already is not even read without shared memory, unless it is one's own meanwhile.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        # Before anything is changed, so that a newer file is not even switched to another journal.
        _version(connection)
        # Only a file in which nothing has been written yet takes this.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("PRAGMA locking_mode=NORMAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        _make_tables(connection)
        _note_host(connection, host)
        connection.execute(f"PRAGMA busy_timeout={1000 * _BUSY_GLANCE:.0f}")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    if _version(connection) == SCHEMA:
        return
    connection.execute("BEGIN IMMEDIATE")
    # Another instance may have made them between the look and the lock.
    before = _version(connection)
    if before < SCHEMA:
        for statement in (_FROM_1_TO_2 if before else _TABLES).split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={SCHEMA}")
    connection.execute("COMMIT")
    if before:
        # Only what is written anew can shrink later on.
        connection.execute("VACUUM")


def _note_host(connection: sqlite3.Connection, host: str | None) -> None:
    if host is not None and connection.execute("SELECT host FROM about").fetchall() != [(host,)]:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM about")
        connection.execute("INSERT INTO about (host) VALUES (?)", (host,))
        connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise StoreError("The cache was made by a newer version of qconn-tui:", "it is left as it is and not used.")
    return version


def _begin_anew(path: Path, host: str | None) -> tuple[Path | None, sqlite3.Connection, str]:
    """Set the damaged file aside, keeping only this one, and open a new one in its place."""
    try:
        for older in path.parent.glob(f"{path.name}.corrupt-*"):
            older.unlink()
        with suppress(FileNotFoundError):
            path.rename(path.with_name(f"{path.name}.corrupt-{int(time.time())}"))
        # A write-ahead log without its database would be played into the new one.
        for suffix in ("-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return path, _connect(path, host), "The cache was damaged: it was set aside and begun anew."
    except (*_FAILURES, OSError, StoreError) as error:
        return None, _connect(None), _not_kept(error)


def _make_private(path: Path) -> None:
    """Create the file 0600 before SQLite would create it 0644; its companions inherit the mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        path.chmod(0o600)


def _is_damage(error: Exception) -> bool:
    # Without a code, an operational error is a text that is not UTF-8.
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, (sqlite3.OperationalError, UnicodeDecodeError))
    # The low byte is the primary code. The file is writable: read-only without a reason is a damaged header,
    # with one it is that another instance has set the file aside.
    return code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_READONLY


def _not_kept(error: Exception) -> str:
    return f"The cache cannot be used ({clean(str(error))}): nothing is kept on disk."
