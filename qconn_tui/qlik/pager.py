"""The walk over the list: one page after the other, as far as somebody asks, never in a circle."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

from qconn_tui.errors import RequestRejected
from qconn_tui.qlik.retry import with_retry
from qconn_tui.qlik.retry_wait import RetryWait

if TYPE_CHECKING:
    from typing import Self

    from qconn_tui.connector import Connector
    from qconn_tui.qlik.client import Answer
    from qconn_tui.qlik.wire import WirePage

LIST_PATH = "/api/workflows/automation-connectors"
"""Where the list is."""
PAGE_CAP = 2000
"""Pages after which a walk ends, whatever the tenant says."""
RECORD_CAP = 200_000
"""Records, also those that could not be read, after which a walk ends."""
EMPTY_PAGES = 3
"""Pages without any record in a row after which a walk ends."""
LONGEST_LINK = 8192
"""Characters of the longest follow-up link."""
LARGEST_PAGE = 200
"""Records of the largest page that can be asked for."""
SORTS = ("id", "-id", "name", "-name")
"""The orders that the tenant knows; a `-` turns one round."""

_CURSOR_FORGOTTEN = (400, 404)
_ROUNDS_TO_SEND = 4
"""Rounds of the event loop in which a request is sent over a connection that is open; httpx takes three."""

# Everything a query may hold as it is. What was percent-encoded already must not be encoded again.
_SAFE = "%&=+;,:@/?!$'()*-._~[]"

Get: TypeAlias = Callable[[str, str, RetryWait], Awaitable["Answer"]]
"""Path and encoded query to answer: `TenantClient.get`."""


Wants: TypeAlias = Callable[[int], bool]
"""Whether still more is wanted after a page of so many records."""


class End(enum.Enum):
    """Whether there is more after a page, and if not, why."""

    MORE = "more"
    LAST = "last"
    """The tenant says that this was the last page."""
    LOOPED = "looped"
    """The next page would be one that was seen before."""
    UNCLEAR = "unclear"
    """The links cannot be believed, or nothing but empty pages came: the list may be longer."""
    CAPPED = "capped"
    """`PAGE_CAP` pages or `RECORD_CAP` records were read, and there are more."""


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What to ask of the list. Raises `ValueError` for a sort or limit that the tenant does not have."""

    filter: str | None = None
    """The tenant's own filter expression, e.g. `name eq "Airtable"`."""
    sort: str | None = None
    """One of `SORTS`; None is the tenant's own order, by id."""
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
    """Its records in the tenant's order; an id may come again on a later page."""
    skipped: tuple[str, ...]
    """For every record that could not be read, the reason."""
    records: int
    """Records of this walk so far, also those that could not be read."""
    next_query: str | None
    """The query of the next page; None when there is none to ask for."""
    end: End
    """Whether the walk goes on, and if not, why."""


async def walk(
    get: Get,
    query: ListQuery,
    *,
    after: Page | None = None,
    retry_wait: RetryWait | None = None,
    wants_beyond: Wants = lambda _: False,
) -> AsyncGenerator[Page, None]:
    """The list's pages; the next one is requested when it is asked for, and not before.

    Unless it is known to be wanted: a page for which `wants_beyond` its records is true is read while the next one
    is on its way. There is never more than that one.

    With `after`, the last page of a walk that broke off, this one goes on behind it. `retry_wait` waits when the
    tenant is busy or fails. The last page's `end` is not `MORE`.

    A tenant that forgot the place of a later page is asked for the whole list once more: the page after that is
    number 1 again, and its records come again. Raises `AnswerError` for a page that did not come.
    """
    retry_wait = retry_wait or RetryWait()
    asking, number, records = query.encode(), 0, 0
    if after is not None and after.next_query is not None:
        asking, number, records = after.next_query, after.number, after.records
    seen: set[Hashable] = set()
    empty, may_start_over = 0, True
    async with _Fetching(get, retry_wait) as fetching:
        while True:
            seen.add(_identity(asking))
            try:
                content = await fetching.page(asking)
            except RequestRejected as error:
                if number == 0 or not may_start_over or error.status not in _CURSOR_FORGOTTEN:
                    raise
                asking, number, records, empty, may_start_over = query.encode(), 0, 0, 0, False
                seen.clear()
                continue
            number, records = number + 1, records + len(content.records)
            empty = 0 if content.records else empty + 1
            following, end = _follow(content, seen)
            if end is End.MORE and empty == EMPTY_PAGES:
                following, end = None, End.UNCLEAR
            if end is End.MORE and (number >= PAGE_CAP or records >= RECORD_CAP):
                end = End.CAPPED
            if end is End.MORE and following is not None and wants_beyond(len(content.records)):
                await fetching.begin(following)
            yield Page(number, content.connectors, content.skipped, records, following, end)
            if end is not End.MORE or following is None:
                return
            asking = following


class _Fetching:
    """Fetches one page at a time, in the background when there is something else to do meanwhile."""

    def __init__(self, get: Get, retry_wait: RetryWait) -> None:
        self._get, self._retry_wait = get, retry_wait
        self._begun: asyncio.Task[WirePage] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._begun is not None:
            self._begun.cancel()
            await asyncio.wait({self._begun})
            if not self._begun.cancelled():
                # Whatever became of it, nobody asks any more.
                self._begun.exception()

    async def begin(self, query: str) -> None:
        """Request a page that `page` will be asked for next."""
        self._begun = asyncio.create_task(_fetch(self._get, query, self._retry_wait))
        for _ in range(_ROUNDS_TO_SEND):
            await asyncio.sleep(0)

    async def page(self, query: str) -> WirePage:
        """The page of that query, which is the one that was begun if one was."""
        begun, self._begun = self._begun, None
        return await (begun or _fetch(self._get, query, self._retry_wait))


async def _fetch(get: Get, query: str, retry_wait: RetryWait) -> WirePage:
    # pydantic takes its time to load, and whoever only names a query or a page does not need it.
    from qconn_tui.qlik.wire import read_page

    async def attempt() -> WirePage:
        answer = await get(LIST_PATH, query, retry_wait)
        return read_page(answer.body, answer.trace_id)

    return await with_retry(attempt, retry_wait)


def _follow(content: WirePage, seen: set[Hashable]) -> tuple[str | None, End]:
    """The next page's query and what comes after this one."""
    if content.next_href is None:
        return None, End.LAST if content.links_valid else End.UNCLEAR
    following = _query_of(content.next_href)
    if following is None:
        return None, End.UNCLEAR
    if _identity(following) in seen:
        return None, End.LOOPED
    return following, End.MORE


def _query_of(href: str) -> str | None:
    """The query of a link, fit for a request; whatever else is in the link is ignored."""
    if len(href) > LONGEST_LINK:
        return None
    query = href.partition("?")[2].partition("#")[0]
    return quote(query, safe=_SAFE, errors="replace") or None


@lru_cache(maxsize=2)
def _identity(query: str) -> Hashable:
    """What makes two queries the same page: the cursor, or without one every field in any order."""
    fields = sorted(parse_qsl(query, keep_blank_values=True))
    return next((value for name, value in fields if name == "cursor"), tuple(fields))
