"""Sends requests to the tenant.

Every failure is raised as one of the project's own errors, without the library's exception as its context: the text
and the frames of that one may hold the token.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import httpx

from qconn_tui.errors import AnswerError, NotAllowed, RequestRejected, UsageError
from qconn_tui.net.client import MAX_CONNECTIONS, TIMEOUTS, USER_AGENT, open_transport, proxy_variable
from qconn_tui.qlik import error_mapping
from qconn_tui.qlik.auth import Secret
from qconn_tui.qlik.content_decoding import BODY_LIMIT, to_utf8, too_long, unpack
from qconn_tui.qlik.rate_limit import RateLimit
from qconn_tui.qlik.redaction import Redaction
from qconn_tui.qlik.retry_wait import RetryWait
from qconn_tui.qlik.wire import read_grant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType
    from typing import Self

    from qconn_tui.qlik.auth import Credentials, Grant
    from qconn_tui.qlik.server import Server

DEADLINE = 20.0
"""Seconds that a request may take in all, even if bytes keep coming."""
TOKEN_PATH = "/oauth/token"  # noqa: S105 - an address
"""The path at which an OAuth client gets its token."""
SECRETS_KNOWN = 8
"""Secrets that are looked for in each answer: the last ones that the tenant was sent."""

_log = logging.getLogger(__name__)

_MISDIRECTED = 421

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response of the tenant."""

    body: bytes
    """The body, decompressed and in UTF-8. It does not look like HTML, but was not parsed."""
    trace_id: str | None
    """The id of the request, which Qlik's support asks for."""
    status: int
    """The HTTP status, 200 to 299."""


@dataclass(frozen=True, slots=True)
class _Received:
    status: int
    headers: httpx.Headers
    body: bytes
    fault: str


class TenantClient:
    """The client of one tenant.

    Args:
        server: The tenant.
        credentials: The credentials to send with each request.
        transport: What sends the requests; None for the network.
        deadline: Seconds that a request may take in all.
        rate_limit: Limits all requests together; None for Qlik Cloud's limit.
    """

    def __init__(
        self,
        server: Server,
        credentials: Credentials,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        deadline: float = DEADLINE,
        rate_limit: RateLimit | None = None,
    ) -> None:
        self.server = server
        """The tenant."""
        self._credentials = credentials
        self._transport = transport
        self._deadline = deadline
        self._rate_limit = rate_limit or RateLimit(unlimited=server.is_loopback)
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._connections: httpx.AsyncBaseTransport | None = None
        self._sent: deque[Secret] = deque(maxlen=SECRETS_KNOWN)
        self._redaction = Redaction(())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections. The client opens new ones for further requests."""
        if self._connections is not None:
            connections, self._connections = self._connections, None
            await connections.aclose()

    def replace_credentials(self, credentials: Credentials) -> None:
        """Send these credentials from the next request on, with the same rate limit and connections."""
        self._credentials = credentials

    async def get(
        self,
        path: str,
        query: str = "",
        retry_wait: RetryWait | None = None,
        on_sent: Callable[[], None] | None = None,
    ) -> Answer:
        """Send a GET request.

        Args:
            path: The path, which begins with `/`.
            query: The query string, percent-encoded.
            retry_wait: Waits while the tenant asks for no requests.
            on_sent: Called when the request has been written to the connection.

        Raises:
            AnswerError: There is no usable answer.
            UsageError: Certificates or a proxy of the environment cannot be used.
        """
        retry_wait = retry_wait or RetryWait()
        credentials = self._credentials
        post = partial(self._request_token, retry_wait)
        token = await credentials.token(post)
        try:
            return await self._ask(self._authorised(path, query, token, on_sent), self._knowing(token), retry_wait)
        except NotAllowed as error:
            refusal = error
        if refusal.status != 401 or not credentials.forget(token):
            raise refusal
        # The tenant may have revoked a token before it expired. If it refuses a new one, too, the refusal stands.
        token = await credentials.token(post)
        return await self._ask(self._authorised(path, query, token, on_sent), self._knowing(token), retry_wait)

    def _knowing(self, secret: Secret) -> Redaction:
        """What removes this secret from an answer, and those that the tenant was sent before."""
        if not any(known is secret for known in self._sent):
            self._sent.append(secret)
            self._redaction = Redaction(self._sent)
        return self._redaction

    async def _request_token(self, retry_wait: RetryWait, fields: Mapping[str, str | Secret]) -> Grant:
        secret = next(value for value in fields.values() if isinstance(value, Secret))
        self._knowing(secret)
        # The answer may be a token that the tenant was sent before, so only the client's secret is removed from it.
        redaction = Redaction((secret,))
        try:
            answer = await self._ask(self._request("POST", TOKEN_PATH, fields=fields), redaction, retry_wait)
            return read_grant(answer.body)
        except AnswerError as error:
            # Each token request makes the tenant issue a token, even if the response is lost on the way.
            error.is_repeatable = False
            raise

    def _authorised(self, path: str, query: str, token: Secret, on_sent: Callable[[], None] | None) -> httpx.Request:
        request = self._request("GET", path, query)
        # A path such as `//host/` or `@host` must not send the token to another origin.
        if f"{request.url.scheme}://{request.url.netloc.decode()}" != self.server.origin:
            raise ValueError("a path leads away from the tenant")
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        if on_sent is not None:
            request.stream = _EmptyBody(on_sent)
        return request

    def _request(
        self, method: str, path: str, query: str = "", fields: Mapping[str, str | Secret] | None = None
    ) -> httpx.Request:
        address = self.server.origin + path + (f"?{query}" if query else "")
        try:
            return httpx.Request(
                method, address,
                headers=_HEADERS, json=_revealed(fields) if fields else None, extensions={"timeout": TIMEOUTS},
            )  # fmt: skip
        except httpx.InvalidURL:
            failure = RequestRejected("The request is too long to be sent.", "Shorten what you ask for.")
        raise failure

    # Without httpx's own client, which looks for cookies, redirects and passwords: there are none, and that takes
    # nearly a tenth of the processor time of a request.
    def _connect(self) -> httpx.AsyncBaseTransport:
        if self._connections is None:
            self._connections = self._transport or open_transport(
                self.server.scheme, self.server.host, self.server.port
            )
        return self._connections

    async def _ask(self, request: httpx.Request, redaction: Redaction, retry_wait: RetryWait) -> Answer:
        async with self._slots:
            await self._rate_limit.acquire(retry_wait)
            began = time.monotonic()
            try:
                answer = await self._send(request, redaction)
            except AnswerError as error:
                _note(request, error, began)
                self._rate_limit.note_error(error)
                raise
            _note(request, answer, began)
            return answer

    async def _send(self, request: httpx.Request, redaction: Redaction) -> Answer:
        received = await self._receive(request, redaction)
        trace = error_mapping.trace_id(received.headers)
        if received.status >= 300:
            raise error_mapping.from_status(
                received.status, received.headers, received.body, self.server, self._credentials, time.time()
            )
        if received.fault:
            raise error_mapping.unreadable(self.server, received.fault, trace)
        if _is_web_page(received.headers, received.body):
            raise error_mapping.web_page(self.server, trace)
        return Answer(received.body, trace, received.status)

    async def _receive(self, request: httpx.Request, redaction: Redaction) -> _Received:
        try:
            async with asyncio.timeout(self._deadline):
                return await _exchange(self._connect(), request, redaction)
        except UsageError:
            # A variable that cannot be used is no failure of the tenant.
            raise
        except Exception as error:  # noqa: BLE001 - httpx also raises exceptions that are not its own
            proxy = proxy_variable(self.server.host, self.server.port)
            failure = error_mapping.from_exception(error, self.server, proxy)
        raise failure


class _EmptyBody(httpx.AsyncByteStream):
    """The body of a GET request. A transport reads it when it has written the headers, and `on_sent` is called."""

    def __init__(self, on_sent: Callable[[], None]) -> None:
        self._on_sent = on_sent

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._on_sent()
        yield b""


async def _exchange(transport: httpx.AsyncBaseTransport, request: httpx.Request, redaction: Redaction) -> _Received:
    """Send one request and read the response, up to the chunk that makes the body too long.

    Some servers repeat what they were sent. So the secret is removed here, before anything is shown, logged or kept.
    The body of a 421 is not read, which closes its connection: the next try needs another one (RFC 9110, section
    15.5.20).
    """
    response = await transport.handle_async_request(request)
    try:
        raw = bytearray()
        # Not httpx's `aiter_raw`, which counts and checks once more what is counted and checked here.
        if response.status_code != _MISDIRECTED:
            async for chunk in cast("httpx.AsyncByteStream", response.stream):
                raw += chunk
                if len(raw) > BODY_LIMIT:
                    break
    finally:
        await response.aclose()
    body, fault = _unpacked(bytes(raw), response.headers)
    headers = httpx.Headers([(name, redaction.of_header(value)) for name, value in response.headers.raw])
    return _Received(response.status_code, headers, redaction.of_body(body), fault)


def _note(request: httpx.Request, outcome: Answer | AnswerError, began: float) -> None:
    """Log the outcome of a request, without its query and headers."""
    milliseconds = 1000 * (time.monotonic() - began)
    what = type(outcome).__name__ if isinstance(outcome, AnswerError) else f"{len(outcome.body)} bytes"
    _log.log(
        logging.WARNING if isinstance(outcome, AnswerError) else logging.INFO,
        "%s %s status=%s ms=%.0f trace=%s %s",
        request.method, request.url.path, outcome.status or "-", milliseconds, outcome.trace_id or "-", what,
    )  # fmt: skip


def _revealed(fields: Mapping[str, str | Secret]) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()}


def _unpacked(raw: bytes, headers: Mapping[str, str]) -> tuple[bytes, str]:
    """The readable body, and what is wrong with it: the status of an error counts even if its body is damaged."""
    if len(raw) > BODY_LIMIT:
        return b"", too_long()
    body = b""
    try:
        body = unpack(raw, headers.get("Content-Encoding", ""))
        return to_utf8(body, headers.get("Content-Type", "")), ""
    except ValueError as error:
        return body, str(error)


def _is_web_page(headers: Mapping[str, str], body: bytes) -> bool:
    opening = body[:64].removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    return opening == b"<" or ("html" in headers.get("Content-Type", "").lower() and opening not in (b"{", b"["))
