"""Credentials: an API key, or an OAuth client with the client credentials grant (RFC 6749, section 4.4).

Qlik's side is documented at qlik.dev/authenticate/oauth/getting-started-oauth-m2m.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn, TypeAlias

from qconn_tui.errors import UsageError

SHORTEST_KEY = 16
"""Characters of the shortest text that can be an API key."""
LONGEST_KEY = 8192
"""Characters of the longest one; more would not fit into the headers of a request."""
RENEW_BEFORE = 60.0
"""Seconds before its expiry at which a token is no longer used."""

_FOREIGN_CHARACTER = re.compile(r"[^A-Za-z0-9._~+/=-]")
_EXPIRIES = (1_262_304_000.0, 253_402_300_799.0)  # from 2010, before there were such tokens, to the year 9999


class Secret:
    """A text that is never printed, logged or pickled by accident: its repr hides it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the header or body of a request only."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Grant(NamedTuple):
    """The access token that a tenant issues for a client's secret."""

    token: Secret
    """The access token."""
    lifetime: float
    """Seconds until it expires."""


TokenPost: TypeAlias = Callable[[Mapping[str, "str | Secret"]], Awaitable[Grant]]
"""Sends the fields of a token request to the tenant, and returns its grant. Raises `AnswerError`."""


class ApiKey:
    """A user's API key, which is the token itself."""

    def __init__(self, secret: Secret, *, clock: Callable[[], float] = time.time) -> None:
        self.secret = secret
        """The key."""
        self._clock = clock

    async def token(self, post: TokenPost) -> Secret:
        """The bearer token for the `Authorization` header.

        Args:
            post: Not used: the key needs no request.

        Returns:
            The key, also when it says that it has expired: this machine's clock may be wrong, and the tenant decides.
        """
        return self.secret

    def forget(self, token: Secret) -> bool:
        """Drop a token that the tenant refused; return whether another one can be had, which is never so."""
        return False

    def fingerprint(self, salt: bytes) -> str:
        """16 hex digits that name the cache of this user, and cannot be traced back to the key without the salt."""
        return _fingerprint(self.secret.reveal(), salt)

    @property
    def advice(self) -> str:
        """What to check when the tenant refuses the key."""
        ends = expiry(self.secret)
        if ends is not None and ends <= self._clock():
            return (
                f"The API key expired on {describe_moment(ends)}: make a new one in Qlik Cloud under Settings, "
                "API keys; or correct this machine's clock."
            )
        return (
            "Check that the API key is complete, belongs to this tenant and was not revoked, "
            "and that your role has the permission “Manage API keys”."
        )


class ClientCredentials:
    """An OAuth client (machine to machine). Its token is requested when it is needed, and kept in memory."""

    def __init__(self, client_id: str, client_secret: Secret, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._token: Secret | None = None
        self._expires_at = 0.0
        # Most users have a key, and asyncio takes longer to import than all settings take to resolve.
        import asyncio

        self._lock = asyncio.Lock()

    async def token(self, post: TokenPost) -> Secret:
        """The bearer token for the `Authorization` header: the one in memory, or a new one shortly before it expires.

        Args:
            post: Sends the token request.

        Raises:
            AnswerError: The tenant issued no token.
        """
        # Calls during a token request wait for its token.
        async with self._lock:
            if self._token is None or self._clock() >= self._expires_at:
                requested_at = self._clock()
                grant = await post(
                    {
                        "client_id": self._client_id,
                        "client_secret": self._client_secret,
                        "grant_type": "client_credentials",
                    }
                )
                self._token = grant.token
                self._expires_at = requested_at + grant.lifetime - RENEW_BEFORE
            return self._token

    def forget(self, token: Secret) -> bool:
        """Drop a token that the tenant refused; return whether another one can be had, which is always so."""
        # Another request may have replaced it meanwhile. The new token was not refused.
        if token is self._token:
            self._token = None
        return True

    def fingerprint(self, salt: bytes) -> str:
        """16 hex digits that name the cache of this client. They stay the same when its secret changes."""
        return _fingerprint(self._client_id, salt)

    @property
    def advice(self) -> str:
        """What to check when the tenant refuses the client."""
        return (
            "Check the client id and secret, that the OAuth client belongs to this tenant, "
            "and that its consent method is “Trusted”."
        )


Credentials: TypeAlias = ApiKey | ClientCredentials
"""The credentials that a request can be sent with."""


def parse_api_key(text: str, source: str) -> Secret:
    """Validate an API key.

    Args:
        text: The key; white space around it is removed.
        source: Where it comes from, for the error.

    Raises:
        UsageError: It cannot be an API key. The error says what is wrong and where, but never shows the text.
    """
    key = Secret(text.strip())
    # Some crash screens print the local variables of all frames that an error passes.
    del text
    fault = _fault(key)
    if fault:
        raise UsageError(
            f"{source} does not hold a usable API key: {fault}.",
            "Copy the key again from Qlik Cloud under Settings, API keys.",
        )
    return key


def _fault(key: Secret) -> str | None:
    value = key.reveal()
    if not value:
        return "it is empty"
    foreign = _FOREIGN_CHARACTER.search(value)
    if foreign:
        return f"there is {_kind_of(foreign[0])} at position {foreign.start() + 1}"
    if not SHORTEST_KEY <= len(value) <= LONGEST_KEY:
        length = "1 character" if len(value) == 1 else f"{len(value):,} characters"
        return f"it is {length} long, and a key has {SHORTEST_KEY} to {LONGEST_KEY}"
    return None


def _kind_of(character: str) -> str:
    if character == " ":
        return "a space"
    if character in "\r\n":
        return "a line end"
    if not character.isascii():
        return "a letter or sign outside ASCII"
    return "a character that no key contains"


def expiry(secret: Secret) -> float | None:
    """When a token expires according to its `exp` claim (RFC 7519), in seconds since the epoch.

    This is only a hint, since the signature is not verified.

    Returns:
        The time; None for a token without the claim, or with an impossible one.
    """
    parts = secret.reveal().split(".")
    if len(parts) != 3:
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    ends = payload.get("exp") if isinstance(payload, dict) else None
    if isinstance(ends, bool) or not isinstance(ends, int | float) or not _EXPIRIES[0] <= ends <= _EXPIRIES[1]:
        return None
    return float(ends)


def describe_moment(seconds: float) -> str:
    """Format a time in seconds since the epoch, e.g. `3 May 2026, 14:00 UTC`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _fingerprint(identity: str, salt: bytes) -> str:
    return hashlib.blake2b(identity.encode(), key=salt, digest_size=8).hexdigest()
