"""The list as text for other programs or for people: each function yields lines without line ends."""

from __future__ import annotations

import csv
import io
import json
import re
import textwrap
from itertools import chain, repeat
from typing import TYPE_CHECKING, TypeAlias

from qconn_tui.catalogue.facets import SHORT_STATE_WORDS, STATE_WORDS
from qconn_tui.catalogue.width import cell_width, pad, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qconn_tui.catalogue.coverage import Coverage
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
"""The columns of an export, named as in Qlik's API."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MARKDOWN = r"[\\`|*_~$\[\]<>]|&(?=#?\w+;)|:(?=//)|(?<=www)\.|(?<=\w)@(?=\w)"
"""What Markdown reads as more than text inside a paragraph or a cell: CommonMark 0.31 (6.1 to 6.6), strikethrough and
autolinks of GitHub Flavored Markdown (6.5 and 6.9), and GitHub's formulas between dollars."""
_NAME_AT_LEAST = 12
_VALUE_AT_LEAST = 24


def to_jsonl(connectors: Iterable[Connector]) -> Iterator[str]:
    """One JSON object per line; unknown values are null."""
    for connector in connectors:
        yield json.dumps(_record(connector), ensure_ascii=False)


def to_json(connectors: Iterable[Connector]) -> Iterator[str]:
    """One JSON array with a line for each connector."""
    before = "["
    for line in to_jsonl(connectors):
        yield before if before == "[" else f"{before},"
        before = f"  {line}"
    yield from ("[]",) if before == "[" else (before, "]")


def to_csv(connectors: Iterable[Connector]) -> Iterator[str]:
    """A header, then a line for each connector (RFC 4180); unknown values are empty.

    A cell that a spreadsheet would run as a formula is preceded by an apostrophe, as OWASP advises against CSV
    injection.
    """
    yield ",".join(FIELDS)
    for connector in connectors:
        line = io.StringIO()
        # The writer quotes cells that hold a character of its line terminator, so it needs the real one.
        csv.writer(line, lineterminator="\r\n").writerow(map(_csv_cell, _record(connector).values()))
        yield line.getvalue().removesuffix("\r\n")


def to_markdown(connectors: Iterable[Connector]) -> Iterator[str]:
    """A table of GitHub Flavored Markdown: names, both facets, ids and descriptions."""
    yield "| Name | Billable | Webhooks | ID | Description |"
    yield "| --- | --- | --- | --- | --- |"
    for connector in connectors:
        cells = (*_cells(connector), connector.description or "")
        yield f"| {' | '.join(map(_markdown_cell, cells))} |"


def to_markdown_remark(coverage: Coverage, now: float) -> Iterator[str]:
    """The end of a Markdown document: a paragraph that says what is missing, and nothing for a whole list.

    The other formats are for programs, which expect records alone.

    Args:
        coverage: How much of the list the document holds.
        now: Seconds since the epoch.
    """
    if coverage.is_whole:
        return
    yield ""
    yield f"*{_markdown_cell(f'Not the whole list: {coverage.describe(now)}')}*"


Writer: TypeAlias = "Callable[[Iterable[Connector]], Iterator[str]]"
"""Turns connectors into lines without their line ends."""

WRITERS: dict[str, Writer] = {"csv": to_csv, "json": to_json, "jsonl": to_jsonl, "md": to_markdown}
"""The formats of a list for other programs, by the name that `--format` takes."""
WRITERS_BY_ENDING: dict[str, Writer] = {f".{name}": writer for name, writer in WRITERS.items()}
"""The same by the ending of a file's name."""


def to_table(connectors: Sequence[Connector], width: int | None = None) -> Iterator[str]:
    """Aligned columns for people.

    Args:
        connectors: The rows.
        width: Cells of a line, None for as many as needed. Only names are cut, so that in a very narrow terminal the
            lines are longer.
    """
    rows = [("Name", "Billable", "Webhooks", "ID"), *map(_cells, connectors)]
    widths = [max(map(cell_width, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        rest = sum(widths[1:]) + 2 * len(widths[1:])
        widths[0] = min(widths[0], max(_NAME_AT_LEAST, width - rest))
    for name, *others in rows:
        cells = (shorten(name, widths[0]), *others)
        yield "  ".join(map(pad, cells, widths)).rstrip()


def to_object(connector: Connector) -> Iterator[str]:
    """One JSON object with a field on each line; unknown values are null."""
    yield from json.dumps(_record(connector), ensure_ascii=False, indent=2).split("\n")


def to_fields(connector: Connector, width: int | None = None) -> Iterator[str]:
    """A label and a value for each field, for people.

    Args:
        connector: The connector.
        width: Characters of a line, None for as many as needed. Longer values are wrapped between words, so ids and
            addresses are never broken.
    """
    fields = {
        "Name": connector.name or "none",
        "ID": connector.id,
        "Description": connector.description or "none",
        "Billable": STATE_WORDS[connector.billable],
        "Webhooks": STATE_WORDS[connector.has_webhooks],
        "Logo, small": connector.logo_small or "none",
        "Logo, medium": connector.logo_medium or "none",
        "Logo, large": connector.logo_large or "none",
    }
    margin = max(map(len, fields)) + 2
    room = None if width is None else max(_VALUE_AT_LEAST, width - margin)
    for label, text in fields.items():
        lines = [text] if room is None else textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
        for heading, line in zip(chain((label,), repeat("")), lines, strict=False):
            yield f"{heading:<{margin}}{line}"


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
    billable, webhooks = SHORT_STATE_WORDS[connector.billable], SHORT_STATE_WORDS[connector.has_webhooks]
    return connector.name, billable, webhooks, connector.id


def _csv_cell(value: str | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _markdown_cell(text: str) -> str:
    return " ".join(re.sub(_MARKDOWN, r"\\\g<0>", text, flags=re.IGNORECASE).split())
