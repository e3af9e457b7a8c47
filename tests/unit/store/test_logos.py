"""Logos on disk: thumbnails, refusals and when they expire, and which are removed first."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import StoreError
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LONGEST_REFUSAL, LogoStore, StoredLogo

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://cdn.qlikcloud.com/automations/logos/0.png"
DAY = 86_400.0


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database.open(None)) as opened:
        yield opened


@pytest.fixture
def logos(database: Database) -> LogoStore:
    return LogoStore(database)


def test_a_picture_is_read_as_it_was_stored(logos: LogoStore) -> None:
    assert logos.get(URL, 0.0) is None
    logos.put(URL, b"png", 0.0)
    assert logos.get(URL, 1000 * DAY) == StoredLogo(b"png")
    assert logos.get(URL + "?", 0.0) is None


def test_a_refusal_expires(logos: LogoStore) -> None:
    logos.refuse(URL, "the logo answers 404", 1000.0, 1000.0 + 7 * DAY)
    refusal = StoredLogo(None, "the logo answers 404", 1000.0 + 7 * DAY)
    assert logos.get(URL, 1000.0) == refusal
    assert logos.get(URL, 999.0 + 7 * DAY) == refusal
    assert logos.get(URL, 1000.0 + 7 * DAY) is None


def test_no_refusal_outlives_a_month_or_a_clock_set_back(logos: LogoStore) -> None:
    logos.refuse(URL, "no", 0.0, 1000 * DAY)
    assert logos.get(URL, LONGEST_REFUSAL - 1) is not None
    assert logos.get(URL, LONGEST_REFUSAL) is None
    logos.refuse(URL, "no", 2000 * DAY, 2001 * DAY)
    assert logos.get(URL, 1000 * DAY) is None


def test_the_last_write_counts(logos: LogoStore) -> None:
    logos.refuse(URL, "no", 0.0, DAY)
    logos.put(URL, b"png", 1.0)
    assert logos.get(URL, 2.0) == StoredLogo(b"png")
    logos.refuse(URL, "no", 3.0, DAY)
    assert logos.get(URL, 4.0) == StoredLogo(None, "no", DAY)


def test_a_row_that_no_program_of_ours_writes_is_damage(logos: LogoStore, database: Database) -> None:
    logos.put(URL, b"png", 0.0)
    (row,) = database.rows("SELECT key, crc32, content FROM logo")
    with database.transaction() as connection:
        connection.execute("DROP TABLE logo")
        connection.execute("CREATE TABLE logo (key, crc32, content, refused_until, size, used_at)")
        connection.execute("INSERT INTO logo (key, crc32, content) VALUES (?, ?, ?)", row)
    with pytest.raises(StoreError, match="damaged"):
        logos.get(URL, 1.0)
    assert logos.get(URL, 1.0) is None


def test_a_reason_is_cleaned_again(logos: LogoStore) -> None:
    logos.refuse(URL, "bad \x1b]52;c;eA==\x07", 0.0, DAY)
    stored = logos.get(URL, 1.0)
    assert stored is not None
    assert stored.reason is not None
    assert "\x1b" not in stored.reason


def test_the_last_use_is_written_at_most_once_a_minute(logos: LogoStore, database: Database) -> None:
    logos.put(URL, b"png", 1000.0)
    noted = []
    for now in (1000.0, 1059.0, 1061.0, 1100.0, 500.0):
        logos.get(URL, now)
        noted.append(database.rows("SELECT used_at FROM logo")[0][0])
    assert noted == [1000.0, 1000.0, 1061.0, 1061.0, 500.0]


def test_the_least_recently_used_are_removed_first(database: Database) -> None:
    logos = LogoStore(database, capacity=10_000)
    for number in range(9):
        logos.put(f"{URL}{number}", bytes(900), float(number))
    logos.get(f"{URL}0", 100.0)
    logos.get(f"{URL}2", 101.0)
    logos.put(f"{URL}new", bytes(2000), 102.0)
    kept = [number for number in range(9) if logos.get(f"{URL}{number}", 103.0)]
    assert kept == [0, 2, 5, 6, 7, 8]
    assert logos.get(f"{URL}new", 103.0) is not None
    (total,) = database.rows("SELECT sum(size) FROM logo")[0]
    assert total <= 9_000


def test_clear_removes_all(logos: LogoStore) -> None:
    logos.put(URL, b"png", 0.0)
    logos.clear()
    assert logos.get(URL, 0.0) is None


def test_a_picture_of_another_address_is_never_returned(logos: LogoStore, database: Database) -> None:
    logos.put(URL, b"png", 0.0)
    logos.put(f"{URL}?", b"another", 0.0)
    with database.transaction() as connection:
        connection.execute("UPDATE logo SET (content, crc32) = (SELECT content, crc32 FROM logo ORDER BY rowid DESC)")
    with pytest.raises(StoreError, match="damaged"):
        logos.get(URL, 0.0)


@pytest.mark.parametrize("change", ["content = x'00'", "crc32 = 7", "content = 'text'", "content = 5"])
def test_a_picture_that_is_damaged_is_never_returned(logos: LogoStore, database: Database, change: str) -> None:
    logos.put(URL, b"png", 0.0)
    with database.transaction() as connection:
        connection.execute(f"UPDATE logo SET {change}")
    with pytest.raises(StoreError, match="damaged"):
        logos.get(URL, 0.0)
