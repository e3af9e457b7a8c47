"""The walk follows the tenant's links, lazily, only to its own endpoint, and never in a circle."""

from __future__ import annotations

import json
from contextlib import aclosing
from urllib.parse import parse_qs

import pytest

from qconn_tui.errors import AnswerError, RateLimited, TenantFailed
from qconn_tui.qlik.client import Answer
from qconn_tui.qlik.pager import EMPTY_PAGES, LIST_PATH, PAGE_CAP, End, ListQuery, Page, walk

pytestmark = pytest.mark.anyio


class Tenant:
    """Answers query after query with (ids, links) or an error; with the last of them again and again."""

    def __init__(self, *answers: tuple[list[str], object] | AnswerError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def get(self, path: str, query: str) -> Answer:
        assert path == LIST_PATH
        self.asked.append(query)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, AnswerError):
            raise answer
        ids, links = answer
        return Answer(json.dumps({"data": [{"id": id_} for id_ in ids], "links": links}).encode(), "trace", 200)

    async def pages(self, start: str | None = None) -> list[Page]:
        return [page async for page in walk(self.get, ListQuery(), start=start)]


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
    async with aclosing(walk(tenant.get, ListQuery())) as pages:
        assert (await anext(pages)).number == 1
        assert len(tenant.asked) == 1
        assert (await anext(pages)).number == 2
        assert len(tenant.asked) == 2


async def test_a_walk_goes_on_where_another_stopped() -> None:
    tenant = Tenant((["c"], to(None)))
    await tenant.pages(start="cursor=3")
    assert tenant.asked == ["cursor=3"]


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
        async def get(self, path: str, query: str) -> Answer:
            self.answers = [(["a"], to(f"?cursor={len(self.asked)}"))]
            return await super().get(path, query)

    tenant = Endless(([], None))
    pages = await tenant.pages()
    assert len(pages) == len(tenant.asked) == PAGE_CAP
    assert pages[-1].end is End.CAPPED
    assert pages[-1].next_query == f"cursor={PAGE_CAP - 1}"


async def test_bad_records_travel_with_their_page() -> None:
    class Damaged(Tenant):
        async def get(self, path: str, query: str) -> Answer:
            return Answer(b'{"data": [{"id": "a"}, {}]}', None, 200)

    (page,) = await Damaged(([], None)).pages()
    assert len(page.connectors) == len(page.skipped) == 1


async def test_a_busy_tenant_is_waited_for_and_that_is_said() -> None:
    busy = RateLimited("busy", status=429, retry_after=0.0)
    tenant = Tenant((["a"], to("?cursor=2")), busy, (["b"], to(None)))
    waits: list[tuple[float, AnswerError]] = []
    pages = [page async for page in walk(tenant.get, ListQuery(), on_wait=lambda *wait: waits.append(wait))]
    assert ids(pages) == ["a", "b"]
    assert waits == [(0.0, busy)]
    assert tenant.asked == ["limit=100", "cursor=2", "cursor=2"]


async def test_a_refusal_keeps_the_pages_before_it() -> None:
    tenant = Tenant((["a"], to("?cursor=2")), TenantFailed("down", status=500))
    pages: list[Page] = []
    with pytest.raises(TenantFailed):
        async for page in walk(tenant.get, ListQuery()):
            pages.append(page)
    assert ids(pages) == ["a"]
    assert pages[0].next_query == "cursor=2"


def test_a_query_is_encoded_once() -> None:
    query = ListQuery(filter='name eq "Ä & b=+"', sort="-name", limit=7)
    assert parse_qs(query.encode()) == {"filter": ['name eq "Ä & b=+"'], "sort": ["-name"], "limit": ["7"]}
    assert ListQuery().encode() == "limit=100"
    assert ListQuery(filter="\ud83d").encode() == "filter=%3F&limit=100"


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 201}, {"sort": "billable"}, {"sort": "+name"}])
def test_a_query_that_the_tenant_does_not_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ListQuery(**wrong)  # type: ignore[arg-type]
