"""The pages of the tenant's list of automation connectors, requested one after the other and never in a circle.

The list is documented at qlik.dev/apis/rest/workflows/automation-connectors, its pages at
qlik.dev/apis/rest/pagination-sorting-filtering: `limit`, `sort` and `filter` in the first request, then the query
string of `links.next.href`, which holds a cursor.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

from qconn_tui.errors import RequestRejected
from qconn_tui.qlik.prefetch import Prefetch
from qconn_tui.qlik.retry import with_retry
from qconn_tui.qlik.retry_wait import RetryWait

if TYPE_CHECKING:
    from qconn_tui.connector import Connector
    from qconn_tui.qlik.client import Answer
    from qconn_tui.qlik.wire import NextLink, Records

LIST_PATH = "/api/workflows/automation-connectors"
"""The path of the list."""
PAGE_CAP = 2000
"""Pages after which a walk ends, even if there are more."""
RECORD_CAP = 200_000
"""Records, also invalid ones, after which a walk ends."""
SIZE_CAP = 150_000_000
"""Bytes of the texts of all records after which a walk ends. `RECORD_CAP` documented records take less."""
EMPTY_PAGES = 3
"""Consecutive pages without records after which a walk ends."""
LONGEST_LINK = 8192
"""Characters of the longest follow-up link."""
LARGEST_PAGE = 200
"""The highest `limit` that the API accepts."""
SORTS = ("id", "-id", "name", "-name")
"""The orders that the API offers; `-` means descending."""

_UNKNOWN_CURSOR = (400, 404)
"""The statuses with which the API answers a cursor that it does not know, or knows no longer."""
_SEND_TIMEOUT = 0.01
"""Seconds for which a page is held back until the request for the next one has been sent."""

# All characters that a query string may contain, and `%`: what is percent-encoded must not be encoded again.
_SAFE = "%&=+;,:@/?!$'()*-._~[]"

OnSent: TypeAlias = Callable[[], None]
"""Called when the request has been written to the connection."""
Get: TypeAlias = Callable[[str, str, RetryWait, OnSent | None], Awaitable["Answer"]]
"""Requests a path with an encoded query: `TenantClient.get`."""
IsNextWanted: TypeAlias = Callable[[int], bool]
"""Whether the next page is wanted after a page with so many records."""


class End(enum.Enum):
    """Whether there is more after a page, and if not, why."""

    MORE = "more"
    LAST = "last"
    """The tenant sent no link to a next page."""
    LOOPED = "looped"
    """The link leads to a page that the walk has already read."""
    UNCLEAR = "unclear"
    """The links are not valid, or only empty pages came: the list may be longer."""
    CAPPED = "capped"
    """`PAGE_CAP` pages, `RECORD_CAP` records or `SIZE_CAP` bytes were read, and there are more."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """The parameters of a request for the list.

    Raises:
        ValueError: The API does not offer this sort or limit.
    """

    filter: str | None = None
    """The tenant's own filter expression, e.g. `name eq "Airtable"`."""
    sort: str | None = None
    """One of `SORTS`; None is the API's default order, by id."""
    limit: int = 100
    """Records per page, 1 to `LARGEST_PAGE`."""

    def __post_init__(self) -> None:
        if self.sort is not None and self.sort not in SORTS:
            raise ValueError(f"sort is not one of {', '.join(SORTS)}")
        if not 1 <= self.limit <= LARGEST_PAGE:
            raise ValueError(f"limit is not between 1 and {LARGEST_PAGE}")

    def encode(self) -> str:
        """The query of the first page, percent-encoded."""
        fields = {"filter": self.filter, "sort": self.sort, "limit": str(self.limit)}
        # A lone surrogate, which a terminal can hand over, has no UTF-8.
        return urlencode({name: value for name, value in fields.items() if value is not None}, errors="replace")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a walk."""

    number: int
    """The page's number in this walk, from 1; a walk that had to start over counts from 1 again."""
    connectors: tuple[Connector, ...]
    """Its valid records, in the tenant's order; an id may appear again on a later page."""
    skipped: tuple[str, ...]
    """The reason for each record that is not valid."""
    records: int
    """Records that this walk has read so far, also invalid ones."""
    next_query: str | None
    """The query of the next page; None without one."""
    end: End
    """Whether the walk goes on, and if not, why."""
    damaged: int = 0
    """Records of this page with letters that could not be read."""
    size: int = 0
    """Bytes that the texts of this walk's records take in memory so far, or a few more."""


async def walk(
    get: Get,
    query: ListQuery,
    *,
    after: Page | None = None,
    retry_wait: RetryWait | None = None,
    is_next_wanted: IsNextWanted = lambda _: False,
) -> AsyncGenerator[Page, None]:
    """Iterate over the pages of the list.

    A page is requested when the caller asks for it. If `is_next_wanted`, it is requested while the caller still
    handles the page before it, but there is never more than one request ahead.

    When the tenant no longer knows a cursor, the walk starts over, once: the next page is number 1, and records that
    were read before are read again.

    Args:
        get: Requests a page.
        query: What to ask for.
        after: The last page of an earlier walk, to go on behind it.
        retry_wait: Waits while the tenant is busy or fails.
        is_next_wanted: Whether the next page will be asked for.

    Yields:
        Each page. The `end` of the last one is not `MORE`.

    Raises:
        AnswerError: A page could not be read.
    """
    retry_wait = retry_wait or RetryWait()
    asking, number, count, size = query.encode(), 0, 0, 0
    if after is not None and after.next_query is not None:
        asking, number, count, size = after.next_query, after.number, after.records, after.size
    seen: set[Hashable] = set()
    empty, may_start_over = 0, True
    async with Prefetch[tuple["Records", "NextLink"]]() as prefetch:
        while True:
            seen.add(_identity(asking))
            try:
                records, link = await (prefetch.result() if prefetch.is_started else _fetch(get, asking, retry_wait))
            except RequestRejected as error:
                if number == 0 or not may_start_over or error.status not in _UNKNOWN_CURSOR:
                    raise
                asking, number, count, size, empty, may_start_over = query.encode(), 0, 0, 0, 0, False
                seen.clear()
                continue
            number, count = number + 1, count + len(records)
            empty = 0 if records else empty + 1
            following, end = _follow(link, seen)
            if end is End.MORE and empty == EMPTY_PAGES:
                following, end = None, End.UNCLEAR
            if end is End.MORE and (number >= PAGE_CAP or count >= RECORD_CAP):
                end = End.CAPPED
            if end is End.MORE and following is not None and is_next_wanted(len(records)):
                await _send_ahead(prefetch, get, following, retry_wait)
            page = _make_page(number, records, count, size, following, end)
            yield page
            if page.end is not End.MORE or following is None:
                return
            asking, size = following, page.size


def _make_page(number: int, records: Records, count: int, size: int, following: str | None, end: End) -> Page:
    """The page, with its records validated; `size` is that of the pages before it."""
    size += records.size
    if end is End.MORE and size >= SIZE_CAP:
        end = End.CAPPED
    return Page(number, records.connectors, records.skipped, count, following, end, records.damaged, size)


async def _send_ahead(
    prefetch: Prefetch[tuple[Records, NextLink]], get: Get, query: str, retry_wait: RetryWait
) -> None:
    """Start to fetch a page, and wait until its request is sent, or for `_SEND_TIMEOUT`.

    The tenant then works while the records before it are validated, which does not let the event loop run.
    """
    is_sent = asyncio.Event()
    prefetch.start(_fetch(get, query, retry_wait, is_sent))
    # A timer costs half of what `asyncio.timeout` does, and there is one for each page.
    timer = asyncio.get_running_loop().call_later(_SEND_TIMEOUT, is_sent.set)
    await is_sent.wait()
    timer.cancel()


async def _fetch(
    get: Get, query: str, retry_wait: RetryWait, is_sent: asyncio.Event | None = None
) -> tuple[Records, NextLink]:
    # pydantic is slow to import, and code that only names a query or a page does not need it.
    from qconn_tui.qlik.wire import read_page

    async def attempt() -> tuple[Records, NextLink]:
        """Request and parse the page once."""
        answer = await get(LIST_PATH, query, retry_wait, is_sent.set if is_sent is not None else None)
        return read_page(answer.body, answer.trace_id)

    try:
        return await with_retry(attempt, retry_wait)
    finally:
        # A request that failed is no longer waited for, whether it was sent or not.
        if is_sent is not None:
            is_sent.set()


def _follow(link: NextLink, seen: set[Hashable]) -> tuple[str | None, End]:
    """The query of the next page, and whether there is one."""
    if link.href is None:
        return None, End.LAST if link.is_valid else End.UNCLEAR
    following = _query_of(link.href)
    if following is None:
        return None, End.UNCLEAR
    if _identity(following) in seen:
        return None, End.LOOPED
    return following, End.MORE


def _query_of(href: str) -> str | None:
    """The query string of a link, encoded for a request. The rest of the link is ignored: it may lead elsewhere."""
    if len(href) > LONGEST_LINK:
        return None
    query = href.partition("?")[2].partition("#")[0]
    return quote(query, safe=_SAFE, errors="replace") or None


@lru_cache(maxsize=2)
def _identity(query: str) -> Hashable:
    """A key that is equal for queries of the same page: the cursor, or without one all fields in any order."""
    fields = sorted(parse_qsl(query, keep_blank_values=True))
    return next((value for name, value in fields if name == "cursor"), tuple(fields))
