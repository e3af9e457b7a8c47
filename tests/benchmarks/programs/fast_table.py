"""A filter box over a textual-fastdatatable: the names of a CSV file, narrowed on every key."""

from __future__ import annotations

import sys

import pyarrow.compute as pc
from pyarrow import csv
from textual.app import App, ComposeResult
from textual.widgets import Input, Static
from textual_fastdatatable import ArrowBackend, DataTable


class FastTable(App[None]):
    """Shows how many rows hold the text, and the rows."""

    CSS = "Input { height: 1; border: none; } DataTable { height: 1fr; }"

    def compose(self) -> ComposeResult:
        """The box, the count, the rows."""
        self.rows = csv.read_csv(sys.argv[1]).select(["name", "billable", "hasWebhooks", "id"])
        yield Input()
        yield Static(f"{len(self.rows)} rows", id="count")
        yield DataTable(backend=ArrowBackend(self.rows), cursor_type="row")

    async def on_input_changed(self, message: Input.Changed) -> None:
        """Another table: this one cannot take other rows."""
        found = self.rows.filter(pc.match_substring(self.rows["name"], message.value, ignore_case=True))
        with self.batch_update():
            self.query_one("#count", Static).update(f"{len(found)} rows")
            await self.query_one(DataTable).remove()
            await self.mount(DataTable(backend=ArrowBackend(found), cursor_type="row"))


if __name__ == "__main__":
    FastTable().run()
