"""The whole cache as its owner sees it: what is in it, and all of it thrown away. Looking makes and repairs nothing."""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qconn_tui.store.database import SCHEMA
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_OWN_FILE = re.compile(r"[0-9a-f]{16}\.(?:db(-wal|-shm|-journal|\.corrupt-\d+)?|frame)")


@dataclass(frozen=True, slots=True)
class CacheFile:
    """One file that the program made."""

    path: Path
    """Where it is."""
    size: int
    """Bytes."""
    mode: int
    """Its permission bits."""

    @property
    def is_database(self) -> bool:
        """Whether it is one user's cache of one tenant, and not a companion of it or a damaged one set aside."""
        return self.path.suffix == ".db"


@dataclass(frozen=True, slots=True)
class Content:
    """What one database holds."""

    saved_at: float | None = None
    """When its list was completed, in seconds since the epoch; None without a list."""
    connectors: int = 0
    """How many connectors are in the list."""
    logos: int = 0
    """How many pictures there are."""
    host: str | None = None
    """Whose list it is: the tenant's host; None when nobody noted it."""
    fault: str | None = None
    """Why nothing of this is known, in a few words; None when all is well."""


def own_files(directory: Path) -> tuple[CacheFile, ...]:
    """The program's own files in `directory`, by name; none if it is not there. Raises OSError as listing it does."""
    try:
        paths = sorted(path for path in directory.iterdir() if _OWN_FILE.fullmatch(path.name))
    except FileNotFoundError:
        return ()
    files = []
    for path in paths:
        # Another instance may just be putting its companions away.
        with suppress(FileNotFoundError):
            status = path.lstat()
            files.append(CacheFile(path, status.st_size, stat.S_IMODE(status.st_mode)))
    return tuple(files)


def read_content(path: Path) -> Content:
    """What the database at `path` holds."""
    try:
        # Not `mode=ro`: that could not tidy up the companions which a look at a shared database makes.
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        ) as connection:
            return _read(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return Content(fault=clean(str(error)))


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
    return Content(saved_at, connectors, logos, clean(about[0]) if about else None)


def remove(files: Iterable[CacheFile]) -> None:
    """Remove the files. Raises OSError for the first that cannot be."""
    # A write-ahead log must not be left without its database: it would be played into the next one.
    for file in sorted(files, key=lambda file: file.is_database):
        file.path.unlink(missing_ok=True)
