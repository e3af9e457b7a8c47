"""Every byte of a cache is damaged, one at a time: what is read was written, is missing, or is said to be damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qconn_tui.connector import Connector
from qconn_tui.errors import StoreError
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LogoStore
from qconn_tui.store.snapshots import Snapshots
from tests.faults.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGES = [tuple(Connector(f"{page}-{row}", f"Connector {row}") for row in range(3)) for page in range(3)]
LOGOS = {f"https://cdn.example/{number}": f"picture {number}".encode() for number in range(3)}


def make(path: Path) -> None:
    """A cache in pages as small as they can be, so that few bytes of the file mean nothing."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA page_size=512")
        connection.execute("VACUUM")
    with closing(Database.open(path)) as database:
        snapshots, logos = Snapshots(database), LogoStore(database)
        generation = snapshots.begin(1000.0)
        snapshots.add_pages(generation, enumerate(PAGES, 1), 1000.0)
        snapshots.complete(generation, 1000.0)
        for address, png in LOGOS.items():
            logos.put(address, png, 1000.0)


def lies(path: Path) -> Iterator[str]:
    """What the cache says that is not so."""
    with closing(Database.open(path)) as database:
        if database.notice and "begun anew" not in database.notice and "newer version" not in database.notice:
            yield database.notice
        snapshots = Snapshots(database)
        with suppress(StoreError):
            saved = snapshots.latest()
            if saved is not None and list(snapshots.pages(saved)) != PAGES:
                yield "another list"
        for address, png in LOGOS.items():
            with suppress(StoreError):
                logo = LogoStore(database).get(address, 1010.0)
                if logo is not None and logo.png != png:
                    yield f"another logo {logo}"


def test_every_byte_damaged(tell: Callable[[str], None]) -> None:
    found = []
    with scratch() as folder:
        path = Path(folder) / "cache.db"
        make(path)
        whole = path.read_bytes()
        # Among nothing but zeros is free space.
        places = [place for place in range(len(whole)) if any(whole[max(0, place - 8) : place + 8])]
        for place in places:
            for file in path.parent.iterdir():
                file.unlink()
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            found += [f"byte {place}: {lie}" for lie in lies(path)]
    tell(f"{len(places):,} bytes of a cache damaged, one at a time: {len(found)} wrong lists or logos")
    assert found == []
    assert len(places) > len(whole) // 3
