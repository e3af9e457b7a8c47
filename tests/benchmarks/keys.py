"""Keys over a list that is loaded: how long until what they change is painted."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING

from tests.benchmarks.measure import Program
from tests.benchmarks.stage import LARGE, MIDDLE, browse_offline, in_turn
from tests.benchmarks.table import compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.measure import Step
    from tests.benchmarks.peers import Command
    from tests.benchmarks.stage import Stage, Tenant
    from tests.benchmarks.table import Result

_WORDS = ("sal", "mai", "for", "ent", "boa", "crm", "pay")
"""What is typed key by key, one word each round; emptying the box again is not measured."""
_CLEAR = "\x15"
"""Ctrl+U empties the box of every one of the programs."""


def measure(stage: Stage) -> Iterator[Result]:
    """The filter box over few rows and over many, then a sort and a facet over many."""
    few = stage.tenant(MIDDLE)
    table = (*stage.peers.fast_table, few.csv) if stage.peers.fast_table else None
    program, theirs = _filter(few, table, lambda rows: f"{rows} rows")
    what = f"{MIDDLE} rows, key in the filter → painted"
    yield compared(what, "ms", _painted(program), "textual-fastdatatable", _painted(theirs), ratio=1.0)

    many = stage.tenant(LARGE)
    fzf = (*stage.peers.fzf, many.lines) if stage.peers.fzf else None
    program, theirs = _filter(many, fzf, lambda rows: f" {rows}/{LARGE}")
    for which, keys in ("first", slice(None, None, 3)), ("further", slice(1, None)):
        what = f"{LARGE:,} rows, {which} key in the filter → painted"
        yield compared(what, "ms", _painted(program[keys]), "fzf", _painted(theirs[keys]), ratio=1.5)
    sizes, other = ([step.size / 1000 for step in steps] for steps in (program, theirs))
    yield compared("bytes for a key in the filter", "kB", sizes, "fzf", other, limit=5)
    yield from _reorder(many)


def _filter(tenant: Tenant, peer: Command | None, count: Callable[[int], str]) -> tuple[list[Step], list[Step]]:
    """The steps of each key of each word, ours and the peer's."""
    with ExitStack() as running:
        program = running.enter_context(browse_offline(tenant))
        program.press("/")
        program.step()
        total = len(tenant.names)
        typists = [_typist(program, tenant, lambda rows: f" {rows:,} of {total:,}")]
        if peer:
            other = running.enter_context(Program(peer, tenant.environ))
            other.step(count(total))
            typists.append(_typist(other, tenant, count))
        steps = [list(chain.from_iterable(words)) for words in in_turn(*typists)]
    return steps[0], steps[1] if peer else []


def _typist(program: Program, tenant: Tenant, count: Callable[[int], str]) -> Callable[[], list[Step]]:
    """Types the next word each time it is called."""
    words = iter(_WORDS)

    def type_word() -> list[Step]:
        word, steps = next(words), []
        for end in range(1, len(word) + 1):
            program.press(word[end - 1])
            steps.append(program.step(count(tenant.matching(word[:end]))))
        program.press(_CLEAR)
        program.step(count(len(tenant.names)))
        return steps

    return type_word


def _reorder(tenant: Tenant) -> Iterator[Result]:
    """Each sample is the first of its kind after a start: nothing is prepared yet."""

    def sort_and_narrow() -> tuple[Step, Step, Step]:
        with browse_offline(tenant) as program:
            program.press("s")
            by_name = program.step("Name ▲")
            program.press("S")
            reversed_ = program.step("Name ▼")
            program.press("1")
            return by_name, reversed_, program.step("billable:yes")

    (steps,) = in_turn(sort_and_narrow)
    sorts, reversals, facets = zip(*steps, strict=True)
    yield compared(f"{LARGE:,} rows, first sort by name", "ms", _painted(sorts))
    yield compared(f"{LARGE:,} rows, sort turned round", "ms", _painted(reversals))
    yield compared(f"{LARGE:,} rows, facet ticked", "ms", _painted(facets))


def _painted(steps: list[Step] | tuple[Step, ...]) -> list[float]:
    """Milliseconds until each was painted."""
    return [1000 * step.painted for step in steps]
