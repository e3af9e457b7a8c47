"""A process that runs one command line over and over, each time with another of its calls failing.

`torture` starts it. Every run is a forked child with a home of its own, so that whatever it breaks, imports or
leaves open is gone with it.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from qconn_tui import cli
from tests.faults.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TROUBLES = {
    "disk full": (errno.ENOSPC, sqlite3.SQLITE_FULL),
    "damaged": (errno.EIO, sqlite3.SQLITE_CORRUPT),
    "busy": (errno.EMFILE, sqlite3.SQLITE_BUSY),
}
"""What a failing call says: the system's number, and SQLite's. To the program, other numbers are like the first."""

_FILE_EVENTS = ("open", "os.rename", "os.mkdir", "os.chmod", "os.remove", "os.scandir")


@dataclass(frozen=True, slots=True)
class Run:
    """One run, and which of its calls failed."""

    number: int
    """The number of the call that failed."""
    call: str | None
    """The call; None when the run has fewer calls."""
    subject: str
    """The file, statement or address it was about."""
    status: int
    """The exit status."""
    out: str
    """What was on standard output."""
    err: str
    """What was on standard error."""
    litter: list[str]
    """Temporary files that were left behind."""


def torture(words: Sequence[str], home: Path, trouble: str, *, for_good: bool = False) -> Iterator[Run]:
    """Run the program with `words` in a copy of `home`, failing its first call, then its second, and so on.

    `trouble` is one of `TROUBLES`. With `for_good` all later calls fail, too, but those that connect or remove.
    """
    order = json.dumps([list(words), str(home), trouble, for_good])
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.torture", order],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            yield Run(**json.loads(line))
    if process.returncode:
        raise RuntimeError("the tortured program's parent failed")


class _Trap:
    """Lets a call fail when it is its turn."""

    def __init__(self, number: int, trouble: str, *, for_good: bool) -> None:
        self.number, self.for_good = number, for_good
        self.errno, self.code = TROUBLES[trouble]
        self.seen = 0
        self.caught: tuple[str, str] | None = None
        self.is_set = False

    def set(self) -> None:
        """Watch every call of this process from now on; there is no way back."""
        connect = sqlite3.connect
        trap = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
                if trap.springs("execute", sql):
                    trap.refuse_as_sqlite()
                return super().execute(sql, *args)

        def connect_or_fail(name: str, *args: Any, **options: Any) -> sqlite3.Connection:
            if trap.springs("connect", name):
                trap.refuse_as_sqlite()
            return connect(name, *args, factory=Connection, **options)

        sqlite3.connect = connect_or_fail  # type: ignore[assignment]
        sys.addaudithook(self._hear)
        self.is_set = True

    def springs(self, call: str, subject: str) -> bool:
        """Count a call; say whether it is to fail."""
        if not self.is_set:
            return False
        self.seen += 1
        if self.seen == self.number:
            self.caught = call, subject
            return True
        return self.for_good and self.seen > self.number

    def refuse_as_sqlite(self) -> NoReturn:
        error = sqlite3.OperationalError(f"SQLite's error {self.code}")
        error.sqlite_errorcode = self.code
        raise error

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            if not self.for_good and self.springs("connect to", str(args[1])):
                raise OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        elif event == "os.remove" and self.for_good:
            pass
        # What is opened by its number was opened by its name before.
        elif event in _FILE_EVENTS and not isinstance(args[0], int) and self.springs(event, os.fsdecode(args[0])):
            raise OSError(self.errno, os.strerror(self.errno), args[0])


def _run(words: Sequence[str], home: Path, trap: _Trap | None) -> Run:
    for kind in ("CACHE", "STATE"):
        os.environ[f"XDG_{kind}_HOME"] = str(home / kind.lower())
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        if trap:
            trap.set()
        status = cli.main(words)
        if trap:
            trap.is_set = False
    number, caught = (trap.number, trap.caught) if trap else (0, None)
    call, subject = caught or (None, "")
    litter = [path.name for path in home.rglob(".*")]
    return Run(number, call, subject, status, out.getvalue(), err.getvalue(), litter)


def _run_in_a_child(words: Sequence[str], home: Path, trap: _Trap) -> Run:
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(reader)
            with open(writer, "w") as answer, scratch() as folder:  # noqa: PTH123 - a descriptor
                shutil.copytree(home, folder, dirs_exist_ok=True)
                json.dump(asdict(_run(words, Path(folder), trap)), answer)
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader) as answer:  # noqa: PTH123 - a descriptor
        run = Run(**json.load(answer))
    os.waitpid(pid, 0)
    return run


def _main(words: Sequence[str], home: Path, trouble: str, for_good: bool) -> None:
    with scratch() as folder:
        # Once without any trouble, so that what is imported on the way is there before the first child is.
        shutil.copytree(home, folder, dirs_exist_ok=True)
        _run(words, Path(folder), None)
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join()
    for number in count(1):
        run = _run_in_a_child(words, home, _Trap(number, trouble, for_good=for_good))
        if run.call is None:
            return
        print(json.dumps(asdict(run)), flush=True)


if __name__ == "__main__":
    _words, _home, _trouble, _for_good = json.loads(sys.argv[1])
    _main(_words, Path(_home), _trouble, _for_good)
