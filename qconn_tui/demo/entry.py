"""One connector of the embedded tenant, and how the rest of it follows from its id and name."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from qconn_tui.demo.logo_images import SIZES, logo_name

if TYPE_CHECKING:
    from qconn_tui.demo.vocabulary import Kind

Flag = bool | str | None
"""A yes or no as a tenant may send it: a boolean, the word for it as a string, or not at all (None)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One connector of the embedded tenant."""

    id: str
    """UUID version 1, as the real ones are."""
    name: str
    """What people call it."""
    kind: Kind
    """What sort of service it is; blocks, parameters and events follow from it."""
    description: str | None
    """A sentence or two, or None."""
    billable: Flag
    """As it is sent; None is left out of the answer."""
    has_webhooks: Flag
    """As it is sent; None is left out of the answer."""

    @property
    def starts_automations(self) -> bool:
        """Whether it has a webhook configuration."""
        return self.has_webhooks is True or self.has_webhooks == "true"

    @property
    def logos(self) -> tuple[str | None, str | None, str | None]:
        """File names (32 hexadecimal digits) of the small, medium and large logo; not every file exists."""
        digest = _digest(self.id)
        chance, seed = digest[3], int.from_bytes(digest[4:12])
        if chance < 14:
            return None, None, None
        if chance < 24:
            # Names that no logo has: the files are gone.
            return digest[16:32].hex(), digest[32:48].hex(), digest[48:64].hex()
        small, medium, large = (logo_name(seed, size) for size in SIZES)
        return (small, None, None) if chance < 30 else (small, medium, large)


def make_entry(connector_id: str, name: str, kind: Kind, description: str | None) -> Entry:
    """A connector whose flags follow from its id."""
    digest = _digest(connector_id)
    return Entry(
        connector_id,
        name,
        kind,
        description,
        billable=_flag(digest[1], yes=190),
        has_webhooks=_flag(digest[2], yes=85),
    )


def describe(name: str, kind: Kind) -> str | None:
    """A sentence or two about the connector called `name`; one in ten has none."""
    chance = _digest(name)[0]
    if chance < 25:
        return None
    return f"{name} is {kind.what}." + (f" {kind.use}" if chance >= 140 else "")


def _digest(text: str) -> bytes:
    """64 bytes to decide by, always the same for the same text."""
    return blake2b(text.encode()).digest()


def _flag(chance: int, yes: int) -> Flag:
    """True for `yes` of 231 chances, else False; the other 25 send a string, or nothing."""
    if chance < 231:
        return chance < yes
    return None if chance >= 245 else "true" if chance % 2 else "false"


def make_uuid(time_low: int, digest: bytes) -> str:
    """A version 1 UUID whose first eight digits are `time_low`; the rest follows from `digest` (16 bytes)."""
    time_mid = digest[4:6].hex()
    year = 0xEA + digest[6] % 6
    clock = 0x8000 | int.from_bytes(digest[7:9]) & 0x3FFF
    node = ("022e6b5ea1e2", "0fb0c241e75c", "d5ef75014b77", "ad8f32552428")[digest[9] % 4]
    return f"{time_low:08x}-{time_mid}-11{year:02x}-{clock:04x}-{node}"
