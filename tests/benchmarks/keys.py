"""Keys over a list that is loaded: how long until what they change is painted."""

from __future__ import annotations

import re
from contextlib import ExitStack
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

    Word = list[Step]

_WORDS = ("dri", "mai", "for", "she", "boa", "crm", "pay")
"""What is typed key by key, one word each round, all of them in names; emptying the box again is not measured."""
_PASTED_WORD = "data"
_PASTED_FUZZY = "~data"
_PASTED_EXPRESSIONS = (
    r"/\d+/", "/(eu|us)/", "/s3|sftp|box/", "/^s/", r"/\bdata\b/", "/.*a.*b.*c.*d/", "/[a-z]+ [a-z]+ [a-z]+$/",
)  # fmt: skip
"""One each round: what people look for, and two that take an engine long."""
_CLEAR = "\x15"
"""Ctrl+U empties the box of every one of the programs."""


def measure(stage: Stage) -> Iterator[Result]:
    """The filter box over few rows and over many, then what else takes all rows into account."""
    few = stage.tenant(MIDDLE)
    table = (*stage.peers.fast_table, few.csv) if stage.peers.fast_table else None
    program, theirs = _filter(few, table, lambda rows: f"{rows} rows")
    what = f"{MIDDLE} rows, key in the filter → painted"
    yield compared(what, "ms", _painted(program), "textual-fastdatatable", _painted(theirs), ratio=1.0)

    many = stage.tenant(LARGE)
    fzf = (*stage.peers.fzf, many.lines) if stage.peers.fzf else None
    program, theirs = _filter(many, fzf, lambda rows: f" {rows}/{LARGE}")
    for which, keys in ("first", slice(1)), ("further", slice(1, None)):
        what = f"{LARGE:,} rows, {which} key in the filter → painted"
        yield compared(what, "ms", _painted(program, keys), "fzf", _painted(theirs, keys), ratio=1.5)
    sizes, other = ([step.size / 1000 for word in words for step in word] for words in (program, theirs))
    yield compared("bytes for a key in the filter", "kB", sizes, "fzf", other, limit=5)
    yield from _paste(many)
    yield from _reorder(many)


def _filter(tenant: Tenant, peer: Command | None, count: Callable[[int], str]) -> tuple[list[Word], list[Word]]:
    """The steps of each word's keys, ours and the peer's."""
    with ExitStack() as running:
        program = running.enter_context(browse_offline(tenant))
        program.press("/")
        program.step()
        typists = [_typist(program, tenant, tenant.shown)]
        if peer:
            other = running.enter_context(Program(peer, tenant.environ))
            other.step(count(len(tenant.names)))
            typists.append(_typist(other, tenant, count))
        ours, *theirs = in_turn(*typists)
    return ours, theirs[0] if theirs else []


def _typist(program: Program, tenant: Tenant, count: Callable[[int], str]) -> Callable[[], Word]:
    """Types the next word each time it is called."""
    words = iter(_WORDS)

    def type_word() -> Word:
        word, steps = next(words), []
        for end in range(1, len(word) + 1):
            program.press(word[end - 1])
            steps.append(program.step(count(tenant.matching(word[:end]))))
        program.press(_CLEAR)
        program.step(count(len(tenant.names)))
        return steps

    return type_word


def _paste(tenant: Tenant) -> Iterator[Result]:
    """Whole queries of each kind, against a plain word."""
    with browse_offline(tenant) as program:
        program.press("/")
        program.step()
        expressions = iter(_PASTED_EXPRESSIONS)
        words, fuzzy, expressed = in_turn(
            lambda: _pasted(program, tenant, _PASTED_WORD),
            lambda: _pasted(program, tenant, _PASTED_FUZZY),
            lambda: _pasted(program, tenant, next(expressions)),
        )
    for which, steps in (f"fuzzy {_PASTED_FUZZY}", fuzzy), ("a regular expression", expressed):
        what = f"{LARGE:,} rows, {which} → painted"
        yield compared(what, "ms", _painted([steps]), "a plain word", _painted([words]), ratio=2.0)


def _pasted(program: Program, tenant: Tenant, query: str) -> Step:
    """The step in which the whole query comes at once; the box is emptied again afterwards."""
    pattern = ".*".join(query[1:]) if query.startswith("~") else query.strip("/")
    rows = sum(re.search(pattern, name, re.IGNORECASE) is not None for name in tenant.names)
    program.press(f"\x1b[200~{query}\x1b[201~")
    step = program.step(tenant.shown(rows))
    program.press(_CLEAR)
    program.step(tenant.shown(len(tenant.names)))
    return step


def _reorder(tenant: Tenant) -> Iterator[Result]:
    """Each sample is the first of its kind after a start."""

    def sort_and_narrow() -> Word:
        with browse_offline(tenant) as program:
            program.press("s")
            by_name = program.step("Name ▲")
            program.press("S")
            turned = program.step("Name ▼")
            program.press("1")
            return [by_name, turned, program.step("billable:yes")]

    (samples,) = in_turn(sort_and_narrow)
    for which, what in enumerate(("first sort by name", "sort turned round", "facet ticked")):
        yield compared(f"{LARGE:,} rows, {what}", "ms", _painted(samples, slice(which, which + 1)))


def _painted(words: list[Word], keys: slice = slice(None)) -> list[float]:
    """Milliseconds until each word's chosen keys were painted."""
    return [1000 * step.painted for word in words for step in word[keys]]
