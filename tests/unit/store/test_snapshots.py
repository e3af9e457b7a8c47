"""The saved list: the new one or the previous one, never a mixture."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qconn_tui.connector import Connector
from qconn_tui.errors import StoreError
from qconn_tui.store.bounds import LARGEST_VALUE
from qconn_tui.store.database import Database
from qconn_tui.store.snapshots import SavedList, Snapshots, _checksum
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = Connector(
    id="0d87347d-27c0-11ea-921c-022e6b5ea1e2",
    name="Airtable 東京 é 👩‍💻",
    description="Airtable is a cloud collaboration service.",
    billable=True,
    has_webhooks=False,
    logo_small="https://cdn.qlikcloud.com/s.png",
    logo_medium="https://cdn.qlikcloud.com/m.png",
    logo_large="https://cdn.qlikcloud.com/l.png",
)
BARE = Connector("1", "")


@pytest.fixture
def database() -> Iterator[Database]:
    with closing(Database.open(None)) as opened:
        yield opened


@pytest.fixture
def snapshots(database: Database) -> Snapshots:
    return Snapshots(database)


def save(snapshots: Snapshots, *pages: tuple[Connector, ...], now: float = 100.0) -> int:
    generation = snapshots.begin(now)
    snapshots.add_pages(generation, enumerate(pages, 1), now)
    snapshots.complete(generation, now)
    return generation


def read(snapshots: Snapshots) -> list[tuple[Connector, ...]]:
    saved = snapshots.latest()
    assert saved is not None
    return list(snapshots.pages(saved))


def test_nothing_is_saved_at_first(snapshots: Snapshots) -> None:
    assert snapshots.latest() is None


def test_what_was_saved_is_read_page_by_page(snapshots: Snapshots) -> None:
    generation = save(snapshots, (FULL, BARE), (), (BARE,), now=123.5)
    assert snapshots.latest() == SavedList(generation, 123.5, pages=3, connectors=3)
    assert read(snapshots) == [(FULL, BARE), (), (BARE,)]


def test_an_empty_list_is_a_list(snapshots: Snapshots) -> None:
    save(snapshots)
    assert read(snapshots) == []


def test_pages_come_in_their_order_and_the_last_write_counts(snapshots: Snapshots) -> None:
    generation = snapshots.begin(1.0)
    for number, page in ((3, (BARE,)), (1, (BARE,)), (2, ()), (1, (FULL,))):
        snapshots.add_pages(generation, [(number, page)], 1.0)
    snapshots.complete(generation, 2.0)
    assert read(snapshots) == [(FULL,), (), (BARE,)]


def test_the_first_page_needs_no_other(snapshots: Snapshots, database: Database) -> None:
    save(snapshots, (FULL,), (BARE,))
    with database.transaction() as connection:
        connection.execute("UPDATE page SET content = x'00' WHERE number = 2")
    saved = snapshots.latest()
    assert saved is not None
    assert next(snapshots.pages(saved)) == (FULL,)


def test_an_incomplete_generation_is_not_read(snapshots: Snapshots) -> None:
    save(snapshots, (FULL,))
    unfinished = snapshots.begin(200.0)
    snapshots.add_pages(unfinished, [(1, (BARE,))], 200.0)
    assert read(snapshots) == [(FULL,)]
    snapshots.complete(unfinished, 201.0)
    assert read(snapshots) == [(BARE,)]


def test_completing_deletes_the_list_before(snapshots: Snapshots, database: Database) -> None:
    save(snapshots, (FULL,), (FULL,))
    save(snapshots, (BARE,))
    assert database.rows("SELECT count(*) FROM generation") == [(1,)]
    assert database.rows("SELECT count(*) FROM page") == [(1,)]


def test_two_walks_at_once_do_not_disturb_each_other(snapshots: Snapshots) -> None:
    slow, quick = snapshots.begin(1.0), snapshots.begin(2.0)
    snapshots.add_pages(quick, [(1, (BARE,))], 2.0)
    snapshots.complete(quick, 3.0)
    snapshots.add_pages(slow, [(1, (FULL,))], 3.0)
    assert read(snapshots) == [(BARE,)]
    snapshots.complete(slow, 4.0)
    assert read(snapshots) == [(FULL,)]


@pytest.mark.parametrize("now", [1000.0 + 90_000, 1000.0 - 90_000])
def test_abandoned_generations_are_deleted(snapshots: Snapshots, database: Database, now: float) -> None:
    abandoned = snapshots.begin(1000.0)
    snapshots.add_pages(abandoned, [(1, (BARE,))], 1000.0)
    snapshots.begin(1000.0 + 3600)
    assert database.rows("SELECT count(*) FROM page") == [(1,)]
    snapshots.begin(now)
    assert database.rows("SELECT count(*) FROM page") == [(0,)]


def test_a_cleared_generation_takes_no_more_pages(snapshots: Snapshots) -> None:
    generation = snapshots.begin(1.0)
    snapshots.clear()
    with pytest.raises(StoreError, match="cleared"):
        snapshots.add_pages(generation, [(1, (BARE,))], 100.0)
    with pytest.raises(StoreError, match="cleared"):
        snapshots.complete(generation, 2.0)
    assert snapshots.latest() is None


def test_a_completed_generation_takes_no_more_pages(snapshots: Snapshots) -> None:
    generation = save(snapshots, (FULL,))
    with pytest.raises(StoreError):
        snapshots.add_pages(generation, [(1, (BARE,))], 100.0)
    assert read(snapshots) == [(FULL,)]


def test_a_list_that_is_replaced_while_it_is_read_is_no_damage(snapshots: Snapshots, database: Database) -> None:
    save(snapshots, (FULL,), (BARE,))
    saved = snapshots.latest()
    assert saved is not None
    pages = snapshots.pages(saved)
    next(pages)
    save(snapshots, (BARE,))
    with pytest.raises(StoreError, match="replaced"):
        next(pages)
    assert database.notice is None
    assert read(snapshots) == [(BARE,)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("saved_at", float("inf")), ("saved_at", -1.0), ("saved_at", 1e18), ("saved_at", "9e999"), ("pages", -1),
        ("pages", None), ("connectors", -5), ("connectors", "many"), ("connectors", 2**63 - 1),
    ],
)  # fmt: skip
def test_a_number_that_no_list_has_is_damage(
    snapshots: Snapshots, database: Database, column: str, value: object
) -> None:
    save(snapshots, (FULL,))
    with database.transaction() as connection:
        connection.execute(f"UPDATE generation SET {column} = ?", (value,))
    with pytest.raises(StoreError, match="damaged"):
        read(snapshots)
    assert snapshots.latest() is None


def test_a_page_that_grows_without_end_is_damage(snapshots: Snapshots, database: Database) -> None:
    generation = save(snapshots, (FULL,))
    bomb = zlib.compress(b"[" + b" " * (LARGEST_VALUE + 1) + b"]", 9)
    with database.transaction() as connection:
        connection.execute("UPDATE page SET content = ?, crc32 = ?", (bomb, _checksum(generation, 1, bomb)))
    with pytest.raises(StoreError, match="damaged"):
        read(snapshots)


def test_a_page_that_is_missing_is_damage(snapshots: Snapshots, database: Database) -> None:
    save(snapshots, (FULL,), (BARE,))
    with database.transaction() as connection:
        connection.execute("DELETE FROM page WHERE number = 2")
    with pytest.raises(StoreError, match="damaged"):
        read(snapshots)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE generation SET pages = 1",
        "UPDATE generation SET connectors = 3",
        "UPDATE page SET number = 5 WHERE number = 1",
        "UPDATE page SET (content, crc32) = (SELECT content, crc32 FROM page WHERE number = 2)",
    ],
)
def test_pages_that_are_whole_but_not_the_right_ones_are_damage(
    snapshots: Snapshots, database: Database, change: str
) -> None:
    save(snapshots, (FULL,), (BARE,))
    with database.transaction() as connection:
        connection.execute(change)
    with pytest.raises(StoreError, match="damaged"):
        read(snapshots)


HOSTILE = "\x1b]52;c;SEFDSw==\x07 \u202egnp.exe \x00 \U0010eeee"


@pytest.mark.parametrize(
    "record",
    [
        ["1", "n", None, None, None, None, None],
        ["1", "n", None, None, None, None, None, None, None],
        [1, "n", None, None, None, None, None, None],
        ["1", None, None, None, None, None, None, None],
        ["1", "n", None, "yes", None, None, None, None],
        ["1", "n", None, None, None, 7, None, None],
        {"id": "1"},
        "12345678",
        None,
    ],
)
def test_a_record_of_another_shape_is_damage(snapshots: Snapshots, database: Database, record: object) -> None:
    plant(snapshots, database, record)
    with pytest.raises(StoreError, match="damaged"):
        read(snapshots)


def test_texts_are_cleaned_again(snapshots: Snapshots, database: Database) -> None:
    plant(snapshots, database, [HOSTILE, HOSTILE, HOSTILE, None, None, HOSTILE, HOSTILE, HOSTILE])
    ((connector,),) = read(snapshots)
    safe = clean(HOSTILE)
    assert connector == Connector(safe, safe, safe, None, None, safe, safe, safe)


def plant(snapshots: Snapshots, database: Database, record: object) -> None:
    generation = save(snapshots, (FULL,))
    content = zlib.compress(json.dumps([record]).encode())
    with database.transaction() as connection:
        connection.execute("UPDATE page SET content = ?, crc32 = ?", (content, _checksum(generation, 1, content)))


WALKER = """
import sys, time
from pathlib import Path
from qconn_tui.connector import Connector
from qconn_tui.store.database import Database
from qconn_tui.store.snapshots import Snapshots

snapshots = Snapshots(Database.open(Path(sys.argv[1])))
print("ready", flush=True)
for walk in range(int(sys.argv[2]), 10**9):
    generation = snapshots.begin(time.time())
    for number in range(1, 6):
        page = [Connector(str(walk), f"Row {row}") for row in range(50)]
        snapshots.add_pages(generation, [(number, page)], time.time())
    snapshots.complete(generation, float(walk))
    print("saved", flush=True)
"""
KILLS = 20


def test_a_kill_at_any_moment_leaves_a_complete_list(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    walk = 0
    for kill in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WALKER, path, str(walk)], stdout=subprocess.PIPE, text=True
        ) as walker:
            assert walker.stdout is not None
            assert walker.stdout.readline() == "ready\n"
            began = time.monotonic()
            assert walker.stdout.readline() == "saved\n"
            # Within about two more walks, however long one takes.
            with pytest.raises(subprocess.TimeoutExpired):
                walker.wait(2 * (time.monotonic() - began) * kill / KILLS)
            walker.send_signal(signal.SIGKILL)
        with closing(Database.open(path)) as database:
            assert database.notice is None
            snapshots = Snapshots(database)
            saved = snapshots.latest()
            assert saved is not None
            pages = list(snapshots.pages(saved))
            assert [len(page) for page in pages] == [50] * 5
            assert {connector.id for page in pages for connector in page} == {str(int(saved.saved_at))}
            assert saved.saved_at >= walk, "this list was reported as saved"
            walk = int(saved.saved_at) + 1
