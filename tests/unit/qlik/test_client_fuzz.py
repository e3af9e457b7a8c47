"""For any response of a server, the client returns a body within its limits or raises one of the project's errors."""

from __future__ import annotations

import asyncio
import gzip
import math
import zlib
from email.utils import formatdate

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qconn_tui.errors import AnswerError, UnreadableAnswer
from qconn_tui.qlik.auth import ApiKey, Secret
from qconn_tui.qlik.client import TenantClient
from qconn_tui.qlik.content_decoding import BODY_LIMIT, unpack
from qconn_tui.qlik.error_mapping import retry_after
from qconn_tui.qlik.pager import End, ListQuery, walk
from qconn_tui.qlik.server import parse_server
from qconn_tui.qlik.wire import read_page
from qconn_tui.text import is_visible
from tests.unit.qlik.tenant_double import Tenant, reply
from tests.unit.timing import Waits

pytestmark = pytest.mark.anyio

KEY = "SECRET-0123456789abcdef"
SERVER = parse_server("http://127.0.0.1:1", "test")

latin = st.text(st.characters(max_codepoint=255), max_size=40)
dates = st.floats(-1e11, 2.5e11).map(lambda moment: formatdate(moment, usegmt=True) if moment > 0 else "")
moments = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    dates,
    latin,
    st.from_regex(
        r"\A(Mon, )?[0-9]{1,3}[ -][A-Z][a-z]{2}[ -][0-9]{1,6} [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2})? "
        r"([+-][0-9]{1,9}|GMT|EST)?\Z"
    ),
)
encodings = st.one_of(st.sampled_from(["gzip", "gzip, gzip", "br", "identity", "", "x-gzip", "GZIP "]), latin)
bodies = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(gzip.compress),
    st.binary(max_size=200).map(zlib.compress),
    st.sampled_from([b'{"data": []}', b"<html>", b"[" * 5000, b'{"data": [1, null, {"id": 1}]}', b'{"data": NaN}']),
)
answers = st.tuples(
    st.integers(200, 599),
    st.fixed_dictionaries(
        {},
        optional={
            "Retry-After": moments, "Date": moments, "Content-Encoding": encodings, "Content-Type": latin,
            "Location": latin, "X-B3-Traceid": latin, "Content-Length": st.integers().map(str),
        },
    ),
    bodies,
)  # fmt: skip


@given(moments, moments, st.floats(0, 1e11))
@example("Mon, 01 Jan 0001 00:00:00 -2359", "", 0.0)
@example("Fri, 31 Dec 9999 23:59:59 -2359", "", 0.0)
@example("Wed, 21 Oct 2015 07:28:00 +99999999999", "", 0.0)
def test_a_wait_is_a_number_of_seconds_or_nothing(after: str, date: str, now: float) -> None:
    wait = retry_after({"Retry-After": after, "Date": date}, now)
    assert wait is None or (math.isfinite(wait) and 0 <= wait < 1e9)


@given(bodies, encodings)
def test_a_body_is_unpacked_within_limits_or_refused(raw: bytes, encoding: str) -> None:
    try:
        body = unpack(raw, encoding)
    except ValueError as error:
        assert str(error).split()[0] in ("is", "goes")
    else:
        assert len(body) <= BODY_LIMIT
        assert body == raw or gzip.decompress(raw) == body


@given(bodies, st.data())
def test_a_packed_body_that_was_cut_or_changed_is_never_taken_for_whole(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(ValueError, match=r"is (cut off|damaged)"):
        unpack(packed[:cut], "gzip")


@given(answers)
async def test_every_answer_is_a_body_or_one_of_our_errors(answer: tuple[int, dict[str, str], bytes]) -> None:
    status, headers, body = answer
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    response = httpx.Response(status, headers=raw, stream=reply(body=body).stream)
    async with TenantClient(SERVER, ApiKey(Secret(KEY)), transport=Tenant(lambda _: response)) as client:
        try:
            got = await client.get("/api/x")
        except AnswerError as error:
            shown = f"{error} {error.details()} {error!r}"
            assert error.summary
            assert error.advice
            assert KEY not in shown
            assert is_visible(shown)
        else:
            assert 200 <= got.status < 300
            assert len(got.body) <= BODY_LIMIT


@given(st.lists(answers, min_size=1, max_size=4))
async def test_every_walk_ends(sequence: list[tuple[int, dict[str, str], bytes]]) -> None:
    given_out = iter(sequence)

    async def get(request: httpx.Request) -> httpx.Response:  # noqa: ARG001
        status, headers, body = next(given_out, (200, {}, b'{"data": [], "links": {}}'))
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx.Response(status, headers=raw, stream=reply(body=body).stream)

    waits = Waits()
    async with TenantClient(SERVER, ApiKey(Secret(KEY)), transport=httpx.MockTransport(get)) as client:
        client._rate_limit._clock = waits.time.clock
        try:
            pages = [page async for page in walk(client.get, ListQuery(), retry_wait=waits.retry_wait)]
        except AnswerError:
            assert len(waits.notices) <= 3
        else:
            assert pages[-1].end is not End.MORE
    assert all(0 <= seconds <= 60 for seconds in waits.seconds)


@given(bodies)
def test_every_body_is_a_page_or_unreadable(body: bytes) -> None:
    try:
        read_page(body)
    except UnreadableAnswer as error:
        assert error.status is None


@settings(max_examples=60)
@given(
    st.one_of(st.integers(-5, 60).map(str), latin.filter(lambda text: not {"\r", "\n"} & set(text))),
    st.binary(max_size=30),
    encodings.filter(lambda text: not {"\r", "\n"} & set(text)),
)
async def test_a_length_that_lies_never_makes_half_a_body_whole(length: str, body: bytes, encoding: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nContent-Encoding: {encoding}\r\n\r\n"
        writer.write(head.encode("latin-1") + body)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = parse_server(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "test")
    async with server, TenantClient(address, ApiKey(Secret(KEY)), deadline=5.0) as client:
        try:
            answer = await client.get("/api/x")
        except AnswerError as error:
            assert KEY not in repr(error)
        else:
            assert int(length) <= len(body) or encoding.strip().lower() in ("gzip", "x-gzip")
            assert answer.body in (body[: int(length)], b"") or "gzip" in encoding.lower()
