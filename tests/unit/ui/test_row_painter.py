"""Lines of the table, which are told how wide they are and never measured."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.style import Style

from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import Sort, SortKey
from qconn_tui.connector import Connector
from qconn_tui.ui.widgets.row_painter import RowPainter
from qconn_tui.ui.widgets.table_columns import column_starts, lay_out

NAMES = (
    "Box",
    "東京 Sheets 東京 Sheets 東京 Sheets 東京 Sheets",
    "a very long name that has no room in any column",
    "e\u0301té",
)
DESCRIPTION = "読み書き reads and writes " * 4


@pytest.mark.parametrize("width", [*range(24, 60), 120, 200])
def test_every_line_is_as_wide_as_it_says_and_as_the_table(width: int) -> None:
    columns = lay_out(width)
    for scroll_x in range(column_starts(columns)[-1] + 20):
        painter = RowPainter(
            columns, parse("e"), width=width, scroll_x=scroll_x, base=Style(), tone=lambda _: Style(bold=True)
        )
        lines = [painter.header(Sort(SortKey.NAME))]
        lines += [painter.row(Connector(str(number), name, DESCRIPTION)) for number, name in enumerate(NAMES)]
        for line in lines:
            assert (line.cell_length, cell_len(line.text)) == (width, width), (scroll_x, line.text)
