"""Where the cache is on disk: one private file for each tenant and user.

The name of a file is a hash of the tenant's origin and the user. So no text from a server becomes a file name, and no
user gets the cache of another.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from qconn_tui.errors import StoreError
from qconn_tui.runtime.files import UnfitFile, read_file
from qconn_tui.store.bounds import set_aside
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable

_APPLICATION = "qconn-tui"
_SALT_BYTES = 16
_MODE = 0o700
_PARENT_MODE = 0o755
"""The mode of directories above ours, such as `~/.cache`, which other programs use, too."""
_salt_lock = threading.Lock()
"""Lists and logos look for their file in a thread each; without the lock a first start could create two salts."""


def cache_path() -> Path:
    """Return the platform's cache directory for this program, which may not exist yet.

    Raises:
        StoreError: The user has no home directory.
    """
    return _at_home(platformdirs.user_cache_dir)


def cache_directory() -> Path:
    """Return `cache_path`, created with mode 0700 if needed.

    Raises:
        StoreError: The directory cannot be created, or another user could put files into it.
    """
    return private_directory(cache_path())


def database_path(origin: str, fingerprint: Callable[[bytes], str]) -> Path:
    """Return the path of the database for one tenant and one user.

    The salt is 16 random bytes in the state directory, so a file name in the cache reveals nothing about a token.

    Args:
        origin: The tenant's origin, as in RFC 6454.
        fingerprint: Returns a salted hash that identifies the user's credentials.

    Raises:
        StoreError: There is no safe place for the cache.
    """
    identity = f"{origin}\0{fingerprint(_salt())}"
    return cache_directory() / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.db"


def _salt() -> bytes:
    path = private_directory(_at_home(platformdirs.user_state_dir)) / "salt"
    try:
        with _salt_lock:
            salt = _read_salt(path)
            # Two first starts at once may each create a salt. The last one stays, and the other start's cache is lost.
            return salt if len(salt) == _SALT_BYTES else _new_salt(path)
    except OSError as error:
        raise _unusable(path, error) from error


def _read_salt(path: Path) -> bytes:
    """The content of the file; empty if there is none. What is no such file is set aside."""
    try:
        return read_file(path, _SALT_BYTES)
    except FileNotFoundError:
        return b""
    except UnfitFile:
        set_aside(path)
        return b""


def _new_salt(path: Path) -> bytes:
    # Imported late, because only the first start ever needs it.
    import secrets

    salt = secrets.token_bytes(_SALT_BYTES)
    write_private(path, salt)
    return salt


def write_private(path: Path, content: bytes) -> None:
    """Create or replace a file with mode 0600, atomically.

    Args:
        path: The path of the file.
        content: All of its bytes.

    Raises:
        OSError: The file cannot be written; an existing one stays as it was.
    """
    # Imported late: it takes 3 ms, and most starts write no file here.
    import tempfile

    # mkstemp creates the file with mode 0600, and the rename is atomic.
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


def _at_home(find: Callable[[str], str]) -> Path:
    """The program's directory in the place that `find` returns, a function of platformdirs."""
    try:
        path = Path(find(_APPLICATION))
    except RuntimeError:
        path = Path()
    # Some versions of platformdirs raise no error without a home, and return `~/.cache`.
    if not path.is_absolute():
        raise _without_home()
    return path


def _without_home() -> StoreError:
    return StoreError("There is no home directory for the cache.", "Nothing is kept on disk.")


def _make_directories(path: Path, mode: int) -> None:
    """Create a directory and those above it with modes that no umask makes wider."""
    try:
        path.mkdir(mode)
    except FileNotFoundError:
        if path.parent == path:
            raise
        _make_directories(path.parent, _PARENT_MODE)
        # Another instance may have created it just now.
        with suppress(FileExistsError):
            path.mkdir(mode)
    except OSError:
        # On a read-only disk, too, what is there is enough.
        if not path.is_dir():
            raise


def private_directory(path: Path) -> Path:
    """Return `path`, a directory, created with mode 0700 if needed.

    Raises:
        StoreError: The directory cannot be created, or another user could put files into it.
    """
    if not path.is_absolute():
        raise _without_home()
    try:
        _make_directories(path, _MODE)
        entry, directory = path.lstat(), path.stat()
    except OSError as error:
        raise _unusable(path, error) from error
    if sys.platform != "win32":
        # The path may be a symbolic link, whose owner could redirect it.
        if {entry.st_uid, directory.st_uid} != {os.getuid()}:
            raise StoreError(f"{_display(path)} belongs to another user.", "Nothing is kept on disk.")
        if directory.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise StoreError(
                f"Other users can write into {_display(path)}.",
                "Nothing is kept on disk until only you can: chmod go-w the directory.",
            )
    return path


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{_display(path)} cannot be used: {clean(error.strerror or str(error))}.", "Nothing is kept on disk."
    )


def _display(path: Path) -> str:
    return clean(str(path))
