"""A secret that comes back is removed, also when it is written so that only a reader finds it."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.qlik.auth import Secret
from qconn_tui.qlik.redaction import Redaction
from qconn_tui.qlik.wire import read_page, read_problems
from qconn_tui.text import URL_LIMIT, clean

KEY = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJLMSJ9.c2lnbmF0dXJl-_Kk"
REDACTION = Redaction([Secret(KEY)])


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def between(text: str) -> str:
    return text.join(KEY[place : place + 9] for place in range(0, len(KEY), 9))


DISGUISES = {
    "as it is": KEY,
    "all escaped": escaped(KEY),
    "one letter escaped": KEY.replace("e", "\\u0065", 1),
    "escaped in capitals": KEY.replace("K", "\\u004B").replace("J", "\\u004A"),
    "a zero-width space": between("\u200b"),
    "a zero-width space, escaped": between("\\u200b"),
    "a zero-width joiner": between("\u200d"),
    "a soft hyphen": between("\u00ad"),
    "a byte order mark": between("\ufeff"),
    "a word joiner between all": "\u2060".join(KEY),
    "a bidirectional control": between("\\u202e"),
    "a tag": between("\U000e0041"),
    "a variation selector": between("\ufe0f"),
    "a space": between(" "),
    "a no-break space": between("\u00a0"),
    "a line end": between("\\n"),
    "a tab": between("\\t"),
    "a control": between("\\u0000"),
    "half a surrogate pair": between("\\ud83d"),
    "a combining mark": between("\u0301"),
    "the kelvin sign": KEY.replace("K", "\u212a"),
    "the kelvin sign, escaped": KEY.replace("K", "\\u212a"),
    "full width": "".join(chr(ord(character) + 0xFEE0) for character in KEY),
    "full width, escaped": escaped("".join(chr(ord(character) + 0xFEE0) for character in KEY)),
    "mathematical letters": "".join(
        chr(0x1D5D4 + ord(character) - 65) if "A" <= character <= "Z" else character for character in KEY
    ),
    "percent": "".join(f"%{ord(character):02x}" for character in KEY),
    "percent, in part": KEY.replace("J", "%4A"),
    "percent, escaped": KEY.replace("J", "\\u00254A"),
    "small letters": KEY.lower(),
}  # fmt: skip


def readable(text: str) -> str:
    """What a reader can make of a text."""
    visible = re.sub(r"[^!-~]", "", unicodedata.normalize("NFKC", unquote(text)))
    return visible.lower()


@pytest.mark.parametrize("written", DISGUISES.values(), ids=DISGUISES)
def test_the_secret_is_removed_from_every_text_of_a_page(written: str) -> None:
    logo = f"https://logos.example/{written}/a.png"
    body = f'{{"data": [{{"id": "1", "name": "key {written} .", "description": "{written}", "logoSmall": "{logo}"}},'
    body += f' {{"id": "{written}", "name": "Slack", "{written}": 1}}], "links": {{"next": {{"href": "?{written}"}}}}}}'
    clear = REDACTION.of_body(body.encode())
    records, link = read_page(clear)
    assert len(records.connectors) == 2
    assert records.connectors[1].name == "Slack"
    texts = [text for connector in records.connectors for text in connector if isinstance(text, str)]
    for text in (*texts, link.href or "", json.dumps(json.loads(clear)), clear.decode()):
        assert readable(KEY) not in readable(text)


@pytest.mark.parametrize("written", DISGUISES.values(), ids=DISGUISES)
def test_the_secret_is_removed_from_an_error(written: str) -> None:
    body = f'{{"errors": [{{"code": "AUTH-1", "title": "Bad {written}", "detail": "No"}}], "traceId": "{written}"}}'
    (problem,), trace = read_problems(REDACTION.of_body(body.encode()))
    assert (problem.code, problem.detail) == ("AUTH-1", "No")
    assert readable(KEY) not in readable(f"{problem} {trace}")


@pytest.mark.parametrize("written", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("frame", ["<p>{}</p>", "[{}", "{}", "\ufeff <{}", '{{"a": "{}"'])
def test_of_what_is_no_json_nearly_nothing_is_left(written: str, frame: str) -> None:
    clear = REDACTION.of_body(frame.format(written).encode()).decode()
    assert readable(KEY) not in readable(clear)
    if "<" in frame:
        assert clear.removeprefix("\ufeff").lstrip().startswith("<")


@pytest.mark.parametrize("value", [KEY, f"Bearer {KEY}", between(" "), KEY.replace("J", "%4a"), between("\xad")])
def test_the_secret_is_removed_from_a_header(value: str) -> None:
    clear = REDACTION.of_header(value.encode("latin-1", errors="replace")).decode()
    assert readable(KEY) not in readable(clear)
    assert "***" in clear


def test_nothing_else_is_changed() -> None:
    page = {"data": [{"id": "1", "name": "Caf\u00e9 \u200b %41 \\u0041 \u212a \uff21", "logo": "https://a/b"}]}
    for body in (json.dumps(page), json.dumps(page, ensure_ascii=False), json.dumps(page).replace("/", "\\/"), "<", ""):
        assert REDACTION.of_body(body.encode()) == body.encode()
    assert REDACTION.of_body(b"\xff\xfe\x00") == b"\xff\xfe\x00"


@pytest.mark.parametrize(
    "secret", ['pass"word\\with%41signs', "a b c d e f g h i j k l m n o p q", "slashes/and\\backslashes"]
)
def test_a_secret_with_signs_that_are_escaped_is_found(secret: str) -> None:
    redaction = Redaction([Secret(secret)])
    for text in (json.dumps(secret), json.dumps(secret).replace("/", "\\/"), f'"{escaped(secret)}"'):
        assert json.loads(redaction.of_body(f'["x", {text}]'.encode())) == ["x", "***"]


@pytest.mark.parametrize("secret", ["short", " " * 30, "\u00e9" * 30, "\\n" * 20])
def test_a_secret_that_could_be_part_of_anything_is_left_out(secret: str) -> None:
    body = b'{"data": [{"id": "short", "name": "a  b"}]}'
    assert Redaction([Secret(secret)]).of_body(body) == body


def test_all_secrets_are_removed_and_none_is_shown() -> None:
    first, second = "FIRST-0123456789abc", "SECOND-0123456789abc"
    redaction = Redaction([Secret(first), Secret(second)])
    assert redaction.of_body(f'["{first}", "{escaped(second)}", "c"]'.encode()) == b'["***", "***", "c"]'
    assert "FIRST" not in repr(vars(redaction)).upper()


def test_a_hostile_body_takes_no_time_to_speak_of() -> None:
    bodies = (escaped(KEY[:-1]) * 6000, "\\" * 2_000_000, "%" * 2_000_000, between("\u200b") * 15_000, "[" * 2_000_000)
    began = time.process_time()
    for body in bodies:
        REDACTION.of_body(body.encode())
    assert time.process_time() - began < 10


@given(
    st.lists(
        st.sampled_from(["", "\u200b", " ", "\n", "\u0301", "\ud83d", "\x1b"]), min_size=len(KEY), max_size=len(KEY)
    )
)
def test_whatever_stands_between_its_letters_no_text_shows_it(separators: list[str]) -> None:
    written = "".join(letter + separator for letter, separator in zip(KEY, separators, strict=True))
    records, _ = read_page(REDACTION.of_body(json.dumps({"data": [{"id": "1", "name": written}]}).encode()))
    shown = records.connectors[0].name
    assert readable(KEY) not in readable(shown)
    assert clean(shown, URL_LIMIT) == shown
