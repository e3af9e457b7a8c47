"""Where the cache is on disk: private directories, and names that reveal nothing."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import StoreError
from qconn_tui.store.location import cache_directory, database_path, private_directory

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGIN = "https://acme.eu.qlikcloud.com"


def keyed(token: str) -> Callable[[bytes], str]:
    return lambda salt: hashlib.blake2b(token.encode(), key=salt, digest_size=8).hexdigest()


@pytest.fixture(autouse=True)
def homes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_directories_and_the_salt_are_private(homes: Path) -> None:
    previous = os.umask(0)
    try:
        path = database_path(ORIGIN, keyed("a"))
    finally:
        os.umask(previous)
    assert path.parent == cache_directory()
    assert mode(path.parent) == 0o700
    salt = homes / "state" / "qconn-tui" / "salt"
    assert mode(salt.parent) == 0o700
    assert mode(salt) == 0o600
    assert len(salt.read_bytes()) == 16
    assert [entry.name for entry in salt.parent.iterdir()] == ["salt"]


@pytest.mark.parametrize(("umask", "parents"), [(0, 0o755), (0o022, 0o755), (0o002, 0o755), (0o077, 0o700)])
def test_no_umask_opens_the_directories_to_others(homes: Path, umask: int, parents: int) -> None:
    previous = os.umask(umask)
    try:
        directory = private_directory(homes / "a" / "b" / "ours")
    finally:
        os.umask(previous)
    assert [mode(path) for path in (directory, directory.parent, directory.parent.parent)] == [0o700, parents, parents]


def test_a_file_for_each_tenant_and_user() -> None:
    path = database_path(ORIGIN, keyed("a"))
    assert path == database_path(ORIGIN, keyed("a"))
    others = {database_path(ORIGIN, keyed("b")), database_path("https://b.eu.qlikcloud.com", keyed("a"))}
    assert len({path, *others}) == 3


def test_threads_that_ask_at_once_for_the_first_time_get_the_same_file() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: database_path(ORIGIN, keyed("a")), range(32)))) == 1


def test_the_name_reveals_nothing_and_cannot_leave_the_directory() -> None:
    path = database_path("https://../../../etc/passwd", lambda _: "../../x")
    assert path.parent == cache_directory()
    assert path.suffix == ".db"
    assert len(path.stem) == 16
    assert set(path.stem) <= set("0123456789abcdef")


def test_another_salt_is_another_file(homes: Path) -> None:
    path = database_path(ORIGIN, keyed("a"))
    (homes / "state" / "qconn-tui" / "salt").unlink()
    assert database_path(ORIGIN, keyed("a")) != path


def test_a_damaged_salt_is_replaced(homes: Path) -> None:
    database_path(ORIGIN, keyed("a"))
    salt = homes / "state" / "qconn-tui" / "salt"
    salt.write_bytes(b"short")
    database_path(ORIGIN, keyed("a"))
    assert len(salt.read_bytes()) == 16


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_large(path: Path) -> None:
    path.write_bytes(bytes(100))


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("spoil", [make_fifo, make_large, make_endless, Path.mkdir])
def test_what_is_no_salt_is_set_aside(homes: Path, spoil: Callable[[Path], None]) -> None:
    database_path(ORIGIN, keyed("a"))
    salt = homes / "state" / "qconn-tui" / "salt"
    salt.unlink()
    spoil(salt)
    path = database_path(ORIGIN, keyed("a"))
    assert path == database_path(ORIGIN, keyed("a"))
    assert len(salt.read_bytes()) == 16
    assert [entry.name.partition("-")[0] for entry in sorted(salt.parent.iterdir())] == ["salt", "salt.corrupt"]


def test_a_place_that_is_no_place_is_not_used() -> None:
    for place in ("relative", "~/cache"):
        with pytest.raises(StoreError, match="no home directory"):
            private_directory(Path(place))


@pytest.mark.parametrize("bits", [0o720, 0o702, 0o777])
def test_a_directory_that_others_can_write_is_not_used(homes: Path, bits: int) -> None:
    directory = homes / "cache" / "qconn-tui"
    directory.mkdir(parents=True)
    directory.chmod(bits)
    with pytest.raises(StoreError, match="Other users can write into"):
        cache_directory()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
def test_a_directory_or_a_link_of_another_user_is_not_used(homes: Path) -> None:
    directory = homes / "cache" / "qconn-tui"
    directory.mkdir(parents=True)
    os.chown(directory, 12345, 12345)
    with pytest.raises(StoreError, match="belongs to another user"):
        cache_directory()
    directory.rmdir()
    directory.symlink_to(homes)
    os.chown(directory, 12345, 12345, follow_symlinks=False)
    with pytest.raises(StoreError, match="belongs to another user"):
        cache_directory()


def test_a_file_in_place_of_the_directory_is_reported(homes: Path) -> None:
    (homes / "cache").write_text("not a directory")
    with pytest.raises(StoreError, match="cannot be used: Not a directory"):
        cache_directory()


def test_hostile_names_in_the_environment_are_cleaned(homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (homes / "x\x1b]0;y").write_text("not a directory")
    monkeypatch.setenv("XDG_CACHE_HOME", str(homes / "x\x1b]0;y"))
    with pytest.raises(StoreError) as caught:
        cache_directory()
    assert "\x1b" not in str(caught.value)
