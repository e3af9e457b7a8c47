"""What a tenant sends, however odd, is read into records or refused; nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qconn_tui.connector import Connector
from qconn_tui.errors import Problem, UnreadableAnswer
from qconn_tui.qlik.wire import RECORDS_PER_PAGE, NextLink, read_grant, read_page, read_problems
from qconn_tui.text import NAME_LIMIT, TEXT_LIMIT, URL_LIMIT, clean, is_visible

AIRTABLE = {
    "id": "0d87347d-27c0-11ea-921c-022e6b5ea1e2",
    "name": "Airtable",
    "description": "Airtable is a cloud collaboration service.",
    "billable": "true",
    "hasWebhooks": "true",
    "logoLarge": "https://cdn.qlikcloud.com/automations/logos/a2649cabda63b339ebc68a0c8d028f08.png",
    "logoSmall": "https://cdn.qlikcloud.com/automations/logos/a14638b5bf73f6d360f3c2732cf94bd9.png",
    "logoMedium": "https://cdn.qlikcloud.com/automations/logos/db2e3454fd01a6c3a53c09609a0b504f.png",
}
HOSTILE = [
    "[/x]", "\x1b[2J", "\x1b]52;c;cHduZWQ=\x07", "\x9b31m", "a\u202egpj", "nul\x00", "x" * 5000, "数据库",
    "👩‍👩‍👧", "e" + "\u0301" * 100, "\ud83d", "\ue000", "line\nline",
]  # fmt: skip


def body(*records: Any, **more: Any) -> bytes:
    return json.dumps({"data": list(records), **more}).encode()


def test_the_documented_record_is_read_field_by_field() -> None:
    records, link = read_page(body(AIRTABLE, links={"next": {"href": "string"}, "prev": {"href": "string"}}))
    assert records.connectors == (
        Connector(
            id="0d87347d-27c0-11ea-921c-022e6b5ea1e2",
            name="Airtable",
            description="Airtable is a cloud collaboration service.",
            billable=True,
            has_webhooks=True,
            logo_small=AIRTABLE["logoSmall"],
            logo_medium=AIRTABLE["logoMedium"],
            logo_large=AIRTABLE["logoLarge"],
        ),
    )
    assert records.skipped == ()
    assert link == NextLink("string", is_valid=True)


def test_only_the_id_is_needed_and_unknown_fields_are_ignored() -> None:
    assert read_page(body({"id": "a", "surprise": {"x": 1}}))[0].connectors == (Connector("a", ""),)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True), ("true", True), ("TRUE", True), (" True ", True), (1, True), ("1", True), ("yes", True),
        (False, False), ("false", False), ("False", False), (0, False), ("0", False), ("no", False),
        (None, None), ("", None), ("maybe", None), (2, None), (1.5, None), ([], None), ({}, None),
        ([True], None), (float("nan"), None), (10**400, None),
    ],
)  # fmt: skip
def test_flags_have_three_states(value: object, expected: bool | None) -> None:
    record = {"id": "a", "billable": value, "hasWebhooks": value}
    (connector,) = read_page(json.dumps({"data": [record]}).encode())[0].connectors
    assert (connector.billable, connector.has_webhooks) == (expected, expected)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({}, "the id is missing"),
        ({"id": None}, "the id is empty"),
        ({"id": "  \u200b "}, "the id is empty"),
        ({"id": 7}, "the id is not text"),
        ({"id": "a", "name": 7}, "the name is not text"),
        ({"id": "a", "name": ["\x1b[2J"]}, "the name is not text"),
        (None, "it is not an object"),
        ("text", "it is not an object"),
        ([1], "it is not an object"),
    ],
)
def test_a_bad_record_costs_itself_alone(record: object, reason: str) -> None:
    records, _ = read_page(body({"id": "before"}, record, {"id": "after"}))
    assert [connector.id for connector in records.connectors] == ["before", "after"]
    assert records.skipped == (f"record 2: {reason}",)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_every_field_comes_out_safe(text: str) -> None:
    record = dict.fromkeys(AIRTABLE, text)
    records, _ = read_page(body({**record, "id": "id" + text}))
    (connector,) = records.connectors
    for shown in (connector.id, connector.name, connector.description or ""):
        shown.encode()
        assert is_visible(shown)
        assert len(shown) <= 2000
    for address in (connector.logo_small, connector.logo_medium, connector.logo_large):
        assert address is None or address == text


@pytest.mark.parametrize(
    "address", ["https://a/\x1b[2J", "https://a/\nb", "https://a/" + "x" * URL_LIMIT, "", "   ", 7, None, ["https://a/"]]
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_none(address: object) -> None:
    (connector,) = read_page(body({"id": "a", "logoSmall": address}))[0].connectors
    assert connector.logo_small is None


@pytest.mark.parametrize(
    ("links", "href", "valid"),
    [
        ({"next": {"href": "https://t/x?cursor=a"}}, "https://t/x?cursor=a", True),
        ({"Next": {"Href": "?cursor=a"}}, "?cursor=a", True),
        ({"next": "/x?cursor=a"}, "/x?cursor=a", True),
        ({"next": {"href": " ?cursor=a "}}, "?cursor=a", True),
        (None, None, True),
        ({}, None, True),
        ([], None, True),
        ({"next": None}, None, True),
        ({"next": {}}, None, True),
        ({"next": []}, None, True),
        ({"next": {"href": None}}, None, True),
        ({"next": {"href": ""}}, None, True),
        ({"next": {"href": 7}}, None, False),
        ({"next": {"href": ["?cursor=a"]}}, None, False),
        ({"next": 7}, None, False),
        ({"next": ["?cursor=a"]}, None, False),
        (["?cursor=a"], None, False),
        ("?cursor=a", None, False),
        (7, None, False),
        (False, None, False),
    ],
)
def test_links_of_every_shape(links: object, href: str | None, valid: bool) -> None:
    _, link = read_page(body({"id": "a"}, links=links))
    assert (link.href, link.is_valid) == (href, valid)


def test_missing_links_are_an_end() -> None:
    _, link = read_page(body({"id": "a"}))
    assert link == NextLink(None, is_valid=True)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not json", b"<html>", b"null", b"7", b'"text"', b"[]", b"{}", b'{"data": null}',
        b'{"data": {}}', b'{"data": "x"}', b'{"data": [', b'{"data": []} trailing',
        b"[" * 100_000, b'{"a":' * 100_000,
        '{"data": []}'.encode("utf-16"), b"\xff\xfe\x00", b'{"data": [' + b"{}," * RECORDS_PER_PAGE + b"{}]}",
    ],
    ids=lambda content: repr(content[:20]),
)  # fmt: skip
def test_what_is_no_page_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        read_page(content, "trace")
    assert caught.value.advice
    assert caught.value.trace_id == "trace"


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf{"data": [{"id": "a", "name": "A"}]}',
        b'{"data": [{"id": "a", "name": "A"}], "total": ' + b"9" * 10_000 + b"}",
        b'{"data": [{"id": "a", "name": "A"}], "total": NaN}',
        b'{"data": [{"id": "a", "name": "A", "description": "\\ud83d"}]}',
        b'{"data": [{"id": "a", "name": "A", "description": "caf\xe9"}]}',
    ],
    ids=["byte order mark", "huge number", "NaN", "lone surrogate", "invalid UTF-8"],
)
def test_damage_beside_the_point_does_not_cost_the_page(content: bytes) -> None:
    (connector,) = read_page(content)[0].connectors
    assert (connector.id, connector.name) == ("a", "A")
    (connector.description or "").encode()


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        (b'{"data": [{"id": "a", "name": "caf\xe9"}, {"id": "b"}]}', 1),
        (b'{"data": [{"id": "a", "description": "caf\xe9"}, {"id": "b", "name": "\xff\xfe"}]}', 2),
        (b'{"data": [{"id": "a\x80"}, {"id": "b", "logoSmall": "https://a/\xff.png"}]}', 2),
        (b'{"data": [{"id": "a", "caf\xe9": 1, "other": "caf\xe9"}, {"id": 7, "name": "caf\xe9"}]}', 0),
        ('{"data": [{"id": "a", "name": "café \ufffd"}]}'.encode(), 0),
        (b'{"data": [{"id": "a", "name": "\\ud83d"}]}', 0),
    ],
)
def test_records_with_letters_that_are_lost_are_counted(content: bytes, damaged: int) -> None:
    assert read_page(content)[0].damaged == damaged


@pytest.mark.parametrize(
    "links", [b'"li\xffks": {"next": {"href": "?cursor=a"}}', b'"links": {"n\xffxt": {"href": "?cursor=a"}}']
)
def test_a_link_whose_name_is_lost_is_no_end(links: bytes) -> None:
    assert read_page(b'{"data": [{"id": "a"}], ' + links + b"}")[1] == NextLink(None, is_valid=False)
    assert read_page(b'{"data": [{"id": "caf\xe9"}], "links": {}}')[1].is_valid


@pytest.mark.parametrize(
    "record",
    [
        {"id": "a"},
        AIRTABLE,
        {"id": "a", "name": "n" * 200, "description": "d" * 2000, "logoSmall": "https://a/" + "x" * 2000},
        {"id": "a", "description": "d" * 1999 + "\U0001f600"},
        {"id": "a", "description": "日" * 2000},
        {"id": "a", "unknown": "x" * 50_000},
    ],
)
@pytest.mark.parametrize("is_ascii", [True, False])
def test_the_size_of_a_page_is_what_its_texts_take(record: dict[str, str], is_ascii: bool) -> None:
    content = json.dumps({"data": [record] * 5}, ensure_ascii=is_ascii).encode()
    records, _ = read_page(content)
    texts = [text for connector in records.connectors for text in connector if isinstance(text, str)]
    width = max(4 if max(text, default="") > "\uffff" else 2 if not text.isascii() else 1 for text in texts)
    assert sum(map(len, texts)) <= records.size
    # A text beyond ASCII keeps its UTF-8 beside it, once pydantic has asked for that.
    utf8 = sum(len(text.encode()) for text in texts if not text.isascii())
    assert records.size <= max(sum(map(len, texts)) * width + utf8 + 80 * len(texts), 5 * 1024)


def test_the_documented_error_body_is_kept_whole() -> None:
    content = {
        "errors": [{"code": "HTTP-429", "title": "API rate limit reached.", "detail": "Wait.", "status": 429}],
        "traceId": "abc",
    }
    assert read_problems(json.dumps(content).encode()) == (
        (Problem("HTTP-429", "API rate limit reached.", "Wait."),),
        "abc",
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"errors": [{"code": "A"}, {"title": "B"}, {"detail": "C"}]},
         (Problem("A", "no title"), Problem("no code", "B"), Problem("no code", "no title", "C"))),
        ({"errors": {"code": "A", "title": "B"}}, (Problem("A", "B"),)),
        ({"errors": [{"code": 401, "title": "B", "status": "401"}]}, (Problem("401", "B"),)),
        ({"error": "invalid_client", "error_description": "Nope"}, (Problem("invalid_client", "Nope"),)),
        ({"errors": [None, 7, [], {}, {"code": [], "title": {}}]}, ()),
        ({"errors": "text"}, ()),
        ([], ()),
        (None, ()),
    ],
)  # fmt: skip
def test_error_bodies_of_every_shape(content: object, expected: tuple[Problem, ...]) -> None:
    assert read_problems(json.dumps(content).encode()) == (expected, None)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_error_texts_come_out_safe(text: str) -> None:
    content = {"errors": [{"code": text, "title": text, "detail": text}] * 500, "traceId": text}
    problems, trace = read_problems(json.dumps(content).encode())
    assert 0 < len(problems) <= 20
    assert all(is_visible(str(problem)) for problem in problems)
    assert trace is None or is_visible(trace)


def test_a_grant_is_read_and_its_token_hidden() -> None:
    grant = read_grant(b'{"access_token": "eyJ.0123456789abcdef.x", "token_type": "bearer", "expires_in": 21600}')
    assert grant.token.reveal() == "eyJ.0123456789abcdef.x"
    assert grant.lifetime == 21600.0
    assert "eyJ" not in repr(grant)


@pytest.mark.parametrize(
    ("expires", "lifetime"),
    [
        ("null", 0.0), ('"6 h"', 0.0), ("-1", 0.0), ("NaN", 0.0), ("true", 0.0), ("1e300", 86_400.0),
        ('"-1"', 0.0), ('"nan"', 0.0), ('""', 0.0), ('"1e9"', 0.0), ('"999999999"', 86_400.0), ('"\u0663"', 0.0),
        (f'"{"9" * 5000}"', 0.0),
    ],
)  # fmt: skip
def test_an_unbelievable_lifetime_is_bounded(expires: str, lifetime: float) -> None:
    content = f'{{"access_token": "0123456789abcdef", "expires_in": {expires}}}'
    assert read_grant(content.encode()).lifetime == lifetime


@pytest.mark.parametrize(
    ("expires", "lifetime"), [("3600", 3600.0), ('"3600"', 3600.0), ('" 3600 "', 3600.0), ('"3600.5"', 3600.5)]
)
def test_a_lifetime_is_a_number_or_its_text(expires: str, lifetime: float) -> None:
    content = f'{{"access_token": "0123456789abcdef", "expires_in": {expires}}}'
    assert read_grant(content.encode()).lifetime == lifetime


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"access_token": null}', b'{"access_token": "short"}',
     b'{"access_token": "0123456789abcdef\\nX-Other: 1"}', b'{"access_token": ["SECRETSECRETSECRET"]}'],
)  # fmt: skip
def test_an_answer_without_a_usable_token_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        read_grant(content)
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "links", "next", "href", "id", "name", "errors", "code"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_ends_in_a_page_or_in_our_own_error(content: object) -> None:
    text = json.dumps(content).encode()
    read_problems(text)
    try:
        records, _ = read_page(text)
    except UnreadableAnswer:
        return
    assert isinstance(content, dict)
    assert len(records.connectors) + len(records.skipped) == len(records) == len(content["data"])


@given(st.text(max_size=12) | st.from_regex(r"\A[ -~]{0,8}[\n ]?\Z"))
@example("a\n")
@example("a  b")
@example(" a")
@example("x" * (NAME_LIMIT + 1))
def test_every_text_is_what_cleaning_makes_of_it(text: str) -> None:
    record = {"id": f"id{text}", "name": text, "description": text, "logoSmall": text}
    (connector,) = read_page(body(record))[0].connectors
    assert connector.id == clean(f"id{text}")
    assert connector.name == clean(text)
    assert connector.description == (clean(text, TEXT_LIMIT) or None)
    assert connector.logo_small == (text.strip() if text.strip() and clean(text, TEXT_LIMIT) == text.strip() else None)


@given(st.binary(max_size=64))
def test_any_bytes_end_in_a_page_or_in_our_own_error(content: bytes) -> None:
    read_problems(content)
    with pytest.raises(UnreadableAnswer):
        read_page(content)
