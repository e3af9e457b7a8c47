"""What the measurements stand on: tenants of several sizes, the same rows in files, and the peers."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tests.benchmarks.measure import Program
from tests.e2e.program import PROGRAM, demo_server, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.benchmarks.peers import Command, Peers

ROUNDS = 7
"""Samples of each program, taken in turn; their median counts."""
SMALL, MIDDLE, LARGE = 76, 300, 100_000
"""Connectors of a small tenant, of one that fills a few screens, and of the largest."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tenant:
    """A running tenant, and its list on disk."""

    environ: dict[str, str]
    """The environment of somebody who is connected to it and has a saved copy of its list."""
    names: tuple[str, ...]
    """Its connectors' names, in the order in which it lists them."""
    ids: tuple[str, ...]
    """Their ids."""
    csv: Path
    """The same connectors with all their fields."""
    lines: Path
    """The same names, one on a line."""

    def shown(self, rows: int) -> str:
        """What our status line says when so many rows are shown."""
        return f" {rows:,} of {len(self.names):,} "

    def matching(self, text: str) -> int:
        """How many names hold the text."""
        return sum(text in name.lower() for name in self.names)


class Stage:
    """Tenants and files in `directory`, made when first asked for; all of them end with `close`."""

    def __init__(self, directory: Path, peers: Peers) -> None:
        self.peers = peers
        """The programs to compare with."""
        self._directory = directory
        self._tenants: dict[int, Tenant] = {}
        self._running = ExitStack()

    def close(self) -> None:
        """Stop every tenant."""
        self._running.close()

    def tenant(self, rows: int) -> Tenant:
        """The tenant with so many connectors."""
        if rows not in self._tenants:
            home = self.new_home(str(rows))
            variables = self._running.enter_context(demo_server(environment(home), "--rows", str(rows)))
            self._tenants[rows] = _save(home, variables)
        return self._tenants[rows]

    def new_home(self, name: str) -> Path:
        """An empty home directory."""
        home = self._directory / name
        home.mkdir()
        return home


def _save(home: Path, variables: dict[str, str]) -> Tenant:
    environ = {**environment(home), **variables}
    table, lines = home / "connectors.csv", home / "names"
    with table.open("wb") as file:
        subprocess.run([PROGRAM, "ls", "--format", "csv"], env=environ, stdout=file, check=True)
    with table.open(encoding="utf-8", newline="") as rows:
        names, ids = zip(*((row["name"], row["id"]) for row in csv.DictReader(rows)), strict=True)
    lines.write_text("\n".join(names), encoding="utf-8")
    return Tenant(environ, names, ids, table, lines)


def far_away(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of somebody who has come over SSH."""
    return {**environ, "SSH_CONNECTION": "192.0.2.7 50022 192.0.2.9 22", "SSH_TTY": "/dev/pts/0"}


def ours(*options: str) -> Command:
    """How to start the installed program."""
    return (PROGRAM, *options)


OFFLINE = ours("--offline", "--images", "off")
"""Our program with the saved list: without a walk, and without pictures, which no peer has."""


@contextmanager
def browse_offline(tenant: Tenant) -> Iterator[Program]:
    """It, as soon as it has the whole list."""
    with Program(OFFLINE, tenant.environ) as program:
        program.step(tenant.shown(len(tenant.names)))
        yield program


def compile_ours() -> None:
    """Compile the project's own modules: the peers are compiled too."""
    root = Path(__file__).parents[2]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-m", "compileall", "-q", root / "qconn_tui"], env=environ, check=True)


def in_turn(*samplers: Callable[[], T], rounds: int = ROUNDS) -> list[list[T]]:
    """The samples of each sampler; they take turns, so that what disturbs one disturbs all of them."""
    return [list(samples) for samples in zip(*([take() for take in samplers] for _ in range(rounds)), strict=True)]
