"""Sorting by several columns: digits compare as numbers, unknown values come last, ties go by id."""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import partial
from itertools import compress, islice
from operator import eq
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.columns import folded_description, folded_name, picked
from qconn_tui.catalogue.facets import STATES, Facet, cell_number, mask_table
from qconn_tui.errors import UsageError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qconn_tui.catalogue.columns import Columns
    from qconn_tui.catalogue.name_index import Make
    from qconn_tui.connector import Connector

_NUMBER = re.compile("[0-9]+")
_PIECE = 5_000
"""Rows sorted between two pauses. Python's sort merges sorted pieces in a fraction of the time."""


class SortKey(enum.Enum):
    """A column that rows can be sorted by; the value is its word on the command line."""

    NAME = "name"
    BILLABLE = "billable"
    WEBHOOKS = "webhooks"
    ID = "id"
    DESCRIPTION = "description"
    LOGO = "logo"


class Sort(NamedTuple):
    """One column and a direction.

    Ascending texts go from A to Z, ascending facets and logos from yes to no. Unknown and missing values come last
    in both directions.
    """

    key: SortKey
    """The column."""
    descending: bool = False
    """Whether texts go from Z to A, and no comes before yes."""


def parse_sort(text: str) -> tuple[Sort, ...]:
    """The sorts named by the value of `--sort`, e.g. `name,-billable`.

    Raises:
        UsageError: If a name is not a sort key.
    """
    known = {key.value: key for key in SortKey}
    sorts = []
    for word in map(str.strip, text.split(",")):
        name = word[1:] if word.startswith(("-", "+")) else word
        if name.lower() not in known:
            raise UsageError(
                f"--sort cannot sort by “{clean(word, 40)}”.",
                f"Use {', '.join(known)}, joined by commas, with “-” before one for descending.",
            )
        sorts.append(Sort(known[name.lower()], word.startswith("-")))
    return tuple(sorts)


def order(columns: Columns, sorts: Sequence[Sort], rows: range | None = None) -> Sequence[int]:
    """The sorted rows; without sorts their order stays as it is.

    Args:
        columns: The connectors.
        sorts: The columns to sort by, the most important first.
        rows: The rows to sort, None for all.
    """
    if not sorts:
        return range(len(columns)) if rows is None else rows
    *others, last = sorts
    make = _KEYS[last.key]
    ordered = list(columns.order(make, partial(_ascending, columns, make)) if rows is None else rows)
    if rows is not None:
        ordered.sort(key=columns.of(identity).__getitem__)
        others = list(sorts)
    elif last.descending:
        others.append(last)
    # Python's sort is stable, so the least important column is sorted first.
    for sort in reversed(others):
        ordered = _sorted(columns, sort, ordered)
    return ordered


def prepare(columns: Columns) -> Iterator[None]:
    """Compute what the first sort by name needs, with a pause after each step."""
    make = _KEYS[SortKey.NAME]
    yield from columns.steps(make)
    if columns.has_order(make):
        return
    keys, pieces = columns.of(make), list[int]()
    for start in range(0, len(columns), _PIECE):
        pieces += sorted(range(start, min(start + _PIECE, len(columns))), key=keys.__getitem__)
        yield
    columns.order(make, lambda known: _ascending(columns, make, known or pieces))
    yield


def _ascending(columns: Columns, make: Make[str], known: Sequence[int]) -> Sequence[int]:
    """All rows sorted by a column and then by id; `known` is that order of fewer rows at the front."""
    keys, ids = columns.of(make), columns.of(identity)
    # Sorting a sorted part again is cheap: Python's sort detects the run.
    ordered = [*known, *range(len(known), len(columns))]
    ordered.sort(key=keys.__getitem__)
    texts = picked(keys, ordered)
    equals_next = bytes(map(eq, texts, islice(texts, 1, None)))
    start = equals_next.find(1)
    while start >= 0:
        end = equals_next.find(0, start) + 1 or len(ordered)
        ordered[start:end] = sorted(ordered[start:end], key=ids.__getitem__)
        start = equals_next.find(1, end)
    missing = bisect_right(ordered, "", key=keys.__getitem__)
    return ordered[missing:] + ordered[:missing]


def _sorted(columns: Columns, sort: Sort, rows: Sequence[int]) -> list[int]:
    """The rows sorted by one column; rows with equal values keep their order."""
    facet = _FACETS.get(sort.key)
    if facet is not None:
        cells = bytes(picked(columns.of(cell_number), rows))
        states = (False, True, None) if sort.descending else STATES
        return [row for state in states for row in compress(rows, cells.translate(mask_table([(facet, state)])))]
    keys = columns.of(_KEYS[sort.key])
    present = [row for row in rows if keys[row]]
    missing = [row for row in rows if not keys[row]]
    present.sort(key=keys.__getitem__, reverse=sort.descending)
    return present + missing


def _place(columns: Columns, sorts: Sequence[Sort]) -> Callable[[int], tuple[object, ...]]:
    """A function that returns the sort key of a row: tuples compare as the rows of `order` do."""
    keys = [(columns.of(_KEYS[sort.key]), sort.descending) for sort in sorts]
    ids = columns.of(identity)

    def place_of(row: int) -> tuple[object, ...]:
        parts: list[object] = []
        for column, descending in keys:
            key = column[row]
            parts += (not key, _Descending(key) if descending else key)
        return (*parts, ids[row])

    return place_of


def merged(columns: Columns, sorts: Sequence[Sort], rows: Sequence[int], added: Sequence[int]) -> Sequence[int]:
    """Two sorted sequences of rows merged into one; much faster than sorting where few are added."""
    if not added:
        return rows
    place = _place(columns, sorts)
    if not rows or place(rows[-1]) < place(added[0]):
        return [*rows, *added]
    result: list[int] = []
    start = 0
    for row in added:
        end = bisect_right(rows, place(row), lo=start, key=place)
        result += rows[start:end]
        result.append(row)
        start = end
    result += rows[start:]
    return result


def _natural(texts: Sequence[str]) -> list[str]:
    """For each folded text a key that sorts numbers as numbers, `S3 2` before `S3 10`."""
    keys = _NUMBER.sub(_with_length, "\n".join(texts)).split("\n")
    return keys if len(keys) == len(texts) else [_NUMBER.sub(_with_length, text) for text in texts]


def _with_length(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0") or "0"
    return f"0{chr(48 + len(digits))}{digits}"


def identity(connectors: Sequence[Connector]) -> list[str]:
    """A column: the ids."""
    return [connector.id for connector in connectors]


def _name(connectors: Sequence[Connector]) -> list[str]:
    return _natural(folded_name(connectors))


def _description(connectors: Sequence[Connector]) -> list[str]:
    return _natural(folded_description(connectors))


def _billable(connectors: Sequence[Connector]) -> list[str]:
    return [_YES_FIRST[connector.billable] for connector in connectors]


def _webhooks(connectors: Sequence[Connector]) -> list[str]:
    return [_YES_FIRST[connector.has_webhooks] for connector in connectors]


def _logo(connectors: Sequence[Connector]) -> list[str]:
    return [_YES_FIRST[bool(c.logo_small or c.logo_medium or c.logo_large)] for c in connectors]


_YES_FIRST = {True: "a", False: "b", None: ""}
# Column makers of texts to compare; the empty text stands for unknown or missing.
_KEYS: dict[SortKey, Make[str]] = {
    SortKey.NAME: _name,
    SortKey.BILLABLE: _billable,
    SortKey.WEBHOOKS: _webhooks,
    SortKey.ID: identity,
    SortKey.DESCRIPTION: _description,
    SortKey.LOGO: _logo,
}
_FACETS = {SortKey.BILLABLE: Facet.BILLABLE, SortKey.WEBHOOKS: Facet.WEBHOOKS}


@dataclass(frozen=True, slots=True)
class _Descending:
    key: str

    def __lt__(self, other: _Descending) -> bool:
        return self.key > other.key
