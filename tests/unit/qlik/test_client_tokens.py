"""In whose name the client asks, how often, and how many at once."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import pytest

from qconn_tui.errors import NotAllowed, RateLimited, TenantError, TenantFailed
from qconn_tui.net.client import MAX_CONNECTIONS
from qconn_tui.qlik.auth import ApiKey, ClientCredentials, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.rate_limit import BURST, DEFAULT_HOLD, RateLimit
from qconn_tui.qlik.retry import with_retry
from qconn_tui.qlik.server import parse_server
from tests.unit.qlik.tenant_double import Tenant, reply
from tests.unit.timing import Waits

pytestmark = pytest.mark.anyio

KEY = "SECRET-0123456789abcdef"
SERVER = parse_server("https://acme.eu.qlikcloud.com", "test")


async def test_a_client_trades_its_secret_once_and_for_the_tenant_alone() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return reply(body=b'{"access_token": "granted-0123456789", "expires_in": 21600}')
        return reply()

    tenant = Tenant(answer)
    async with TenantClient(SERVER, ClientCredentials("id", Secret(KEY)), transport=tenant) as client:
        await client.get("/api/x")
        await client.get("/api/y")
    trade, first, second = tenant.requests
    assert (trade.method, str(trade.url)) == ("POST", f"{SERVER.origin}/oauth/token")
    assert "Authorization" not in trade.headers
    assert json.loads(trade.content) == {
        "client_id": "id",
        "client_secret": KEY,
        "grant_type": "client_credentials",
    }
    for request in (first, second):
        assert request.headers["Authorization"] == "Bearer granted-0123456789"


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, b"{}"), (400, b'{"error": "invalid_client", "error_description": "Nope"}'), (403, b"")],
)
async def test_a_refused_trade_is_about_the_client(status: int, body: bytes) -> None:
    tenant = Tenant(lambda _: reply(status, body))
    async with TenantClient(SERVER, ClientCredentials("id", Secret(KEY)), transport=tenant) as client:
        with pytest.raises(NotAllowed) as caught:
            await client.get("/api/x")
    assert len(tenant.requests) == 1
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "failure",
    [
        reply(429, b"{}"),
        reply(429, b"{}", [("Retry-After", "5")]),
        reply(500, b"{}"),
        reply(503, b"{}", [("Retry-After", "5")]),
        reply(body=b'{"access_token": "cut off'),
        httpx.ConnectError("no"),
        httpx.ReadError("the answer was lost"),
    ],
    ids=repr,
)
async def test_a_failed_trade_is_not_repeated_by_itself(failure: httpx.Response | Exception) -> None:
    outcomes = iter([failure])
    issuer, waits = Issuer(), Waits()

    def answer(request: httpx.Request) -> httpx.Response:
        outcome = next(outcomes, None)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome or issuer.answer(request)

    tenant, rate_limit = Tenant(answer), RateLimit(clock=waits.time.clock, sleep=waits.time.sleep)
    credentials = ClientCredentials("id", Secret(KEY))
    async with TenantClient(SERVER, credentials, transport=tenant, rate_limit=rate_limit) as client:
        with pytest.raises(TenantError) as caught:
            await with_retry(lambda: client.get("/api/x", "", waits.retry_wait), waits.retry_wait)
        assert [request.method for request in tenant.requests] == ["POST"]
        assert waits.notices == []
        # The next request asks for a token again, when the tenant accepts requests.
        answered = await with_retry(lambda: client.get("/api/x", "", waits.retry_wait), waits.retry_wait)
    assert answered.status == 200
    assert [request.method for request in tenant.requests] == ["POST", "POST", "GET"]
    hold = caught.value.retry_after or (DEFAULT_HOLD if isinstance(caught.value, RateLimited) else None)
    assert waits.seconds == ([hold] if hold else [])


async def test_what_only_reads_is_repeated_with_the_same_token() -> None:
    outcomes = iter([None, reply(500), reply(502), reply(503)])
    issuer, waits = Issuer(), Waits()
    tenant = Tenant(lambda request: next(outcomes, None) or issuer.answer(request))
    async with TenantClient(SERVER, ClientCredentials("id", Secret(KEY)), transport=tenant) as client:
        await with_retry(lambda: client.get("/api/x", "", waits.retry_wait), waits.retry_wait)
    assert [request.method for request in tenant.requests] == ["POST", "GET", "GET", "GET", "GET"]


class Issuer:
    """A tenant that hands out token after token, and takes those that it did not revoke."""

    def __init__(self, *revoked: str) -> None:
        self.revoked = set(revoked)
        self.issued = 0
        self.tenant = Tenant(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.issued += 1
            grant = {"access_token": f"granted-{self.issued:08}-x", "expires_in": 21600}
            return reply(body=json.dumps(grant).encode())
        return reply(401 if request.headers["Authorization"].removeprefix("Bearer ") in self.revoked else 200)

    def client(self) -> TenantClient:
        return TenantClient(SERVER, ClientCredentials("id", Secret(KEY)), transport=self.tenant)


async def test_a_revoked_token_is_renewed_once() -> None:
    issuer = Issuer()
    async with issuer.client() as client:
        await client.get("/api/x")
        issuer.revoked.add("granted-00000001-x")
        assert (await client.get("/api/x")).status == 200
        await client.get("/api/x")
    assert issuer.issued == 2
    assert len(issuer.tenant.requests) == 6


async def test_a_token_that_is_issued_again_is_taken_and_the_clients_secret_removed() -> None:
    token = "granted-0123456789"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            grant = {"access_token": token, "expires_in": "0", "client_secret": KEY}
            return reply(body=json.dumps(grant).encode())
        return reply(body=json.dumps({"data": [], "seen": [token, KEY]}).encode())

    credentials = ClientCredentials("id", Secret(KEY))
    async with TenantClient(SERVER, credentials, transport=Tenant(answer)) as client:
        for _ in range(3):
            assert (await client.get("/api/x")).body == b'{"data": [], "seen": ["***", "***"]}'


async def test_a_second_refusal_is_final() -> None:
    issuer = Issuer("granted-00000001-x", "granted-00000002-x")
    async with issuer.client() as client:
        with pytest.raises(NotAllowed) as caught:
            await client.get("/api/x")
    assert issuer.issued == 2
    assert caught.value.status == 401
    assert caught.value.__context__ is None


async def test_requests_that_are_refused_together_renew_together() -> None:
    issuer = Issuer("granted-00000001-x")
    async with issuer.client() as client:
        await asyncio.gather(*(client.get("/api/x") for _ in range(MAX_CONNECTIONS)))
    assert issuer.issued == 2


async def test_what_the_client_may_not_do_needs_no_new_token() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return reply(403) if request.method == "GET" else issuer.answer(request)

    issuer = Issuer()
    async with TenantClient(SERVER, ClientCredentials("id", Secret(KEY)), transport=Tenant(answer)) as client:
        with pytest.raises(NotAllowed):
            await client.get("/api/x")
    assert issuer.issued == 1


async def test_a_refused_key_is_not_tried_twice() -> None:
    tenant = Tenant(lambda _: reply(401))
    async with TenantClient(SERVER, ApiKey(Secret(KEY)), transport=tenant) as client:
        with pytest.raises(NotAllowed):
            await client.get("/api/x")
    assert len(tenant.requests) == 1


async def test_whether_a_key_has_expired_the_tenant_decides() -> None:
    payload = base64.urlsafe_b64encode(b'{"exp": 1700000000}').decode().rstrip("=")
    key = ApiKey(Secret(f"eyJhbGciOiJFUzM4NCJ9.{payload}.c2ln"), clock=lambda: 1_700_000_000.0)
    replies = iter([reply(), reply(401), reply()])
    tenant = Tenant(lambda _: next(replies))
    async with TenantClient(SERVER, key, transport=tenant) as client:
        assert (await client.get("/api/x")).status == 200
        with pytest.raises(NotAllowed) as caught:
            await client.get("/api/x")
        assert "expired on 14 November 2023" in caught.value.advice
        client.replace_credentials(ApiKey(Secret(KEY)))
        assert (await client.get("/api/x")).status == 200
    own = f"Bearer {key.secret.reveal()}"
    assert [request.headers["Authorization"] for request in tenant.requests] == [own, own, f"Bearer {KEY}"]


# --- how often and how many --------------------------------------------------------------------------------------


def paced(tenant: Tenant, waits: Waits) -> TenantClient:
    rate_limit = RateLimit(clock=waits.time.clock, sleep=waits.time.sleep)
    return TenantClient(SERVER, ApiKey(Secret(KEY)), transport=tenant, rate_limit=rate_limit)


async def test_after_a_429_every_request_waits_for_the_same_moment() -> None:
    replies = iter([reply(429, b"{}", [("Retry-After", "13")])])
    tenant, waits, other = Tenant(lambda _: next(replies, None) or reply()), Waits(), Waits()
    async with paced(tenant, waits) as client:
        answer = await with_retry(lambda: client.get("/api/x", "", waits.retry_wait), waits.retry_wait)
        assert answer.status == 200
        await client.get("/api/y", "", other.retry_wait)
    assert [(seconds, type(error)) for seconds, error in waits.notices] == [(13.0, RateLimited)]
    assert other.notices == []


async def test_a_request_that_did_not_cause_the_429_waits_too() -> None:
    replies = iter([reply(429, b"{}", [("Retry-After", "13")])])
    tenant, waits = Tenant(lambda _: next(replies, None) or reply()), Waits()
    async with paced(tenant, waits) as client:
        with pytest.raises(RateLimited):
            await client.get("/api/x")
        waits.time.now += 3
        await client.get("/api/y", "", waits.retry_wait)
    assert waits.seconds == [10.0]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_tenant_that_wants_long_peace_gets_it(status: int) -> None:
    tenant, waits = Tenant(lambda _: reply(status, b"{}", [("Retry-After", "3600")])), Waits()
    async with paced(tenant, waits) as client:
        for _ in range(2):
            with pytest.raises((RateLimited, TenantFailed)) as caught:
                await with_retry(lambda: client.get("/api/x", "", waits.retry_wait), waits.retry_wait)
            assert "asks to wait until" in caught.value.advice
    assert len(tenant.requests) == 1
    assert waits.notices == []


async def test_a_refused_trade_holds_the_requests_too() -> None:
    tenant, waits = Tenant(lambda _: reply(429, b"{}", [("Retry-After", "5")])), Waits()
    rate_limit = RateLimit(clock=waits.time.clock, sleep=waits.time.sleep)
    credentials = ClientCredentials("id", Secret(KEY))
    async with TenantClient(SERVER, credentials, transport=tenant, rate_limit=rate_limit) as client:
        for _ in range(2):
            with pytest.raises(RateLimited):
                await client.get("/api/x", "", waits.retry_wait)
    assert waits.seconds == [5.0]


@pytest.mark.parametrize(("address", "slept"), [(SERVER.origin, True), ("http://127.0.0.1:1234", False)])
async def test_only_a_tenant_elsewhere_is_paced(address: str, slept: bool) -> None:
    server = parse_server(address, "test")
    async with TenantClient(server, ApiKey(Secret(KEY)), transport=Tenant(lambda _: reply())) as client:
        client._rate_limit._clock = lambda: 0.0
        client._rate_limit._credited_at = 0.0
        waits = Waits()
        client._rate_limit._sleep = waits.time.sleep
        for _ in range(BURST + 1):
            await client.get("/api/x")
    assert bool(waits.time.slept) == slept


async def test_only_so_many_requests_are_under_way_at_once() -> None:
    under_way = most = 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return reply()

    async with TenantClient(SERVER, ApiKey(Secret(KEY)), transport=Slow()) as client:
        await asyncio.gather(*(client.get("/api/x") for _ in range(5 * MAX_CONNECTIONS)))
    assert most == MAX_CONNECTIONS


async def test_a_cancelled_request_frees_its_place() -> None:
    asked = asyncio.Event()

    class Hanging(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/api/hang":
                asked.set()
                await asyncio.sleep(3600)
            return reply()

    async with TenantClient(SERVER, ApiKey(Secret(KEY)), transport=Hanging()) as client:
        hanging = [asyncio.create_task(client.get("/api/hang")) for _ in range(MAX_CONNECTIONS)]
        await asked.wait()
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        async with asyncio.timeout(5):
            assert (await client.get("/api/x")).status == 200
