"""Requests and responses of the embedded tenant's API, as values that need no socket."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request."""

    method: str
    """In capitals."""
    target: str
    """Path and query as they stand in the request line."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By lower-case name; not in the repr, since one of them is the key."""
    body: bytes = field(default=b"", repr=False)
    """Not in the repr, since it may hold a client secret."""
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    """32 hexadecimal digits that come back with the answer."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response. The server adds a `content-length` unless the headers have one."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""


class RefusedError(Exception):
    """A request that is refused with the documented error envelope."""

    def __init__(self, status: HTTPStatus, detail: str, *, allow: str = "") -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.allow = allow
        """The methods that would be accepted, for a 405."""


def json_response(document: object, status: int = 200) -> Response:
    """A JSON response that no cache may keep."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, body, {"content-type": "application/json", "cache-control": "no-store"})


def error_response(refused: RefusedError, trace_id: str) -> Response:
    """The response to a refused request: the documented error envelope."""
    status = refused.status
    error = {"code": f"HTTP-{status.value}", "title": status.phrase, "detail": refused.detail}
    response = json_response({"errors": [error], "traceId": trace_id}, status)
    return replace(response, headers={**response.headers, "allow": refused.allow}) if refused.allow else response
