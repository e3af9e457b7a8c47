"""Paints the lines of the table; it knows columns, widths and styles, not the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from qconn_tui.catalogue.facets import STATE_WORDS
from qconn_tui.ui.widgets.table_columns import GAP, Column, column_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.catalogue.query.query import Query
    from qconn_tui.catalogue.sorting import Sort
    from qconn_tui.connector import Connector

MARGIN = 2
"""Cells left of the name; the cursor's mark stands in the first."""

_CURSOR_MARK = "▌"
_ELLIPSIS = "…"
_MORE = "›"
"""Shows in the header that there are more columns to the right."""
_CACHED_LINES = 512
_YES = STATE_WORDS[True]


class RowPainter:
    """Paints lines for one width, scroll offset, query and set of colours, and caches them.

    When one of these changes, a new painter is needed.

    Args:
        columns: The columns, the pinned name first.
        query: The filter, whose matches are highlighted.
        width: Cells of a line.
        scroll_x: Cells by which the columns beside the name are scrolled.
        base: The style of an ordinary cell.
        tone: Returns the style of a part of the table: `header`, `sorted`, `name`, `match`, `yes`, `muted`, `cursor`,
            `cursor-blurred` or `cursor-mark`.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        query: Query,
        *,
        width: int,
        scroll_x: int,
        base: Style,
        tone: Callable[[str], Style],
    ) -> None:
        self._name, *others = columns
        self._query = query
        self._width = width
        self._base = base
        self._tone = tone
        self._rows: LRUCache[tuple[Connector, str], Strip] = LRUCache(_CACHED_LINES)
        self._tones: dict[tuple[Style, str], Style] = {}
        self._headers: dict[Sort | None, Strip] = {}
        starts = column_starts(columns)
        ends = [*starts[1:], starts[-1] + others[-1].width + GAP]
        self._has_more = MARGIN + self._name.width + GAP + ends[-1] - scroll_x > width
        room = max(0, width - MARGIN - self._name.width - GAP)
        seen = [
            (column, start)
            for column, start, end in zip(others, starts, ends, strict=True)
            if end > scroll_x and start < scroll_x + room
        ]
        self._seen = [(column, min(column.width + GAP, scroll_x + room - start)) for column, start in seen]
        """The columns that are visible beside the name, and their cells up to the right edge."""
        self._hidden = scroll_x - seen[0][1] if seen else 0
        """Cells of the first of them that are hidden by scrolling."""
        self._length = MARGIN + self._name.width + GAP + sum(cells for _, cells in self._seen) - self._hidden

    def header(self, sort: Sort | None) -> Strip:
        """The headings; that of the sorted column has an arrow."""
        if sort not in self._headers:
            self._headers[sort] = self._paint_header(sort)
        return self._headers[sort]

    def _paint_header(self, sort: Sort | None) -> Strip:
        style = self._tone("header")

        def heading(column: Column, cells: int) -> Segment:
            title, drawn = column.title, style
            if sort is not None and sort.key is column.sort_key:
                title, drawn = f"{title} {'▼' if sort.descending else '▲'}", self._toned(style, "sorted")
            return Segment(_cut(fit(title, column.width + GAP), cells), drawn)

        pinned = [Segment(" " * MARGIN, style), heading(self._name, self._name.width + GAP)]
        strip = self._assemble(pinned, [heading(*seen) for seen in self._seen], style)
        if not self._has_more:
            return strip
        return Strip.join([strip.crop(0, self._width - 1), Strip([Segment(_MORE, self._toned(style, "sorted"))])])

    def row(self, connector: Connector, cursor: str = "") -> Strip:
        """The line of a connector.

        Args:
            connector: The connector.
            cursor: The tone of the cursor if it is on this row, else empty.
        """
        key = (connector, cursor)
        strip = self._rows.get(key)
        if strip is None:
            strip = self._rows[key] = self._paint(connector, cursor)
        return strip

    def words(self, text: str) -> Strip:
        """A line with the text in the middle."""
        fitted = fit(text, min(cell_len(text), self._width))
        pad = " " * ((self._width - cell_len(fitted)) // 2)
        style = self._toned(self._base, "muted")
        return Strip([Segment(pad + fitted, style)]).adjust_cell_length(self._width, style)

    def nothing(self) -> Strip:
        """A blank line."""
        return Strip.blank(self._width, self._base)

    def _paint(self, connector: Connector, cursor: str) -> Strip:
        base = self._tone(cursor) if cursor else self._base
        mark = Segment(_CURSOR_MARK if cursor else " ", self._toned(base, "cursor-mark"))
        pinned = [mark, Segment(" " * (MARGIN - 1), base), *self._name_segments(connector, base)]
        # The cursor's row has one colour: it is sent at every step, and a colour change takes as many bytes as a name.
        tones = ("name", "name") if cursor else ("yes", "muted")
        return self._assemble(pinned, [self._cell(*seen, connector, base, tones) for seen in self._seen], base)

    def _toned(self, base: Style, name: str) -> Style:
        """`base` with the colour and the attributes of a tone, but its own background."""
        style = self._tones.get((base, name))
        if style is None:
            tone = self._tone(name)
            # Reversed, the colour would become the background.
            color = None if base.reverse else tone.color
            style = base + Style(color=color, bold=tone.bold or None, underline=tone.underline or None)
            self._tones[base, name] = style
        return style

    def _name_segments(self, connector: Connector, base: Style) -> list[Segment]:
        style, match = self._toned(base, "name"), self._toned(base, "match")
        name, width = self._name.text(connector), self._name.width
        fitted = fit(name, width)
        visible = len(name) if cell_len(name) <= width else len(fitted) - len(_ELLIPSIS)
        segments, end = [], 0
        for start, stop in self._query.highlights(name):
            if start >= visible:
                break
            segments.append(Segment(fitted[end:start], style))
            end = min(stop, visible)
            segments.append(Segment(fitted[start:end], match))
        return [*segments, Segment(fitted[end:] + " " * GAP, style)]

    def _cell(self, column: Column, cells: int, connector: Connector, base: Style, tones: tuple[str, str]) -> Segment:
        """A cell of a row; `tones` are the tone of "yes" and that of all other texts."""
        text = column.text(connector)
        style = self._toned(base, tones[text != _YES])
        return Segment(_cut(fit(text, column.width) + " " * GAP, cells), style)

    def _assemble(self, pinned: list[Segment], rest: list[Segment], base: Style) -> Strip:
        seen = Strip(rest).crop(self._hidden) if self._hidden else rest
        # The length is passed in: measuring the line would take as long as painting it.
        return Strip([*pinned, *seen], self._length).crop_extend(0, self._width, base)


def _cut(text: str, cells: int) -> str:
    """The first `cells` cells of a text that has at least as many; half a wide character becomes a space."""
    return text if len(text) <= cells and text.isascii() else set_cell_size(text, cells)


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis; a wide character is never halved."""
    length = cell_len(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - 1) + _ELLIPSIS if width > 0 else ""
