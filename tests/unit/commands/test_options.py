"""The options of the command line, held together with what they stand for."""

from __future__ import annotations

from qconn_tui.catalogue.export import WRITERS
from qconn_tui.commands.options import FORMATS


def test_the_formats_are_a_table_and_every_format_of_an_export() -> None:
    table, *others = FORMATS
    assert table == "table"
    assert sorted(others) == sorted(WRITERS)
