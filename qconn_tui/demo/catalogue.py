"""The connectors of the embedded tenant: 412 believable ones, or any number of generated ones.

All data of a generated connector follow from its position in the list. So the catalogue is the same at each start, and
a connector is not made before it is asked for.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import overload

from qconn_tui.demo.entry import Entry, describe, make_entry, make_uuid
from qconn_tui.demo.vocabulary import (
    BASE,
    ENDINGS,
    FILE_SERVER,
    KIND,
    KINDS,
    ODDITIES,
    PLATFORM,
    STEMS,
    SUITES,
    VARIANTS,
    WEB_SERVICE,
    Kind,
)
from qconn_tui.errors import UsageError

BELIEVABLE_ROWS = 412
"""How many connectors `believable` has."""
MAX_ROWS = 100_000
"""The most connectors that `generated` makes."""

AIRTABLE_ID = "0d87347d-27c0-11ea-921c-022e6b5ea1e2"
"""The id of the connector that Qlik's documentation prints as its example."""

_AIRTABLE = Entry(AIRTABLE_ID, "Airtable", BASE, "Airtable is a cloud collaboration service.", "true", "true")
_STANDARD = (
    Entry(
        "61a87510-c7a3-11ea-95da-0fb0c241e75c", "Qlik Cloud Services", PLATFORM,
        "Qlik Cloud Services manages apps, spaces, users and reloads of this tenant.", False, True,
    ),
    Entry(
        "c7e48240-e0f2-11ec-ada1-d5ef75014b77", "Qlik Platform Operations", PLATFORM,
        "Qlik Platform Operations deploys and manages tenants.", False, False,
    ),
    Entry(
        "3c1f5a90-5b7e-11eb-8c5d-022e6b5ea1e2", "API Key", WEB_SERVICE,
        "Call any web service that takes an API key.", True, False,
    ),
    Entry(
        "3c2088a2-5b7e-11eb-8c5d-022e6b5ea1e2", "Basic Authentication", WEB_SERVICE,
        "Call any web service that takes a user name and a password.", True, False,
    ),
    Entry(
        "3c21a4b6-5b7e-11eb-8c5d-022e6b5ea1e2", "OAuth2", WEB_SERVICE,
        "Call any web service that speaks OAuth 2.", True, False,
    ),
    Entry(
        "0d87a6f0-27c0-11ea-921c-022e6b5ea1e2", "SFTP", FILE_SERVER,
        "Read and write files on an SFTP server.", True, False,
    ),
    Entry(
        "0d87a6f4-27c0-11ea-921c-022e6b5ea1e2", "FTP", FILE_SERVER,
        "Read and write files on an FTP server.", True, None,
    ),
)  # fmt: skip
"""The connectors of Qlik itself and for standard protocols."""


def name_key(name: str, connector_id: str) -> tuple[str, str]:
    """The sort key of names: case-insensitive, equal names by id."""
    return name.casefold(), connector_id


class Catalogue:
    """Connectors in the order of their ids, also found by id and in the order of their names."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.by_id = entries
        """All connectors, in the order of their ids."""

    @cached_property
    def by_name(self) -> Sequence[Entry]:
        """All connectors in the order of their names, which is computed on first use."""
        keys = [name_key(entry.name, entry.id) for entry in self.by_id]
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return LazySequence(len(order), lambda position: self.by_id[order[position]])

    def find(self, connector_id: str) -> Entry | None:
        """The connector with this id, or None."""
        position = bisect_left(self.by_id, connector_id, key=lambda entry: entry.id)
        if position < len(self.by_id) and self.by_id[position].id == connector_id:
            return self.by_id[position]
        return None

    def named(self, name: str) -> list[Entry]:
        """The connectors with a name, case-insensitive, in the order of their ids."""
        found: list[Entry] = []
        position = bisect_left(self.by_name, name_key(name, ""), key=lambda e: name_key(e.name, e.id))
        while position < len(self.by_name) and self.by_name[position].name.casefold() == name.casefold():
            found.append(self.by_name[position])
            position += 1
        return found


class LazySequence(Sequence[Entry]):
    """A sequence of `size` connectors, which `make(index)` makes when they are asked for."""

    def __init__(self, size: int, make: Callable[[int], Entry]) -> None:
        self._size = size
        self._make = make

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return [self._make(position) for position in range(*index.indices(self._size))]
        return self._make(range(self._size)[index])


def generated(rows: int) -> Catalogue:
    """A catalogue of generated connectors. The first one is the documented Airtable example.

    Args:
        rows: How many connectors it has, 0 to `MAX_ROWS`.

    Raises:
        UsageError: There cannot be so many rows.
    """
    if not 0 <= rows <= MAX_ROWS:
        raise UsageError(f"The demo tenant cannot have {rows} connectors.", f"Give a number from 0 to {MAX_ROWS:,}.")
    return Catalogue(LazySequence(rows, _generate))


def _generate(index: int) -> Entry:
    if index == 0:
        return _AIRTABLE
    # The first eight digits grow with the index, so the ids are in order without being sorted.
    digest = blake2b(index.to_bytes(4), digest_size=16).digest()
    step = 37_000
    connector_id = make_uuid(0x0D87347D + index * step + digest[0] * 100, digest)
    # 77,777 shares no divisor with the number of combinations, so no name comes twice.
    number = index * 77_777 % (len(STEMS) * len(ENDINGS) * len(KINDS) * len(VARIANTS))
    number, stem = divmod(number, len(STEMS))
    number, ending = divmod(number, len(ENDINGS))
    variant, kind = divmod(number, len(KINDS))
    name = f"{STEMS[stem]}{ENDINGS[ending]} {KINDS[kind].noun} {VARIANTS[variant]}".rstrip()
    return make_entry(connector_id, name, KINDS[kind], describe(name, KINDS[kind]))


@lru_cache(maxsize=1)
def believable() -> Catalogue:
    """The 412 connectors of the embedded tenant."""
    choices = random.Random(412)  # noqa: S311 - a catalogue, not a secret
    named = [(name, KIND[noun], description) for name, noun, description in ODDITIES]
    named += [(name, kind, describe(name, kind)) for name, kind in _believable_names(choices)]
    # A tenant's catalogue began with one import, whose ids follow each other closely, and grew one by one.
    imported = set(choices.sample(range(BELIEVABLE_ROWS), 70))
    entries = [_AIRTABLE, *_STANDARD]
    for number, (name, kind, description) in enumerate(named[: BELIEVABLE_ROWS - len(entries)]):
        digest = blake2b(name.encode(), digest_size=16).digest()
        if number in imported:
            connector_id = f"0d87{int.from_bytes(digest[:2]):04x}{AIRTABLE_ID[8:]}"
        else:
            connector_id = make_uuid(int.from_bytes(digest[:4]), digest)
        entries.append(make_entry(connector_id, name, kind, description))
    return Catalogue(sorted(entries, key=lambda entry: entry.id))


def _believable_names(choices: random.Random) -> list[tuple[str, Kind]]:
    """Names and kinds of more than enough connectors."""
    names = []
    for suite in SUITES:
        for kind in choices.sample(KINDS, choices.randint(5, 10)):
            names.append((f"{suite} {kind.noun}", kind))
            if choices.random() < 0.3:
                names.append((f"{suite} {kind.noun} {choices.choice(VARIANTS[1:])}", kind))
    makers = choices.sample([stem + ending for stem in STEMS for ending in ENDINGS], BELIEVABLE_ROWS)
    for maker in makers:
        kind = choices.choice(KINDS)
        names.append((maker if choices.random() < 0.5 else f"{maker} {kind.noun}", kind))
    return names
