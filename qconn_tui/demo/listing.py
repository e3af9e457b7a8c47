"""Lists in pages: the parameters `limit`, `sort`, `filter` and `cursor`, and the links from page to page.

A cursor names a record, not a page number. So a record that is added or removed between two requests neither hides
another one nor shows it twice.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlencode

from qconn_tui.demo.filters import Condition, parse_filter
from qconn_tui.demo.http_messages import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

DEFAULT_LIMIT = 100
"""Records of a page if the request has no `limit`."""
MAX_LIMIT = 200
"""Records on a page at most."""

Row = TypeVar("Row")
Key = tuple[str, str]
"""The sort key of a record: the value of the sorted field, then the id."""


@dataclass(frozen=True, slots=True)
class SortField:
    """An order of records."""

    field: str
    """The field to sort by. Records with equal values are in the order of their ids."""
    descending: bool

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: right after a record, or right before it."""

    sort: SortField
    """The order of the list."""
    key: Key
    """The sort key of the record."""
    points_forward: bool
    """Whether the page goes on after the record, or ends before it."""

    def encode(self) -> str:
        """The cursor as it is sent in a link: opaque to the client, and safe in a query string."""
        value, record_id = self.key
        places = {self.sort.field: value, "id": record_id}
        document = {**places, "sort": str(self.sort), "_pointsToNextItems": self.points_forward}
        return urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class PagedList:
    """What a request for a list asks for."""

    limit: int
    """Records on a page at most."""
    sort: SortField
    """Their order."""
    conditions: tuple[Condition, ...]
    """The conditions that each record meets."""
    cursor: Cursor | None
    """Where the page begins or ends; None is the beginning of the list."""
    given: Mapping[str, str]
    """The parameters of the request without the cursor, which the links repeat."""


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[Row]):
    """A page of records, with the cursors of its neighbours."""

    rows: Sequence[Row]
    """The records, in the order asked for."""
    previous: Cursor | None
    """The cursor of the page before; None without one."""
    next: Cursor | None
    """The cursor of the page after; None without one."""


def read_listing(parameters: Mapping[str, str], fields: Collection[str], attributes: Collection[str]) -> PagedList:
    """Parse the parameters of a request for a list; unknown ones are ignored.

    Args:
        parameters: The parameters by name.
        fields: The fields that can be sorted by.
        attributes: The attributes that can be filtered by.

    Raises:
        RefusedError: A parameter is not valid (400).
    """
    cursor = _read_cursor(parameters["cursor"], fields) if "cursor" in parameters else None
    sort = _read_sort(parameters["sort"], fields) if "sort" in parameters else None
    if cursor and sort and cursor.sort != sort:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"cursor belongs to sort={cursor.sort}, not to sort={sort}.")
    return PagedList(
        limit=_read_limit(parameters["limit"]) if "limit" in parameters else DEFAULT_LIMIT,
        sort=sort or (cursor.sort if cursor else SortField("id", descending=False)),
        conditions=parse_filter(parameters["filter"], attributes) if "filter" in parameters else (),
        cursor=cursor,
        given={name: parameters[name] for name in ("filter", "limit", "sort") if name in parameters},
    )


def take_page(rows: Sequence[Row], key: Callable[[Row], Key], listing: PagedList) -> ResultPage[Row]:
    """The page that a request asks for.

    Args:
        rows: All records, in ascending order of their keys.
        key: The sort key of a record.
        listing: What the request asks for.
    """
    start, end = 0, len(rows)
    descending = listing.sort.descending
    upwards = not descending
    if listing.cursor:
        upwards = listing.cursor.points_forward is not descending
        if upwards:
            start = bisect_right(rows, listing.cursor.key, key=key)
        else:
            end = bisect_left(rows, listing.cursor.key, key=key)
    if upwards:
        end = min(end, start + listing.limit)
    else:
        start = max(start, end - listing.limit)
    before, after = start > 0, end < len(rows)
    taken = list(rows[start:end])
    if descending:
        taken.reverse()
        before, after = after, before
    if not taken:
        return ResultPage([], None, None)
    here = Cursor(listing.sort, key(taken[0]), points_forward=False)
    return ResultPage(
        taken,
        previous=here if before else None,
        next=replace(here, key=key(taken[-1]), points_forward=True) if after else None,
    )


def page_document(
    page: ResultPage[Row], records: Sequence[object], listing: PagedList, address: str
) -> dict[str, object]:
    """A page as it is sent.

    Args:
        page: The page, for its links.
        records: Its rows as they are sent.
        listing: What the request asks for.
        address: The URL of the list.
    """

    def link(cursor: Cursor | None) -> dict[str, str | None]:
        """The link to a neighbour; its `href` is null without one."""
        if cursor is None:
            return {"href": None}
        return {"href": f"{address}?{urlencode({**listing.given, 'cursor': cursor.encode()})}"}

    return {"links": {"prev": link(page.previous), "next": link(page.next)}, "data": records}


def _read_limit(text: str) -> int:
    if re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise RefusedError(HTTPStatus.BAD_REQUEST, f"limit must be a number from 1 to {MAX_LIMIT}.")


def _read_sort(text: str, fields: Collection[str]) -> SortField:
    # A plus sign that was not percent-encoded arrives as a space.
    field = text[1:] if text[:1] in ("-", "+", " ") else text
    if field not in fields:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"sort must be one of {', '.join(fields)}, with + or - before it.")
    return SortField(field, descending=text.startswith("-"))


def _read_cursor(text: str, fields: Collection[str]) -> Cursor:
    try:
        document = json.loads(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        sort = _read_sort(document["sort"], fields)
        key, forward = (document[sort.field], document["id"]), document["_pointsToNextItems"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RefusedError):
        pass
    else:
        if isinstance(key[0], str) and isinstance(key[1], str) and isinstance(forward, bool):
            return Cursor(sort, key, forward)
    raise RefusedError(HTTPStatus.BAD_REQUEST, "cursor is not one that this list gave out.")
