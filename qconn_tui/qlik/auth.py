"""Who asks: an API key, or an OAuth client that trades its secret for tokens. No secret shows itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn, TypeAlias

from qconn_tui.errors import NotAllowed, UsageError

SHORTEST_KEY = 16
"""Characters of the shortest key that is taken for one."""
LONGEST_KEY = 8192
"""Characters of the longest; more would not fit into a request's headers."""
RENEW_BEFORE = 60.0
"""Seconds before its end at which a token is no longer used."""

_FOREIGN_CHARACTER = re.compile(r"[^A-Za-z0-9._~+/=-]")
_EXPIRIES = (1_262_304_000.0, 253_402_300_799.0)  # from 2010, when nobody had such a token, to the year 9999


class Secret:
    """A text that shows itself to nobody who does not ask: neither printed, nor logged, nor pickled."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; for a request's header or body, and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Grant(NamedTuple):
    """What a tenant hands out for a client's secret."""

    token: Secret
    """The access token."""
    lifetime: float
    """Seconds for which it is good."""


TokenPost: TypeAlias = Callable[[Mapping[str, "str | Secret"]], Awaitable[Grant]]
"""Sends the fields of a token request to the tenant and returns what it grants; raises `AnswerError`."""


class ApiKey:
    """A person's API key: the token itself."""

    def __init__(self, secret: Secret, *, clock: Callable[[], float] = time.time) -> None:
        self.secret = secret
        """The key."""
        self._clock = clock

    async def token(self, post: TokenPost) -> Secret:
        """What goes into the `Authorization` header. Raises `NotAllowed` when the key itself says that it expired."""
        ends = expiry(self.secret)
        if ends is not None and ends <= self._clock():
            raise NotAllowed(
                f"The API key expired on {describe_moment(ends)}.",
                "Make a new one in Qlik Cloud under Settings, API keys; or correct this machine's clock.",
            )
        return self.secret

    def forget(self, token: Secret) -> bool:
        """Whether there is another token in the place of one that was refused: there is not."""
        return False

    def fingerprint(self, salt: bytes) -> str:
        """16 hex digits that tell one user's cache from another's, and nothing to who lacks the salt."""
        return _fingerprint(self.secret.reveal(), salt)

    @property
    def advice(self) -> str:
        """What to check when the tenant refuses the key."""
        return (
            "Check that the API key is complete, belongs to this tenant and was not revoked, "
            "and that your role has the permission “Manage API keys”."
        )


class ClientCredentials:
    """An OAuth client (machine to machine): its token is fetched when needed and kept in memory."""

    def __init__(self, client_id: str, client_secret: Secret, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._token: Secret | None = None
        self._good_until = 0.0
        # Most people have a key, and asyncio takes longer to import than all settings to find.
        import asyncio

        self._trading = asyncio.Lock()

    async def token(self, post: TokenPost) -> Secret:
        """What goes into the `Authorization` header: the kept token, or a new one near its end."""
        # Who comes while a token is on its way takes that one.
        async with self._trading:
            if self._token is None or self._clock() >= self._good_until:
                asked = self._clock()
                grant = await post(
                    {
                        "client_id": self._client_id,
                        "client_secret": self._client_secret,
                        "grant_type": "client_credentials",
                    }
                )
                self._token = grant.token
                self._good_until = asked + grant.lifetime - RENEW_BEFORE
            return self._token

    def forget(self, token: Secret) -> bool:
        """Whether there is another token in the place of one that was refused: a new one can be had."""
        # Somebody else may have replaced it meanwhile; that one is not to blame.
        if token is self._token:
            self._token = None
        return True

    def fingerprint(self, salt: bytes) -> str:
        """16 hex digits that tell one client's cache from another's, whatever its secret is."""
        return _fingerprint(self._client_id, salt)

    @property
    def advice(self) -> str:
        """What to check when the tenant refuses the client."""
        return (
            "Check the client id and secret, that the OAuth client belongs to this tenant, "
            "and that its consent method is “Trusted”."
        )


Credentials: TypeAlias = ApiKey | ClientCredentials
"""Either way of showing who asks."""


def parse_api_key(text: str, source: str) -> Secret:
    """The API key in `text`, edges stripped; `source` names where it came from, for the error.

    Raises `UsageError` that says what is wrong and where, but never shows the text.
    """
    key = Secret(text.strip())
    # Neither name may be left in a frame that an error passes: some crash screens print local variables.
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
    """When a token says that it ends, in seconds since the epoch; None for a token that does not say.

    Good for a hint, and no more: nobody checked the token's signature. An end that no token can have is none.
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
    """A moment, in seconds since the epoch, as people write it, e.g. `3 May 2026, 14:00 UTC`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _fingerprint(identity: str, salt: bytes) -> str:
    return hashlib.blake2b(identity.encode(), key=salt, digest_size=8).hexdigest()
