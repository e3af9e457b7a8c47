"""A tenant's list of eight pages, and the bytes of answers about it, right ones and wrong ones."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.faults.raw_server import Ending, Reply

Body: TypeAlias = "bytes | str | dict[str, Any] | list[Any]"
"""The body of an answer; what is neither bytes nor text is sent as JSON."""

PAGES = 8
"""Pages of the list."""
PER_PAGE = 3
"""Records on each."""
FIRST_QUERY = "sort=name&limit=100"
"""How the program asks for the first page."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page, and what an answer to it may want to name."""

    page: int
    """Which page, from 1."""
    depth: int
    """How many links without an end in sight led here; 0 for the page's own link."""
    origin: str
    """Where the tenant is."""
    elsewhere: str
    """Where another server is, that must never be asked for a page."""
    token: str
    """Who asks."""

    @property
    def next_query(self) -> str:
        """What leads to the page behind this one; behind the last one there is an empty page."""
        return f"cursor={self.page + 1}.0"

    def link(self, query: str | None = None) -> str:
        """The address of a page, by default of the one behind this one."""
        return f"{self.origin}/api/workflows/automation-connectors?{query or self.next_query}"

    def records(self) -> list[Any]:
        """The page's records, to be spoilt at will."""
        return records(self.page)

    def page_with(self, **changes: Any) -> dict[str, Any]:
        """The page's JSON, with some of its fields changed; None leaves a field out."""
        href = self.link() if self.page < PAGES else None
        fields = {"data": self.records(), "links": {"next": {"href": href}}} | changes
        return {name: value for name, value in fields.items() if value is not ...}


def records(page: int) -> list[dict[str, Any]]:
    """The records of a page; there are none behind the last."""
    return [
        {"id": f"{page}-{place}", "name": f"Connector {page}-{place}", "billable": place == 1, "hasWebhooks": False}
        for place in range(PER_PAGE if page <= PAGES else 0)
    ]


def answer(
    body: Body = b"",
    *headers: str,
    status: int = 200,
    kind: str = "application/json",
    ending: Ending = Ending.KEEP,
) -> Reply:
    """A faultless HTTP answer around any body."""
    return Reply((packed(body, *headers, status=status, kind=kind),), ending)


def packed(body: Body, *headers: str, status: int = 200, kind: str = "application/json") -> bytes:
    """The bytes of `answer`."""
    content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + content


def healthy(visit: Visit) -> Reply:
    """The page as it should be; every other one is compressed."""
    body = json.dumps(visit.page_with()).encode()
    return answer(gzip.compress(body, 1), "Content-Encoding: gzip") if visit.page % 2 else answer(body)
