"""Exports: each format is read back by another reader, and tables fit their width."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qconn_tui.catalogue import export
from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.width import cell_width
from qconn_tui.connector import Connector
from qconn_tui.text import clean

AIRTABLE = Connector(
    "0d87347d-27c0-11ea-921c-022e6b5ea1e2",
    "Airtable",
    'A "cloud", with commas',
    billable=True,
    has_webhooks=False,
    logo_small="https://cdn.qlikcloud.com/small.png",
)
UNKNOWN = Connector("2", "青空メール")
HEADER = "id,name,description,billable,hasWebhooks,logoSmall,logoMedium,logoLarge"


def test_json_lines_have_the_fields_of_the_api() -> None:
    first, second = map(json.loads, export.to_jsonl([AIRTABLE, UNKNOWN]))
    assert list(first) == HEADER.split(",")
    assert first["billable"] is True
    assert first["hasWebhooks"] is False
    assert first["logoSmall"] == "https://cdn.qlikcloud.com/small.png"
    assert second == dict.fromkeys(HEADER.split(",")) | {"id": "2", "name": "青空メール"}


@pytest.mark.parametrize("connectors", [[], [AIRTABLE], [AIRTABLE, UNKNOWN, AIRTABLE]])
def test_json_is_one_array(connectors: list[Connector]) -> None:
    records = json.loads("\n".join(export.to_json(connectors)))
    assert records == [json.loads(line) for line in export.to_jsonl(connectors)]
    assert len(records) == len(connectors)


def test_csv_is_read_back() -> None:
    lines = list(export.to_csv([AIRTABLE, UNKNOWN]))
    assert lines[0] == HEADER
    assert len(lines) == 3
    first, second = csv.DictReader(lines)
    assert first["name"] == "Airtable"
    assert first["description"] == 'A "cloud", with commas'
    assert (first["billable"], first["hasWebhooks"]) == ("true", "false")
    assert (second["billable"], second["description"]) == ("", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_csv_cell_is_a_formula(start: str) -> None:
    evil = f"{start}cmd|' /C calc'!A0"
    (row,) = csv.DictReader(list(export.to_csv([Connector(evil, evil, evil)])))
    assert row["id"] == row["name"] == row["description"] == f"'{evil}"


def test_markdown_shows_special_characters_as_they_are() -> None:
    lines = list(export.to_markdown([Connector("1", "a|b`c`\nd <b> *x* \\", "[x](y)")]))
    assert lines[2] == r"| a\|b\`c\` d \<b\> \*x\* \\ | ? | ? | 1 | \[x\](y) |"
    assert {line.replace(r"\|", "").count("|") for line in lines} == {6}


def test_a_table_is_aligned_by_cells() -> None:
    lines = list(export.to_table([AIRTABLE, UNKNOWN]))
    assert lines == [
        "Name        Billable  Webhooks  ID",
        "Airtable    yes       no        0d87347d-27c0-11ea-921c-022e6b5ea1e2",
        "青空メール  ?         ?         2",
    ]


def test_a_table_fits_the_terminal_and_keeps_the_ids() -> None:
    long = Connector("0d87347d-27c0-11ea-921c-022e6b5ea1e2", "青空" * 40)
    for line in export.to_table([long, AIRTABLE], width=80):
        assert cell_width(line) <= 80
    assert long.id in list(export.to_table([long], width=20))[1]
    assert "…" in list(export.to_table([long], width=20))[1]


def test_an_empty_table_is_its_header() -> None:
    assert list(export.to_table([])) == ["Name  Billable  Webhooks  ID"]


def test_a_markdown_document_says_what_is_missing() -> None:
    remark = list(export.to_markdown_remark(Coverage(Reach.OFFLINE, 1_000.0), now=8_200.0))
    assert remark == ["", "*Not the whole list: offline copy, 2 h old*"]
    assert list(export.to_markdown_remark(Coverage(Reach.COMPLETE, skipped=1), now=0.0))


def test_a_markdown_document_of_the_whole_list_says_nothing() -> None:
    assert list(export.to_markdown_remark(Coverage(Reach.COMPLETE), now=0.0)) == []


def test_every_format_has_a_file_ending() -> None:
    assert list(export.WRITERS_BY_ENDING) == [".csv", ".json", ".jsonl", ".md"]
    assert list(export.WRITERS_BY_ENDING.values()) == list(export.WRITERS.values())


CELL = MarkdownIt("commonmark").enable(["table", "strikethrough"])
"""A renderer of GitHub Flavored Markdown, without its autolinks."""


def read_as(name: str, markdown: str) -> None:
    """The first cell of the only row is text, and nothing but the name."""
    tokens = CELL.parse(markdown)
    # The header has five cells, so the first of the row is the sixth.
    cell = [token for token in tokens if token.type == "inline"][5]
    assert [token.type for token in cell.children or () if token.type not in ("text", "text_special")] == []
    assert "".join(token.content for token in cell.children or ()) == name
    assert len([token for token in tokens if token.type == "td_open"]) == 5


@pytest.mark.parametrize(
    "name",
    [
        "~~old~~", "~x~", "&amp;", "&#124;", "&lt;b&gt;", "AT&T", "a|b", r"a\|b", "a\\", "`code`", "``a`",
        "<b>bold</b>", "<https://x.example>", "# heading", "- item", "* item", "+ item", "1. item", "1) item",
        "> quote", "---", "| --- |", "===", "[x](y)", "![x](y)", "[^1]", "*a* _b_ __c__", "$x$ and $y$",
        "www.x.example", "https://x.example", "me@x.example", "- [ ] task", "\\", "\\\\", "\\`", "   ", "a\u200d",
        "{x}", "!", "C++", "&", "Zoho: CRM (beta) 100%",
    ],
    ids=ascii,
)  # fmt: skip
def test_markdown_renders_a_name_as_itself(name: str) -> None:
    name = clean(name)
    read_as(name, "\n".join(export.to_markdown([Connector("1", name)])))


@given(
    st.text(st.one_of(st.characters(), st.sampled_from("\\`|*_~$[]()<>&;#!-+.:/@^={}\"' 1axw")), max_size=20).map(clean)
)
def test_markdown_renders_any_name_as_itself(name: str) -> None:
    read_as(name, "\n".join(export.to_markdown([Connector("1", name)])))


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("www.x.example", r"www\.x.example"),
        ("HTTPS://x.example", r"HTTPS\://x.example"),
        ("me@x.example", r"me\@x.example"),
        ("~~old~~", r"\~\~old\~\~"),
        ("&amp; AT&T &#38; & ", r"\&amp; AT&T \&#38; &"),
        ("S3: @home 100% (beta) - #1", "S3: @home 100% (beta) - #1"),
    ],
)
def test_markdown_escapes_what_would_be_more_than_text_and_nothing_else(name: str, cell: str) -> None:
    assert list(export.to_markdown([Connector("1", name)]))[2] == f"| {cell} | ? | ? | 1 |  |"


def test_every_format_holds_characters_newer_than_python() -> None:
    name = clean("a\U0001fae8 \u0645\u06cc\u200c\u062e")
    for write in export.WRITERS.values():
        assert "a\U0001fae8 \u0645\u06cc\u200c\u062e" in "\n".join(write([Connector("1", name)]))
