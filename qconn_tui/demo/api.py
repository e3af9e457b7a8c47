"""The API of the embedded tenant: a function from requests to responses, as documented at qlik.dev/apis/rest.

GET  /api/workflows/automation-connectors                               the list, in pages
GET  /api/workflows/automation-connectors/{id}                          one connector in full
GET  /api/workflows/automation-connectors/{id}/webhooks/configuration   its webhook events
GET  /api/workflows/automation-connections                              connections, in pages
POST /oauth/token                                                       client credentials → access token
GET  /automations/logos/{32 hex}.png                                    a logo, without credentials
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from qconn_tui.demo import connections
from qconn_tui.demo.catalogue import Catalogue, name_key
from qconn_tui.demo.details import detail_of, webhooks_of
from qconn_tui.demo.http_messages import RefusedError, Request, Response, error_response, json_response
from qconn_tui.demo.listing import Key, page_document, read_listing, take_page
from qconn_tui.demo.logo_images import draw_named

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qconn_tui.demo.entry import Entry

CONNECTORS = "/api/workflows/automation-connectors"
CONNECTIONS = "/api/workflows/automation-connections"
LOGOS = "/automations/logos"
TOKEN = "/oauth/token"  # noqa: S105 - a path
TOKEN_LIFE = 21_600
"""Seconds until an access token expires, as the response says."""

_LOGO_FILE = re.compile(r"([0-9a-f]{32})\.png")
_GZIP_FROM = 1024
"""Bytes of the longest body that is not compressed."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The credentials that the tenant accepts."""

    api_key: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    """The token that is issued for the client credentials."""

    def admit(self, authorization: str) -> bool:
        """Whether an `Authorization` header holds the API key or the access token."""
        scheme, _, token = authorization.partition(" ")
        known = (self.api_key, self.access_token)
        return scheme.lower() == "bearer" and any(_same(token.strip(), key) for key in known)

    def knows_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the id and secret of the OAuth client."""
        return _same(client_id, self.client_id) and _same(client_secret, self.client_secret)


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one tenant."""

    catalogue: Catalogue
    origin: str
    """Scheme, host and port, with which links and the URLs of logos begin."""
    accounts: Accounts

    def answer(self, request: Request) -> Response:
        """The response to a request. Errors are responses, too."""
        try:
            response = self._route(request)
        except RefusedError as refused:
            response = error_response(refused, request.trace_id)
        response = replace(response, headers={**response.headers, "x-b3-traceid": request.trace_id})
        return _compress(response) if _accepts_gzip(request) else response

    def _route(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        if path.startswith("/api/") and not self.accounts.admit(request.headers.get("authorization", "")):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "The API key or access token is missing or not valid.")
        respond = self._responder(path, request.body, _parameters(query))
        allowed = "POST" if path == TOKEN else "GET"
        if request.method != allowed:
            raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{path} takes {allowed} only.", allow=allowed)
        return respond()

    def _responder(self, path: str, body: bytes, parameters: dict[str, str]) -> Callable[[], Response]:
        match path.split("/")[1:]:
            case ["api", "workflows", "automation-connectors"]:
                return partial(self._connectors, parameters)
            case ["api", "workflows", "automation-connectors", connector_id]:
                return partial(self._connector, connector_id)
            case ["api", "workflows", "automation-connectors", connector_id, "webhooks", "configuration"]:
                return partial(self._webhooks, connector_id)
            case ["api", "workflows", "automation-connections"]:
                return partial(self._connections, parameters)
            case ["oauth", "token"]:
                return partial(self._token, body)
            case ["automations", "logos", file] if match := _LOGO_FILE.fullmatch(file):
                return partial(_logo, match[1])
        raise RefusedError(HTTPStatus.NOT_FOUND, f"There is nothing at {path}.")

    def _connectors(self, parameters: dict[str, str]) -> Response:
        listing = read_listing(parameters, ("id", "name"), ("name",))
        key = _name_key if listing.sort.field == "name" else _id_key
        rows: Sequence[Entry]
        if listing.conditions:
            # A search in the order of names does not generate all connectors.
            named = self.catalogue.named(listing.conditions[0].value)
            rows = sorted((row for row in named if all(c.holds(row.name) for c in listing.conditions)), key=key)
        else:
            rows = self.catalogue.by_name if key is _name_key else self.catalogue.by_id
        page = take_page(rows, key, listing)
        records = [{**_summary(row), **self._logo_addresses(row)} for row in page.rows]
        return json_response(page_document(page, records, listing, self.origin + CONNECTORS))

    def _connector(self, connector_id: str) -> Response:
        entry = self._find(connector_id)
        return json_response({**_summary(entry), **detail_of(entry)})

    def _webhooks(self, connector_id: str) -> Response:
        entry = self._find(connector_id)
        if not entry.starts_automations:
            raise RefusedError(HTTPStatus.NOT_FOUND, "This connector has no webhooks.")
        return json_response(webhooks_of(entry))

    def _connections(self, parameters: dict[str, str]) -> Response:
        listing = read_listing(parameters, connections.FIELDS, connections.ATTRIBUTES)

        def key(row: connections.Connection) -> Key:
            """The key of a connection in the order that was asked for."""
            return str(row[listing.sort.field]).casefold(), str(row["id"])

        rows = sorted(
            (
                row
                for row in connections.connections_of(self.catalogue)
                if all(condition.holds(str(row[condition.attribute])) for condition in listing.conditions)
            ),
            key=key,
        )
        page = take_page(rows, key, listing)
        return json_response(page_document(page, page.rows, listing, self.origin + CONNECTIONS))

    def _token(self, body: bytes) -> Response:
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict) or asked.get("grant_type") != "client_credentials":
            raise RefusedError(HTTPStatus.BAD_REQUEST, "The body must be JSON with grant_type client_credentials.")
        if not self.accounts.knows_client(str(asked.get("client_id")), str(asked.get("client_secret"))):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "The client id or client secret is not valid.")
        expires_at = datetime.now(UTC) + timedelta(seconds=TOKEN_LIFE)
        return json_response(
            {
                "access_token": self.accounts.access_token,
                "token_type": "bearer",
                "expires_at": f"{expires_at:%Y-%m-%dT%H:%M:%S}.000Z",
                "expires_in": TOKEN_LIFE,
            }
        )

    def _find(self, connector_id: str) -> Entry:
        entry = self.catalogue.find(connector_id.lower())
        if entry is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "There is no connector with this id.")
        return entry

    def _logo_addresses(self, entry: Entry) -> dict[str, str | None]:
        fields = ("logoSmall", "logoMedium", "logoLarge")
        return {
            field: None if name is None else f"{self.origin}{LOGOS}/{name}.png"
            for field, name in zip(fields, entry.logos, strict=True)
        }


def _id_key(entry: Entry) -> Key:
    return entry.id, entry.id


def _name_key(entry: Entry) -> Key:
    return name_key(entry.name, entry.id)


def _summary(entry: Entry) -> dict[str, object]:
    """The fields that the list and the detail share. A flag that the connector does not have is left out."""
    flags = {"billable": entry.billable, "hasWebhooks": entry.has_webhooks}
    known = {name: flag for name, flag in flags.items() if flag is not None}
    return {"id": entry.id, "name": entry.name, "description": entry.description, **known}


def _logo(name: str) -> Response:
    image = draw_named(name)
    if image is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, "There is no such logo.")
    # As on the real CDN, the content behind a name never changes.
    headers = {"content-type": "image/png", "cache-control": "public, max-age=31536000, immutable"}
    return Response(HTTPStatus.OK, image, headers)


def _parameters(query: str) -> dict[str, str]:
    """The parameters of a query string. The last value of each counts."""
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}


def _same(given: str, known: str) -> bool:
    return secrets.compare_digest(given.encode(errors="replace"), known.encode())


def _accepts_gzip(request: Request) -> bool:
    for choice in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = choice.replace(" ", "").partition(";")
        if coding == "gzip":
            return weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _compress(response: Response) -> Response:
    if len(response.body) <= _GZIP_FROM or response.headers["content-type"] != "application/json":
        return response
    body = gzip.compress(response.body, compresslevel=1, mtime=0)
    return replace(response, body=body, headers={**response.headers, "content-encoding": "gzip"})
