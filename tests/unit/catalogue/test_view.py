"""The view: after any series of changes it shows what a plain computation from scratch shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.catalogue.columns import marked_name
from qconn_tui.catalogue.coverage import Coverage, Reach
from qconn_tui.catalogue.facets import STATES, Facet
from qconn_tui.catalogue.folding import fold
from qconn_tui.catalogue.name_index import DIGIT, match_rank
from qconn_tui.catalogue.query.parse import parse
from qconn_tui.catalogue.query.query import EVERYTHING, Query
from qconn_tui.catalogue.query.terms import Word
from qconn_tui.catalogue.sorting import Sort, SortKey, parse_sort
from qconn_tui.catalogue.view import View
from qconn_tui.connector import Connector
from qconn_tui.errors import QueryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qconn_tui.catalogue.columns import Columns
    from qconn_tui.catalogue.facets import Choice
    from qconn_tui.catalogue.query.terms import Term

NAMES = ("", "Mail", "mail 2", "Mail 10", "Big Mail", "Hotmail", "Café (mail)", "S3 2", "S3 10", "S3 010", "ßa")
QUERIES = (
    "", "a", "m", "-m", "m billable:yes", "ma", "ai", "-ma", "ma a", "mail", "mail 2", "mail m", "-mail",
    "billable:yes", "-webhooks:no", "~m", "~ml", '"\\d"', "/^s3/", "-/A/", "id:1", "a b", "desc:x",
)  # fmt: skip

connectors = st.builds(
    Connector,
    id=st.integers(0, 60).map("{:02}".format),
    name=st.sampled_from(NAMES),
    description=st.sampled_from((None, "", "x 2", "x 10", "Y")),
    billable=st.sampled_from(STATES),
    has_webhooks=st.sampled_from(STATES),
    logo_small=st.sampled_from((None, "https://cdn.qlikcloud.com/x.png")),
)
lists = st.lists(connectors, max_size=12, unique_by=lambda connector: connector.id).map(tuple)
queries = st.sampled_from(QUERIES).map(parse)
choices = st.tuples(st.sampled_from(Facet), st.sampled_from(STATES))
sorts = st.lists(st.builds(Sort, st.sampled_from(SortKey), st.booleans()), max_size=2).map(tuple)


@dataclass
class Plain:
    """The oracle: a view that is computed from scratch each time."""

    connectors: tuple[Connector, ...] = ()
    query: Query = EVERYTHING
    chosen: frozenset[Choice] = frozenset()
    sort: tuple[Sort, ...] = field(default=())

    def shown(self) -> list[Connector]:
        rows = [c for c in self.connectors if self.query.matches(c) and self.lets_through(c, self.chosen)]
        if not self.sort and self.query.words:
            rows.sort(key=lambda connector: self.query.rank(connector.name))
        if self.sort:
            rows.sort(key=lambda connector: connector.id)
        for sort in reversed(self.sort):
            known = [c for c in rows if plain_key(c, sort.key) is not None]
            unknown = [c for c in rows if plain_key(c, sort.key) is None]
            rows = sorted(known, key=lambda c: plain_key(c, sort.key) or (), reverse=sort.descending) + unknown
        return rows

    def count(self, facet: Facet, state: bool | None) -> int:
        others = frozenset(choice for choice in self.chosen if choice[0] is not facet)
        return sum(self.query.matches(c) and self.lets_through(c, others | {(facet, state)}) for c in self.connectors)

    @staticmethod
    def lets_through(connector: Connector, chosen: frozenset[Choice]) -> bool:
        return all(
            facet.of(connector) in [state for other, state in chosen if other is facet]
            for facet in {facet for facet, _ in chosen}
        )


def plain_key(connector: Connector, key: SortKey) -> tuple[object, ...] | None:
    logo = bool(connector.logo_small or connector.logo_medium or connector.logo_large)
    states = {SortKey.BILLABLE: connector.billable, SortKey.WEBHOOKS: connector.has_webhooks, SortKey.LOGO: logo}
    if key in states:
        state = states[key]
        return None if state is None else (not state,)
    if key is SortKey.ID:
        return (connector.id,)
    text = connector.name if key is SortKey.NAME else connector.description
    parts = re.split("([0-9]+)", fold(text or ""))
    return tuple(int(part) if part.isdigit() else part for part in parts) if text else None


@given(st.data())
def test_any_series_of_changes_equals_a_computation_from_scratch(data: st.DataObject) -> None:
    view, plain = View(), Plain()
    seen: list[tuple[View, list[Connector]]] = []
    for _ in range(data.draw(st.integers(1, 8))):
        change = data.draw(st.sampled_from(("query", "choice", "sort", "page", "list", "record", "prepare")))
        if change == "query":
            plain.query = data.draw(queries)
            view = view.with_query(plain.query)
        elif change == "choice":
            facet, state = data.draw(choices)
            plain.chosen ^= {(facet, state)}
            view = view.toggled(facet, state)
        elif change == "sort":
            plain.sort = data.draw(sorts)
            view = view.sorted_by(*plain.sort)
        elif change == "prepare":
            # A screen does other things between two steps, and may never resume.
            list(islice(view.preparations(), data.draw(st.integers(0, 60))))
        elif change == "record":
            if plain.connectors:
                place = data.draw(st.integers(0, len(plain.connectors) - 1))
                newer = data.draw(connectors)._replace(id=plain.connectors[place].id)
                plain.connectors = (*plain.connectors[:place], newer, *plain.connectors[place + 1 :])
                view = view.with_connectors(plain.connectors, unchanged=place)
        else:
            drawn = data.draw(lists)
            kept = len(plain.connectors) if change == "page" else data.draw(st.integers(0, len(view.connectors)))
            known = {connector.id for connector in plain.connectors[:kept]}
            plain.connectors = plain.connectors[:kept] + tuple(c for c in drawn if c.id not in known)
            view = view.with_connectors(plain.connectors, unchanged=kept)
        assert_same(view, plain)
        seen.append((view, plain.shown()))
    for earlier, shown in seen:
        assert [earlier.connector(row) for row in range(len(earlier))] == shown


def assert_same(view: View, plain: Plain) -> None:
    shown = plain.shown()
    assert view.connectors == plain.connectors
    assert [view.connector(row) for row in range(len(view))] == shown
    assert {choice: view.counts[choice] for choice in view.counts} == {
        (facet, state): plain.count(facet, state) for facet in Facet for state in STATES
    }
    rows = {connector.id: row for row, connector in enumerate(shown)}
    for number in range(61):
        assert view.position(f"{number:02}") == rows.get(f"{number:02}")


def connector(number: int, name: str = "", billable: bool | None = None) -> Connector:
    return Connector(f"{number:04}", name or f"Name {number}", billable=billable)


@pytest.fixture
def many() -> View:
    return View().with_connectors(tuple(connector(number, billable=number % 2 == 0) for number in range(50)))


def test_a_change_that_changes_nothing_is_the_same_view(many: View) -> None:
    view = many.with_query(parse("name")).sorted_by(Sort(SortKey.NAME)).toggled(Facet.BILLABLE, True)
    assert view.with_query(parse("name ")) is view
    assert view.sorted_by(Sort(SortKey.NAME)) is view
    assert view.with_chosen(view.chosen) is view
    assert view.with_coverage(Coverage()) is view
    assert view.with_connectors(view.connectors, unchanged=50) is view
    assert view.with_connectors((*view.connectors,), unchanged=0) is view


def test_coverage_is_kept_through_every_change(many: View) -> None:
    complete = Coverage(Reach.COMPLETE)
    view = many.with_coverage(complete).with_query(parse("4")).sorted_by(Sort(SortKey.ID, descending=True))
    assert view.toggled(Facet.WEBHOOKS, None).coverage == complete


@pytest.mark.parametrize("reach", Reach)
def test_a_list_that_is_or_was_whole_is_no_part(reach: Reach) -> None:
    assert Coverage(reach).is_partial is (reach not in (Reach.COMPLETE, Reach.OFFLINE))


def test_a_view_stays_as_it_was_when_another_is_made_from_it(many: View) -> None:
    before = list(many.rows)
    many.with_connectors((*many.connectors, connector(99)), unchanged=50).sorted_by(Sort(SortKey.ID))
    assert list(many.rows) == before
    assert many.position("0099") is None


@dataclass(frozen=True)
class Recorder:
    """A word that notes which rows were searched for it."""

    word: Word
    searched: list[int] = field(default_factory=list, compare=False)

    def mask(self, rows: Sequence[int], columns: Columns) -> Iterable[object]:
        self.searched.extend(rows)
        return self.word.mask(rows, columns)

    def implies(self, other: Term) -> bool:
        return isinstance(other, Recorder) and self.word.implies(other.word)

    def spans(self, name: str) -> Iterator[tuple[int, int]]:
        yield from ()


def test_a_longer_word_searches_only_what_the_shorter_one_left() -> None:
    names = ["drive"] * 4 + ["mail"] * 3
    view = View().with_connectors(tuple(connector(n, name) for n, name in enumerate(names)))
    view = view.with_query(Query((Recorder(Word("ma")),)))
    longer, other = Recorder(Word("mai")), Recorder(Word("dr"))
    assert list(view.with_query(Query((longer,))).rows) == [4, 5, 6]
    assert longer.searched == [4, 5, 6]
    view.with_query(Query((other,)))
    assert other.searched == list(range(7))


def test_a_new_page_is_searched_alone() -> None:
    word = Recorder(Word("ma"))
    view = View().with_connectors(tuple(connector(n, "mail") for n in range(9))).with_query(Query((word,)))
    word.searched.clear()
    longer = view.with_connectors((*view.connectors, connector(9, "Mail")), unchanged=9)
    assert len(longer) == 10
    assert word.searched == [9]


def test_another_order_searches_nothing_again(many: View) -> None:
    word = Recorder(Word("4"))
    view = many.with_query(Query((word,)))
    word.searched.clear()
    found = [view.connector(row) for row in range(len(view))]
    turned = view.sorted_by(Sort(SortKey.ID, descending=True))
    assert [turned.connector(row) for row in range(len(turned))] == found[::-1]
    assert word.searched == []


def test_two_lists_that_begin_alike_do_not_disturb_each_other(many: View) -> None:
    many = many.with_query(parse("name")).sorted_by(Sort(SortKey.NAME))
    one = many.with_connectors((*many.connectors, connector(80, "One name")), unchanged=50)
    other = many.with_connectors((*many.connectors, connector(81, "Other name")), unchanged=50)
    for view, name in ((one, "One name"), (other, "Other name"), (many, "Name 49")):
        assert view.connector(len(view) - 1).name == name
    assert one.position("0080") is not None
    assert one.position("0081") is None
    assert many.position("0080") is None
    assert len(one.sorted_by(Sort(SortKey.ID))) == 51
    assert many.columns.row_of("0080") is None
    assert len(many.sorted_by(Sort(SortKey.ID)).with_query(EVERYTHING)) == 50


def test_a_page_in_the_midst_of_a_sorted_view_is_counted_and_narrowed(many: View) -> None:
    view = many.sorted_by(Sort(SortKey.NAME)).toggled(Facet.BILLABLE, True)
    page = (connector(70, "Aa", billable=True), connector(71, "Name 1b", billable=True), connector(72, "Name 1c"))
    longer = view.with_connectors((*view.connectors, *page), unchanged=50)
    assert len(longer) == len(view) + 2
    assert {longer.connector(row).billable for row in range(len(longer))} == {True}
    assert longer.position("0070") == 0


def test_a_record_that_changed_is_found_by_its_new_name_and_no_other_row_moves(many: View) -> None:
    assert len(many.with_query(parse("name"))) == 50
    longer = many.with_connectors((*many.connectors, connector(50), connector(51)), unchanged=50)
    changed = (*longer.connectors[:51], connector(51, "Other"))
    view = longer.with_connectors(changed, unchanged=51)
    assert list(view.with_query(parse("other")).rows) == [51]
    assert list(view.with_query(parse("50")).rows) == [50]


def test_a_letter_is_searched_in_the_current_names(many: View) -> None:
    def found(view: View) -> list[int]:
        return list(view.with_query(parse("x")).rows)

    assert found(many) == []
    changed = (*many.connectors[:3], connector(3, "Fox"), *many.connectors[4:])
    view = many.with_connectors(changed, unchanged=3)
    assert found(view) == [3]
    other = view.with_connectors((*changed[:2], connector(70, "Box"), connector(71), connector(72, "X")), unchanged=2)
    assert found(other) == [4, 2]
    shorter = view.with_connectors(changed[:2], unchanged=2)
    assert found(shorter.with_connectors((*changed[:2], connector(70, "Box")), unchanged=2)) == [2]
    assert found(view) == [3]
    assert found(many) == []


@pytest.mark.parametrize("rows", [0, 1, 50, 12_000])
def test_what_is_prepared_changes_no_result(rows: int) -> None:
    names = ["Mail 10", "mail 2", "Café", "Drive (mail)"]
    prepared, plain = (View().with_connectors(tuple(connector(n, names[n % 4]) for n in range(rows))) for _ in range(2))
    steps = sum(1 for _ in prepared.preparations())
    assert (steps > 1) == (rows > 0)
    assert sum(1 for _ in prepared.preparations()) <= 1
    for view in (prepared, plain):
        assert list(view.with_query(parse("mail")).rows) == list(plain.with_query(parse("mail")).rows)
        assert list(view.sorted_by(Sort(SortKey.NAME)).rows) == list(plain.sorted_by(Sort(SortKey.NAME)).rows)


def test_after_the_first_letter_the_second_is_prepared_until_there_is_another_first(many: View) -> None:
    queries_by_name = {"name": parse("na"), "mail": parse("ma")}
    view = many.with_connectors((*many.connectors, connector(50, "mail")), unchanged=50)
    for filter_text, known in (("n", {"name"}), ("m", {"mail"}), ("ma", {"mail"}), ("-n", {"mail"}), ("n", {"name"})):
        list(view.with_query(parse(filter_text)).preparations())
        assert {name for name, query in queries_by_name.items() if query.is_indexed(view.columns)} == known
    longer = view.with_connectors((*view.connectors, connector(51, "Nab")), unchanged=51)
    assert not parse("na").is_indexed(longer.columns), "not for the row that was appended"
    assert len(longer.with_query(parse("na"))) == 51
    assert parse("na").is_indexed(view.columns)


@pytest.mark.parametrize("filter_text", ["na", "am", "ma", "na billable:yes", "-na", "na e"])
def test_the_index_answers_as_a_search_does(many: View, filter_text: str) -> None:
    def shown(view: View) -> list[int]:
        return list(view.with_query(parse(filter_text[:1])).with_query(parse(filter_text)).rows)

    found = shown(many)
    for letter in "nam":
        prepared = many.with_query(parse(letter))
        list(prepared.preparations())
        assert shown(many) == shown(many.sorted_by(Sort(SortKey.ID))) == found


def test_prepared_match_ranks_are_those_of_all_names() -> None:
    names = ("mai", "Mail", "a mail", "hotmail", "ma il", "mai-2", "m", "Mäil 1", "x")
    view = View().with_connectors(tuple(connector(number, name) for number, name in enumerate(names)))
    for beginning in ("m", "ma"):
        list(view.with_query(parse(beginning)).preparations())
    for text in ("ma", "mai"):
        assert view.columns.has_match_ranks(text)
        assert bytes(view.columns.match_ranks(text)) == match_rank(text, view.columns.of(marked_name))


def test_the_key_for_digits_cannot_be_typed(many: View) -> None:
    list(many.preparations())
    for filter_text in (r'"\d"', f'"{DIGIT}"', "n"):
        names = [
            connector.name for connector in many.connectors if fold(filter_text.strip('"')) in fold(connector.name)
        ]
        assert len(many.with_query(parse(filter_text))) == len(names)


@given(st.lists(st.text("aé_ (-1東", max_size=5), max_size=9), st.sampled_from("a_1東"))
def test_of_one_letter_the_names_come_first_that_begin_with_it_then_the_words(names: list[str], letter: str) -> None:
    def fit(name: str) -> int:
        words = re.split(r"\W", fold(name))
        if fold(name) == letter:
            return 0
        return 1 if words[0].startswith(letter) else 2 if any(word.startswith(letter) for word in words) else 3

    rows = tuple(connector(number, name or "x") for number, name in enumerate(names))
    view = View().with_connectors(rows).with_query(Query((Word(letter),)))
    found = sorted((c for c in rows if letter in fold(c.name)), key=lambda c: fit(c.name))
    assert [view.connector(row) for row in range(len(view))] == found


def test_an_expression_that_takes_too_long_is_abandoned_and_the_view_stays(many: View) -> None:
    view = many.with_query(parse("name"))
    with pytest.raises(QueryError, match=r"takes too long.* of 50 names"):
        view.with_query(parse("name /4$/"), time_limit=-1)
    assert len(view) == 50
    assert len(view.with_query(parse("name /4$/"), time_limit=60)) == 5
    assert len(view.with_query(parse("name 4"), time_limit=-1)) == 14


def test_a_better_match_of_a_new_page_goes_before_the_others() -> None:
    view = View().with_connectors((connector(1, "Hotmail"), connector(2, "Mailbox"))).with_query(parse("mail"))
    longer = view.with_connectors((*view.connectors, connector(3, "Mail"), connector(4, "Xmail")), unchanged=2)
    assert [longer.connector(row).name for row in range(4)] == ["Mail", "Mailbox", "Hotmail", "Xmail"]


def test_a_page_without_a_match_leaves_the_rows_the_very_same() -> None:
    view = View().with_connectors((connector(1, "mail"),)).with_query(parse("mail"))
    assert view.with_connectors((*view.connectors, connector(2, "drive")), unchanged=1).rows is view.rows


def test_numbers_sort_as_numbers_and_what_is_missing_comes_last() -> None:
    names = ["S3 10", "", "s3 2", "Émil", "emil 1", "zoo"]
    view = View().with_connectors(tuple(connector(n)._replace(name=name) for n, name in enumerate(names)))

    def shown(*keys: Sort) -> Iterator[str]:
        ordered = view.sorted_by(*keys)
        return (ordered.connector(row).name for row in range(len(ordered)))

    assert list(shown(Sort(SortKey.NAME))) == ["Émil", "emil 1", "s3 2", "S3 10", "zoo", ""]
    assert list(shown(Sort(SortKey.NAME, descending=True))) == ["zoo", "S3 10", "s3 2", "emil 1", "Émil", ""]


def test_facets_sort_yes_before_no_before_unknown() -> None:
    view = View().with_connectors(tuple(connector(n, billable=state) for n, state in enumerate((None, False, True))))
    assert list(view.sorted_by(Sort(SortKey.BILLABLE)).rows) == [2, 1, 0]
    assert list(view.sorted_by(Sort(SortKey.BILLABLE, descending=True)).rows) == [1, 2, 0]


def test_a_row_that_is_not_there_is_an_index_error(many: View) -> None:
    with pytest.raises(IndexError):
        many.connector(50)


def test_sorts_are_read_from_a_command_line() -> None:
    assert parse_sort("name, -Billable") == (Sort(SortKey.NAME), Sort(SortKey.BILLABLE, descending=True))
    assert parse_sort("+id") == (Sort(SortKey.ID),)


@pytest.mark.parametrize("text", ["", "name,", "--name", "size", "-\x1b[31m"])
def test_a_sort_that_is_none_names_the_option_and_the_keys(text: str) -> None:
    with pytest.raises(UsageError, match=r"--sort cannot sort by .*name, billable, webhooks, id") as caught:
        parse_sort(text)
    assert str(caught.value).isprintable()
