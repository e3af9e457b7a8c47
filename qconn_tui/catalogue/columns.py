"""A list of connectors by columns: the values that filters and sorts read, each computed once."""

from __future__ import annotations

from itertools import compress
from operator import is_not, itemgetter
from typing import TYPE_CHECKING, TypeVar, cast

from qconn_tui.catalogue.folding import fold_all
from qconn_tui.catalogue.name_index import MARK, SLICE, NameIndex, has_separator, is_word_character, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qconn_tui.catalogue.name_index import Make, RequiredLetters
    from qconn_tui.connector import Connector

T = TypeVar("T")

_ASCII_SEPARATORS = {code: " " for code in range(128) if has_separator(chr(code)) and chr(code) != "\n"}


class Columns:
    """Connectors and the columns made from them; for its users it never changes.

    A list that only appends rows shares the index of the shorter one, so that a page costs only its own rows.
    """

    def __init__(self, connectors: tuple[Connector, ...] = (), index: NameIndex | None = None) -> None:
        self.connectors = connectors
        """The records, in the order in which they arrived."""
        self._index = NameIndex(len(connectors)) if index is None else index

    def __len__(self) -> int:
        return len(self.connectors)

    def replaced(self, connectors: tuple[Connector, ...], unchanged: int) -> Columns:
        """The columns of another list; records of the same row that are the same object keep what is known.

        Args:
            connectors: The other list.
            unchanged: How many records at the front are certainly those of this list.
        """
        if unchanged == len(self) and self._index.try_extend(len(self), len(connectors)):
            return Columns(connectors, self._index)
        kept = min(len(self), len(connectors))
        differ = map(is_not, self.connectors[unchanged:kept], connectors[unchanged:kept])
        changed = list(compress(range(unchanged, kept), differ))
        if not changed and kept == len(self) == len(connectors):
            # The end of a walk repeats the list: everything that is known holds.
            return self
        if len(changed) > SLICE:
            kept, changed = unchanged, []
        return Columns(connectors, self._index.copied(connectors, kept, changed))

    def of(self, make: Make[T]) -> Sequence[T]:
        """The column that `make` returns; it may go on with values of a longer list."""
        return self._index.column(make, self.connectors)

    def steps(self, make: Make[T]) -> Iterator[None]:
        """Compute the column and pause after each slice; a known column has no steps."""
        return self._index.column_steps(make, self.connectors)

    def match_ranks(self, text: str) -> Sequence[int]:
        """For each row how the text stands in the folded name, see `match_rank`; it may go on like a column."""
        return self._index.match_ranks(text, self.of(marked_name), len(self))

    def has_match_ranks(self, text: str) -> bool:
        """Whether the match ranks of the text are known for all rows."""
        return self._index.has_match_ranks(text, len(self))

    def is_indexed(self, text: str) -> bool:
        """Whether match ranks answer faster than a search: they are known, or cheap as the text is one letter."""
        return is_word_character(text) or self.has_match_ranks(text)

    def match_rank_steps(self, text: str) -> Iterator[None]:
        """Compute `match_ranks` and pause after every few slices."""
        return self._index.match_rank_steps(text, self.of(marked_name), len(self))

    def continuation_steps(self, prefix: str) -> Iterator[None]:
        """Compute the match ranks of what may be typed after `prefix`, with pauses, and forget all that cannot."""
        return self._index.continuation_steps(prefix, self.of(marked_name), len(self))

    def mask_of(self, required: RequiredLetters) -> bytes:
        """For each row 0 if its folded name is known to lack required letters, else 1."""
        return self._index.mask_of(required, len(self))

    def numbers(self, rows: Sequence[int]) -> Sequence[int]:
        """The same rows; those of a range as the same `int` objects each time, so that no key creates new ones."""
        return self._index.numbers(rows, len(self))

    def row_of(self, connector_id: str) -> int | None:
        """The row of the connector with that id, None without one."""
        return self._index.row_of(connector_id, self.connectors)

    def has_order(self, key: object) -> bool:
        """Whether the order called `key` is known."""
        return self._index.has_order(key, len(self))

    def order(self, key: object, make: Callable[[Sequence[int]], Sequence[int]]) -> Sequence[int]:
        """All rows in the order called `key`; `make` makes it from the order of fewer rows at the front, or of none."""
        return self._index.order(key, len(self), make)


def picked(column: Sequence[T], rows: Sequence[int]) -> Sequence[T]:
    """The column's values in those rows."""
    if isinstance(rows, range):
        return column[rows.start : rows.stop]
    if len(rows) < 2:
        return [column[row] for row in rows]
    return cast("tuple[T, ...]", itemgetter(*rows)(column))


def folded_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: the folded names, where plain words are searched."""
    return fold_all([connector.name for connector in connectors])


def shown_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: the names as shown, where regular expressions are searched whose meaning would change in lower case."""
    return [connector.name for connector in connectors]


def lowered_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: the names in lower case, where all other regular expressions are searched."""
    return [connector.name.lower() for connector in connectors]


def marked_name(connectors: Sequence[Connector]) -> list[str]:
    """A column: the marked names, which show where the name and its words begin; see `marked`."""
    names = folded_name(connectors)
    joined = "\n".join(names)
    if joined.isascii() and joined.count("\n") + 1 == len(names):
        return (MARK + joined.translate(_ASCII_SEPARATORS).replace("\n", "\n" + MARK)).split("\n")
    return [marked(name) for name in names]


def folded_id(connectors: Sequence[Connector]) -> list[str]:
    """A column: the folded ids, where `id:` is searched."""
    return fold_all([connector.id for connector in connectors])


def folded_description(connectors: Sequence[Connector]) -> list[str]:
    """A column: the folded descriptions, where `desc:` is searched."""
    return fold_all([connector.description or "" for connector in connectors])
