"""The index that lists share: it grows with them, belongs to all of them, and forgets what no longer holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.catalogue.columns import Columns, folded_name, marked_name
from qconn_tui.catalogue.folding import fold
from qconn_tui.catalogue.name_index import DIGIT, NO_LETTERS, SLICE, NameIndex, letters_of, marked, match_rank
from qconn_tui.connector import Connector

if TYPE_CHECKING:
    from collections.abc import Sequence


def connectors(*names: str) -> tuple[Connector, ...]:
    return tuple(Connector(f"id-{row}", name) for row, name in enumerate(names))


def marked_names(*names: str) -> list[str]:
    return [marked(fold(name)) for name in names]


class CountingMaker:
    """A column maker of the names that counts the rows it was given."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, records: Sequence[Connector]) -> list[str]:
        self.rows += len(records)
        return [record.name for record in records]


# --- match ranks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rank"),
    [("drive", 0), ("hotmail", 1), ("big mail", 2), ("hot-mailbox", 2), ("mailbox", 3), ("mail 2", 3), ("mail", 4)],
)
def test_a_match_rank_says_how_the_text_stands_in_the_name(name: str, rank: int) -> None:
    assert list(match_rank("mail", marked_names(name))) == [rank]


def test_the_key_for_digits_is_present_where_a_digit_is() -> None:
    names = marked_names("S3", "Mail", "٣", "N")
    assert list(NameIndex(4).match_ranks(DIGIT, names, 4)) == [1, 0, 1, 0]


@given(st.lists(st.text("ab -1é", max_size=6), max_size=20), st.integers(0, 20))
def test_ranks_are_the_same_with_and_without_those_of_the_prefix(names: list[str], first: int) -> None:
    folded = marked_names(*names)
    alone, grown = NameIndex(len(names)), NameIndex(len(names))
    shorter = min(first, len(names))
    for text in ("a", "ab", "aba"):
        grown.match_ranks(text, folded, shorter)
        assert bytes(grown.match_ranks(text, folded, len(names))) == match_rank(text, folded)
    assert bytes(alone.match_ranks("aba", folded, len(names))) == match_rank("aba", folded)


def test_of_a_longer_text_only_names_with_its_prefix_are_searched() -> None:
    names = marked_names("mail", "drive", "mars")
    index = NameIndex(3)
    index.match_ranks("m", names, 3)
    # Names that lack the prefix are not read again: one that is replaced behind the index's back goes unnoticed.
    names[1] = marked("mail")
    assert list(index.match_ranks("ma", names, 3)) == [3, 0, 3]


def test_only_appended_rows_are_ranked_when_a_list_grows() -> None:
    names = marked_names("mail", "drive")
    index = NameIndex(2)
    index.match_ranks("m", names, 2)
    names[0] = marked("drive")
    names.append(marked("big m"))
    assert not index.has_match_ranks("m", 3)
    assert list(index.match_ranks("m", names, 3)) == [3, 0, 2]
    assert index.has_match_ranks("m", 3)


def test_ranks_are_computed_in_pieces_with_pauses_between_them() -> None:
    names = marked_names("mail") * (SLICE * 9)
    index = NameIndex(len(names))
    steps = index.match_rank_steps("m", names, len(names))
    next(steps)
    assert not index.has_match_ranks("m", len(names))
    assert sum(1 for _ in steps) >= 1
    assert index.has_match_ranks("m", len(names))
    assert list(index.match_rank_steps("m", names, len(names))) == []


# --- what may be typed next ----------------------------------------------------------------------------------


def test_the_most_frequent_continuations_of_a_prefix_are_prepared() -> None:
    names = marked_names(*[f"m{letter}" for letter in "abcdefgh" for _ in range(2)], "mz", *["hotmx"] * 3)
    index = NameIndex(len(names))
    list(index.continuation_steps("m", names, len(names)))
    prepared = {letter for letter in "abcdefghxz" if index.has_match_ranks("m" + letter, len(names))}
    assert prepared == set("abcdefgh")


def test_what_can_no_longer_be_typed_is_forgotten() -> None:
    names = marked_names("mail", "maps", "drive")
    index = NameIndex(3)
    list(index.continuation_steps("m", names, 3))
    list(index.continuation_steps("ma", names, 3))
    known = ("m", "ma", "mai", "map")
    assert all(index.has_match_ranks(text, 3) for text in known)
    index.match_ranks("d", names, 3)
    list(index.continuation_steps("d", names, 3))
    assert [text for text in (*known, "d", "dr") if index.has_match_ranks(text, 3)] == ["m", "d", "dr"]


# --- required letters ----------------------------------------------------------------------------------------


def test_a_mask_leaves_out_names_that_lack_a_known_letter() -> None:
    names = marked_names("Box", "Ox", "Bee", "x")
    index = NameIndex(4)
    assert list(index.mask_of(letters_of("bx"), 4)) == [1, 1, 1, 1]
    index.match_ranks("b", names, 4)
    assert list(index.mask_of(letters_of("bx"), 4)) == [1, 0, 1, 0]
    index.match_ranks("x", names, 4)
    assert list(index.mask_of(letters_of("bx"), 4)) == [1, 0, 0, 0]
    assert list(index.mask_of(letters_of("bx") | letters_of("x"), 4)) == [1, 1, 0, 1]
    assert list(index.mask_of(NO_LETTERS, 4)) == [1, 1, 1, 1]


def test_a_mask_is_as_long_as_the_list_that_asks() -> None:
    names = marked_names("Box", "Ox", "Bee")
    index = NameIndex(3)
    index.match_ranks("b", names, 3)
    assert list(index.mask_of(letters_of("b"), 2)) == [1, 0]
    assert index.mask_of(letters_of("b"), 0) == b""


def test_only_ascii_letters_are_required() -> None:
    assert letters_of("a1é b-a") == frozenset({frozenset("ab")})


# --- columns and rows ----------------------------------------------------------------------------------------


def test_a_column_is_made_once_for_each_row() -> None:
    make, index = CountingMaker(), NameIndex(2)
    records = connectors("a", "b", "c")
    assert list(index.column(make, records[:2])) == ["a", "b"]
    assert list(index.column(make, records)) == ["a", "b", "c"]
    assert make.rows == 3
    assert list(index.column_steps(make, records)) == []


def test_a_column_is_made_in_slices() -> None:
    records = connectors("a") * (2 * SLICE + 1)
    assert sum(1 for _ in NameIndex(len(records)).column_steps(CountingMaker(), records)) == 3


def test_a_row_is_found_by_id_only_in_the_list_that_asks() -> None:
    index, records = NameIndex(3), connectors("a", "b", "c")
    assert index.row_of("id-2", records) == 2
    assert index.row_of("id-2", records[:2]) is None
    assert index.row_of("id-1", records[:2]) == 1
    assert index.row_of("id-9", records) is None


def test_the_numbers_of_a_range_are_the_same_objects_each_time() -> None:
    index = NameIndex(2_000)
    first, second = index.numbers(range(500, 1_000), 2_000), index.numbers(range(900, 1_000), 2_000)
    assert list(second) == list(range(900, 1_000))
    assert all(one is other for one, other in zip(first[400:], second, strict=True))
    some = [3, 1]
    assert index.numbers(some, 2_000) is some


def test_an_order_is_made_from_that_of_the_shorter_list() -> None:
    made: list[list[int]] = []

    def backwards(length: int) -> list[int]:
        return list(range(length))[::-1]

    def make(known: Sequence[int]) -> Sequence[int]:
        made.append(list(known))
        return backwards(len(known) + 2)

    index = NameIndex(2)
    assert not index.has_order("backwards", 2)
    assert index.order("backwards", 2, make) == [1, 0]
    assert index.has_order("backwards", 2)
    assert index.order("backwards", 4, make) == [3, 2, 1, 0]
    assert index.order("backwards", 2, make) == [1, 0], "the longer order without the rows of the longer list"
    assert made == [[], [1, 0]]


# --- lists that share an index -------------------------------------------------------------------------------


def test_of_two_lists_that_grow_from_the_same_one_the_first_keeps_the_index() -> None:
    index = NameIndex(2)
    assert index.try_extend(2, 3)
    assert index.length == 3
    assert not index.try_extend(2, 4)
    assert index.length == 3
    assert index.try_extend(3, 5)


def test_a_list_that_appends_rows_shares_what_is_known() -> None:
    make = CountingMaker()
    short = Columns(connectors("a", "b"))
    short.of(make)
    long = short.replaced((*short.connectors, *connectors("c")), unchanged=2)
    assert list(long.of(make)) == ["a", "b", "c"]
    assert make.rows == 3
    assert long.of(make) is short.of(make), "the memory too"
    assert list(short.match_ranks("c")[:2]) == [0, 0]
    assert list(long.match_ranks("c")) == [0, 0, 4]


def test_lists_that_append_different_rows_do_not_mix_them() -> None:
    short = Columns(connectors("a", "b"))
    one = short.replaced((*short.connectors, Connector("1", "one")), unchanged=2)
    other = short.replaced((*short.connectors, Connector("2", "other")), unchanged=2)
    for columns, name in ((one, "one"), (other, "other")):
        assert list(columns.of(folded_name)) == ["a", "b", name]
        assert list(columns.match_ranks("o")[:3]) == [0, 0, 3]
    assert (one.row_of("1"), one.row_of("2")) == (2, None)
    assert (other.row_of("1"), other.row_of("2")) == (None, 2)


def test_a_replaced_row_is_made_anew_and_drops_the_match_ranks() -> None:
    make = CountingMaker()
    before = Columns(connectors("mail", "drive", "maps"))
    before.of(make)
    before.match_ranks("m")
    records = (before.connectors[0], Connector("id-1", "Miro"), before.connectors[2])
    after = before.replaced(records, unchanged=1)
    assert not after.has_match_ranks("m")
    assert before.has_match_ranks("m")
    assert list(after.of(make)) == ["mail", "Miro", "maps"]
    assert make.rows == 4, "one row more than at first"
    assert list(after.match_ranks("m")) == [3, 3, 3]
    assert list(before.match_ranks("m")) == [3, 0, 3]


def test_a_shorter_list_keeps_the_match_ranks_of_its_rows() -> None:
    before = Columns(connectors("mail", "drive", "maps"))
    before.match_ranks("m")
    after = before.replaced(before.connectors[:2], unchanged=2)
    assert after.has_match_ranks("m")
    assert list(after.match_ranks("m")) == [3, 0]
    assert after.row_of("id-2") is None


def test_rows_behind_a_shorter_list_are_forgotten() -> None:
    before = Columns(connectors("mail", "drive", "maps"))
    before.of(folded_name)
    shorter = before.replaced(before.connectors[:2], unchanged=2)
    longer = shorter.replaced((*shorter.connectors, Connector("id-3", "Other")), unchanged=2)
    assert list(longer.of(folded_name)) == ["mail", "drive", "other"]


def test_many_replaced_rows_are_made_later_in_slices() -> None:
    make = CountingMaker()
    before = Columns(connectors("mail") + connectors("drive") * (SLICE + 1))
    before.of(make)
    before.match_ranks("m")
    made = make.rows
    after = before.replaced(before.connectors[:1] + connectors("maps") * (SLICE + 1), unchanged=1)
    assert make.rows == made
    assert not after.has_match_ranks("m")
    assert list(after.of(make))[:2] == ["mail", "maps"]
    assert make.rows == made + SLICE + 1


def test_orders_and_ids_are_not_taken_over_by_another_list() -> None:
    records = connectors("b", "a")
    index = NameIndex(2)
    index.order("names", 2, lambda _: [1, 0])
    index.row_of("id-1", records)
    copied = index.copied(records[::-1], 0, [])
    assert not copied.has_order("names", 2)
    assert copied.row_of("id-1", records[::-1]) == 0


@given(st.lists(st.text("aé_ (-\n", max_size=5), max_size=9))
def test_marked_names_show_each_word_behind_a_space(names: list[str]) -> None:
    column = marked_name(connectors(*names))
    assert column == marked_names(*names)
    for name, value in zip(names, column, strict=True):
        assert value.split(" ")[1:] == re.split(r"\W", fold(name))
