"""`get`: prints the one connector that matches, or fails with the reason."""

from __future__ import annotations

import csv
import io
import json
from argparse import Namespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.cli import main
from qconn_tui.commands.get import GetRequest, find_by_id, find_by_name, print_connector, read_request
from qconn_tui.connector import Connector
from qconn_tui.errors import IncompleteList, Unreachable, UsageError
from qconn_tui.loader.events import PageArrived, Refused, WalkEnded
from qconn_tui.settings.values import Settings
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qconn_tui.loader.events import Event

pytestmark = pytest.mark.anyio

NOW = 1_000_000.0
SENTENCE = "It keeps tables that people share with each other, and it tells them about changes."
LIST = (
    Connector("1", "Google Drive", SENTENCE, billable=True, logo_small="https://cdn.qlikcloud.com/1.png"),
    Connector("2", "Google Sheets"),
    Connector("3", "Sheets"),
    Connector("4", "Café №2", billable=False, has_webhooks=True),
    Connector("5", "My Drive"),
    Connector("6", "3"),
    Connector("7", "Drive Pro"),
)
COMPLETE = WalkEnded(LIST, Coverage(Reach.COMPLETE))
OFFLINE = Coverage(Reach.OFFLINE, NOW - 7200)
GONE = Unreachable("The tenant does not answer.", "Check the network.")


class Walk:
    """Replays a walk to `get`; keeps what it prints and how many events it takes."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.out = io.StringIO()
        self.err = io.StringIO()
        self.asked = 0

    async def _replay(self) -> AsyncIterator[Event]:
        for event in self.events:
            self.asked += 1
            yield event

    async def lines(self, request: GetRequest) -> list[str]:
        """The lines on stdout."""
        await print_connector(self._replay(), self.out, self.err, request, now=lambda: NOW)
        return self.out.getvalue().splitlines()

    async def id(self, wanted: str) -> str:
        record = json.loads("\n".join(await self.lines(GetRequest(wanted))))
        assert isinstance(record, dict)
        return str(record["id"])

    async def refusal(self, wanted: str, *, offline: bool = False) -> UsageError:
        with pytest.raises(UsageError) as caught:
            await self.lines(GetRequest(wanted, offline=offline))
        assert self.out.getvalue() == ""
        assert all(line.isprintable() for line in (str(caught.value), *caught.value.details()))
        return caught.value


def page(start: int, end: int) -> PageArrived:
    return PageArrived(LIST[:end], start, Coverage(), 1)


async def test_an_id_asks_for_no_further_page() -> None:
    walk = Walk(page(0, 2), page(2, 4), COMPLETE)
    assert await walk.id("3") == "3"
    assert walk.asked == 2
    assert walk.err.getvalue() == ""


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("6", "6"),
        ("sheets", "3"),
        ("GOOGLE SHEETS", "2"),
        ("cafe no2", "4"),
        ("Café №2", "4"),
        ("my", "5"),
        ("le d", "1"),
        ("drive", "7"),
    ],
)
async def test_the_closest_match_wins(wanted: str, found: str) -> None:
    walk = Walk(page(0, 4), COMPLETE)
    assert await walk.id(wanted) == found
    assert walk.asked == 2


def test_a_name_counts_whole_then_as_a_beginning_then_anywhere() -> None:
    assert [connector.id for connector in find_by_name(LIST, "google")] == ["1", "2"]
    assert [connector.id for connector in find_by_name(LIST, " DRIVE")] == ["1", "5"]
    assert [connector.id for connector in find_by_name(LIST, "3")] == ["6"]
    assert not find_by_name(LIST, "excel")


async def test_a_uuid_is_found_in_any_case() -> None:
    wanted = "0d87347d-27c0-11ea-921c-022e6b5ea1e2"
    rows = (Connector("abc", "ABC"), Connector(wanted, "Airtable"), *LIST)
    walk = Walk(PageArrived(rows, 0, Coverage(), 1), COMPLETE)
    assert await walk.id(wanted.upper()) == wanted
    assert walk.asked == 1
    # Of ids that are no UUIDs nothing is known.
    assert [connector.id for connector in find_by_id((Connector("abc", "x"), Connector("ABC", "y")), "ABC")] == ["ABC"]
    assert not find_by_id((Connector("abc", "x"),), "ABC")
    both = (Connector(wanted, "x"), Connector(wanted.upper(), "y"))
    assert find_by_id(both, wanted.upper()) == [both[1]]


def test_the_very_name_is_not_ambiguous() -> None:
    rows = (Connector("1", "Cafe"), Connector("2", "Caf\u00e9"), Connector("3", ""), Connector("4", "\uff9e"))
    found = {"Caf\u00e9": ["2"], "cafe": ["1", "2"], "\uff9e": ["4"], "\uff9f": ["3", "4"]}
    for name, ids in found.items():
        assert [connector.id for connector in find_by_name(rows, name)] == ids


@given(st.text(st.characters() | st.sampled_from("a \t\n\x1b\u0301\u200b\u200c\u00ad\u0645\U0001fae8"), max_size=300))
@example("Foo\u200bbar")
@example("\u1ae0 Cafe\u0301   x\u00ad")
def test_any_name_is_found_by_the_text_that_it_was_made_of(text: str) -> None:
    rows = (Connector("1", clean(text)), *LIST)
    if clean(text):
        request = read_request(Namespace(wanted=text, format=None), Settings(), io.StringIO())
        assert find_by_name(rows, request.wanted)[0] == rows[0]


async def test_several_are_listed_with_their_ids() -> None:
    error = await Walk(COMPLETE).refusal("google")
    assert error.details() == ("1  Google Drive", "2  Google Sheets")


async def test_several_are_listed_by_name_each_on_its_line_and_no_more_than_ten() -> None:
    rows = tuple(Connector(str(number), f"{'aB'[number % 2]} Mail {number:02} {'x' * 200}") for number in range(12))
    error = await Walk(WalkEnded(rows, Coverage(Reach.COMPLETE))).refusal("mail")
    assert str(error) == "“mail” fits 12 connectors. Give the id, or more of the name."
    *shown, rest = error.details()
    assert [line.split()[:4] for line in shown[:2]] == [["0", "a", "Mail", "00"], ["2", "a", "Mail", "02"]]
    assert [line.split()[1] for line in shown] == ["a"] * 6 + ["B"] * 4
    assert rest == "…"
    assert all(len(line) < 60 for line in shown)


async def test_near_names_help_with_a_typing_error() -> None:
    assert "Near it: Google Sheets" in str(await Walk(COMPLETE).refusal("gogle sheet"))
    error = await Walk(COMPLETE).refusal("zzzz")
    assert str(error) == "No connector has the id “zzzz” or this in its name. `qconn-tui ls` prints them all."


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (Coverage(Reach.LOOPED), "(the list is: partial, the server's pages go in a circle)"),
        (Coverage(Reach.COMPLETE, skipped=3), "(the list is: complete · 3 unreadable)"),
        (OFFLINE, "(the list is: offline copy, 2 h old)"),
    ],
)
async def test_a_list_with_gaps_does_not_prove_that_there_is_none(coverage: Coverage, words: str) -> None:
    assert words in str(await Walk(WalkEnded(LIST, coverage)).refusal("zzzz", offline=True))


async def test_a_walk_that_broke_off_before_one_was_found_says_why() -> None:
    for coverage in (Coverage(Reach.REFUSED), OFFLINE):
        walk = Walk(page(0, 2), Refused(GONE, LIST[:2], coverage))
        with pytest.raises(Unreachable) as caught:
            await walk.lines(GetRequest("cafe"))
        assert caught.value is GONE
        assert walk.out.getvalue() == ""


async def test_a_name_of_an_incomplete_list_is_printed_and_the_gap_reported() -> None:
    walk = Walk(WalkEnded(LIST, Coverage(Reach.UNCLEAR)))
    with pytest.raises(IncompleteList, match="give the id"):
        await walk.lines(GetRequest("sheets"))
    assert '"name": "Sheets"' in walk.out.getvalue()


async def test_a_connector_that_is_printed_before_the_walk_broke_off_is_of_an_incomplete_list() -> None:
    walk = Walk(page(0, 7), Refused(GONE, LIST, Coverage(Reach.REFUSED)))
    with pytest.raises(IncompleteList, match="The list is incomplete: The tenant does not answer") as caught:
        await walk.lines(GetRequest("cafe"))
    assert caught.value.exit_code == 5
    assert '"id": "4"' in walk.out.getvalue()


@pytest.mark.parametrize(("wanted", "is_told"), [("1", True), ("2", False), ("caf", True)])
async def test_letters_that_are_lost_are_told(wanted: str, *, is_told: bool) -> None:
    damaged = (Connector("1", "Caf\ufffd"), Connector("2", "Drive"))
    walk = Walk(WalkEnded(damaged, Coverage(Reach.COMPLETE, damaged=1)))
    if is_told:
        with pytest.raises(IncompleteList, match="Letters of a connector came damaged"):
            await walk.lines(GetRequest(wanted))
    else:
        await walk.lines(GetRequest(wanted))
    assert f'"id": "{wanted}"' in walk.out.getvalue() or wanted == "caf"


async def test_an_id_of_an_incomplete_list_is_all_that_was_asked_for() -> None:
    assert await Walk(WalkEnded(LIST, Coverage(Reach.UNCLEAR))).id("3") == "3"


async def test_an_offline_copy_is_noted() -> None:
    walk = Walk(PageArrived(LIST, 0, OFFLINE, 0), WalkEnded(LIST, OFFLINE))
    assert await walk.lines(GetRequest("1", offline=True))
    assert walk.err.getvalue() == "qconn-tui: This is an offline copy, 2 h old.\n"
    walk = Walk(Refused(GONE, LIST, OFFLINE))
    with pytest.raises(IncompleteList, match="offline copy, 2 h old: The tenant does not answer"):
        await walk.lines(GetRequest("1"))
    assert '"id": "1"' in walk.out.getvalue()


async def test_every_format_holds_the_connector() -> None:
    async def lines(format_: str) -> list[str]:
        return await Walk(COMPLETE).lines(GetRequest("4", format_))

    assert json.loads("".join(await lines("json")))["hasWebhooks"] is True
    assert [json.loads(line)["id"] for line in await lines("jsonl")] == ["4"]
    assert [row["name"] for row in csv.DictReader(await lines("csv"))] == ["Café №2"]
    assert len(await lines("md")) == 3
    assert await lines("table") == [
        "Name          Café №2",
        "ID            4",
        "Description   none",
        "Billable      no",
        "Webhooks      yes",
        "Logo, small   none",
        "Logo, medium  none",
        "Logo, large   none",
    ]


async def test_a_table_is_as_wide_as_the_terminal() -> None:
    lines = await Walk(COMPLETE).lines(GetRequest("1", "table", width=44))
    assert lines[2:5] == [
        "Description   It keeps tables that people",
        "              share with each other, and it",
        "              tells them about changes.",
    ]
    assert "Logo, small   https://cdn.qlikcloud.com/1.png" in lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table_and_a_pipe_an_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    args = Namespace(wanted=" a\x1b[1m ", format=None)
    assert read_request(args, Settings(), Terminal()) == GetRequest("a\ufffd[1m", "table", 77)
    assert read_request(args, Settings(offline=True), io.StringIO()) == GetRequest("a\ufffd[1m", offline=True)
    with pytest.raises(UsageError, match=r"ID\|NAME is empty"):
        read_request(Namespace(wanted="\u200b ", format=None), Settings(), io.StringIO())


def test_the_demo_has_the_documented_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["get", "airtable", "--demo"]) == 0
    by_name = json.loads(capsys.readouterr().out)
    assert main(["--demo", "get", by_name["id"], "--format", "jsonl", "--page-size", "7"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "Airtable"
