"""Measure the installed program against its peers: `uv run python -m tests.benchmarks [--readme] [NAME…]`.

Needs Linux, a machine with nothing else to do, and up to ten minutes. VisiData and textual-fastdatatable are installed
once into an environment of their own in the cache directory; fzf is taken from the PATH. `--readme` puts the whole
table into the README.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import keys, leave, memory, start, walk, wire
from tests.benchmarks.peers import find_peers
from tests.benchmarks.stage import Stage, compile_ours
from tests.benchmarks.table import as_markdown, as_text

if TYPE_CHECKING:
    from tests.benchmarks.table import Result

_FAMILIES = {"start": start, "keys": keys, "wire": wire, "walk": walk, "memory": memory, "leave": leave}
_README = Path(__file__).parents[2] / "README.md"
_BEGIN, _END = "<!-- written by tests.benchmarks: begin -->", "<!-- end -->"


def main() -> int:
    """Run the named families of measurements, or all, and print one table; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(_FAMILIES)}; default is all")
    parser.add_argument("--readme", action="store_true", help="put the table into the README")
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(_FAMILIES))
    if unknown:
        parser.error(f"there is no {unknown[0]}; use {', '.join(_FAMILIES)}")
    if args.readme and args.names:
        parser.error("--readme takes the whole table; leave out the names")
    compile_ours()
    peers = find_peers()
    machine = _machine(peers.versions())
    with tempfile.TemporaryDirectory() as directory:
        results, is_whole = _measure(args.names or list(_FAMILIES), Stage(Path(directory), peers))
    print(as_text(results), machine, start.import_report(), sep="\n\n")
    if not is_whole:
        return 1
    if args.readme:
        _write_readme(f"{as_markdown(results)}\n\n{machine}")
    return 0


def _measure(names: list[str], stage: Stage) -> tuple[list[Result], bool]:
    """What could be measured, and whether that is everything."""
    results: list[Result] = []
    is_whole = True
    try:
        for name in names:
            began = time.monotonic()
            try:
                results += _FAMILIES[name].measure(stage)
            except TimeoutError as error:
                is_whole = False
                print(f"{name} was given up: {error}", file=sys.stderr)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    finally:
        stage.close()
    return results, is_whole


def _machine(versions: dict[str, str]) -> str:
    """The day, the machine and what it was doing before, and the versions."""
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    today = datetime.datetime.now(tz=datetime.UTC).date()
    cores = f"{os.cpu_count()} cores with {os.getloadavg()[0]:.1f} jobs before the start"
    return f"{today}, {cores}, {platform.system()}, Python {platform.python_version()}, {named}."


def _write_readme(section: str) -> None:
    before, _, rest = _README.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _README.write_text(f"{before}{_BEGIN}\n{section}\n{_END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
