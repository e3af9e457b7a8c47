"""The walk follows the tenant's links, lazily, only to its own endpoint, and never in a circle."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from qconn_tui.errors import AnswerError, NotAllowed, RequestRejected, TenantFailed, Unreachable, UnreadableAnswer
from qconn_tui.qlik.client import Answer
from qconn_tui.qlik.pager import (
    EMPTY_PAGES,
    LIST_PATH,
    PAGE_CAP,
    RECORD_CAP,
    SIZE_CAP,
    End,
    ListQuery,
    OnSent,
    Page,
    walk,
)
from qconn_tui.qlik.retry_wait import RetryWait
from tests.unit.qlik.test_wire import AIRTABLE
from tests.unit.timing import Waits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


pytestmark = pytest.mark.anyio


class Tenant:
    """Answers query after query with (ids, links), bytes or an error; with the last of them again and again."""

    def __init__(self, *answers: tuple[list[str], object] | bytes | AnswerError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.waits = Waits()

    async def get(self, path: str, query: str, retry_wait: RetryWait, on_sent: OnSent | None) -> Answer:
        assert path == LIST_PATH
        assert retry_wait is self.waits.retry_wait
        self.asked.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, AnswerError):
            raise answer
        if isinstance(answer, bytes):
            return Answer(answer, "trace", 200)
        ids, links = answer
        return Answer(json.dumps({"data": [{"id": id_} for id_ in ids], "links": links}).encode(), "trace", 200)

    def walk(
        self, after: Page | None = None, is_next_wanted: Callable[[int], bool] = lambda _: False
    ) -> AsyncGenerator[Page, None]:
        retry_wait = self.waits.retry_wait
        return walk(self.get, ListQuery(), after=after, retry_wait=retry_wait, is_next_wanted=is_next_wanted)

    async def pages(self, after: Page | None = None) -> list[Page]:
        return [page async for page in self.walk(after)]


def to(href: object) -> dict[str, object]:
    return {"prev": {"href": None}, "next": {"href": href}}


def ids(pages: list[Page]) -> list[str]:
    return [connector.id for page in pages for connector in page.connectors]


async def test_links_are_followed_to_the_last_page() -> None:
    tenant = Tenant((["a", "b"], to("https://t.example/x?cursor=2")), (["c"], to("?cursor=3")), (["d"], to(None)))
    pages = await tenant.pages()
    assert ids(pages) == ["a", "b", "c", "d"]
    assert [page.number for page in pages] == [1, 2, 3]
    assert [page.end for page in pages] == [End.MORE, End.MORE, End.LAST]
    assert [page.next_query for page in pages] == ["cursor=2", "cursor=3", None]
    assert tenant.asked == ["limit=100", "cursor=2", "cursor=3"]


async def test_a_page_is_requested_only_when_it_is_asked_for() -> None:
    tenant = Tenant((["a"], to("?cursor=2")), (["b"], to(None)))
    async with aclosing(tenant.walk()) as pages:
        assert (await anext(pages)).number == 1
        assert len(tenant.asked) == 1
        assert (await anext(pages)).number == 2
        assert len(tenant.asked) == 2


class Slow(Tenant):
    """Answers a request when it is let, and tells of those that were given up."""

    def __init__(self, *answers: tuple[list[str], object] | bytes | AnswerError) -> None:
        super().__init__(*answers)
        self.given_up = 0
        self.lets = asyncio.Semaphore(1)

    async def get(self, path: str, query: str, retry_wait: RetryWait, on_sent: OnSent | None) -> Answer:
        answer = asyncio.ensure_future(super().get(path, query, retry_wait, on_sent))
        # Asked for at once, as over a connection that is open.
        await asyncio.sleep(0)
        try:
            await self.lets.acquire()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return await answer


THREE = (["a"], to("?cursor=2")), (["b"], to("?cursor=3")), (["c"], to(None))


async def test_a_page_that_is_wanted_anyway_is_requested_while_the_one_before_is_read() -> None:
    tenant, asked = Slow(*THREE), list[int]()

    def is_next_wanted(records: int) -> bool:
        asked.append(records)
        return True

    async with aclosing(tenant.walk(is_next_wanted=is_next_wanted)) as pages:
        assert (await anext(pages)).number == 1
        assert tenant.asked == ["limit=100", "cursor=2"]
        tenant.lets.release()
        assert (await anext(pages)).number == 2
        assert tenant.asked == ["limit=100", "cursor=2", "cursor=3"]
        tenant.lets.release()
        assert [page.number async for page in pages] == [3]
    assert tenant.asked == ["limit=100", "cursor=2", "cursor=3"]
    assert asked == [1, 1]


async def test_a_page_is_held_back_until_the_request_for_the_next_one_is_sent() -> None:
    is_sent = False

    class Connecting(Slow):
        async def get(self, path: str, query: str, retry_wait: RetryWait, on_sent: OnSent | None) -> Answer:
            nonlocal is_sent
            if on_sent is not None:
                # More rounds of the event loop than a request takes over a connection that is open.
                for _ in range(20):
                    await asyncio.sleep(0)
                is_sent = True
                on_sent()
            return await super().get(path, query, retry_wait, on_sent)

    async with aclosing(Connecting(*THREE).walk(is_next_wanted=lambda _: True)) as pages:
        await anext(pages)
        assert is_sent


async def test_a_page_is_not_held_back_for_long_by_a_request_that_cannot_be_sent() -> None:
    async with aclosing(Slow(*THREE).walk(is_next_wanted=lambda _: True)) as pages, asyncio.timeout(5):
        assert (await anext(pages)).number == 1


async def test_never_more_than_one_page_is_requested_ahead() -> None:
    tenant = Tenant(*THREE)
    async with aclosing(tenant.walk(is_next_wanted=lambda _: True)) as pages:
        await anext(pages)
        for _ in range(20):
            await asyncio.sleep(0)
        assert tenant.asked == ["limit=100", "cursor=2"]


async def test_a_walk_that_is_left_gives_up_the_page_that_is_under_way() -> None:
    tenant = Slow(*THREE)
    async with aclosing(tenant.walk(is_next_wanted=lambda _: True)) as pages:
        await anext(pages)
    assert tenant.given_up == 1


async def test_a_walk_that_is_cancelled_gives_up_the_page_that_it_waits_for() -> None:
    tenant = Slow(*THREE)

    async def read() -> None:
        async with aclosing(tenant.walk(is_next_wanted=lambda _: True)) as pages:
            async for _ in pages:
                pass

    reading = asyncio.create_task(read())
    for _ in range(20):
        await asyncio.sleep(0)
    assert tenant.asked == ["limit=100", "cursor=2"]
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert tenant.given_up == 1


async def test_a_refusal_ahead_is_raised_only_when_its_page_is_asked_for() -> None:
    tenant = Tenant((["a"], to("?cursor=2")), NotAllowed("expired", status=401))
    async with aclosing(tenant.walk(is_next_wanted=lambda _: True)) as pages:
        page = await anext(pages)
    assert len(tenant.asked) == 2
    with pytest.raises(NotAllowed):
        await tenant.pages(after=page)


async def test_a_place_that_is_forgotten_ahead_starts_the_walk_over() -> None:
    forgotten = RequestRejected("no such cursor", status=400)
    tenant = Tenant((["a"], to("?cursor=2")), forgotten, (["a"], to("?cursor=2")), (["b"], to(None)))
    assert ids([page async for page in tenant.walk(is_next_wanted=lambda _: True)]) == ["a", "a", "b"]
    assert tenant.asked == ["limit=100", "cursor=2", "limit=100", "cursor=2"]


async def test_a_walk_goes_on_where_another_stopped() -> None:
    before = Page(2, (), (), 17, "cursor=3", End.MORE)
    tenant = Tenant((["c"], to("?cursor=4")), (["d"], to(None)))
    pages = await tenant.pages(after=before)
    assert tenant.asked == ["cursor=3", "cursor=4"]
    assert [(page.number, page.records) for page in pages] == [(3, 18), (4, 19)]


@pytest.mark.parametrize(
    ("href", "query"),
    [
        ("https://evil.example/steal?cursor=2", "cursor=2"),
        ("//evil.example/steal?cursor=2", "cursor=2"),
        ("http://user:pass@evil.example:99999/?cursor=2", "cursor=2"),
        ("javascript:alert(1)?cursor=2", "cursor=2"),
        ("http://[broken?cursor=2", "cursor=2"),
        ("/api/v1/other?cursor=2#fragment", "cursor=2"),
        ("?cursor=eyJpZCI6Mn0%3D&limit=100", "cursor=eyJpZCI6Mn0%3D&limit=100"),
        ("?cursor=a+b%2Bc==", "cursor=a+b%2Bc=="),
        ("?filter=name eq \"ä\"&cursor=2", "filter=name%20eq%20%22%C3%A4%22&cursor=2"),
        ("?cursor=\x1b]52;c;x\x07\r\nHost: evil", "cursor=%1B]52;c;x%07%0D%0AHost:%20evil"),
        ("?cursor=\ud83d", "cursor=?"),
    ],
)  # fmt: skip
async def test_only_the_query_of_a_link_counts(href: str, query: str) -> None:
    tenant = Tenant((["a"], to(href)), (["b"], to(None)))
    await tenant.pages()
    assert tenant.asked[1] == query


@pytest.mark.parametrize(
    "href", ["https://t.example/x", "?", "https://t.example/x?#cursor=2", "?cursor=" + "x" * 8192, 7]
)  # fmt: skip
async def test_a_link_that_cannot_be_followed_leaves_the_end_unclear(href: object) -> None:
    tenant = Tenant((["a"], to(href)))
    (page,) = await tenant.pages()
    assert (page.end, page.next_query) == (End.UNCLEAR, None)


@pytest.mark.parametrize(
    "hrefs",
    [
        ["?limit=100"],
        ["?cursor=2", "?cursor=2"],
        ["?cursor=2", "?cursor=3", "?cursor=4", "?cursor=2&limit=7"],
        ["?cursor=a%3D", "?limit=1&cursor=a="],
        ["?page=2&limit=1", "?limit=1&page=2"],
    ],
)
async def test_a_page_that_was_seen_ends_the_walk(hrefs: list[str]) -> None:
    tenant = Tenant(*[([str(number)], to(href)) for number, href in enumerate(hrefs)])
    pages = await tenant.pages()
    assert len(pages) == len(hrefs)
    assert (pages[-1].end, pages[-1].next_query) == (End.LOOPED, None)


async def test_empty_pages_are_passed_but_not_for_ever() -> None:
    empty: list[tuple[list[str], object]] = [([], to(f"?cursor={number}")) for number in range(2)]
    tenant = Tenant(*empty, (["a"], to(None)))
    assert ids(await tenant.pages()) == ["a"]

    tenant = Tenant(*[([], to(f"?cursor={number}")) for number in range(10)])
    pages = await tenant.pages()
    assert len(pages) == EMPTY_PAGES
    assert pages[-1].end is End.UNCLEAR


async def test_a_list_without_connectors_is_complete() -> None:
    (page,) = await Tenant(([], to(None))).pages()
    assert (page.connectors, page.end) == ((), End.LAST)


async def test_the_walk_is_capped() -> None:
    class Endless(Tenant):
        async def get(self, path: str, query: str, retry_wait: RetryWait, on_sent: OnSent | None) -> Answer:
            self.answers = [(["a"], to(f"?cursor={len(self.asked)}"))]
            return await super().get(path, query, retry_wait, on_sent)

    tenant = Endless(([], None))
    pages = await tenant.pages()
    assert len(pages) == len(tenant.asked) == PAGE_CAP
    assert pages[-1].end is End.CAPPED
    assert pages[-1].next_query == f"cursor={PAGE_CAP - 1}"


async def test_the_walk_is_capped_by_records_too() -> None:
    nearly = Page(1, (), (), RECORD_CAP - 2, "cursor=1", End.MORE)
    tenant = Tenant((["a"], to("?cursor=2")), (["b"], to("?cursor=3")), (["c"], to(None)))
    pages = await tenant.pages(after=nearly)
    assert [(page.records, page.end) for page in pages] == [(RECORD_CAP - 1, End.MORE), (RECORD_CAP, End.CAPPED)]
    assert pages[-1].next_query == "cursor=3"


async def test_the_walk_is_capped_by_size_too() -> None:
    nearly = Page(1, (), (), 1, "cursor=1", End.MORE, size=SIZE_CAP - 60_000)
    fat = json.dumps({"data": [{"id": str(number), "description": "\U0001f600" + "x" * 1990} for number in range(5)],
                      "links": to("?cursor=2")}).encode()  # fmt: skip
    tenant = Tenant(fat, fat.replace(b"cursor=2", b"cursor=3"), fat.replace(b"cursor=2", b"cursor=4"))
    pages = await tenant.pages(after=nearly)
    assert [page.end for page in pages] == [End.MORE, End.CAPPED]
    assert pages[-1].size >= SIZE_CAP
    assert pages[-1].next_query == "cursor=3"
    assert [len(page.connectors) for page in pages] == [5, 5]


async def test_a_list_of_documented_records_is_not_capped_by_size() -> None:
    (page,) = await Tenant(json.dumps({"data": [AIRTABLE] * 200}).encode()).pages()
    assert page.size * RECORD_CAP // 200 < SIZE_CAP


async def test_a_list_that_ends_at_the_cap_is_whole() -> None:
    nearly = Page(PAGE_CAP - 1, (), (), RECORD_CAP - 1, "cursor=1", End.MORE, size=SIZE_CAP - 1)
    (page,) = await Tenant((["a"], to(None))).pages(after=nearly)
    assert page.end is End.LAST


async def test_bad_records_travel_with_their_page() -> None:
    (page,) = await Tenant(b'{"data": [{"id": "a"}, {}]}').pages()
    assert len(page.connectors) == len(page.skipped) == 1
    assert page.records == 2


@pytest.mark.parametrize("fault", [Unreachable("gone"), TenantFailed("down", status=503), b"<", b'{"data": {}}', b""])
async def test_a_page_that_does_not_come_whole_is_asked_for_again(fault: AnswerError | bytes) -> None:
    tenant = Tenant((["a"], to("?cursor=2")), fault, fault, (["b"], to(None)))
    assert ids(await tenant.pages()) == ["a", "b"]
    assert tenant.asked == ["limit=100", "cursor=2", "cursor=2", "cursor=2"]
    assert len(tenant.waits.notices) == 2


async def test_a_page_that_stays_broken_breaks_the_walk() -> None:
    tenant = Tenant((["a"], to("?cursor=2")), b"<")
    pages: list[Page] = []
    with pytest.raises(UnreadableAnswer):
        async for page in tenant.walk():
            pages.append(page)
    assert ids(pages) == ["a"]
    assert len(tenant.asked) == 5


async def test_waits_can_be_heard_of_alone() -> None:
    waits: list[float] = []

    async def get(path: str, query: str, retry_wait: RetryWait, on_sent: OnSent | None) -> Answer:  # noqa: ARG001
        await retry_wait.wait(0.0, TenantFailed("down", status=503))
        return Answer(b'{"data": []}', None, 200)

    _ = [page async for page in walk(get, ListQuery(), retry_wait=RetryWait(lambda seconds, _: waits.append(seconds)))]
    assert waits == [0.0]


async def test_a_refusal_keeps_the_pages_before_it_and_says_where_to_go_on() -> None:
    tenant = Tenant((["a"], to("?cursor=2")), NotAllowed("expired", status=401), (["b"], to(None)))
    pages: list[Page] = []
    with pytest.raises(NotAllowed):
        async for page in tenant.walk():
            pages.append(page)
    pages += await tenant.pages(after=pages[-1])
    assert ids(pages) == ["a", "b"]
    assert tenant.asked == ["limit=100", "cursor=2", "cursor=2"]


FORGOTTEN = RequestRejected("no such cursor", status=400)


@pytest.mark.parametrize("status", [400, 404])
async def test_a_forgotten_place_starts_the_walk_over(status: int) -> None:
    forgotten = RequestRejected("no such cursor", status=status)
    tenant = Tenant(
        (["a"], to("?cursor=2")), forgotten, (["a", "x"], to("?cursor=2")), (["b"], to("?cursor=3")), (["c"], to(None))
    )
    pages = await tenant.pages()
    assert ids(pages) == ["a", "a", "x", "b", "c"]
    assert [(page.number, page.records) for page in pages] == [(1, 1), (1, 2), (2, 3), (3, 4)]
    assert pages[-1].end is End.LAST
    assert tenant.asked == ["limit=100", "cursor=2", "limit=100", "cursor=2", "cursor=3"]


async def test_a_walk_that_goes_on_from_a_forgotten_place_starts_over_too() -> None:
    tenant = Tenant(FORGOTTEN, (["a"], to(None)))
    (page,) = await tenant.pages(after=Page(7, (), (), 700, "cursor=8", End.MORE))
    assert (page.number, page.records) == (1, 1)
    assert tenant.asked == ["cursor=8", "limit=100"]


async def test_a_walk_starts_over_only_once() -> None:
    tenant = Tenant((["a"], to("?cursor=2")), FORGOTTEN, (["a"], to("?cursor=2")), FORGOTTEN)
    with pytest.raises(RequestRejected):
        await tenant.pages()
    assert tenant.asked == ["limit=100", "cursor=2", "limit=100", "cursor=2"]


@pytest.mark.parametrize(
    "answers",
    [
        (FORGOTTEN,),
        ((["a"], to("?cursor=2")), RequestRejected("too long")),
        ((["a"], to("?cursor=2")), RequestRejected("gone", status=410)),
        ((["a"], to("?cursor=2")), NotAllowed("no", status=403)),
    ],
)
async def test_nothing_else_starts_a_walk_over(answers: tuple[tuple[list[str], object] | AnswerError, ...]) -> None:
    tenant = Tenant(*answers)
    with pytest.raises(AnswerError):
        await tenant.pages()
    assert len(tenant.asked) == len(answers)


def test_a_query_is_encoded_once() -> None:
    query = ListQuery(filter='name eq "Ä & b=+"', sort="-name", limit=7)
    assert parse_qs(query.encode()) == {"filter": ['name eq "Ä & b=+"'], "sort": ["-name"], "limit": ["7"]}
    assert ListQuery().encode() == "limit=100"
    assert ListQuery(filter="\ud83d").encode() == "filter=%3F&limit=100"


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 201}, {"sort": "billable"}, {"sort": "+name"}])
def test_a_query_that_the_tenant_does_not_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ListQuery(**wrong)  # type: ignore[arg-type]
