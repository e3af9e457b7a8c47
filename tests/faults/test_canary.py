"""The search for the token finds one wherever one is; without that, finding none would mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import NotAllowed
from qconn_tui.qlik.auth import ApiKey, ClientCredentials, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.pager import LIST_PATH
from qconn_tui.qlik.server import parse_server
from tests.faults.kinds import Fault
from tests.faults.listing import answer
from tests.faults.raw_server import RawServer, Reply
from tests.faults.walks import MARK, Case, World, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.listing import Visit

pytestmark = pytest.mark.anyio

TOKEN = f"{MARK}-0123456789abcdef"


async def leaks(reply: Callable[[Visit], Reply], folder: Path) -> list[str]:
    """Where the token is seen when the tenant's second page comes like that."""
    fault = Fault("says too much", reply, "COMPLETE", "COMPLETE", rows=(0, 1, 2))
    async with World(folder) as world:
        return (await run(Case(fault, 2, always=True), 7, world)).leaked


def client_of(server: RawServer, credentials: ApiKey | ClientCredentials) -> TenantClient:
    return TenantClient(parse_server(server.origin, "the test"), credentials)


# What every token begins with is enough for the search, and no secret that the client could know as its own.


async def test_a_token_on_the_screen_would_be_found(tmp_path: Path) -> None:
    def reply(visit: Visit) -> Reply:
        return answer(visit.page_with(data=[record | {"name": MARK} for record in visit.records()]))

    assert any(leak.startswith("an event") for leak in await leaks(reply, tmp_path))


async def test_a_token_in_the_query_would_be_found(tmp_path: Path) -> None:
    def reply(visit: Visit) -> Reply:
        return answer(visit.page_with(links={"next": {"href": visit.link(f"{visit.next_query}&key={MARK}")}}))

    assert any("another part of a request" in leak for leak in await leaks(reply, tmp_path))


async def test_a_token_in_an_error_would_be_found(tmp_path: Path) -> None:
    def reply(visit: Visit) -> Reply:  # noqa: ARG001
        return answer({"errors": [{"code": "X", "title": "Y", "detail": MARK}]}, status=403)

    found = await leaks(reply, tmp_path)
    assert any(leak.startswith("an error") for leak in found)
    assert any(leak.startswith("a traceback") for leak in found)


async def test_a_token_in_a_file_would_be_found(tmp_path: Path) -> None:
    # Behind the number that the walk has here.
    (tmp_path / "7.db.old").write_text(f"left behind by somebody: {MARK}")
    assert any(leak.startswith("a file") for leak in await leaks(lambda visit: answer(visit.page_with()), tmp_path))


@pytest.mark.parametrize("credentials", [ApiKey(Secret(TOKEN)), ClientCredentials("client", Secret(TOKEN))])
async def test_a_tenant_that_repeats_the_secret_tells_it_to_nobody(credentials: ApiKey | ClientCredentials) -> None:
    def repeat(head: bytes) -> Reply:  # noqa: ARG001
        problem = {"code": TOKEN, "title": f"Bearer {TOKEN}", "detail": TOKEN}
        return answer({"errors": [problem], "traceId": TOKEN}, f"X-B3-Traceid: {TOKEN}", status=403)

    async with RawServer(repeat) as server, client_of(server, credentials) as client:
        with pytest.raises(NotAllowed) as caught:
            await client.get(LIST_PATH)
    error = caught.value
    assert TOKEN not in f"{error} {error.details()} {vars(error)}"
    assert "Bearer ***" in error.summary


async def test_rows_that_repeat_the_key_are_shown_without_it() -> None:
    repeating = RawServer(lambda _: answer({"data": [{"id": "1", "name": f"key {TOKEN}"}]}))
    async with repeating as server, client_of(server, ApiKey(Secret(TOKEN))) as client:
        assert (await client.get(LIST_PATH)).body == b'{"data": [{"id": "1", "name": "key ***"}]}'
