"""The SQLite database of the cache, shared between instances by a write-ahead log (https://www.sqlite.org/wal.html).

All of its content can be fetched again. So a damaged file is set aside and replaced, a file of a newer version is left
alone, and if the disk cannot be used, the same tables live in memory. `Database.notice` tells the user what happened.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from qconn_tui.errors import StoreError
from qconn_tui.store.bounds import LARGEST_VALUE, companions, is_foreign, set_aside, waits_for_ever
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
    content BLOB NOT NULL,          -- a thumbnail as PNG, or the reason of a refusal
    refused_until REAL,             -- NULL for a thumbnail
    size INTEGER NOT NULL,          -- bytes of the row, approximately
    used_at REAL NOT NULL
);
CREATE INDEX logo_by_use ON logo (used_at, size);
CREATE TABLE about (
    host TEXT NOT NULL              -- the tenant's, for `cache info`
);
"""

_FROM_1_TO_2 = """
ALTER TABLE generation ADD COLUMN owner INTEGER;
ALTER TABLE generation ADD COLUMN touched_at REAL;
CREATE TABLE about (host TEXT NOT NULL);
"""

_LARGEST_COPY = 256 * 1024 * 1024
"""Bytes of the largest file that is copied into memory: several times what lists and logos take."""
_BUSY_SECONDS = 5.0
"""Seconds to wait for another instance that holds the lock."""
_BUSY_PAUSE = 0.01
_BUSY_TIMEOUT = 0.05
"""Seconds of SQLite's own busy timeout in an open database: short, because a call that waits cannot be interrupted."""
_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_MISMATCH,
        sqlite3.SQLITE_TOOBIG,
    }
)
"""Primary result codes (https://www.sqlite.org/rescode.html) of a damaged file; SQLITE_ERROR is a missing table."""

_FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What `sqlite3` raises; the second one when its message quotes a damaged name."""


class Database:
    """An open database of the cache; see `open`. Any thread may call its methods, which exclude each other."""

    def __init__(
        self, path: Path | None, connection: sqlite3.Connection, notice: str | None, host: str | None = None
    ) -> None:
        self.notice = notice
        """One sentence for the user about a problem with the cache; None without a problem."""
        self._path = path
        self._host = host
        self._connection = connection
        self._lock = threading.RLock()
        self._stops_waiting = False

    @classmethod
    def open(cls, path: Path | None, host: str | None = None) -> Database:
        """Open the database at `path`, or one in memory if that file cannot be used; see `notice`.

        Args:
            path: The path of the file; None for a database in memory.
            host: The tenant's host, which `cache info` shows.

        Raises:
            StoreError: Not even a database in memory can be opened.
        """
        if path is None:
            return cls(None, _connect(None), None)
        try:
            if is_foreign(path):
                return cls(*_replace(path, host), host)
            return cls(path, _connect(path, host), None, host)
        except StoreError as error:
            notice = str(error)
        except (*_FAILURES, OSError) as error:
            if _is_damage(error):
                return cls(*_replace(path, host), host)
            if (copy := _copy_in_memory(path)) is not None:
                notice = f"The cache can be read, but not written ({_reason(error)}): nothing is kept on disk."
                return cls(None, copy, notice)
            notice = _memory_only(error)
        return cls(None, _connect(None), notice)

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a SELECT and return its rows.

        Args:
            sql: The statement.
            parameters: The values of its placeholders.

        Raises:
            StoreError: The database cannot be used; a damaged one has been replaced.
        """
        with self._store_errors():
            return self._retry_while_busy(lambda: self._connection.execute(sql, parameters).fetchall())

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the block in a write transaction; an exception rolls it back.

        Raises:
            StoreError: The database cannot be used; a damaged one has been replaced.
        """
        with self._store_errors():
            # IMMEDIATE: a deferred transaction that starts to write fails at once while another instance writes.
            self._retry_while_busy(lambda: self._connection.execute("BEGIN IMMEDIATE"))
            try:
                yield self._connection
                self._retry_while_busy(lambda: self._connection.execute("COMMIT"))
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def replace_damaged(self) -> StoreError:
        """Replace the file, because its content is not what was written; return the error for the caller to raise."""
        with self._lock:
            self._connection.close()
            if self._path is None:
                self._connection = _connect(None)
            else:
                self._path, self._connection, self.notice = _replace(self._path, self._host)
        return StoreError("The cache was damaged and has been begun anew.", "Refresh to fetch the list again.")

    def shrink(self) -> None:
        """Return free pages to the disk if they are most of the file; the next list needs a few free pages again."""
        with self._store_errors():
            ((free,), (pages,)) = (
                self._connection.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count")
            )
            if free * 2 > pages:
                # Each step of this pragma frees one page, and `execute` runs only one step of it.
                self._retry_while_busy(lambda: self._connection.executescript("PRAGMA incremental_vacuum"))
                self._retry_while_busy(lambda: self._connection.executescript("PRAGMA wal_checkpoint"))

    def stop_waiting(self) -> None:
        """From now on fail instead of waiting for another instance's lock. Any thread may call this at any time."""
        self._stops_waiting = True

    def _retry_while_busy(self, call: Callable[[], T]) -> T:
        """Repeat a call while another instance holds the lock, until the time is up or `stop_waiting` was called."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return call()
            except sqlite3.OperationalError as error:
                is_busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or self._stops_waiting or time.monotonic() > deadline:
                    raise

    def close(self) -> None:
        """Close the database; other methods raise StoreError afterwards."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        """Hold the lock and turn SQLite's errors into StoreError."""
        with self._lock:
            try:
                yield
            except _FAILURES as error:
                if _is_damage(error):
                    raise self.replace_damaged() from error
                raise StoreError(f"The cache cannot be used: {clean(str(error))}.") from error


def _connect(path: Path | None, host: str | None = None) -> sqlite3.Connection:
    """Open a connection and create the tables if needed; in memory for None.

    Raises:
        StoreError: The file is of a newer version, or there is no memory for a database.
        sqlite3.Error: The file cannot be used.
        OSError: The file cannot be created.
    """
    if path is None:
        try:
            return _prepare(":memory:", "MEMORY")
        except sqlite3.Error as error:
            raise StoreError(_memory_only(error)) from error
    for part in companions(path):
        if waits_for_ever(part):
            set_aside(part)
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
        # Instances that switch a new file to WAL at once lock each other out, and no busy timeout applies there.
        time.sleep(_BUSY_PAUSE)
    # WAL needs shared memory, which network file systems do not have.
    return _prepare(str(path), "DELETE", host)


def _copy_in_memory(path: Path) -> sqlite3.Connection | None:
    """A copy of a file that can be read, but not written; None if there is nothing to be read."""
    # `immutable` reads what WAL cannot share on a read-only disk (https://www.sqlite.org/wal.html#read_only_databases),
    # without what the last program may have left in the write-ahead log.
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        try:
            if path.stat().st_size > _LARGEST_COPY or any(waits_for_ever(part) for part in companions(path)):
                return None
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", timeout=0, uri=True)) as source:
                return _prepare(":memory:", "MEMORY", source=source)
        except (*_FAILURES, OSError, StoreError):
            continue
    return None


def _prepare(
    name: str, journal: str, host: str | None = None, source: sqlite3.Connection | None = None
) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
        if source is not None:
            source.backup(connection)
        if journal == "DELETE":
            # Without shared memory SQLite reads a WAL file only in this mode (https://www.sqlite.org/wal.html#noshm).
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        # Before any change, so that a file of a newer version keeps even its journal mode.
        _version(connection)
        # Takes effect only in a new file, before its tables.
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("PRAGMA locking_mode=NORMAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        _make_tables(connection)
        _record_host(connection, host)
        connection.execute(f"PRAGMA busy_timeout={1000 * _BUSY_TIMEOUT:.0f}")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    if _version(connection) == SCHEMA:
        return
    connection.execute("BEGIN IMMEDIATE")
    # Another instance may have created the tables before this one got the lock.
    before = _version(connection)
    if before < SCHEMA:
        for statement in (_FROM_1_TO_2 if before else _TABLES).split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={SCHEMA}")
    connection.execute("COMMIT")
    if before:
        # auto_vacuum takes effect in an existing file only when VACUUM rebuilds it.
        connection.execute("VACUUM")


def _record_host(connection: sqlite3.Connection, host: str | None) -> None:
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


def _replace(path: Path, host: str | None) -> tuple[Path | None, sqlite3.Connection, str]:
    """Set a damaged file aside, remove those set aside earlier, and open a new file in its place."""
    try:
        for older in path.parent.glob(f"{path.name}.corrupt-*"):
            older.unlink()
        with suppress(FileNotFoundError):
            set_aside(path)
        # SQLite would replay the old write-ahead log into the new file.
        for part in companions(path):
            part.unlink(missing_ok=True)
        return path, _connect(path, host), "The cache was damaged: it was set aside and begun anew."
    except (*_FAILURES, OSError, StoreError) as error:
        return None, _connect(None), _memory_only(error)


def _make_private(path: Path) -> None:
    """Create the file with mode 0600, where SQLite would use 0644; its companion files inherit the mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        path.chmod(0o600)


def _is_damage(error: Exception) -> bool:
    # An operational error without a code means text that is not UTF-8.
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, (sqlite3.OperationalError, UnicodeDecodeError))
    # The low byte is the primary code. Since the file is writable, plain SQLITE_READONLY means a damaged header; its
    # extended codes mean that another instance has set the file aside.
    return code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_READONLY


def _memory_only(error: Exception) -> str:
    return f"The cache cannot be used ({_reason(error)}): nothing is kept on disk."


def _reason(error: Exception) -> str:
    return clean((error.strerror if isinstance(error, OSError) else None) or str(error))
