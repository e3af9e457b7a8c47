"""The table of connectors, whose cost depends on the visible rows alone.

It behaves like a `DataTable` with a row cursor: header clicks, highlighted and opened rows, component classes, mouse,
wide characters, horizontal scrolling with the name pinned. It uses Textual's line API, because a `DataTable` measures
every row on the event loop whenever it is refilled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar

from qconn_tui.catalogue.view import View
from qconn_tui.ui.compat.plain_lines import PlainLines
from qconn_tui.ui.keys import TABLE_KEYS
from qconn_tui.ui.widgets.row_painter import MARGIN, RowPainter
from qconn_tui.ui.widgets.table_columns import GAP, Column, column_at, column_starts, lay_out

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from qconn_tui.catalogue.sorting import SortKey
    from qconn_tui.connector import Connector


SLOW_LINE = "-slow-line"
"""The class of the app while the connection to the terminal is slow."""


class ConnectorTable(PlainLines, ScrollView, can_focus=True):
    """A sortable table over a `View`; the cursor stays on its record when the rows around it change.

    There is one exception: after a sort with the cursor on the first row, it stays on the first row until it is moved.
    """

    HELP = "Move with the arrows or j and k; Enter opens the details."
    BINDINGS: ClassVar[list[BindingType]] = [*TABLE_KEYS]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "connector-table--header",
        "connector-table--sorted",
        "connector-table--name",
        "connector-table--yes",
        "connector-table--muted",
        "connector-table--match",
        "connector-table--cursor",
        "connector-table--cursor-blurred",
        "connector-table--cursor-mark",
    }

    view: var[View] = var(View, init=False)
    """What is shown."""
    cursor: var[int] = var(0, init=False)
    """The row the cursor is on, counted from 0."""
    placeholder: var[str] = var("", init=False)
    """The text in the middle while there are no rows, one sentence per line."""

    @dataclass
    class Highlighted(Message):
        """The cursor is on another connector, or on none."""

        connector: Connector | None

    @dataclass
    class Opened(Message):
        """The details of a connector were asked for."""

        connector: Connector

    @dataclass
    class HeaderClicked(Message):
        """A column's heading was clicked."""

        sort_key: SortKey

    class Reached(Message):
        """Other rows are visible, or the cursor moved: near the end, the next page may be needed."""

        def can_replace(self, message: Message) -> bool:
            """One message of a burst is enough."""
            return isinstance(message, ConnectorTable.Reached)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._columns: tuple[Column, ...] = lay_out(80)
        self._connector: Connector | None = None
        self._keeps_first = False
        """Whether the cursor stays on the first row rather than on its record, as after a sort."""
        self._painter: RowPainter | None = None

    # --- the state -------------------------------------------------------------------------------------------

    @property
    def connector(self) -> Connector | None:
        """The connector under the cursor."""
        return self._connector

    @property
    def page_rows(self) -> int:
        """Rows that fit beneath the header."""
        return max(1, self.size.height - 1)

    def watch_view(self, old: View, new: View) -> None:
        """Show new rows: the cursor keeps its record, and the record keeps its line on the screen."""
        if old.query is not new.query:
            self._painter = None
        record, before = self._connector, self._painted(old)
        found = new.position(record.id) if record is not None else None
        line = self.cursor - self.scroll_offset.y
        is_filtered = old.query is not new.query or old.chosen != new.chosen
        is_rearranged = is_filtered or old.sort != new.sort
        was_visible = 0 <= line < self.page_rows
        if is_rearranged:
            self._keeps_first = not is_filtered and self.cursor == 0
        if self._keeps_first and (is_rearranged or was_visible):
            found = line = 0
        elif found is None:
            found = 0 if is_rearranged else min(self.cursor, max(0, len(new) - 1))
            line = min(line, found)
        self._measure()
        self.set_reactive(ConnectorTable.cursor, found)
        self._scroll_rows_to(found - line)
        if was_visible or is_rearranged:
            self._show_cursor()
        if self._painted(new) != before:
            self.refresh()
        self._report()

    def _painted(self, view: View) -> tuple[object, ...]:
        """The part of the view that is painted; most pages arrive far below it and need no repaint."""
        top = self.scroll_offset.y
        shown = [view.connector(row) for row in range(top, min(top + self.page_rows, len(view)))]
        return view.query, view.sort[:1], top, self.cursor, shown

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two lines that changed, and scroll to the cursor."""
        self._keeps_first = False
        self._refresh_row(old)
        self._refresh_row(new)
        self._show_cursor()
        self._report()

    def watch_placeholder(self) -> None:
        """Show the new text while there are no rows."""
        if not len(self.view):
            self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Report the visible rows after scrolling."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Reached())

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Paint the columns at their new offset."""
        self._painter = None
        super().watch_scroll_x(old_value, new_value)

    def on_resize(self) -> None:
        """Lay out the columns for the new width, and keep the cursor visible."""
        self._painter = None
        self._measure()
        # In a wider table the old offset may lie in the middle of a column.
        self.scroll_x = max(start for start in column_starts(self._columns) if start <= self.scroll_x)
        self._show_cursor()
        self.post_message(self.Reached())

    def notify_style_update(self) -> None:
        """Discard lines painted in the old colours."""
        self._painter = None
        super().notify_style_update()

    def _measure(self) -> None:
        self._columns = lay_out(self.scrollable_content_region.width)
        width = MARGIN + sum(column.width + GAP for column in self._columns)
        # Set without watchers: Textual would lay out the whole screen, although no widget moves.
        self.set_reactive(ConnectorTable.virtual_size, Size(width, len(self.view) + 1))
        if self.show_vertical_scrollbar:
            _resize_scrollbar(self.vertical_scrollbar, self.virtual_size.height)
        self.scroll_x = self.validate_scroll_x(self.scroll_x)
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def _report(self) -> None:
        record = self.view.connector(self.cursor) if self.cursor < len(self.view) else None
        if record is not self._connector:
            self._connector = record
            # Posted to the screen itself: bubbling through every widget on the way would take a frame.
            self.screen.post_message(self.Highlighted(record))
        self.post_message(self.Reached())

    @property
    def last_visible_row(self) -> int:
        """The last visible row, counted from 0; -1 without rows."""
        return min(self.scroll_offset.y + self.page_rows, len(self.view)) - 1

    def _show_cursor(self) -> None:
        top, rows = self.scroll_offset.y, self.page_rows
        # Over a slow connection each scroll sends a whole page, so half a page at a time is cheaper.
        step = max(1, rows // 2) if self.app.has_class(SLOW_LINE) else 1
        if self.cursor < top:
            self._scroll_rows_to(top - step if self.cursor == top - 1 else self.cursor)
        elif self.cursor >= top + rows:
            self._scroll_rows_to(top + step if self.cursor == top + rows else self.cursor - rows + 1)

    def _scroll_rows_to(self, row: int) -> None:
        # Forced: until the next layout Textual clamps to the size of the previous rows.
        self.scroll_to(y=row, animate=False, force=True)

    def _refresh_row(self, row: int) -> None:
        line = row - self.scroll_offset.y + 1
        if 1 <= line < self.size.height:
            self.refresh(Region(0, line, self.scrollable_content_region.width, 1))

    # --- keys and mouse --------------------------------------------------------------------------------------

    def move_cursor(self, row: int) -> None:
        """Move the cursor to `row` or the nearest one; without rows it is kept for when they arrive."""
        self.cursor = max(0, min(row, len(self.view) - 1) if len(self.view) else row)

    def action_cursor_up(self) -> None:
        """One row up."""
        self.move_cursor(self.cursor - 1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self.move_cursor(self.cursor + 1)

    def action_page_up(self) -> None:
        """One page up."""
        self.move_cursor(self.cursor - self.page_rows)

    def action_page_down(self) -> None:
        """One page down."""
        self.move_cursor(self.cursor + self.page_rows)

    def action_first(self) -> None:
        """To the first row."""
        self.move_cursor(0)

    def action_last(self) -> None:
        """To the last loaded row."""
        self.move_cursor(len(self.view) - 1)

    def action_left(self) -> None:
        """Scroll left to the start of a column."""
        before = [start for start in column_starts(self._columns) if start < self.scroll_offset.x]
        self.scroll_to(x=before[-1] if before else 0, animate=False)

    def action_right(self) -> None:
        """Scroll right to the start of a column."""
        behind = [start for start in column_starts(self._columns) if start > self.scroll_offset.x]
        if behind:
            self.scroll_to(x=behind[0], animate=False)

    def action_open(self) -> None:
        """Open the connector under the cursor."""
        if self._connector is not None:
            self.post_message(self.Opened(self._connector))

    def on_click(self, event: events.Click) -> None:
        """Sort by a clicked heading, move the cursor to a clicked row, or open the row that has it."""
        event.stop()
        if event.y == 0:
            column = column_at(self._columns, event.x - MARGIN, self.scroll_offset.x)
            if column is not None:
                self.post_message(self.HeaderClicked(column.sort_key))
            return
        row = event.y - 1 + self.scroll_offset.y
        if row >= len(self.view):
            return
        if row == self.cursor:
            self.action_open()
        else:
            self.move_cursor(row)

    # --- drawing ---------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the table: the header, a row, the placeholder, or a blank line."""
        painter = self._painter or self._new_painter()
        if y == 0:
            return painter.header(self.view.sort[0] if self.view.sort else None)
        if not len(self.view):
            lines = self.placeholder.split("\n")
            line = y - max(1, (self.size.height - len(lines)) // 3)
            return painter.words(lines[line]) if 0 <= line < len(lines) else painter.nothing()
        row = y - 1 + self.scroll_offset.y
        if row >= len(self.view):
            return painter.nothing()
        if row != self.cursor:
            return painter.row(self.view.connector(row))
        return painter.row(self.view.connector(row), "cursor" if self.has_focus else "cursor-blurred")

    def _new_painter(self) -> RowPainter:
        width = self.scrollable_content_region.width
        # The first frame is painted before the resize event arrives.
        self._columns = lay_out(width)
        self._painter = RowPainter(
            self._columns,
            self.view.query,
            width=width,
            scroll_x=self.scroll_offset.x,
            base=self.rich_style,
            tone=lambda name: self.get_component_rich_style(f"connector-table--{name}"),
        )
        return self._painter


def _resize_scrollbar(bar: ScrollBar, lines: int) -> None:
    """Set the number of lines of a scrollbar, and repaint it only if it looks different."""
    before = _rendered(bar)
    bar.set_reactive(ScrollBar.window_virtual_size, lines)
    if _rendered(bar) != before:
        bar.refresh()


def _rendered(bar: ScrollBar) -> list[Segment]:
    """The segments that a scrollbar renders, in default colours."""
    window = bar.window_size if bar.window_size < bar.window_virtual_size else 0
    return bar.renderer.render_bar(bar.size.height, bar.window_virtual_size, window, bar.position).segments
