"""Every call of a run fails once: the first in one run, the second in the next, until no call is left to fail.

After any failure, what is printed is valid, the exit status says what it is worth, and a sentence says what was wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from qconn_tui.demo.tenant import DemoTenant
from tests.faults.torture import TROUBLES, torture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.faults.torture import Run

ROWS = 25
PAGE_SIZE = 10


@pytest.fixture(scope="module")
def tenant() -> Iterator[DemoTenant]:
    with DemoTenant(rows=ROWS) as started:
        yield started


@pytest.fixture
def files(tmp_path: Path, tenant: DemoTenant) -> dict[str, Path]:
    """The files that the command line names, by option."""
    paths = {"--config": tmp_path / "config.toml", "--api-key-file": tmp_path / "key", "--log-file": tmp_path / "log"}
    paths["--config"].write_text(f"page_size = {PAGE_SIZE}\n")
    paths["--api-key-file"].write_text(tenant.api_key)
    return paths


@pytest.fixture
def words(tenant: DemoTenant, files: dict[str, Path]) -> list[str]:
    """The command line."""
    named = [word for option, path in files.items() for word in (option, str(path))]
    return ["ls", "--server", tenant.origin, *named]


@pytest.fixture
def empty_home(tmp_path: Path) -> Path:
    """A home in which the program never ran."""
    for kind in ("cache", "state"):
        (tmp_path / "home" / kind).mkdir(mode=0o700, parents=True)
    return tmp_path / "home"


@pytest.fixture
def home(empty_home: Path, words: list[str]) -> Path:
    """A home in which it ran."""
    places = {f"XDG_{kind.upper()}_HOME": str(empty_home / kind) for kind in ("cache", "state")}
    subprocess.run(
        [sys.executable, "-m", "qconn_tui", *words],
        env={**os.environ, **places},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return empty_home


def fault_of(run: Run, files: dict[str, Path], *, offline: bool) -> str | None:
    """What should not have come of a run; None when all is as documented."""
    rows = [json.loads(line)["id"] for line in run.out.splitlines()]
    complaints = run.err.splitlines()
    if "This is a bug" in run.err or any(not line.startswith("qconn-tui: ") for line in complaints):
        return "it does not say in sentences what is wrong"
    if len(set(rows)) < len(rows) or run.litter:
        return "a row is printed twice, or something is left behind"
    if run.subject in map(str, files.values()):
        is_named = len(complaints) == 1 and run.subject in run.err
        return None if (run.status, rows) == (2, []) and is_named else "a file that is missing is not named"
    # The tenant has the list, even if the cache fails; without the tenant, the cache is all there is.
    expected = {0: ROWS, 4: 0, 5: PAGE_SIZE} if offline else {0: ROWS}
    if expected.get(run.status) != len(rows):
        return f"{len(rows)} rows do not go with that status"
    if run.status and not complaints:
        return "it does not say why"
    # A copy that can be read but not written is printed, and both is said.
    is_unwritable_copy = offline and run.status == 0 and "nothing is kept on disk" in run.err
    return None if len(complaints) <= 1 + (run.status == 5) + is_unwritable_copy else "it complains too much"


def check(runs: Iterable[Run], files: dict[str, Path], *, offline: bool = False) -> str:
    """Fails when any run ended wrongly; returns what there is to tell."""
    calls: Counter[str] = Counter()
    faults = []
    for run in runs:
        assert run.call
        calls[run.call] += 1
        fault = fault_of(run, files, offline=offline)
        if fault:
            faults.append(f"{fault}: {run}")
    assert faults == []
    assert calls.keys() >= {"open", "connect", "execute"} | (set() if offline else {"connect to"})
    kinds = ", ".join(f"{call} {number}" for call, number in calls.most_common())
    return f"{calls.total()} runs, in each another call failed ({kinds}): crashes 0, rows lost in silence 0"


def test_a_first_run(words: list[str], empty_home: Path, files: dict[str, Path], tell: Callable[[str], None]) -> None:
    once = (torture(words, empty_home, trouble) for trouble in TROUBLES)
    for_good = torture(words, empty_home, "disk full", for_good=True)
    tell(f"A first ls: {check(chain(*once, for_good), files)}")


def test_a_later_run(words: list[str], home: Path, files: dict[str, Path], tell: Callable[[str], None]) -> None:
    runs = chain.from_iterable(torture(words, home, trouble) for trouble in TROUBLES)
    tell(f"A later ls: {check(runs, files)}")


def test_a_run_without_the_tenant(
    words: list[str], home: Path, files: dict[str, Path], tell: Callable[[str], None]
) -> None:
    words.append("--offline")
    once = (torture(words, home, trouble) for trouble in TROUBLES)
    for_good = (torture(words, home, trouble, for_good=True) for trouble in ("disk full", "damaged"))
    tell(f"ls --offline: {check(chain(*once, *for_good), files, offline=True)}")
