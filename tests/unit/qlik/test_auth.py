"""Who asks: keys are checked without being shown, tokens are kept until near their end."""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import ApiKey, ClientCredentials, Grant, Secret, expiry, parse_api_key

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.anyio

KEY = "eyJhbGciOi.SECRET-part_of~the+key/x==.sig"


def jwt(payload: object) -> Secret:
    middle = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return Secret(f"eyJhbGciOiJFUzM4NCJ9.{middle}.c2lnbmF0dXJl")


async def no_exchange(fields: Mapping[str, str | Secret]) -> Grant:
    raise AssertionError(f"asked for a token with {sorted(fields)}")


def test_a_secret_shows_itself_to_nobody_who_does_not_ask() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    for shown in (repr(secret), str(secret), f"{secret}", repr({"a": secret}), repr(ApiKey(secret))):
        assert KEY not in shown
    assert not hasattr(secret, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize("text", [KEY, f"  {KEY}", f"{KEY}\n", f"{KEY}\r\n", f"\t{KEY} \n\n"])
def test_edges_are_stripped(text: str) -> None:
    assert parse_api_key(text, "QCONN_API_KEY").reveal() == KEY


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("SECRET-too-long" * 1000, "it is 15,000 characters long, and a key has 16 to 8192"),
        ("x", "it is 1 character long, and a key has 16 to 8192"),
        ("SECRET-15-chars", "it is 15 characters long, and a key has 16 to 8192"),
        ("Bearer SECRET-0123456789", "there is a space at position 7"),
        ("SECRET-01234\n56789", "there is a line end at position 13"),
        ("SECRET-0123456789…", "there is a letter or sign outside ASCII at position 18"),
        ("SECRET-0123456789\x1b[2J", "there is a character that no key contains at position 18"),
        ("SECRET-01234\x0056789", "there is a character that no key contains at position 13"),
        ("SECRET-0123456789\ud83d", "there is a letter or sign outside ASCII at position 18"),
    ],
    ids=lambda text: text[:40],
)
def test_a_malformed_key_is_refused_by_place_and_never_shown(text: str, fault: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_api_key(text, "QCONN_API_KEY")
    assert caught.value.summary == f"QCONN_API_KEY does not hold a usable API key: {fault}."
    assert caught.value.advice
    # The frame of this test holds the text; those of the code under test must not.
    frames = caught.value.__traceback__.tb_next if caught.value.__traceback__ else None
    shown = "".join(traceback.TracebackException(UsageError, caught.value, frames, capture_locals=True).format())
    assert "SECRET" not in shown


async def test_an_api_key_is_its_own_token() -> None:
    assert (await ApiKey(Secret(KEY)).token(no_exchange)).reveal() == KEY


async def test_a_clients_token_is_kept_until_a_minute_before_its_end() -> None:
    now = 1000.0
    asked: list[dict[str, str]] = []

    async def exchange(fields: Mapping[str, str | Secret]) -> Grant:
        asked.append({name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()})
        return Grant(Secret(f"token {len(asked)}"), lifetime=600.0)

    client = ClientCredentials("id", Secret("hush"), clock=lambda: now)
    assert (await client.token(exchange)).reveal() == "token 1"
    assert asked == [{"client_id": "id", "client_secret": "hush", "grant_type": "client_credentials"}]
    now += 539
    assert (await client.token(exchange)).reveal() == "token 1"
    now += 1
    assert (await client.token(exchange)).reveal() == "token 2"


def test_a_fingerprint_tells_users_apart_and_needs_the_salt() -> None:
    one, other = ApiKey(Secret(KEY)), ApiKey(Secret(KEY + "x"))
    assert one.fingerprint(b"salt") == ApiKey(Secret(KEY)).fingerprint(b"salt")
    assert one.fingerprint(b"salt") != other.fingerprint(b"salt")
    assert one.fingerprint(b"salt") != one.fingerprint(b"pepper")
    assert len(one.fingerprint(b"salt")) == 16
    int(one.fingerprint(b"salt"), 16)


def test_a_clients_fingerprint_survives_a_new_secret() -> None:
    assert ClientCredentials("id", Secret("old")).fingerprint(b"s") == ClientCredentials(
        "id", Secret("new")
    ).fingerprint(b"s")
    assert ClientCredentials("id", Secret("old")).fingerprint(b"s") != ClientCredentials(
        "x", Secret("old")
    ).fingerprint(b"s")


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (jwt({"exp": 1_700_000_000}), 1_700_000_000.0),
        (jwt({"exp": 1_700_000_000.5}), 1_700_000_000.5),
        (jwt({"exp": 1.5}), None),
        (jwt({"exp": 1_700_000_000_000}), None),
        (jwt({"exp": float("inf")}), None),
        (jwt({}), None),
        (jwt([]), None),
        (jwt({"exp": "soon"}), None),
        (jwt({"exp": True}), None),
        (jwt({"exp": -1}), None),
        (jwt({"exp": 10**40}), None),
        (jwt({"exp": float("nan")}), None),
        (Secret("no.dots"), None),
        (Secret("a.!!!!.c"), None),
        (Secret("a." + "x" * 5 + ".c"), None),
        (Secret("a." + base64.b64encode(b"[" * 5000).decode() + ".c"), None),
        (Secret(KEY), None),
    ],
)
def test_the_end_of_a_token_is_read_or_not(secret: Secret, expected: float | None) -> None:
    assert expiry(secret) == expected


@pytest.mark.parametrize(
    ("now", "expired"), [(1_699_999_999.0, False), (1_700_000_000.0, True), (1_800_000_000.0, True)]
)
async def test_a_key_that_expired_is_sent_all_the_same(now: float, expired: bool) -> None:
    key = ApiKey(jwt({"exp": 1_700_000_000}), clock=lambda: now)
    assert await key.token(no_exchange) is key.secret
    assert ("The API key expired on 14 November 2023, 22:13 UTC: make a new one" in key.advice) == expired
    assert ("this machine's clock" in key.advice) == expired
    assert key.secret.reveal() not in key.advice


async def test_a_key_that_does_not_say_when_it_ends_is_sent() -> None:
    for payload in ({}, {"exp": 1}, {"exp": 1_700_000_000_000}, {"exp": "1700000000"}):
        key = ApiKey(jwt(payload), clock=lambda: 1.9e9)
        assert await key.token(no_exchange) is key.secret


def test_the_advice_fits_who_asks() -> None:
    assert "Manage API keys" in ApiKey(Secret(KEY)).advice
    assert "client id" in ClientCredentials("id", Secret("hush")).advice


class Exchange:
    """Issues tokens, each when the test allows it."""

    def __init__(self) -> None:
        self.asked = 0
        self.open = asyncio.Event()

    async def post(self, fields: Mapping[str, str | Secret]) -> Grant:
        self.asked += 1
        await self.open.wait()
        return Grant(Secret(f"token {self.asked}"), lifetime=600.0)


async def test_whoever_comes_while_a_token_is_on_its_way_takes_that_one() -> None:
    exchange, client = Exchange(), ClientCredentials("id", Secret("hush"), clock=lambda: 0.0)
    asking = [asyncio.create_task(client.token(exchange.post)) for _ in range(5)]
    await asyncio.sleep(0)
    exchange.open.set()
    assert {(await task).reveal() for task in asking} == {"token 1"}


async def test_a_cancelled_trade_leaves_the_next_one_free() -> None:
    exchange, client = Exchange(), ClientCredentials("id", Secret("hush"), clock=lambda: 0.0)
    first, second = (asyncio.create_task(client.token(exchange.post)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    exchange.open.set()
    assert (await second).reveal() == "token 2"
    assert first.cancelled()


async def test_a_refused_token_is_dropped_but_not_the_one_after_it() -> None:
    exchange, client = Exchange(), ClientCredentials("id", Secret("hush"), clock=lambda: 0.0)
    exchange.open.set()
    refused = await client.token(exchange.post)
    assert client.forget(refused)
    renewed = await client.token(exchange.post)
    assert renewed.reveal() == "token 2"
    assert client.forget(refused)
    assert await client.token(exchange.post) is renewed


def test_a_refused_key_has_no_other_in_its_place() -> None:
    key = ApiKey(Secret(KEY))
    assert not key.forget(key.secret)
