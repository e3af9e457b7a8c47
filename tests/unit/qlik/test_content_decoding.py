"""A body is unpacked and becomes UTF-8, whatever way it was written in, or it is refused."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qconn_tui.qlik.content_decoding import BODY_LIMIT, MEMBER_LIMIT, to_utf8, unpack

EMPTY = gzip.compress(b"", mtime=0)
NAME = '{"name": "Café"}'


def parts(*bodies: bytes) -> bytes:
    """A member for each body."""
    return b"".join(gzip.compress(body, mtime=0) for body in bodies)


@pytest.mark.parametrize(
    "raw",
    [
        parts(b'{"data"', b": []}"),
        parts(b'{"data": []}', b""),
        parts(b"", b'{"data": []}'),
        parts(*(bytes([byte]) for byte in b'{"data": []}')),
        parts(b'{"data": []}') + bytes(1),
        parts(b'{"data": []}') + bytes(100_000),
        parts(b'{"data": []}', b"") + bytes(512),
        parts(b'{"data"') + bytes(512) + parts(b": []}"),
    ],
    ids=[
        "two members", "an empty last member", "an empty first member", "a member a byte", "a zero", "many zeros",
        "an empty last member and zeros", "zeros between members",
    ],
)  # fmt: skip
def test_all_members_of_a_gzip_body_are_unpacked(raw: bytes) -> None:
    assert unpack(raw, "gzip") == b'{"data": []}'


@pytest.mark.parametrize(
    ("behind", "fault"),
    [
        (b"more", "goes on after its end"),
        (bytes(9) + b"more", "goes on after its end"),
        (b"\x1f", "is cut off"),
        (EMPTY[:-1], "is cut off"),
        (parts(b"{}" * 50_000)[:-9], "is cut off"),
        (EMPTY[:-8] + b"\1" * 8, "is damaged"),
        (b"\x1f\x8b\xff" * 9, "is damaged"),
        (EMPTY * MEMBER_LIMIT, "has too many parts"),
    ],
)
def test_what_stands_behind_a_member_and_is_none_is_refused(behind: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        unpack(parts(b"{}") + behind, "gzip")
    assert caught.value.__context__ is None


def test_the_limit_is_for_all_members_together() -> None:
    half = b" " * (BODY_LIMIT // 2)
    assert unpack(parts(half, half), "gzip") == half * 2
    assert unpack(parts(half, b"", half) + bytes(9), "gzip") == half * 2
    for last in (b" ", b" " * 50_000_000):
        with pytest.raises(ValueError, match="longer than 2 MB"):
            unpack(parts(half, half, last), "gzip")


def test_many_members_take_no_time_to_speak_of() -> None:
    began = time.process_time()
    assert unpack(EMPTY * (MEMBER_LIMIT - 1) + bytes(1_000_000) + parts(b"{}"), "gzip") == b"{}"
    assert time.process_time() - began < 5


@given(st.lists(st.tuples(st.binary(max_size=300), st.integers(0, 9)), min_size=1, max_size=6))
def test_any_members_are_unpacked_as_gzip_does(members: list[tuple[bytes, int]]) -> None:
    raw = b"".join(gzip.compress(body) + bytes(zeros) for body, zeros in members)
    assert unpack(raw, "gzip") == gzip.decompress(raw) == b"".join(body for body, _ in members)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("iso-8859-1", "latin-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ("latin1", "latin-1"),
        ("Windows-1252", "cp1252"),
        ('"windows-1252"', "cp1252"),
        ("utf-16", "utf-16"),
        ("UTF-16LE", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp437", "cp437"),
        ("macintosh", "mac-roman"),
    ],
)
def test_a_named_character_set_is_read(charset: str, codec: str) -> None:
    assert to_utf8(NAME.encode(codec), f"application/json; charset={charset}") == NAME.encode()


@pytest.mark.parametrize("charset", ["shift_jis", "euc-jp", "iso-2022-jp", "gb18030", "utf-16"])
def test_character_sets_of_several_bytes_are_read(charset: str) -> None:
    text = '{"name": "データ連携"}'
    assert to_utf8(text.encode(charset), f"application/json;charset={charset}") == text.encode()


@pytest.mark.parametrize(
    "charset", ["iso-8859-1", "us-ascii", "utf-8", "UTF8", "windows-1252", "zlib_codec", "x-none", "'"]
)
def test_json_is_utf_8_if_it_can_be(charset: str) -> None:
    body = NAME.encode()
    assert to_utf8(body, f"application/json; charset={charset}") is body


@pytest.mark.parametrize(
    "kind", ["", "application/json", "application/json; charset=utf-8", "text/plain; charset=UTF-8"]
)
def test_without_another_character_set_a_body_stays_as_it_is(kind: str) -> None:
    body = NAME.encode("latin-1")
    assert to_utf8(body, kind) is body


@pytest.mark.parametrize(
    ("charset", "fault"),
    [
        ("us-ascii", "is not in the character set"),
        ("utf-32", "is not in the character set"),
        ("shift_jis", "is not in the character set"),
        ("utf-7", "is not in the character set"),
        ("x-none", "names a character set that is not known"),
        ("iso-8859-99", "names a character set that is not known"),
        ("unicode_escape", "names a character set that is not known"),
        ("zlib_codec", "names a character set that is not known"),
        ("rot13", "names a character set that is not known"),
        ("undefined", "names a character set that is not known"),
        ("idna", "names a character set that is not known"),
    ],
)
def test_letters_that_cannot_be_told_are_refused(charset: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        to_utf8(b'{"name": "Caf\xe9\xff\xfd"}', f"application/json; charset={charset}")


@given(st.binary(max_size=64), st.text(max_size=30))
def test_any_body_is_utf_8_or_refused(body: bytes, kind: str) -> None:
    try:
        converted = to_utf8(body, f"text/x; charset={kind}")
    except ValueError as error:
        assert str(error).split()[0] in ("is", "names")
    else:
        assert converted is body or converted.decode() is not None
