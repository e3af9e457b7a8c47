"""The filter language: what it admits, what it says about mistakes, what it highlights."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.catalogue.columns import Columns
from qconn_tui.catalogue.folding import fold, fold_all, fold_with_spans
from qconn_tui.catalogue.name_index import DIGIT, NO_LETTERS
from qconn_tui.catalogue.query.parse import mistyped_field, parse
from qconn_tui.catalogue.query.query import EVERYTHING, Query
from qconn_tui.catalogue.query.regex_prefilter import optimized
from qconn_tui.catalogue.query.safe_regex import cleaned_pattern, compile_pattern
from qconn_tui.catalogue.query.terms import LONGEST_COSTLY, Not, Regex
from qconn_tui.connector import Connector
from qconn_tui.errors import QueryError
from qconn_tui.text import NAME_LIMIT, TEXT_LIMIT, clean

AIRTABLE = Connector(
    "0d87347d-27c0-11ea-921c-022e6b5ea1e2",
    "Airtable",
    "Airtable is a cloud collaboration service.",
    billable=True,
    has_webhooks=True,
)
SHEETS = Connector("61a87510-c7a3-11ea-95da-0fb0c241e75c", "Google Sheets (with café account)", billable=False)
S3 = Connector("c7e48240-e0f2-11ec-ada1-d5ef75014b77", "Amazon S3: TCP/IP -beta", has_webhooks=False)


@pytest.mark.parametrize(
    ("text", "connector", "admitted"),
    [
        ("", S3, True),
        ("air", AIRTABLE, True),
        ("AIR", AIRTABLE, True),
        ("table air", AIRTABLE, True),
        ("air sheets", AIRTABLE, False),
        ("CAFE", SHEETS, True),
        ("cafe\u0301", SHEETS, True),
        ('"google sheets"', SHEETS, True),
        ('"sheets google"', SHEETS, False),
        ('"google she', SHEETS, True),
        ("-google", SHEETS, False),
        ("-google", AIRTABLE, True),
        ('-"google sheets"', SHEETS, False),
        ("collaboration", AIRTABLE, False),
        ("desc:collaboration", AIRTABLE, True),
        ("desc:x", SHEETS, False),
        ("name:air", AIRTABLE, True),
        ('name:"google sheets"', SHEETS, True),
        ("id:0D87", AIRTABLE, True),
        ("id:27c0", AIRTABLE, True),
        ("id:airtable", AIRTABLE, False),
        ("0d87347d-27c0-11ea-921c-022e6b5ea1e2", AIRTABLE, True),
        ("0d87347d", AIRTABLE, True),
        ("0d87347", AIRTABLE, False),
        ("-0d87347d", AIRTABLE, False),
        ("billable:yes", AIRTABLE, True),
        ("billable:yes", SHEETS, False),
        ("billable:no", SHEETS, True),
        ("billable:unknown", S3, True),
        ("billable:unknown", SHEETS, False),
        ("BILLABLE:Y", AIRTABLE, True),
        ("-billable:yes", S3, True),
        ("webhooks:false", S3, True),
        ("webhooks:u", SHEETS, True),
        ("s3:", S3, True),
        ("foo:bar", S3, False),
        ("tcp/ip", S3, True),
        (r"\-beta", S3, True),
        ('"-beta"', S3, True),
        ("--beta", S3, False),
        ("-beta", S3, False),
        (r"\billable:yes", AIRTABLE, False),
        (r"/^amazon s\d/", S3, True),
        (r"/^s\d/", S3, False),
        ("/tcp\\/ip/", S3, True),
        ("-/amazon/", S3, False),
        ("~asb", S3, True),
        ("~bsa", S3, False),
        ("~CAFÉ", SHEETS, True),
    ],
)
def test_a_query_admits(text: str, connector: Connector, admitted: bool) -> None:
    assert parse(text).matches(connector) is admitted


@pytest.mark.parametrize(
    "text",
    [
        "Foo\u200bbar", "Foo\u00adbar", "Foo\u200cbar", "Foo\u200dbar", "Cafe\u0301 bar", "Foo   bar", "Foo \u200b bar",
        "\ufeff Foo\u00a0\tbar \u200b", "Foo\nbar", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "Foo\u202ebar", "Foo\x1bbar",
        "\U0001fae8 bar", "\U0001f469\u200d\U0001f4bb bar", "\u1100\u1161 bar", "a" * 300, "a/b \u200b(c)  [d] \\ e",
        "-\u200bFoo",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_name_is_found_by_the_text_that_it_was_made_of(text: str) -> None:
    found_by_its_own_text(text)


@given(
    st.text(
        st.one_of(
            st.characters(),
            st.sampled_from(
                "ab/\\-~.? \t\n\x1b\u0301\u0323\u200b\u200c\u200d\u00ad\u202e\ufeff"
                "\u0645\u06cc\u0915\u094d\u20dd\u1100\u1161\uff9e"
            ),
            st.sampled_from("\U0001fae8\U0001f469\U0001f4bb\ufe0f\U0010eeee\ud800"),
        ),
        max_size=40,
    )
)
def test_any_name_is_found_by_the_text_that_it_was_made_of(text: str) -> None:
    found_by_its_own_text(text)


def found_by_its_own_text(text: str) -> None:
    # A quoted text cannot hold quotes.
    text = text.replace('"', "'")
    connector = Connector("1", clean(text), clean(text, TEXT_LIMIT))
    expression = re.escape(text.strip()).replace("/", r"\/")
    forms = [f'"{text}"', f'name:"{text}"', f'desc:"{text}"']
    if len(text) <= NAME_LIMIT:
        forms += [f"{sign}{word}" for word in text.split() for sign in ("\\", "~")]
        forms += [f"/{expression}/"] if expression else []
    for form in forms:
        query = parse(form)
        assert query.matches(connector), form
        assert query.is_empty or not parse(f"-{form}").matches(connector), form
    assert parse(" ".join(forms)).matches(connector)


@pytest.mark.parametrize(
    ("pattern", "same"),
    [
        ("Foo  bar", "Foo bar"),
        (r"Foo\ \  bar", "Foo bar"),
        (r"Foo\\  bar", r"Foo\\ bar"),
        ("Foo  *bar", r"Foo \ *bar"),
        ("Foo {2}bar  ", r"Foo\ {2}bar "),
        ("Foo ", "Foo "),
        ("Foo \u200b", "Foo"),
        ("cafe\u0301", "caf\u00e9"),
        ("cafe\u0301?", "caf\u00e9?"),
        ("Fo\u200b*o", "Foo"),
        ("Fo\u00ad{1,2}?o", "Foo"),
        ("\u0645\u06cc\u200c?\u062e", "\u0645\u06cc\\u200c?\u062e"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("Fo\u200c?o", "Fo\\u200c?o"),
        ("Fo\u200co", "Foo"),
        ("\u6771?", "\u6771?"),
        ("x\u20dd?", "x\u20dd?"),
    ],
    ids=ascii,
)
def test_an_expression_is_cleaned_as_names_are(pattern: str, same: str) -> None:
    assert cleaned_pattern(pattern) == same


def test_a_word_is_found_whatever_joiners_are_typed() -> None:
    name = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert parse(name.replace("\u200c", "")).matches(S3._replace(name=name))
    assert parse(name).highlights(name) == ((0, len(name)),)


def test_a_mistake_in_an_expression_that_becomes_longer_is_within_the_query() -> None:
    with pytest.raises(QueryError) as caught:
        parse("/[\u0958-\u0958\u0958\u0958]/")
    assert 1 <= caught.value.position <= 8


@pytest.mark.parametrize("text", ["billable:yes\u200b", "billable:\u200b", 'billable:"yes "'])
def test_a_state_is_cleaned_too(text: str) -> None:
    assert parse(text).matches(AIRTABLE)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("bilable:yes", "billable"),
        ("mail -Bilable:yes", "billable"),
        ("webhook:", "webhooks"),
        ("web:yes", "webhooks"),
        ("description:x", "desc"),
        ("nmae:x", "name"),
        ("ids:1", "id"),
    ],
)
def test_a_mistyped_field_is_named_with_the_likely_one(text: str, meant: str) -> None:
    assert mistyped_field(text).endswith(f"; did you mean {meant}?")


@pytest.mark.parametrize(
    "text",
    ["bilable", "billable:yes id:1", "s3:", "https://x", '"bilable:yes"', "/bilable:/", "~bilable:x", ":x", "a:"],
)
def test_names_may_hold_colons(text: str) -> None:
    assert mistyped_field(text) == ""


def test_a_hint_shows_no_control_characters() -> None:
    assert "\x1b" not in mistyped_field("bil\x1bable:yes")
    assert "bil" in mistyped_field("bil\x1bable:yes")


@pytest.mark.parametrize("text", ["-", "/", "//", '"', '""', "~", "\\", "billable:", "-id:", 'name:"', "  ", "\u0301"])
def test_a_term_without_a_value_admits_everything(text: str) -> None:
    assert parse(text).is_empty
    assert parse(text) == EVERYTHING


def test_an_open_expression_ends_at_the_next_space() -> None:
    assert parse("/^goo she") == parse("/^goo/ she")


@pytest.mark.parametrize(
    ("text", "position", "named"),
    [
        ("air billable:maybe", 13, "billable:unknown"),
        ("webhooks:0", 9, "webhooks:yes"),
        ("air /(a/", 5, "(a"),
        ("/a(?i)b/", 2, "global flags"),
        ("/a{9999999999999}/", 1, "too large"),
        ("/(a+)+b/", 1, "repeats or alternatives"),
        ("/(?:a|b)*b/", 1, "repeats or alternatives"),
        ("/((a?)b){2,}/", 1, "repeats or alternatives"),
        (f"/{'a?' * 30}{'a' * 30}/", 1, "could take for ever"),
        ("/a+.*b+.*c+/", 1, "could take for ever"),
        ("/.*.*.*.*.*x/", 1, "could take for ever"),
        ("/(a|b|c)(d|e|f)+/", 1, "repeats or alternatives"),
    ],
)
def test_a_mistake_is_located_and_explained(text: str, position: int, named: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert named in str(caught.value)
    assert caught.value.advice


@pytest.mark.parametrize(
    "text",
    ["/(ab)+/", "/(?:ab){2}/", "/[(a+]+/", r"/\(a+\)+/", "/(a|b)c/", "/(?P<x>a)*/", "/(a|b){2}/", "/(?>a+b)+/"],
)
def test_a_harmless_repeated_group_is_accepted(text: str) -> None:
    assert len(parse(text).terms) == 1


@pytest.mark.parametrize(
    "pattern",
    [
        ".*a.*b.*c.*d", "a.*b.*c", "^a.+b.*[cd]$", ".+a.*?b.*(c|d)", "a.*b+.*c", r"a.*\d\d.*b$", "(ab|b).*a.*c",
        ".+a.+b.+?c", "a.*-.*].*b", "b.*}.+a", "a.*{.*b.*a", ".*a.*a.*a",
    ],
)  # fmt: skip
@given(name=st.text("abcd1 -]{}", max_size=12))
def test_an_atomic_expression_matches_the_same_names(pattern: str, name: str) -> None:
    ours = compile_pattern(pattern, 0)
    assert bool(ours.shown.search(name)) == bool(re.search(pattern, name, re.IGNORECASE))


@pytest.mark.parametrize("pattern", [".*a.*b.*c.*d.*e.*z", "^.*a.*b.*c.*d.*z", "a.*b.*c.*d.*e.*f.*g.*z"])
def test_there_is_no_backtracking_between_wildcards(pattern: str) -> None:
    # With backtracking each would take hours: the last letter is missing, and the others occur many times.
    name = "".join(letter * 60 for letter in "abcdefgxb")
    assert compile_pattern(pattern, 0).shown.search(name + " ") is None


@pytest.mark.parametrize(
    ("pattern", "has_no_case"),
    [
        (r"data\b", True),
        (r"\(eu [a-z0-9_-]+\)", True),
        ("(?:a|b)(?=c)(?<!d)", True),
        ("^[^a-f]$", True),
        ("Data", True),
        (r"\DAta", True),
        (r"\x41", False),
        ("[A-Z]", False),
        ("[!-^]", False),
        ("(?-i:a)", False),
        ("é", False),
    ],
)
def test_names_are_searched_in_lower_case_unless_the_expression_is_case_sensitive(
    pattern: str, has_no_case: bool
) -> None:
    assert (compile_pattern(pattern, 0).lowered is not None) is has_no_case


@given(
    pattern=st.text(r"ab1 .*+?|()[]^$\\dwsbWDS-", max_size=8),
    name=st.text("abAB1 .-", max_size=8),
)
def test_a_name_in_lower_case_gives_the_same(pattern: str, name: str) -> None:
    try:
        ours = compile_pattern(pattern, 0)
    except QueryError:
        return
    if ours.lowered is not None:
        assert bool(ours.lowered.search(name.lower())) == bool(ours.shown.search(name))


PIECES = (
    "a", "b", "A", " ", "-", ".", "|", "(", "(?:", "(?=", "(?!", "(?<!", "(?>", ")", "[ab]", "[^a]", "^", "$", "*", "+",
    "?", "{2}", "{0,1}", "{", "}", ".*", "a+", r"\b", r"\-", r"\W", "ab", "b a", "1", r"\d", r"\d+", "[0-9]+",
    "[a-z]+ ", r"\w+", "[^a]*",
)  # fmt: skip


@given(
    pattern=st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
    names=st.lists(st.text("abAB -{1²٣àßK", max_size=8), min_size=1, max_size=9),
)
def test_an_expression_admits_the_names_in_which_it_finds_something(pattern: str, names: list[str]) -> None:
    try:
        term = Regex(compile_pattern(pattern, 0))
    except QueryError:
        return
    columns = Columns(tuple(Connector(str(number), name) for number, name in enumerate(names)))
    for letter in (*"ab", DIGIT):
        columns.match_ranks(letter)
    found = [number for number, name in enumerate(names) if re.search(pattern, name, re.IGNORECASE)]
    others = [number for number in range(len(names)) if number not in found]
    assert list(Query((term,)).select(range(len(names)), columns)) == found
    assert list(Query((Not(term),)).select(range(len(names)), columns)) == others


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"\bDATA\b", ["adt"]),
        ("(eu|us) data", ["adetu", "adstu"]),
        ("data|mail", ["adt", "ailm"]),
        ("ab?c{2}d{0,3}e+", ["ace"]),
        ("(?:ab)*c", ["c"]),
        ("(a|)b", ["b"]),
        ("x(?!data)(?<!mail)(?=y)", ["xy"]),
        (r"v\d+ [0-9]", ["v" + DIGIT]),
        ("[a-z]+ é?", [""]),
        ("(ab|cd|ef|gh|ij|kl|mn|op|qr)s", ["s"]),
        ("(?-i:A)b", [""]),
    ],
)
def test_the_required_letters_of_an_expression(pattern: str, needed: list[str]) -> None:
    found = sorted("".join(sorted(letters)) for letters in compile_pattern(pattern, 0).required)
    assert found == sorted("".join(sorted(letters)) for letters in needed)


def test_only_letters_with_known_ranks_rule_names_out() -> None:
    columns = Columns(tuple(Connector(str(number), name) for number, name in enumerate(("Box", "Ox 1", "Bé2", "ab٣"))))
    required = compile_pattern(r"b.*\d|x", 0).required
    assert list(columns.mask_of(required)) == [1, 1, 1, 1]
    for letter in ("b", DIGIT):
        columns.match_ranks(letter)
    assert list(columns.mask_of(required)) == [1, 1, 1, 1]
    columns.match_ranks("x")
    assert list(columns.mask_of(required)) == [1, 1, 1, 1]
    assert list(columns.mask_of(compile_pattern(r"b.*\d", 0).required)) == [0, 0, 1, 1]
    assert list(columns.mask_of(compile_pattern("b.*x", 0).required)) == [1, 0, 0, 0]
    assert list(columns.mask_of(NO_LETTERS)) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("pattern", "quick"),
    [
        (r"\d+", r"\d"),
        ("v[0-9]+?", "v[0-9]"),
        ("[a-z]+ [a-z]+ [a-z]+$", " (?<=[a-z] )[a-z]++ [a-z]++$"),
        (r"\w+ (sap|oracle)", r" (?<=\w )(sap|oracle)"),
        (r"\bdata", r"d(?<=\bd)ata"),
        (r"^[a-z]* ", r"^[a-z]*+ "),
        # Each of these would no longer find the same.
        ("a?[bc]*", "a?[bc]*"),
        ("[a-z]+a?b", "[a-z]a?b"),
        ("x[a-z]+a$", "x[a-z]+a$"),
        ("[a-z]++a", "[a-z]++a"),
        ("^[a-z]{2}+b", "^[a-z]{2}+b"),
        ("[0-9]a", "[0-9]a"),
        ("[a-z]+ |b", "[a-z]+ |b"),
        (r"(a+) \1", r"(a+) \1"),
    ],
)
def test_an_expression_that_is_only_tested_tries_less(pattern: str, quick: str) -> None:
    assert optimized(pattern) == quick


def test_a_costly_expression_is_searched_at_the_beginning_of_a_long_name() -> None:
    query = parse(r"/[a-z]+ [a-z]+ [a-z]+$/")
    assert query.matches(S3._replace(name="one two three"))
    assert query.matches(S3._replace(name="a" * (LONGEST_COSTLY - 8) + " two three four"))
    assert not query.matches(S3._replace(name="-" * LONGEST_COSTLY + "one two three"))
    assert parse("/one$/").matches(S3._replace(name="-" * LONGEST_COSTLY + "one"))


@given(st.lists(st.text(max_size=5), max_size=5))
def test_many_texts_fold_as_one_does(texts: list[str]) -> None:
    assert fold_all(texts) == [fold(text) for text in texts]


def test_an_error_shows_no_control_characters() -> None:
    with pytest.raises(QueryError) as caught:
        parse("billable:\x1b]52;c;x\x07")
    assert str(caught.value).isprintable()


@given(st.text(max_size=40))
def test_any_text_parses_or_is_explained(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
    else:
        query.matches(SHEETS)
        query.highlights(SHEETS.name)


@pytest.mark.parametrize(
    ("text", "name", "marked"),
    [
        ("air", "Airtable air", ["Air", "air"]),
        ("ss", "Straße S", ["ß"]),
        ("stras", "Straße", ["Straß"]),
        ("cafe", "Cafe\u0301 x CAFÉ", ["Cafe\u0301", "CAFÉ"]),
        ("i", "İx", ["İ"]),
        ("go oo", "Google", ["Goo"]),
        ("/o+/", "Google oo", ["oo", "oo"]),
        ("/x*/", "Google", []),
        ("~gge", "Google", ["G", "g", "e"]),
        ("~gz", "Google", ["G"]),
        ("-goo", "Google", []),
        ("id:goo billable:yes desc:goo", "Google", []),
        ("메", "메일", ["메"]),
    ],
)
def test_highlights_are_spans_of_the_name_as_it_is(text: str, name: str, marked: list[str]) -> None:
    assert [name[start:end] for start, end in parse(text).highlights(name)] == marked


@given(st.text(max_size=30))
def test_spans_belong_to_the_folded_characters(text: str) -> None:
    folded, spans = fold_with_spans(text)
    assert folded == fold(text)
    assert len(spans) == len(folded)
    for character, (start, end) in zip(folded, spans, strict=True):
        assert character in fold(text[start:end])


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mail", ["Mail", "Mailbox", "Big Mail", "Teams (mail)", "Hotmail"]),
        ("google mail", ["Google Mail", "Google Big Mail", "New Google Mail", "Mail for Xgoogle"]),
        ("", ["anything"]),
    ],
)
def test_rank_falls_from_the_exact_name_to_the_inside_of_a_word(text: str, names: list[str]) -> None:
    ranks = [parse(text).rank(name) for name in names]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0
    assert len(names) == 1 or ranks[-1] == 3


@pytest.mark.parametrize(
    ("longer", "shorter", "implied"),
    [
        ("goo", "go", True),
        ("go x", "go", True),
        ("go", "go x", False),
        ("go", "goo", False),
        ("-go", "-goo", True),
        ("-goo", "-go", False),
        ("~goo", "~go", True),
        ("/goo/", "/go/", False),
        ("billable:yes", "billable:yes", True),
        ("billable:yes", "billable:no", False),
        ("0d87347d", "0d87347", False),
        ("0d87347d2", "0d87347d", True),
        ("name:goo", "desc:go", False),
        ("name:goo", "go", True),
    ],
)
def test_a_query_that_narrows_another_knows_it(longer: str, shorter: str, implied: bool) -> None:
    assert parse(longer).implies(parse(shorter)) is implied
