"""A transport that is a tenant, for tests of code that sends requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Chunks(httpx.AsyncByteStream):
    """A body that arrives in pieces; the bodies of httpx's own responses cannot be read as raw bytes."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self._chunks = chunks
        self._error = error
        self.taken = 0
        """Pieces that were read."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            self.taken += 1
            yield chunk
        if self._error is not None:
            raise self._error


def reply(
    status: int = 200, body: bytes = b'{"data": []}', headers: list[tuple[str, str]] | None = None
) -> httpx.Response:
    """An answer whose body is read as it travels."""
    return httpx.Response(status, headers=headers, stream=Chunks(body))


class Tenant(httpx.AsyncBaseTransport):
    """Notes every request and answers it with what `answer` returns or raises."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        response = self._answer(request)
        # A response can be read once, and the same answer may be given again.
        return httpx.Response(response.status_code, headers=response.headers, stream=response.stream)
