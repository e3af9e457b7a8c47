"""`cache info` changes no file, and `cache clear` removes none but the program's own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qconn_tui.cli import main
from qconn_tui.commands.cache import clear, describe
from qconn_tui.connector import Connector
from qconn_tui.errors import UsageError
from qconn_tui.store.database import SCHEMA, Database
from qconn_tui.store.inspection import Content, own_files, read_content
from qconn_tui.store.logos import LogoStore
from qconn_tui.store.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = 1_000_000.0
NAME = "0123456789abcdef.db"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A cache with one list and two logos, and the name of a refused one."""
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    with closing(Database.open(path / NAME)) as database:
        snapshots, logos = Snapshots(database), LogoStore(database)
        generation = snapshots.begin(NOW)
        for number in range(1, 4):
            page = [Connector(f"{number}-{row}", "Name") for row in range(500)]
            snapshots.add_pages(generation, [(number, page)], NOW)
        snapshots.complete(generation, NOW)
        snapshots.begin(NOW)
        logos.put("https://a", b"png", NOW)
        logos.put("https://b", b"png", NOW)
        logos.refuse("https://c", "404", NOW, NOW + 60)
    return path


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def lines(directory: Path) -> list[str]:
    return list(describe(directory, NOW + 7200))


def test_each_list_has_a_line_with_its_age_and_size(directory: Path) -> None:
    before = (directory / NAME).read_bytes()
    size = len(before)
    assert lines(directory) == [
        f"Directory  {directory}",
        f"Size       {size / 1000:,.0f} kB in 1 file",
        f"List       {NAME}: 1,500 connectors, 2 h old; 2 logos",
    ]
    assert names(directory) == [NAME]
    assert (directory / NAME).read_bytes() == before


def test_a_list_that_another_process_holds_open_can_be_described(directory: Path) -> None:
    with closing(Database.open(directory / NAME)) as database:
        LogoStore(database).put("https://d", b"png", NOW)
        assert lines(directory)[-1].endswith("3 logos")
        assert lines(directory)[1].endswith("in 3 files")
        LogoStore(database).put("https://e", b"png", NOW)
    assert lines(directory)[-1].endswith("4 logos")


def test_a_list_is_named_by_its_tenant_if_the_database_knows_it(directory: Path) -> None:
    Database.open(directory / NAME, "acme.eu.qlikcloud.com").close()
    assert lines(directory)[-1] == "List       acme.eu.qlikcloud.com: 1,500 connectors, 2 h old; 2 logos"
    with closing(Database.open(directory / NAME)) as database, database.transaction() as connection:
        connection.execute("UPDATE about SET host = ?", ("x\x1b]0;y",))
    assert "\x1b" not in lines(directory)[-1]


def test_a_cache_without_a_complete_list(directory: Path) -> None:
    with closing(Database.open(directory / NAME)) as database:
        Snapshots(database).clear()
    assert read_content(directory / NAME) == Content(logos=2)
    assert lines(directory)[-1] == f"List       {NAME}: none is complete; 2 logos"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def overwrite(path: Path) -> None:
    path.write_text("this is not what SQLite writes " * 100)


def spoil(path: Path) -> None:
    # A page that nothing needs to count lists and logos.
    path.write_bytes(path.read_bytes()[:-4096] + bytes(4096))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA + 1}")


@pytest.mark.parametrize("damage", [cut, overwrite, spoil, empty, make_newer])
def test_an_unreadable_list_is_reported_and_left_alone(directory: Path, damage: Callable[[Path], None]) -> None:
    damage(directory / NAME)
    before = (directory / NAME).read_bytes()
    assert lines(directory)[-1].startswith(f"List       {NAME}: cannot be read: ")
    assert (directory / NAME).read_bytes() == before
    assert names(directory) == [NAME]


@pytest.mark.parametrize("value", [float("inf"), -1.0, 1e18])
def test_a_time_that_no_calendar_has_is_damage(directory: Path, value: float) -> None:
    with closing(sqlite3.connect(directory / NAME)) as connection, connection:
        connection.execute("UPDATE generation SET saved_at = ? WHERE saved_at NOT NULL", (value,))
    assert lines(directory)[-1] == f"List       {NAME}: cannot be read: it is damaged"


def test_a_database_that_has_just_gone_is_not_made_again(tmp_path: Path) -> None:
    assert read_content(tmp_path / NAME).fault
    assert names(tmp_path) == []


def test_only_the_programs_own_files_are_removed(directory: Path, tmp_path: Path) -> None:
    own = [f"{NAME}-wal", f"{NAME}-shm", f"{NAME}-journal", f"{NAME}.corrupt-1700000000", "0123456789abcdef.frame"]
    foreign = ["notes.txt", "0123.db", "0123.frame", f"{NAME}.bak", "0123456789ABCDEF.db", f"{NAME}-wal2"]
    for name in own + foreign:
        (directory / name).write_bytes(b"x" * 1000)
    elsewhere = tmp_path / "precious"
    elsewhere.write_text("precious")
    (directory / "fedcba9876543210.db").symlink_to(elsewhere)
    assert len(own_files(directory)) == 7
    assert clear(directory).startswith("Removed ")
    assert names(directory) == sorted(foreign)
    assert elsewhere.read_text() == "precious"


def test_the_removed_size_is_reported(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"x" * 1_250_000)
    (tmp_path / f"{NAME}-wal").write_bytes(b"x" * 1000)
    assert clear(tmp_path) == f"Removed 1.3 MB in 2 files from {tmp_path}."
    assert clear(tmp_path) == f"There is nothing to remove in {tmp_path}."


def test_nothing_is_made_where_there_is_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert main(["cache", "info"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        f"Directory  {tmp_path / 'cache' / 'qconn-tui'} (not there)",
        "Size       0 bytes in 0 files",
    ]
    assert printed.err == ""
    assert main(["cache", "clear"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "There is nothing to remove" in printed.err
    assert names(tmp_path) == []


def test_an_invalid_configuration_does_not_prevent_clearing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QCONN_SERVER", "not an address")
    assert main(["cache", "clear"]) == 0


def test_a_file_in_place_of_the_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x\x1b]0;y").write_text("not a directory")
    for use in (lines, clear):
        with pytest.raises(UsageError, match="cannot be read: Not a directory") as caught:
            use(tmp_path / "x\x1b]0;y")
        assert "\x1b" not in str(caught.value)


def test_a_file_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    # A directory cannot be removed like a file.
    (tmp_path / NAME).mkdir()
    with pytest.raises(UsageError, match="cannot be removed"):
        clear(tmp_path)
