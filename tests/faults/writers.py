"""A process whose children write into a cache; they are forked, so an additional writer costs little.

`Writers` runs it, and exchanges lines of JSON: orders on its standard input, answers on its standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from qconn_tui.connector import Connector
from qconn_tui.errors import StoreError
from qconn_tui.store.database import Database
from qconn_tui.store.logos import LogoStore
from qconn_tui.store.snapshots import Snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

PAGES = 4
"""Pages of every list."""
TRANSACTIONS = 2 + 2 * PAGES
"""Write transactions that saving one list with its logos takes."""


def page(walk: int, number: int) -> tuple[Connector, ...]:
    """Return a page of list number `walk`."""
    return tuple(Connector(f"{walk}-{number}-{row}", f"Connector {row}", f"Of walk {walk}") for row in range(50))


def address(walk: int, number: int) -> str:
    """Return the address of one of its logos."""
    return f"https://cdn.example/{walk}/{number}"


def picture(walk: int, number: int) -> bytes:
    """Return the content of that logo."""
    return f"{walk} {number} ".encode() * 500


def save(database: Database, walk: int) -> None:
    """Save the list page by page, each with a logo, as of second `walk`."""
    snapshots, logos = Snapshots(database), LogoStore(database)
    generation = snapshots.begin(walk)
    for number in range(1, PAGES + 1):
        snapshots.add_pages(generation, [(number, page(walk, number))], walk)
        logos.put(address(walk, number), picture(walk, number), walk)
    snapshots.complete(generation, walk)


def newest(database: Database) -> int | None:
    """Return the number of the newest list, or None; fail when its content is not what was saved."""
    snapshots = Snapshots(database)
    saved = snapshots.latest()
    if saved is None:
        return None
    walk = int(saved.saved_at)
    assert list(snapshots.pages(saved)) == [page(walk, number) for number in range(1, PAGES + 1)]
    return walk


@dataclass(slots=True)
class Outcome:
    """The results of the writers of one order."""

    saved: list[int] = field(default_factory=list)
    """The numbers of the lists that the writers reported as saved."""
    failures: list[str] = field(default_factory=list)
    """The errors of writers that failed."""
    statuses: list[int] = field(default_factory=list)
    """How each writer ended: its exit status, or the negative number of the signal."""


class Writers:
    """The process as the test sees it; a context manager."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writers"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            assert self._process.stdin
            self._process.stdin.close()

    def start(self, path: Path, firsts: Sequence[int], walks: int | None = None) -> list[int]:
        """Start a writer for each of `firsts`, all at the same moment; return their process ids.

        Each saves `walks` lists (None: without end), called by numbers that count up from its own first.
        """
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps([str(path), list(firsts), walks]) + "\n")
        pids: list[int] = json.loads(self._process.stdout.readline())
        return pids

    def wait(self) -> Outcome:
        """Wait until all of them have ended."""
        outcome = Outcome()
        assert self._process.stdout
        for line in self._process.stdout:
            what, value = json.loads(line)
            if what == "ended":
                outcome.statuses = value
                return outcome
            (outcome.saved if what == "saved" else outcome.failures).append(value)
        raise EOFError("the writers' parent is gone")


def _say(answer: object) -> None:
    # One small write to a pipe is never mixed with another's.
    os.write(sys.stdout.fileno(), f"{json.dumps(answer)}\n".encode())


def _write(path: Path, first: int, walks: int | None) -> None:
    with closing(Database.open(path)) as database:
        if database.notice:
            raise RuntimeError(database.notice)
        for walk in count(first) if walks is None else range(first, first + walks):
            save(database, walk)
            _say(("saved", walk))
            try:
                newest(database)
            except StoreError as error:
                # Another writer may have saved its list meanwhile; the one that was being read is gone then.
                if "replaced" not in str(error):
                    raise


def _fork(path: Path, first: int, walks: int | None, gate: int, bolt: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.close(bolt)
        os.read(gate, 1)
        _write(path, first, walks)
        status = 0
    except BaseException as error:  # noqa: BLE001 - the parent's part of the program is not the child's to go on with
        _say(("failed", f"{type(error).__name__}: {error}"))
    finally:
        os._exit(status)


def _main() -> None:
    for line in sys.stdin:
        path, firsts, walks = json.loads(line)
        # No process writes into this pipe: closing its end is the signal to start.
        gate, bolt = os.pipe()
        pids = [_fork(Path(path), first, walks, gate, bolt) for first in firsts]
        _say(pids)
        os.close(bolt)
        statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        os.close(gate)
        _say(("ended", statuses))


if __name__ == "__main__":
    _main()
