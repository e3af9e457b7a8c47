"""The list column by column: what searching and sorting need of each connector, worked out once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, cast

from qconn_tui.catalogue.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from qconn_tui.connector import Connector

T = TypeVar("T")

_SEPARATOR = re.compile(r"\W")


class Columns:
    """Connectors, and columns made from them when first asked for; to its users it never changes."""

    def __init__(self, connectors: tuple[Connector, ...] = ()) -> None:
        self.connectors = connectors
        """The records, in the order in which they arrived."""
        self._made: dict[Callable[[Connector], object], tuple[object, ...]] = {}
        self._indices: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.connectors)

    def of(self, make: Callable[[Connector], T]) -> tuple[T, ...]:
        """The column that holds `make(connector)` for each connector."""
        if make not in self._made:
            self._made[make] = tuple(map(make, self.connectors))
        return cast("tuple[T, ...]", self._made[make])

    def index(self, connector_id: str) -> int | None:
        """The index of the connector with that id."""
        if not self._indices:
            self._indices = {connector.id: index for index, connector in enumerate(self.connectors)}
        return self._indices.get(connector_id)

    def replaced(self, connectors: tuple[Connector, ...], unchanged: int) -> Columns:
        """The columns of another list, whose first `unchanged` records are those of this one.

        Only the rest is worked out anew, so that a page costs what a page holds.
        """
        columns = Columns(connectors)
        rest = connectors[unchanged:]
        columns._made = {make: column[:unchanged] + tuple(map(make, rest)) for make, column in self._made.items()}
        if self._indices and unchanged == len(self):
            columns._indices = self._indices | {connector.id: index for index, connector in enumerate(rest, unchanged)}
        return columns


def folded_name(connector: Connector) -> str:
    """A column: what plain words are searched in."""
    return fold(connector.name)


def spaced_name(connector: Connector) -> str:
    """A column: what tells whether a word begins a word of the name."""
    return spaced(fold(connector.name))


def spaced(text: str) -> str:
    """A folded text with spaces before it and for its separators, so that each word follows a space."""
    return " " + (text if text.replace(" ", "").isalnum() else _SEPARATOR.sub(" ", text))


def folded_id(connector: Connector) -> str:
    """A column: what `id:` is searched in."""
    return fold(connector.id)


def folded_description(connector: Connector) -> str:
    """A column: what `desc:` is searched in."""
    return fold(connector.description or "")
