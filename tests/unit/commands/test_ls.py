"""`ls`: data on stdout, and on stderr and in the exit status how complete it is."""

from __future__ import annotations

import csv
import io
import json
from argparse import Namespace
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.sorting import parse_sort
from qconn_tui.cli import main
from qconn_tui.commands.ls import ListRequest, print_list, read_listing
from qconn_tui.connector import Connector
from qconn_tui.errors import (
    AnswerError,
    IncompleteList,
    NotAllowed,
    Problem,
    QueryError,
    Unreachable,
    UsageError,
)
from qconn_tui.loader.events import PageArrived, Refused, WalkEnded
from qconn_tui.settings.values import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from qconn_tui.loader.events import Event

pytestmark = pytest.mark.anyio

NOW = 1_000_000.0
LIST = tuple(
    Connector(f"{number:02}", name, billable=number % 2 == 0)
    for number, name in enumerate(["Hotmail", "Drive", "Mail 10", "Mail 2", "Mail"])
)
COMPLETE = Coverage(Reach.COMPLETE)
OFFLINE = Coverage(Reach.OFFLINE, NOW - 7200)


def pages(*ends: int) -> list[Event]:
    """Pages that bring the list up to each of `ends`."""
    starts = (0, *ends)
    return [PageArrived(LIST[:end], starts[number], Coverage(), number + 1) for number, end in enumerate(ends)]


class Walk:
    """Replays a walk to `ls`; keeps what it prints, and the lines on stdout before each event."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.out = io.StringIO()
        self.err = io.StringIO()
        self.seen: list[int] = []

    async def replay(self) -> AsyncIterator[Event]:
        for event in self.events:
            self.seen.append(len(self.out.getvalue().splitlines()))
            yield event

    async def listed(self, listing: ListRequest) -> list[str]:
        """The lines on stdout."""
        await print_list(self.replay(), self.out, self.err, listing, now=lambda: NOW)
        return self.out.getvalue().splitlines()

    async def names(self, listing: ListRequest) -> list[str]:
        return [json.loads(line)["name"] for line in await self.listed(listing)]


async def test_json_lines_come_with_their_pages() -> None:
    walk = Walk([*pages(2, 4), WalkEnded(LIST, COMPLETE)])
    assert await walk.names(ListRequest()) == [connector.name for connector in LIST]
    assert walk.seen == [0, 2, 4]
    assert walk.err.getvalue() == ""


@pytest.mark.parametrize("listing", [ListRequest(query=parse("/a/")), ListRequest(query=parse("/a/"), format="csv")])
def test_an_expression_is_given_up_in_time(listing: ListRequest) -> None:
    with pytest.raises(QueryError, match="takes too long"):
        listing.select(LIST, time_limit=-1)
    assert listing.select(LIST) == [connector for connector in LIST if "a" in connector.name.lower()]


async def test_a_facet_streams_too() -> None:
    walk = Walk([*pages(2, 4), WalkEnded(LIST, COMPLETE)])
    assert await walk.names(ListRequest(query=parse("billable:yes"))) == ["Hotmail", "Mail 10", "Mail"]
    assert walk.seen == [0, 1, 2]


async def test_the_best_match_comes_first() -> None:
    walk = Walk([*pages(2, 4), WalkEnded(LIST, COMPLETE)])
    assert await walk.names(ListRequest(query=parse("mail"), limit=2)) == ["Mail", "Mail 10"]
    assert walk.seen == [0, 0, 0]


async def test_a_sort_waits_for_the_whole_list() -> None:
    walk = Walk([*pages(2, 4), WalkEnded(LIST, COMPLETE)])
    listing = ListRequest(sort=parse_sort("-billable,name"), limit=3)
    assert await walk.names(listing) == ["Drive", "Mail 2", "Hotmail"]
    assert walk.seen == [0, 0, 0]


@pytest.mark.parametrize(
    ("listing", "asked"),
    [
        (ListRequest(limit=3), 2),
        (ListRequest(limit=2), 1),
        (ListRequest(limit=3, format="csv"), 2),
        (ListRequest(limit=3, sort=parse_sort("name")), 2),
        (ListRequest(limit=1, query=parse("billable:no")), 1),
        (ListRequest(limit=3, sort=parse_sort("billable")), 3),
        (ListRequest(limit=1, query=parse("mail")), 3),
        (ListRequest(), 3),
    ],
)
async def test_no_page_is_asked_for_that_cannot_matter(listing: ListRequest, asked: int) -> None:
    walk = Walk([*pages(2, 4), WalkEnded(LIST, COMPLETE)])
    await walk.listed(listing)
    assert len(walk.seen) == asked
    assert walk.err.getvalue() == ""


@pytest.mark.parametrize(
    ("listing", "rows"),
    [
        (ListRequest(), None),
        (ListRequest(limit=3), 3),
        (ListRequest(limit=3, sort=parse_sort("-id")), 3),
        (ListRequest(limit=3, sort=parse_sort("id,name")), None),
        (ListRequest(limit=3, query=parse("x")), None),
    ],
)
def test_enough_is_what_decides_the_output(listing: ListRequest, rows: int | None) -> None:
    assert listing.enough == rows


async def test_every_format_holds_every_row() -> None:
    async def listed(format_: str) -> list[str]:
        return await Walk([*pages(2), WalkEnded(LIST, COMPLETE)]).listed(ListRequest(format=format_))

    assert len(json.loads("\n".join(await listed("json")))) == 5
    assert len(await listed("jsonl")) == 5
    assert [row["name"] for row in csv.DictReader(await listed("csv"))][-1] == "Mail"
    assert len(await listed("md")) == 7
    assert len(await listed("table")) == 6


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "md"])
@pytest.mark.parametrize("kind", [NotAllowed, Unreachable])
async def test_a_refused_walk_leaves_an_incomplete_list_after_what_there_is(
    format_: str, kind: type[AnswerError]
) -> None:
    error = kind("The tenant said no.", "Ask it.", status=401, problems=(Problem("A", "B"),), trace_id="t")
    walk = Walk([*pages(2), Refused(error, LIST[:2], Coverage(Reach.REFUSED))])
    with pytest.raises(IncompleteList) as caught:
        await walk.listed(ListRequest(format=format_))
    assert str(caught.value) == "The list is incomplete: The tenant said no. Ask it."
    assert caught.value.details() == ("A: B", "trace id t")
    assert caught.value.exit_code == 5
    assert "Drive" in walk.out.getvalue()


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "md"])
async def test_a_refused_walk_without_a_row_to_print_prints_nothing(format_: str) -> None:
    walk = Walk([*pages(2), Refused(Unreachable("Gone."), LIST[:2], Coverage(Reach.REFUSED))])
    with pytest.raises(Unreachable):
        await walk.listed(ListRequest(format=format_, query=parse("zzz")))
    assert walk.out.getvalue() == ""


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "md"])
async def test_a_torn_copy_in_place_of_the_tenant_is_printed_and_incomplete(format_: str) -> None:
    walk = Walk([Refused(Unreachable("Gone."), LIST[:2], Coverage(Reach.TORN, NOW))])
    with pytest.raises(IncompleteList, match=r"The list is incomplete: Gone\."):
        await walk.listed(ListRequest(format=format_))
    assert "Drive" in walk.out.getvalue()


async def test_an_expression_that_takes_too_long_after_rows_leaves_an_incomplete_list() -> None:
    class Slow(ListRequest):
        def select(
            self, connectors: tuple[Connector, ...], printed: int = 0, time_limit: float = 1.0
        ) -> Sequence[Connector]:
            return super().select(connectors, printed, -1 if printed else time_limit)

    walk = Walk([*pages(2, 4), WalkEnded(LIST, COMPLETE)])
    with pytest.raises(IncompleteList, match="takes too long") as caught:
        await walk.listed(Slow(query=parse("/i/")))
    assert caught.value.__context__ is None
    assert len(walk.out.getvalue().splitlines()) == 2


DAMAGED = (Connector("1", "Caf\ufffd"), Connector("2", "Drive"), Connector("3", "\ufffd"))


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "md"])
async def test_letters_that_are_lost_are_told(format_: str) -> None:
    walk = Walk([WalkEnded(DAMAGED, Coverage(Reach.COMPLETE, damaged=2))])
    with pytest.raises(IncompleteList, match="Letters of 2 connectors came damaged") as caught:
        await walk.listed(ListRequest(format=format_))
    assert caught.value.exit_code == 5
    assert "Drive" in walk.out.getvalue()


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
@pytest.mark.parametrize("damaged", [0, 2])
async def test_letters_that_are_lost_are_told_of_the_rows_that_are_printed(format_: str, damaged: int) -> None:
    events = [PageArrived(DAMAGED, 0, Coverage(damaged=damaged), 1)]
    if damaged:
        with pytest.raises(IncompleteList, match="Letters of a connector"):
            await Walk(events).listed(ListRequest(format=format_, limit=2))
    # The second row is whole, and what the tenant meant with the sign in the first is not known to be a loss.
    await Walk([PageArrived(DAMAGED[1:], 0, Coverage(damaged=damaged), 1)]).listed(ListRequest(format=format_, limit=1))


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv", "md"])
async def test_a_walk_refused_at_once_prints_no_empty_list(format_: str) -> None:
    walk = Walk([Refused(Unreachable("Gone."), (), Coverage(Reach.REFUSED))])
    with pytest.raises(Unreachable):
        await walk.listed(ListRequest(format=format_))
    assert walk.out.getvalue() == ""


@pytest.mark.parametrize("reach", [Reach.PARTIAL, Reach.LOOPED, Reach.UNCLEAR, Reach.CAPPED])
async def test_an_incomplete_list_is_printed_and_reported(reach: Reach) -> None:
    walk = Walk([WalkEnded(LIST, Coverage(reach))])
    with pytest.raises(IncompleteList, match=f"The list is incomplete: {reach.value}"):
        await walk.listed(ListRequest())
    assert len(walk.out.getvalue().splitlines()) == 5


async def test_a_markdown_document_says_what_is_missing() -> None:
    async def last_line(coverage: Coverage, listing: ListRequest) -> str:
        walk = Walk([WalkEnded(LIST, coverage)])
        with suppress(IncompleteList):
            await walk.listed(listing)
        return walk.out.getvalue().splitlines()[-1]

    document = ListRequest(format="md", offline=True)
    assert await last_line(Coverage(Reach.LOOPED), document) == (
        "*Not the whole list: partial, the server's pages go in a circle*"
    )
    assert await last_line(OFFLINE, document) == "*Not the whole list: offline copy, 2 h old*"
    assert "3 unreadable" in await last_line(Coverage(Reach.COMPLETE, skipped=3), document)
    assert (await last_line(COMPLETE, document)).startswith("| Mail |")
    assert (await last_line(Coverage(Reach.LOOPED), ListRequest(format="md", limit=2))).startswith("| Drive |")
    assert (await last_line(Coverage(Reach.LOOPED), ListRequest(format="csv"))).startswith("04,Mail")


async def test_the_advice_for_a_torn_copy_is_to_ask_the_tenant() -> None:
    walk = Walk([WalkEnded(LIST, Coverage(Reach.TORN, NOW))])
    with pytest.raises(IncompleteList, match="not all of which can be read") as caught:
        await walk.listed(ListRequest(offline=True))
    assert "without --offline" in caught.value.advice
    assert "--limit" not in caught.value.advice


def test_a_filter_that_the_tenant_does_not_take_is_a_mistake_in_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ls", "--demo", "--filter", "bogus"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[0].startswith("qconn-tui: The tenant does not take that --filter. It takes e.g.")
    assert "filter is not valid at position 0" in printed.err, "the tenant's own words"


async def test_a_limit_that_is_reached_makes_up_for_an_incomplete_list() -> None:
    for format_ in ("jsonl", "csv"):
        walk = Walk([WalkEnded(LIST, Coverage(Reach.LOOPED))])
        assert "Drive" in (await walk.listed(ListRequest(limit=2, format=format_)))[-1]


async def test_a_saved_list_in_place_of_the_tenant_is_incomplete() -> None:
    error = Unreachable("The tenant does not answer.", "Check the network.")
    walk = Walk([Refused(error, LIST, OFFLINE)])
    with pytest.raises(IncompleteList) as caught:
        await walk.listed(ListRequest())
    assert str(caught.value) == ("This is an offline copy, 2 h old: The tenant does not answer. Check the network.")
    assert len(walk.out.getvalue().splitlines()) == 5


async def test_a_saved_list_that_was_asked_for_is_fine_and_its_age_is_noted() -> None:
    walk = Walk([PageArrived(LIST[:2], 0, OFFLINE, 0), WalkEnded(LIST, OFFLINE)])
    assert len(await walk.listed(ListRequest(offline=True))) == 5
    assert walk.err.getvalue() == "qconn-tui: This is an offline copy, 2 h old.\n"


async def test_unreadable_records_and_a_broken_cache_are_noted() -> None:
    walk = Walk([WalkEnded(LIST, Coverage(Reach.COMPLETE, skipped=1200), "The cache was damaged.")])
    await walk.listed(ListRequest())
    assert walk.err.getvalue().splitlines() == [
        "qconn-tui: The cache was damaged.",
        "qconn-tui: 1,200 connectors could not be read and are missing.",
    ]


@pytest.mark.parametrize(
    ("listing", "note"),
    [
        (ListRequest(filtered=True), "qconn-tui: The tenant lists no connectors that --filter admits.\n"),
        (ListRequest(query=parse("mail")), "qconn-tui: The tenant lists no connectors.\n"),
    ],
)
async def test_an_empty_list_is_noted(listing: ListRequest, note: str) -> None:
    walk = Walk([WalkEnded((), COMPLETE)])
    assert await walk.listed(listing) == []
    assert walk.err.getvalue() == note


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_table_and_a_pipe_json_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    args = Namespace(where=None, filter=None, sort=None, limit=None, format=None)
    assert read_listing(args, Settings(), Terminal()) == ListRequest("table", width=77)
    assert read_listing(args, Settings(offline=True), io.StringIO()) == ListRequest("jsonl", offline=True)
    args.format = "csv"
    assert read_listing(args, Settings(), Terminal()).format == "csv"


def test_options_that_cannot_be_used_are_named() -> None:
    args = Namespace(where="a billable:x", filter=None, sort=None, limit=None, format=None)
    with pytest.raises(QueryError, match=r"--where, character 12: “x” is not") as caught:
        read_listing(args, Settings(), io.StringIO())
    assert caught.value.position == 11
    args = Namespace(where=None, filter=None, sort="", limit=None, format=None)
    with pytest.raises(UsageError, match="--sort"):
        read_listing(args, Settings(), io.StringIO())
