"""The list as text that other programs, or people, read: lines without their line ends."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from qconn_tui.catalogue.width import cell_width, pad, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qconn_tui.connector import Connector

FIELDS = (
    "id",
    "name",
    "description",
    "billable",
    "hasWebhooks",
    "logoSmall",
    "logoMedium",
    "logoLarge",
)
"""The columns of an export: the API's own names."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_WORDS = {True: "yes", False: "no", None: "?"}
_NAME_AT_LEAST = 12


def to_jsonl(connectors: Iterable[Connector]) -> Iterator[str]:
    """One JSON object per line; what is unknown is null."""
    for connector in connectors:
        yield json.dumps(_record(connector), ensure_ascii=False)


def to_json(connectors: Iterable[Connector]) -> Iterator[str]:
    """One JSON array, with a line for each connector."""
    before = "["
    for line in to_jsonl(connectors):
        yield before if before == "[" else f"{before},"
        before = f"  {line}"
    yield from ("[]",) if before == "[" else (before, "]")


def to_csv(connectors: Iterable[Connector]) -> Iterator[str]:
    """A header, then a line for each connector; what is unknown is empty.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    yield ",".join(FIELDS)
    for connector in connectors:
        line = io.StringIO()
        # The writer quotes a cell with a character of its line end, so it must know that one.
        csv.writer(line, lineterminator="\r\n").writerow(map(_csv_cell, _record(connector).values()))
        yield line.getvalue().removesuffix("\r\n")


def to_markdown(connectors: Iterable[Connector]) -> Iterator[str]:
    """A table with the names, both facets, the ids and the descriptions."""
    yield "| Name | Billable | Webhooks | ID | Description |"
    yield "| --- | --- | --- | --- | --- |"
    for connector in connectors:
        cells = (*_cells(connector), connector.description or "")
        yield f"| {' | '.join(map(_markdown_cell, cells))} |"


def to_table(connectors: Sequence[Connector], width: int | None = None) -> Iterator[str]:
    """Columns for people; names are cut so that a line takes `width` cells, None for as many as it needs.

    Ids are never cut, so in a very narrow terminal the lines are longer than `width`.
    """
    rows = [("Name", "Billable", "Webhooks", "ID"), *map(_cells, connectors)]
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        rest = sum(widths[1:]) + 2 * len(widths[1:])
        widths[0] = min(widths[0], max(_NAME_AT_LEAST, width - rest))
    for name, *others in rows:
        cells = (shorten(name, widths[0]), *others)
        yield "  ".join(map(pad, cells, widths)).rstrip()


def _record(connector: Connector) -> dict[str, str | bool | None]:
    values = (
        connector.id,
        connector.name,
        connector.description,
        connector.billable,
        connector.has_webhooks,
        connector.logo_small,
        connector.logo_medium,
        connector.logo_large,
    )
    return dict(zip(FIELDS, values, strict=True))


def _cells(connector: Connector) -> tuple[str, str, str, str]:
    return connector.name, _WORDS[connector.billable], _WORDS[connector.has_webhooks], connector.id


def _csv_cell(value: str | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _markdown_cell(text: str) -> str:
    for special in "\\`|*_[]<>":
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())
