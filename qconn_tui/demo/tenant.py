"""The embedded tenant: a real HTTP server on loopback."""

from __future__ import annotations

import logging
import re
import secrets
import socket
import threading
from collections import deque
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from qconn_tui.demo.api import Accounts, Api
from qconn_tui.demo.catalogue import believable, generated
from qconn_tui.demo.http_messages import RefusedError, Request, Response, error_response

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

HOST = "127.0.0.1"
"""The address to listen on, which other machines cannot reach."""

_REQUESTS_KEPT = 10_000
"""Requests that `DemoTenant.requests` lists at most."""

_log = logging.getLogger(__name__)


class DemoTenant:
    """An HTTP server with a fictional tenant, from `start` to `stop`. It is also a context manager.

    Args:
        rows: How many connectors to generate; None for the 412 believable ones.
        port: The port to listen on; 0 for a free one.
        latency: Seconds before each response.
        key: The API key; None for a random one.
        faults: Returns the response to send instead of the API's, unchanged; or None.

    Raises:
        UsageError: There cannot be so many rows.
    """

    def __init__(
        self,
        *,
        rows: int | None = None,
        port: int = 0,
        latency: float = 0.0,
        key: str | None = None,
        faults: Callable[[Request], Response | None] | None = None,
    ) -> None:
        self.latency = latency
        """Seconds before each response."""
        self.api_key = key or f"demo-{secrets.token_urlsafe(24)}"
        """The bearer token of requests to the API."""
        self.client_id = "demo-client"
        """The id of the OAuth client."""
        self.client_secret = secrets.token_urlsafe(24)
        """The secret of the OAuth client."""
        self._accounts = Accounts(
            self.api_key, self.client_id, self.client_secret, access_token=secrets.token_urlsafe(24)
        )
        self._generated = None if rows is None else generated(rows)
        self._port = port
        self._faults = faults
        self._requests: deque[str] = deque(maxlen=_REQUESTS_KEPT)
        self._stopping = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port, e.g. `http://127.0.0.1:40123`. Raises `RuntimeError` before the start."""
        if self._server is None:
            raise RuntimeError("The tenant has not been started.")
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[str, ...]:
        """The latest requests, oldest first: method, path and query, e.g. `GET /api/…?limit=7`."""
        return tuple(self._requests)

    def start(self) -> None:
        """Listen and answer requests in threads.

        Raises:
            OSError: The port is taken.
        """
        self._server = _Server(self._port, self._answer)
        self._thread = threading.Thread(target=self._serve, name="demo tenant", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, and close all connections, also those that wait for a response."""
        if self._server is None or self._thread is None:
            return
        self._stopping.set()
        # The server sleeps until there is a connection.
        with suppress(OSError):
            socket.create_connection((HOST, self._server.server_address[1]), timeout=1).close()
        self._thread.join(timeout=1)
        self._thread = None
        self._server.server_close()
        self._server.close_connections()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @cached_property
    def _api(self) -> Api:
        # On the first request, so that the start of the program does not wait for it.
        return Api(self._generated or believable(), self.origin, self._accounts)

    def _serve(self) -> None:
        while self._server and not self._stopping.is_set():
            self._server.handle_request()

    def _answer(self, request: Request) -> Response | None:
        """The response after the latency; None if the tenant stops meanwhile."""
        self._requests.append(f"{request.method} {request.target}")
        if self._stopping.wait(self.latency):
            return None
        try:
            fault = self._faults(request) if self._faults else None
            return fault or self._api.answer(request)
        except Exception:  # noqa: BLE001 - a bug in one response does not stop the server
            _log.exception("the embedded tenant failed")
            bug = RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "The embedded tenant has a bug.")
            return error_response(bug, request.trace_id)


class _Server(ThreadingTCPServer):
    """Not a `ThreadingHTTPServer`, which looks up its own host name when it starts. That can take seconds."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Callable[[Request], Response | None]) -> None:
        self.answer = answer
        self._connections: WeakSet[socket.socket] = WeakSet()
        super().__init__((HOST, port), _Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection, and remember it for `close_connections`."""
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def close_connections(self) -> None:
        """Close all connections, which ends their threads."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log the exception: the base class prints it, which would garble the screen."""
        _log.debug("a connection to the embedded tenant broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = self.headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,6}", length) or "transfer-encoding" in self.headers:
            # Without a valid length, the beginning of the next request cannot be found.
            self._write(Response(HTTPStatus.LENGTH_REQUIRED, headers={"connection": "close"}))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(int(length)))
        response = self.server.answer(request)
        if response is None:
            self.close_connection = True
        else:
            self._write(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - looked up

    def _write(self, response: Response) -> None:
        headers = dict(response.headers)
        if headers.keys() & {"connection", "content-length", "transfer-encoding"}:
            # A response with such headers of its own may have a wrong length.
            self.close_connection = True
        if not headers.keys() & {"content-length", "transfer-encoding"}:
            headers["content-length"] = str(len(response.body))
        head = f"HTTP/1.1 {int(response.status)} {responses.get(response.status, '')}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body = b"" if self.command == "HEAD" else response.body
        # In one write: a second one would wait for the acknowledgement of the first.
        self.wfile.write(f"{head}\r\n".encode("latin-1") + body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing: the terminal shows the screen."""
