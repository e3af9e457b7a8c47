"""Sorting: by several columns, numbers as numbers, what is unknown last, ties by id."""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from qconn_tui.catalogue.folding import fold
from qconn_tui.errors import UsageError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.catalogue.columns import Columns
    from qconn_tui.connector import Connector

Place: TypeAlias = "Callable[[int], tuple[object, ...]]"
"""Where a row belongs, as something that can be compared with the places of other rows."""

_NUMBER = re.compile("0*([0-9]+)")


class SortKey(enum.Enum):
    """A column that rows can be sorted by; the value is its word on the command line."""

    NAME = "name"
    BILLABLE = "billable"
    WEBHOOKS = "webhooks"
    ID = "id"
    DESCRIPTION = "description"
    LOGO = "logo"


@dataclass(frozen=True, slots=True)
class Sort:
    """One column and a direction.

    Ascending texts go from A to Z, ascending facets and logos have yes first. What is unknown or missing
    comes last in both directions.
    """

    key: SortKey
    """The column."""
    descending: bool = False
    """Whether from Z to A, and no before yes."""


def parse_sort(text: str, source: str = "--sort") -> tuple[Sort, ...]:
    """The sorts named by e.g. `name,-billable`; `source` is what the UsageError of a wrong one names."""
    known = {key.value: key for key in SortKey}
    sorts = []
    for word in map(str.strip, text.split(",")):
        name = word[1:] if word.startswith(("-", "+")) else word
        if name.lower() not in known:
            raise UsageError(
                f"{source} cannot sort by “{clean(word, 40)}”.",
                f"Use {', '.join(known)}, joined by commas, with “-” before one for descending.",
            )
        sorts.append(Sort(known[name.lower()], word.startswith("-")))
    return tuple(sorts)


def order(columns: Columns, sorts: Sequence[Sort], rows: range | None = None) -> Sequence[int]:
    """The given rows of `columns`, or all of them, sorted; without sorts they stay as they are."""
    rows = range(len(columns)) if rows is None else rows
    if not sorts:
        return rows
    ordered = sorted(rows, key=columns.of(_id).__getitem__)
    # Python's sort is stable, so the least important column goes first.
    for sort in reversed(sorts):
        keys = columns.of(_KEYS[sort.key])
        present = [row for row in ordered if keys[row]]
        missing = [row for row in ordered if not keys[row]]
        present.sort(key=keys.__getitem__, reverse=sort.descending)
        ordered = present + missing
    return ordered


def place(columns: Columns, sorts: Sequence[Sort]) -> Place:
    """A function that gives a row's place in `order`, as something that can be compared."""
    keys = [(columns.of(_KEYS[sort.key]), sort.descending) for sort in sorts]
    ids = columns.of(_id)

    def place_of(row: int) -> tuple[object, ...]:
        parts: list[object] = []
        for column, descending in keys:
            key = column[row]
            parts += (not key, _Descending(key) if descending else key)
        return (*parts, ids[row])

    return place_of


def merged(rows: Sequence[int], added: Sequence[int], place: Place | None) -> Sequence[int]:
    """`rows` with `added` put in their places, or at the end if there is no `place`; both are in order."""
    if not added:
        return rows
    if place is None:
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


def _natural(text: str | None) -> str:
    # Each number is preceded by its number of digits, so that `S3 2` comes before `S3 10`.
    return _NUMBER.sub(lambda match: f"0{chr(48 + len(match[1]))}{match[1]}", fold(text)) if text else ""


def _yes_first(state: bool | None) -> str:
    return "" if state is None else "ab"[not state]


def _id(connector: Connector) -> str:
    return connector.id


def _name(connector: Connector) -> str:
    return _natural(connector.name)


def _description(connector: Connector) -> str:
    return _natural(connector.description)


def _billable(connector: Connector) -> str:
    return _yes_first(connector.billable)


def _webhooks(connector: Connector) -> str:
    return _yes_first(connector.has_webhooks)


def _logo(connector: Connector) -> str:
    return _yes_first(bool(connector.logo_small or connector.logo_medium or connector.logo_large))


# Each makes a column of texts to compare; the empty text stands for unknown or missing.
_KEYS: dict[SortKey, Callable[[Connector], str]] = {
    SortKey.NAME: _name,
    SortKey.BILLABLE: _billable,
    SortKey.WEBHOOKS: _webhooks,
    SortKey.ID: _id,
    SortKey.DESCRIPTION: _description,
    SortKey.LOGO: _logo,
}


@dataclass(frozen=True, slots=True)
class _Descending:
    key: str

    def __lt__(self, other: _Descending) -> bool:
        return self.key > other.key
