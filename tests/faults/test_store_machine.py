"""The store against a plain model: after any operations in any order, both hold the same."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from qconn_tui.connector import Connector
from qconn_tui.errors import StoreError
from qconn_tui.store.database import SCHEMA, Database
from qconn_tui.store.logos import LONGEST_REFUSAL, LogoStore, StoredLogo, _key
from qconn_tui.store.snapshots import Snapshots
from tests.faults.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Callable

    Page = tuple[Connector, ...]

CAPACITY = 8_000
"""Bytes for logos."""
UNLIMITED = 1_073_741_823
"""Pages, to SQLite."""

programs = st.sampled_from(["one", "other"])
addresses = st.sampled_from([f"https://cdn.example/{number}.png" for number in range(5)])
pages = st.lists(st.integers(0, 99), max_size=6).map(
    lambda ids: tuple(Connector(str(id_), f"Connector {id_} é", f"Text {id_}" * 20, id_ % 2 == 0) for id_ in ids)
)


class Killed(Exception):
    """The program ends here."""


@dataclass(slots=True)
class Walk:
    """A list that is being saved."""

    started_at: float
    pages: dict[int, Page] = field(default_factory=dict)


@dataclass(slots=True)
class Logo:
    """What is kept of one address."""

    content: bytes
    until: float | None
    used_at: float

    @property
    def size(self) -> int:
        return len(self.content) + 128


@dataclass(slots=True)
class Model:
    """What the store should hold."""

    saved: tuple[float, list[Page]] | None = None
    walks: dict[int, Walk] = field(default_factory=dict)
    logos: dict[str, Logo] = field(default_factory=dict)

    def keep(self, address: str, logo: Logo) -> None:
        self.logos[address] = logo
        if sum(kept.size for kept in self.logos.values()) <= CAPACITY:
            return
        room = CAPACITY * 0.9
        for other, kept in sorted(self.logos.items(), key=lambda item: (-item[1].used_at, _key(item[0]))):
            room -= kept.size
            if room < 0:
                del self.logos[other]

    def look_up(self, address: str, now: float) -> StoredLogo | None:
        logo = self.logos.get(address)
        if logo is None or (logo.until is not None and not 0 < logo.until - now <= LONGEST_REFUSAL):
            return None
        if abs(now - logo.used_at) > 60:
            logo.used_at = now
        return StoredLogo(logo.content) if logo.until is None else StoredLogo(None, logo.content.decode(), logo.until)


class Store(RuleBasedStateMachine):
    """Two programs that share a cache, and everything that may befall them."""

    generations: Bundle[int] = Bundle("generations")

    def __init__(self) -> None:
        super().__init__()
        self._home = scratch()
        self._lives = 0
        self._path = Path(self._home.name) / "0" / "cache.db"
        self._path.parent.mkdir()
        self._open: dict[str, Database] = {}
        self._now = 1_700_000_000.0
        self._model = Model()

    def teardown(self) -> None:
        with self._home:
            for address in sorted(self._model.logos):
                assert self._logos("one").get(address, self._now) == self._model.look_up(address, self._now)
            self._close_all()

    def _database(self, program: str) -> Database:
        if program not in self._open:
            self._open[program] = Database.open(self._path)
            assert self._open[program].notice is None
        return self._open[program]

    def _snapshots(self, program: str) -> Snapshots:
        return Snapshots(self._database(program))

    def _logos(self, program: str) -> LogoStore:
        return LogoStore(self._database(program), capacity=CAPACITY)

    def _close_all(self) -> None:
        for database in self._open.values():
            database.close()
        self._open.clear()

    @invariant()
    def every_program_sees_what_was_saved(self) -> None:
        for database in self._open.values():
            assert saved_in(database) == self._model.saved
            assert database.rows("SELECT count(*) FROM logo") == [(len(self._model.logos),)]
            unfinished = database.rows("SELECT id FROM generation WHERE saved_at IS NULL ORDER BY id")
            assert [id_ for (id_,) in unfinished] == sorted(self._model.walks)
            assert database.notice is None

    @rule(seconds=st.sampled_from([0.5, 59.0, 61.0, 7000.0, 90_000.0, 3_000_000.0, -0.5, -61.0, -90_000.0, -4e6]))
    def the_clock_moves(self, seconds: float) -> None:
        self._now += seconds

    @rule(target=generations, program=programs)
    def begin(self, program: str) -> int:
        generation = self._snapshots(program).begin(self._now)
        walks = self._model.walks
        self._model.walks = {old: walk for old, walk in walks.items() if abs(self._now - walk.started_at) <= 86_400}
        self._model.walks[generation] = Walk(self._now)
        return generation

    @rule(program=programs, generation=generations, number=st.integers(1, 4), page=pages)
    def write_page(self, program: str, generation: int, number: int, page: Page) -> None:
        if walk := self._model.walks.get(generation):
            self._snapshots(program).add_pages(generation, [(number, page)], self._now)
            walk.pages[number] = page
        else:
            assert "cleared" in refusal(
                lambda: self._snapshots(program).add_pages(generation, [(number, page)], self._now)
            )

    @rule(program=programs, generation=generations)
    def complete(self, program: str, generation: int) -> None:
        if walk := self._model.walks.pop(generation, None):
            self._snapshots(program).complete(generation, self._now)
            self._model.saved = self._now, [page for _, page in sorted(walk.pages.items())]
        else:
            assert "cleared" in refusal(lambda: self._snapshots(program).complete(generation, self._now))

    @rule(program=programs)
    def forget_the_lists(self, program: str) -> None:
        self._snapshots(program).clear()
        self._model.saved, self._model.walks = None, {}

    @rule(program=programs, address=addresses, size=st.sampled_from([0, 1500, 3000]))
    def put_logo(self, program: str, address: str, size: int) -> None:
        self._logos(program).put(address, picture(address, size), self._now)
        self._model.keep(address, Logo(picture(address, size), None, self._now))

    @rule(program=programs, address=addresses, seconds=st.sampled_from([600.0, 604_800.0, 1e9]))
    def refuse_logo(self, program: str, address: str, seconds: float) -> None:
        self._logos(program).refuse(address, "it answers 404", self._now, self._now + seconds)
        until = self._now + min(seconds, LONGEST_REFUSAL)
        self._model.keep(address, Logo(b"it answers 404", until, self._now))

    @rule(program=programs, address=addresses)
    def get_logo(self, program: str, address: str) -> None:
        assert self._logos(program).get(address, self._now) == self._model.look_up(address, self._now)

    @rule(program=programs)
    def leave(self, program: str) -> None:
        if program in self._open:
            self._open.pop(program).close()

    @rule(program=programs)
    def break_off_a_write(self, program: str) -> None:
        with suppress(Killed), self._database(program).transaction() as connection:
            delete_everything(connection)
            raise Killed

    @rule(program=programs, in_the_middle=st.booleans())
    def kill_both(self, program: str, in_the_middle: bool) -> None:
        """What is on the disk at this moment is all that the next life finds."""
        self._lives += 1
        folder = Path(self._home.name) / str(self._lives)
        with suppress(Killed), self._database(program).transaction() as connection:
            if in_the_middle:
                delete_everything(connection)
            # The index in shared memory goes with the last program.
            shutil.copytree(self._path.parent, folder, ignore=shutil.ignore_patterns("*-shm"))
            raise Killed
        self._close_all()
        self._path = folder / self._path.name

    @rule(program=programs, address=addresses, generation=generations)
    def the_disk_is_full(self, program: str, address: str, generation: int) -> None:
        """What does not fit is not there at all, and nothing else is gone."""
        database = self._database(program)
        (used,) = database.rows("PRAGMA page_count")[0]
        database.rows(f"PRAGMA max_page_count={used}")
        try:
            assert "full" in refusal(lambda: self._logos(program).put(address, bytes(1_000_000), self._now))
            with suppress(StoreError):
                page = tuple(Connector(f"{number}-{self._now}", "") for number in range(2000))
                self._snapshots(program).add_pages(generation, [(9, page)], self._now)
                self._model.walks[generation].pages[9] = page
        finally:
            database.rows(f"PRAGMA max_page_count={UNLIMITED}")

    @rule(address=addresses)
    def a_newer_version_was_here(self, address: str) -> None:
        """Its file is neither used nor changed."""
        self._database("one")
        self._close_all()
        self._set_schema(SCHEMA + 1)
        before = self._path.read_bytes()
        with closing(Database.open(self._path)) as database:
            assert database.notice
            assert "newer version" in database.notice
            assert saved_in(database) is None
            LogoStore(database).put(address, b"elsewhere", self._now)
        assert self._path.read_bytes() == before
        assert [entry.name for entry in self._path.parent.glob(f"{self._path.name}*")] == [self._path.name]
        self._set_schema(SCHEMA)

    def _set_schema(self, version: int) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            connection.execute(f"PRAGMA user_version={version}")

    @rule(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    def a_bit_flips(self, place: float, bit: int) -> None:
        """What is read then is what was written, or missing, or said to be damaged."""
        self._database("one")
        self._close_all()
        content = self._path.read_bytes()
        damaged = bytearray(content)
        damaged[int(place * len(content))] ^= 1 << bit
        self._path.write_bytes(damaged)
        with closing(Database.open(self._path)) as database:
            with suppress(StoreError):
                found = saved_in(database)
                assert found is None or (self._model.saved and found[1] == self._model.saved[1])
            for address, logo in self._model.logos.items():
                with suppress(StoreError):
                    found_logo = LogoStore(database).get(address, self._now)
                    assert found_logo is None or found_logo.png in (None, logo.content)
            begun_anew = "begun anew" in (database.notice or "")
            assert begun_anew or database.notice is None or "newer version" in database.notice
        if begun_anew:
            self._model = Model()
            for aside in self._path.parent.glob("*.corrupt-*"):
                aside.unlink()
        else:
            for companion in self._path.parent.glob(f"{self._path.name}-*"):
                companion.unlink()
            self._path.write_bytes(content)


def saved_in(database: Database) -> tuple[float, list[Page]] | None:
    snapshots = Snapshots(database)
    saved = snapshots.latest()
    return None if saved is None else (saved.saved_at, list(snapshots.pages(saved)))


def delete_everything(connection: sqlite3.Connection) -> None:
    # So small a page cache makes SQLite write to the file before the commit.
    connection.execute("PRAGMA cache_size=1")
    connection.execute("DELETE FROM generation")
    connection.execute("DELETE FROM logo")
    connection.execute("INSERT INTO logo VALUES (x'00', 0, zeroblob(50000), NULL, 0, 0)")


def picture(address: str, size: int) -> bytes:
    return f"{address} {size}".encode() + bytes(size)


def refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except StoreError as error:
        return str(error)
    return "none at all"


def test_the_store_holds_what_the_model_holds() -> None:
    run_state_machine_as_test(
        Store,
        settings=settings(max_examples=60, stateful_step_count=40, derandomize=True, database=None),
    )
