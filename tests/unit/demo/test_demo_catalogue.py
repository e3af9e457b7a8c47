from __future__ import annotations

import math
import re
from collections import Counter
from uuid import UUID

import pytest

from qconn_tui.demo.catalogue import (
    AIRTABLE_ID,
    BELIEVABLE_ROWS,
    MAX_ROWS,
    Catalogue,
    LazySequence,
    believable,
    generated,
    name_key,
)
from qconn_tui.demo.entry import Entry, make_entry
from qconn_tui.demo.logo_images import draw_named
from qconn_tui.demo.vocabulary import ENDINGS, KIND, KINDS, STEMS, VARIANTS
from qconn_tui.errors import UsageError


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    return list(believable().by_id)


def test_the_believable_catalogue_has_412_connectors_with_ids_of_their_own(entries: list[Entry]) -> None:
    assert len(entries) == BELIEVABLE_ROWS == 412
    assert len({entry.id for entry in entries}) == 412
    assert [entry.id for entry in entries] == sorted(entry.id for entry in entries)
    assert {UUID(entry.id).version for entry in entries} == {1}


def test_only_the_documented_example_is_called_airtable(entries: list[Entry]) -> None:
    [airtable] = [entry for entry in entries if "airtable" in entry.name.lower()]
    assert airtable.id == AIRTABLE_ID == "0d87347d-27c0-11ea-921c-022e6b5ea1e2"
    assert (airtable.billable, airtable.has_webhooks) == ("true", "true")
    assert airtable.description == "Airtable is a cloud collaboration service."
    assert airtable.starts_automations


def test_names_differ_but_for_the_case_of_one_pair(entries: list[Entry]) -> None:
    counts = Counter(entry.name.casefold() for entry in entries)
    assert [name for name, count in counts.items() if count > 1] == ["mosswick"]
    assert len({entry.name for entry in entries}) == 412


@pytest.mark.parametrize(
    "name",
    ["Qlik Cloud Services", "API Key", "Basic Authentication", "OAuth2", "SFTP", "FTP", "Nordwind Calendar"],
)
def test_the_generic_connectors_and_a_family_are_there(entries: list[Entry], name: str) -> None:
    assert name in {entry.name for entry in entries}


@pytest.mark.parametrize(
    ("pattern", "at_least"),
    [
        (r"^.{80,}", 3),
        (r"[\u3040-\u30ff\u4e00-\u9fff]", 5),
        (r"[\uac00-\ud7a3]", 2),
        (r"[éøüñ]", 10),
        (r"\(with admin consent\)$", 3),
        (r"with service account$", 3),
        (r"^Nordwind ", 5),
    ],
)
def test_the_names_try_a_list(entries: list[Entry], pattern: str, at_least: int) -> None:
    assert sum(bool(re.search(pattern, entry.name)) for entry in entries) >= at_least


def test_flags_come_in_every_form(entries: list[Entry]) -> None:
    billable = Counter(entry.billable for entry in entries)
    webhooks = Counter(entry.has_webhooks for entry in entries)
    for counts in (billable, webhooks):
        assert set(counts) == {True, False, "true", "false", None}
        assert counts[True] + counts[False] > 340
    assert billable[True] > billable[False] > 20
    assert webhooks[False] > webhooks[True] > 60


def test_some_descriptions_and_logos_are_missing_and_some_logos_are_gone(entries: list[Entry]) -> None:
    assert 20 < sum(entry.description is None for entry in entries) < 100
    assert not any(entry.description == "" for entry in entries)
    without = [entry for entry in entries if entry.logos == (None, None, None)]
    gone = [entry for entry in entries if entry.logos[0] and draw_named(entry.logos[0]) is None]
    only_small = [entry for entry in entries if entry.logos[0] and entry.logos[2] is None]
    assert min(len(without), len(gone), len(only_small)) >= 5
    assert len(without) + len(gone) + len(only_small) < 80


def test_many_ids_begin_alike_as_after_a_bulk_import(entries: list[Entry]) -> None:
    assert sum(entry.id.startswith("0d87") for entry in entries) > 40


def test_the_same_catalogue_comes_out_every_time(entries: list[Entry]) -> None:
    believable.cache_clear()
    assert list(believable().by_id) == entries
    assert generated(500).by_id[499] == generated(90_000).by_id[499]


def test_generated_ids_are_unique_and_in_order_and_names_are_unique() -> None:
    catalogue = generated(MAX_ROWS)
    ids = [entry.id for entry in catalogue.by_id]
    assert len(ids) == len(set(ids)) == MAX_ROWS
    assert ids == sorted(ids)
    assert all(len(an_id) == 36 for an_id in ids)
    assert len({entry.name for entry in catalogue.by_id}) == MAX_ROWS


def test_generated_names_do_not_repeat_by_construction() -> None:
    combinations = len(STEMS) * len(ENDINGS) * len(KINDS) * len(VARIANTS)
    assert combinations >= MAX_ROWS
    assert math.gcd(combinations, 77_777) == 1


def test_nothing_is_made_before_it_is_asked_for() -> None:
    made: list[int] = []

    def make(index: int) -> Entry:
        made.append(index)
        return make_entry(f"{index:08d}", f"Name {index}", KIND["Mail"], None)

    catalogue = Catalogue(LazySequence(100_000, make))
    assert made == []
    assert catalogue.find("00099999") is not None
    assert len(made) < 40


def test_a_lazy_sequence_behaves_like_a_list() -> None:
    lazy = generated(10).by_id
    assert lazy[2:5] == [lazy[2], lazy[3], lazy[4]]
    assert lazy[-1] == lazy[9]
    assert len(list(lazy)) == 10
    with pytest.raises(IndexError):
        lazy[10]


@pytest.mark.parametrize("catalogue", [believable(), generated(3_000)], ids=["believable", "generated"])
def test_connectors_are_found_by_id_and_ordered_by_name(catalogue: Catalogue) -> None:
    assert all(catalogue.find(entry.id) == entry for entry in catalogue.by_id)
    keys = [name_key(entry.name, entry.id) for entry in catalogue.by_name]
    assert keys == sorted(name_key(entry.name, entry.id) for entry in catalogue.by_id)
    assert catalogue.find("") is None
    assert catalogue.find("ffffffff-ffff-11ff-8000-000000000000") is None
    assert catalogue.by_name is catalogue.by_name


def test_connectors_are_found_by_name_without_regard_to_case() -> None:
    assert {entry.name for entry in believable().named("MOSSWICK")} == {"Mosswick", "MossWick"}
    assert [entry.id for entry in generated(50).named("airtable")] == [AIRTABLE_ID]
    assert believable().named("Mosswick 3") == []
    assert generated(0).named("Airtable") == []


@pytest.mark.parametrize("rows", [-1, MAX_ROWS + 1])
def test_an_impossible_number_of_rows_is_refused(rows: int) -> None:
    with pytest.raises(UsageError, match=f"{rows} connectors.*100,000"):
        generated(rows)
