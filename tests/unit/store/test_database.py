"""Opening, repairing and sharing the cache file."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from qconn_tui.connector import Connector
from qconn_tui.errors import StoreError
from qconn_tui.store.bounds import LARGEST_VALUE
from qconn_tui.store.database import SCHEMA, Database
from qconn_tui.store.inspection import read_content
from qconn_tui.store.logos import LogoStore
from qconn_tui.store.snapshots import Snapshots
from tests.unit.store.disks import may_mount

ROOT = Path(__file__).parents[3]
PAGES = tuple(
    tuple(Connector(f"id-{page}-{row}", f"Connector {page} {row}" + "é" * row, f"Text {row}", row % 2 == 0)
          for row in range(20))
    for page in range(5)
)  # fmt: skip


def save(database: Database) -> None:
    snapshots = Snapshots(database)
    generation = snapshots.begin(1000.0)
    snapshots.add_pages(generation, enumerate(PAGES, 1), 1000.0)
    snapshots.complete(generation, 1000.0)


def read(database: Database) -> tuple[tuple[Connector, ...], ...] | None:
    snapshots = Snapshots(database)
    saved = snapshots.latest()
    return None if saved is None else tuple(snapshots.pages(saved))


def test_the_file_and_its_companions_are_private(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    previous = os.umask(0)
    try:
        with closing(Database.open(path)) as database:
            save(database)
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in tmp_path.iterdir()}
    finally:
        os.umask(previous)
    assert modes == {"cache.db": 0o600, "cache.db-wal": 0o600, "cache.db-shm": 0o600}


def test_a_file_that_was_readable_to_others_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    Database.open(path).close()
    path.chmod(0o644)
    Database.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_saved_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
        assert database.notice is None
    with closing(Database.open(path)) as database:
        assert database.notice is None
        assert read(database) == PAGES


def test_in_memory_it_works_the_same_and_leaves_nothing() -> None:
    with closing(Database.open(None)) as database:
        save(database)
        assert read(database) == PAGES
        assert database.notice is None
    with closing(Database.open(None)) as database:
        assert read(database) is None


@pytest.mark.parametrize("junk", [b"junk" * 5000, b"SQLite format 3\0" + b"\xff" * 5000], ids=["junk", "header"])
def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(junk)
    with closing(Database.open(path)) as database:
        assert database.notice == "The cache was damaged: it was set aside and begun anew."
        save(database)
    with closing(Database.open(path)) as database:
        assert database.notice is None
        assert read(database) == PAGES
    (aside,) = tmp_path.glob("cache.db.corrupt-*")
    assert aside.read_bytes() == junk


def test_only_the_last_damaged_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    (tmp_path / "cache.db.corrupt-1").write_bytes(b"older")
    path.write_bytes(b"newer" * 1000)
    Database.open(path).close()
    (aside,) = tmp_path.glob("cache.db.corrupt-*")
    assert aside.read_bytes() == b"newer" * 1000


def test_a_database_with_other_tables_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE page (x)")
        foreign.commit()
    with closing(Database.open(path)) as database:
        assert database.notice is not None
        save(database)
        assert read(database) == PAGES


def test_a_page_with_a_wrong_checksum_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
        with database.transaction() as connection:
            connection.execute("UPDATE page SET crc32 = crc32 + 1 WHERE number = 3")
        snapshots = Snapshots(database)
        saved = snapshots.latest()
        assert saved is not None
        pages = snapshots.pages(saved)
        assert (next(pages), next(pages)) == PAGES[:2]
        with pytest.raises(StoreError, match="damaged"):
            next(pages)
        assert database.notice == "The cache was damaged: it was set aside and begun anew."
        assert read(database) is None
        save(database)
        assert read(database) == PAGES


def test_any_damage_is_reported_or_harmless(tmp_path: Path) -> None:
    """After random bytes in a closed file, what is read was written or is our error; and it heals."""
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
        logos = LogoStore(database)
        for number in range(40):
            logos.put(f"https://x/{number}", bytes([number]) * 3000, 0.0)
    whole = path.read_bytes()
    dice = random.Random(7)
    healed = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(dice.choice((1, 3, 40))):
            at = dice.randrange(len(damaged))
            damaged[at : at + dice.choice((1, 4, 100))] = dice.randbytes(dice.choice((1, 4, 100)))
        path.write_bytes(damaged[: dice.choice((None, dice.randrange(len(damaged))))])
        with closing(Database.open(path)) as database:
            try:
                assert read(database) in (PAGES, None)
                for number in range(40):
                    logo = LogoStore(database).get(f"https://x/{number}", 10.0)
                    assert logo is None or logo.png == bytes([number]) * 3000
                save(database)
            except StoreError:
                save(database)
            assert read(database) == PAGES
            healed += database.notice is not None
        for aside in tmp_path.glob("*.corrupt-*"):
            aside.unlink()
    assert healed > 20


def test_names_that_are_not_text_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    Database.open(path).close()
    path.write_bytes(path.read_bytes().replace(b"TABLE page", b"TABLE \xff(\xfe"))
    with closing(Database.open(path)) as database:
        assert database.notice == "The cache was damaged: it was set aside and begun anew."


def test_a_value_that_is_not_text_is_damage(tmp_path: Path) -> None:
    with closing(Database.open(tmp_path / "cache.db")) as database:
        save(database)
        with database.transaction() as connection:
            connection.execute("UPDATE page SET content = CAST(x'ff' AS TEXT)")
        with pytest.raises(StoreError, match="damaged"):
            read(database)


def test_a_header_that_forbids_writing_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    Database.open(path).close()
    content = bytearray(path.read_bytes())
    content[18] = 9
    path.write_bytes(content)
    with closing(Database.open(path)) as database:
        if database.notice is None:
            with pytest.raises(StoreError, match="damaged"):
                save(database)
        save(database)
        assert read(database) == PAGES


def test_setting_a_file_aside_does_not_disturb_another_instance(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as one, closing(Database.open(path)) as other:
        save(one)
        assert "damaged" in str(one.replace_damaged())
        for database in (other, one, other, one):
            save(database)
            assert read(database) == PAGES
        assert other.notice is None
    with closing(Database.open(path)) as database:
        assert database.notice is None
        assert read(database) == PAGES


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("CREATE TABLE page (something_else)")
        newer.execute(f"PRAGMA user_version={SCHEMA + 1}")
        newer.commit()
    before = path.read_bytes()
    with closing(Database.open(path)) as database:
        assert database.notice is not None
        assert "newer version" in database.notice
        save(database)
        assert read(database) == PAGES
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["cache.db"]


def test_without_a_writable_disk_the_database_is_in_memory(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "cache.db"):
        with closing(Database.open(path)) as database:
            assert database.notice is not None
            assert database.notice.endswith("nothing is kept on disk.")
            save(database)
            assert read(database) == PAGES
    assert list(tmp_path.iterdir()) == []


READER = """
import sys
from pathlib import Path
from tests.unit.store.test_database import PAGES, read, save
from qconn_tui.store.database import Database
from qconn_tui.store.inspection import read_content

path = Path(sys.argv[1])
database = Database.open(path, "acme.eu.qlikcloud.com")
assert database.notice and "can be read, but not written" in database.notice, database.notice
assert database.notice.endswith("nothing is kept on disk.")
assert read(database) == PAGES
save(database)
assert read(database) == PAGES
database.replace_damaged()
assert read(database) is None
database.close()
assert read_content(path).connectors == 100, read_content(path)
assert not read_content(path.with_name("missing.db")).connectors
"""


@pytest.mark.skipif(not may_mount(), reason="only root may mount a disk")
@pytest.mark.parametrize("leaves", ["", "-wal"], ids=["closed", "cut off"])
def test_a_file_on_a_read_only_disk_is_read(tmp_path: Path, leaves: str) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
    if leaves:
        path.with_name(path.name + leaves).touch()
    mount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" -c "$3" "$4"'
    command = ["unshare", "--mount", "sh", "-c", mount, "sh", str(tmp_path), sys.executable, READER, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["cache.db", "cache.db-wal", "cache.db-shm", "cache.db-journal"])
def test_a_fifo_is_set_aside_and_not_waited_for(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    assert read_content(path).fault
    with closing(Database.open(path)) as database:
        assert read(database) == (None if name == "cache.db" else PAGES)
        assert ("set aside" in (database.notice or "")) == (name == "cache.db")
        save(database)
    assert read_content(path).connectors == 100
    assert len(list(tmp_path.glob(f"{name}.corrupt-*"))) == 1


def test_a_value_that_is_too_large_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE page SET content = zeroblob(?) WHERE number = 1", (LARGEST_VALUE + 1,))
    with closing(Database.open(path)) as database:
        with pytest.raises(StoreError, match="damaged"):
            read(database)
        assert read(database) is None


def refuse_shared_memory(path: Path) -> None:
    """What WAL shares with others cannot be opened: SQLite follows no link there."""
    path.with_name(f"{path.name}-shm").symlink_to(os.devnull)


@pytest.mark.parametrize("is_saved", [False, True], ids=["new", "in WAL already"])
def test_without_shared_memory_the_file_is_still_used(tmp_path: Path, *, is_saved: bool) -> None:
    path = tmp_path / "cache.db"
    if is_saved:
        with closing(Database.open(path)) as database:
            save(database)
            assert database.rows("PRAGMA journal_mode") == [("wal",)]
    refuse_shared_memory(path)
    with closing(Database.open(path)) as one, closing(Database.open(path)) as other:
        for database in (one, other):
            assert read(database) == (PAGES if is_saved else None)
        for database in (one, other):
            save(database)
            assert database.rows("PRAGMA journal_mode") == [("delete",)]
            assert database.notice is None
    with closing(Database.open(path)) as database:
        assert read(database) == PAGES
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_without_any_journal_the_database_is_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    refuse_shared_memory(path)
    path.with_name("cache.db-journal").mkdir()
    with closing(Database.open(path)) as database:
        assert database.notice is not None
        assert database.notice.endswith("nothing is kept on disk.")
        save(database)
        assert read(database) == PAGES
        assert database.rows("PRAGMA journal_mode") == [("memory",)]
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_a_transaction_locks_the_file_from_its_begin(tmp_path: Path) -> None:
    # Otherwise two that have read could both want to write, and neither wait for the other.
    path = tmp_path / "cache.db"
    with (
        closing(Database.open(path)) as database,
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other,
        database.transaction(),
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_stop_waiting_ends_the_wait_for_another_instance(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database, closing(sqlite3.connect(path, isolation_level=None)) as other:
        save(database)
        other.execute("BEGIN IMMEDIATE")
        refused: list[StoreError] = []

        def write() -> None:
            try:
                save(database)
            except StoreError as error:
                refused.append(error)

        writing = threading.Thread(target=write)
        writing.start()
        writing.join(0.2)
        assert writing.is_alive(), "until then it waits"
        database.stop_waiting()
        writing.join(2)
        assert not writing.is_alive()
        assert "locked" in str(*refused)
        assert database.notice is None
        other.execute("ROLLBACK")
        assert read(database) == PAGES
        save(database)


def test_a_failed_transaction_is_rolled_back(tmp_path: Path) -> None:
    with closing(Database.open(tmp_path / "cache.db")) as database:
        with pytest.raises(ZeroDivisionError), database.transaction() as connection:
            connection.execute("INSERT INTO generation (started_at) VALUES (1)")
            raise ZeroDivisionError
        assert database.rows("SELECT * FROM generation") == []
        assert Snapshots(database).begin(1.0) == 1


def test_a_full_disk_raises_store_error_and_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
        (used,) = database.rows("PRAGMA page_count")[0]
        database.rows(f"PRAGMA max_page_count={used}")
        with pytest.raises(StoreError, match="full"):
            LogoStore(database).put("https://x/", bytes(100_000), 0.0)
        assert read(database) == PAGES
        assert database.notice is None


def test_calls_after_closing_raise_store_error(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "cache.db")
    save(database)
    database.close()
    with pytest.raises(StoreError):
        read(database)
    with pytest.raises(StoreError):
        save(database)
    assert list(tmp_path.glob("*.corrupt-*")) == []


def test_a_file_of_an_earlier_version_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        save(database)
    with closing(sqlite3.connect(path, isolation_level=None)) as earlier:
        for statement in (
            "ALTER TABLE generation DROP COLUMN owner",
            "ALTER TABLE generation DROP COLUMN touched_at",
            "DROP TABLE about",
            "PRAGMA auto_vacuum=NONE",
            "PRAGMA journal_mode=DELETE",
            "VACUUM",
            "PRAGMA user_version=1",
        ):
            earlier.execute(statement)
        assert earlier.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    with closing(Database.open(path)) as database:
        assert database.notice is None
        assert read(database) == PAGES
        save(database)
        assert database.rows("PRAGMA auto_vacuum") == [(2,)]


def test_the_file_records_the_tenants_host(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    for host in ("acme.eu.qlikcloud.com", "acme.eu.qlikcloud.com", "other.us.qlikcloud.com"):
        with closing(Database.open(path, host)) as database:
            assert database.rows("SELECT host FROM about") == [(host,)]
            database.replace_damaged()
            assert database.rows("SELECT host FROM about") == [(host,)]


def test_the_file_shrinks_when_most_of_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    with closing(Database.open(path)) as database:
        for number in range(50):
            LogoStore(database).put(f"https://x/{number}", bytes([number]) * 20_000, float(number))
    full = path.stat().st_size
    with closing(Database.open(path)) as database:
        small = LogoStore(database, capacity=100_000)
        small.put("https://x/new", bytes(20_000), 100.0)
        assert small.get("https://x/new", 100.0)
        assert small.get("https://x/49", 100.0)
        assert database.notice is None
    assert full > 1_000_000
    assert path.stat().st_size < 200_000


def test_a_few_free_pages_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    sizes = []
    for _ in range(3):
        with closing(Database.open(path)) as database:
            LogoStore(database).put("https://x/", bytes(50_000), 1.0)
            save(database)
        sizes.append(path.stat().st_size)
    assert sizes[1] == sizes[2]


WRITER = """
import sys
from pathlib import Path
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LogoStore

database = Database.open(Path(sys.argv[1]))
assert database.notice is None, database.notice
logos = LogoStore(database)
for number in range(100):
    logos.put(f"https://{sys.argv[2]}/{number}", b"x" * 2000, 1.0)
    assert logos.get(f"https://{sys.argv[2]}/{number}", 100.0)
"""


def test_several_instances_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, str(who)]) for who in range(4)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    with closing(Database.open(path)) as database:
        assert database.rows("SELECT count(*) FROM logo") == [(400,)]
