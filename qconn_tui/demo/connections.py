"""The embedded tenant's automation connections: a few dozen, made from its connectors."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qconn_tui.demo.catalogue import Catalogue

CONNECTION_ROWS = 48
"""How many connections there are, unless the tenant has no connectors at all."""
FIELDS = ("id", "name", "createdAt", "updatedAt")
"""What connections are sorted by."""
ATTRIBUTES = ("name", "connectorId", "ownerId", "spaceId")
"""What connections are filtered by."""

Connection = dict[str, str | bool]
"""One automation connection, as the API sends it."""


def connections_of(catalogue: Catalogue) -> list[Connection]:
    """The connections of the tenant whose connectors are `catalogue`."""
    choices = random.Random(48)  # noqa: S311 - a catalogue, not a secret
    owners = [f"{choices.getrandbits(96):024x}" for _ in range(6)]
    spaces = ["", *(f"{choices.getrandbits(96):024x}" for _ in range(4))]
    rows = len(catalogue.by_id)
    connections: list[Connection] = []
    for number in range(CONNECTION_ROWS if rows else 0):
        connector = catalogue.by_id[choices.randrange(rows)]
        created = datetime(2022, 1, 3, 8, tzinfo=UTC) + timedelta(seconds=choices.randrange(4 * 365 * 86400))
        updated = created + timedelta(seconds=choices.randrange(200 * 86400))
        connections.append(
            {
                "id": f"{choices.getrandbits(32):08x}-7af0-11ed-bb39-{number:012x}",
                "name": connector.name + choices.choice(("", "", " (production)", " (test)", " for reports")),
                "ownerId": choices.choice(owners),
                # A connection without a space is a personal one.
                "spaceId": choices.choice(spaces),
                "connectorId": connector.id,
                "isConnected": choices.random() < 0.9,
                "createdAt": f"{created:%Y-%m-%dT%H:%M:%S}.000000Z",
                "updatedAt": f"{updated:%Y-%m-%dT%H:%M:%S}.000000Z",
            }
        )
    return connections
