"""Where the cache lives: one private file for each tenant and user.

No name on disk comes from a server: a file is called after a hash of the tenant's origin and the user, so
there is nothing to escape, and one user's file never answers for another.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from qconn_tui.errors import StoreError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

_APPLICATION = "qconn-tui"
_SALT_BYTES = 16
_making_salt = threading.Lock()
"""Lists and logos ask for their file from a thread each; without it a first start could make two salts."""


def cache_path() -> Path:
    """The platform's cache directory for this program, whether it is there or not."""
    return Path(platformdirs.user_cache_dir(_APPLICATION))


def cache_directory() -> Path:
    """`cache_path`, made (mode 0700) when it is not there.

    Raises StoreError when it cannot be made, or when somebody else could put files into it.
    """
    return private_directory(cache_path())


def database_path(origin: str, fingerprint: Callable[[bytes], str]) -> Path:
    """The cache file for the tenant at `origin` and the user whom `fingerprint(salt)` names.

    The salt is 16 random bytes that stay in the state directory, so that a file name tells nothing about a
    token to somebody who sees only the cache. Raises StoreError when there is no safe place for the cache.
    """
    named = f"{origin}\0{fingerprint(_salt())}"
    return cache_directory() / f"{hashlib.sha256(named.encode()).hexdigest()[:16]}.db"


def _salt() -> bytes:
    path = private_directory(Path(platformdirs.user_state_dir(_APPLICATION))) / "salt"
    try:
        with _making_salt:
            salt = path.read_bytes() if path.exists() else b""
            # Two programs that first start at once may each make one: the last stays, and costs the other its cache.
            return salt if len(salt) == _SALT_BYTES else _new_salt(path)
    except OSError as error:
        raise _unusable(path, error) from error


def _new_salt(path: Path) -> bytes:
    # Only the very first start needs it, and it takes a moment to import.
    import secrets

    salt = secrets.token_bytes(_SALT_BYTES)
    write_private(path, salt)
    return salt


def write_private(path: Path, content: bytes) -> None:
    """Make or replace a file (mode 0600); others see all of the content or none. Raises OSError."""
    # It takes 3 ms to import, and a start that finds everything in its place writes nothing.
    import tempfile

    # mkstemp makes the file 0600; the rename shows it to others whole or not at all.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def private_directory(path: Path) -> Path:
    """`path`, made (mode 0700) when it is not there; StoreError when it cannot be, or others could write into it."""
    if not path.is_absolute():
        raise StoreError("There is no home directory for the cache.", "Nothing is kept on disk.")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry, directory = path.lstat(), path.stat()
    except OSError as error:
        raise _unusable(path, error) from error
    if sys.platform != "win32":
        # The entry itself may be a link: its owner decides where it leads.
        if {entry.st_uid, directory.st_uid} != {os.getuid()}:
            raise StoreError(f"{_shown(path)} belongs to another user.", "Nothing is kept on disk.")
        if directory.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise StoreError(
                f"Other users can write into {_shown(path)}.",
                "Nothing is kept on disk until only you can: chmod go-w the directory.",
            )
    return path


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{_shown(path)} cannot be used: {clean(error.strerror or str(error))}.", "Nothing is kept on disk."
    )


def _shown(path: Path) -> str:
    return clean(str(path))
