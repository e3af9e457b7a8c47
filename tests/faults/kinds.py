"""Every kind of fault that a tenant's list is walked with, and what has to come of it."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from typing import Any, TypeAlias

from tests.faults.listing import FIRST_QUERY, PER_PAGE, Visit, answer, packed
from tests.faults.raw_server import Ending, Reply

Making: TypeAlias = Callable[[Visit], Reply]

ALL = tuple(range(PER_PAGE))
"""The places on a page of records that are sent validly: every one."""
BUT_FIRST = ALL[1:]
"""The same where the first one is spoilt."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault, and what a walk that meets it has to end with.

    An end is the name of a `Reach` when the walk ends by itself, and of an error when it is refused.
    """

    name: str
    """What is wrong."""
    reply: Making
    """The answer to a request that is hit."""
    once: str
    """The end when only the first request for the page is hit."""
    always: str
    """The end when every request for the page is hit."""
    on_first_page: str | None = None
    """The end on the first page, where it differs."""
    rows: tuple[int, ...] = ()
    """The places on the page of the records that come validly all the same."""
    skipped: int = 0
    """How many records of the page have to be counted as unreadable."""
    ends_early: bool = False
    """Whether the response is a valid last page, so that a client cannot know that there is more."""
    slow: bool = False
    """Whether only the deadline ends it."""
    detour: str | None = None
    """Where the request is led to in place of the tenant: a name in `walks.World.detours`."""


def _passing(name: str, reply: Making, error: str, **more: Any) -> Fault:
    """May be another answer next time: it is asked again."""
    return Fault(name, reply, "COMPLETE", error, **more)


def _final(name: str, reply: Making, error: str, **more: Any) -> Fault:
    """Is meant: it is not asked again, or a walk ends there."""
    return Fault(name, reply, error, error, **more)


def _taken(name: str, reply: Making, rows: tuple[int, ...] = ALL, **more: Any) -> Fault:
    """Does not keep the page from being read."""
    return Fault(name, reply, "COMPLETE", "COMPLETE", rows=rows, **more)


def _forgotten(name: str, reply: Making, **more: Any) -> Fault:
    """The place is forgotten: behind the first page the walk begins anew, once."""
    return Fault(name, reply, "COMPLETE", "RequestRejected", on_first_page="RequestRejected", **more)


# Connections -----------------------------------------------------------------------------------------------------


def _nothing(_: Visit) -> Reply:
    return Reply()


def _bytes(*parts: bytes, ending: Ending = Ending.CLOSE, pause: float = 0.0) -> Making:
    return lambda _: Reply(parts, ending, pause)


_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


def _cut(share: float, ending: Ending = Ending.CLOSE) -> Making:
    """A right answer, broken off after a share of its bytes."""

    def reply(visit: Visit) -> Reply:
        whole = packed(visit.page_with())
        return Reply((whole[: int(len(whole) * share)],), ending)

    return reply


def _raw(head: bytes, tail: bytes = b"") -> Making:
    """A right body under another head; `tail` comes behind it."""
    return lambda visit: Reply((head + b"\r\n" + json.dumps(visit.page_with()).encode() + tail,))


def _twice(second: bytes) -> Making:
    """A valid response, and in the same packet one to no request."""
    return lambda visit: Reply((packed(visit.page_with()) + second,), Ending.KEEP)


def _chunked(tail: bytes) -> Making:
    def reply(visit: Visit) -> Reply:
        body = json.dumps(visit.page_with()).encode()
        return Reply((_CHUNKED + b"%x\r\n%b\r\n" % (len(body), body) + tail,))

    return reply


def _drip(visit: Visit) -> Reply:
    whole = packed(visit.page_with())
    return Reply((whole[place : place + 1] for place in range(len(whole))), pause=0.05)


CONNECTIONS = (
    *(
        _passing(name, _nothing, "Unreachable", detour=name)
        for name in ("no such name", "refused", "TLS: plain answer", "TLS: hangs up")
    ),
    _passing("hangs up at once", _nothing, "Unreachable"),
    _passing("reset at once", _bytes(ending=Ending.RESET), "Unreachable"),
    _passing("reset in the body", _cut(0.9, Ending.RESET), "Unreachable"),
    _passing("status line cut", _bytes(b"HTTP/1.1 2"), "Unreachable"),
    _passing("headers cut", _cut(0.2), "Unreachable"),
    _passing("body short", _cut(0.9), "Unreachable"),
    _passing("chunk without a length", _bytes(_CHUNKED + b"length\r\n{}\r\n"), "Unreachable"),
    _passing("chunks without an end", _chunked(b""), "Unreachable"),
    _passing("length is no number", _raw(_OK + b"Content-Length: many\r\n"), "Unreachable"),
    _passing("two lengths", _raw(_OK + b"Content-Length: 5\r\nContent-Length: 6\r\n"), "Unreachable"),
    _passing("not HTTP", _bytes(b"SSH-2.0-OpenSSH_9.6\r\n"), "Unreachable"),
    _passing("NUL in a header", _raw(_OK + b"X-Y: a\0b\r\n"), "Unreachable"),
    _passing("headers without an end", lambda _: Reply(chain((_OK,), repeat(b"X-Y: z\r\n" * 1000))), "Unreachable"),
    _passing("a header without an end", lambda _: Reply(chain((_OK, b"X: "), repeat(b"y" * 8192))), "Unreachable"),
    _passing("only preliminary answers", lambda _: Reply(repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), pause=0.01),
             "Unreachable", slow=True),
    _passing("silence", _bytes(ending=Ending.HANG), "Unreachable", slow=True),
    _passing("silence in the body", _cut(0.9, Ending.HANG), "Unreachable", slow=True),
    _passing("drips", _drip, "Unreachable", slow=True),
    _taken("hangs up after the answer", lambda visit: answer(visit.page_with(), ending=Ending.CLOSE)),
    _taken("HTTP/1.0 without a length", _raw(b"HTTP/1.0 200 OK\r\n")),
    _taken("more than the length says", lambda visit: Reply((packed(visit.page_with()) + b"x" * 100,), Ending.KEEP)),
    *(
        _taken(f"a second answer behind the first, {what}", _twice(second))
        for what, second in {
            "with an end": packed({"data": [], "links": {"next": {"href": None}}}),
            "in chunks": _CHUNKED + b"c\r\n{\"data\": []}\r\n0\r\n\r\n",
            "of an error": packed(b"", status=404),
            "of which the rest never comes": packed({"data": []})[:-5],
        }.items()
    ),
    _taken("preliminary answers around it", lambda visit: Reply(
        (_CONTINUE + packed(visit.page_with()) + _CONTINUE,), Ending.KEEP)),
    _taken("cookies", lambda visit: answer(visit.page_with(), "Set-Cookie: session=stolen; Path=/")),
)  # fmt: skip


# Bodies ----------------------------------------------------------------------------------------------------------


@cache
def _bomb() -> bytes:
    """50 MB of nothing in 50 kB."""
    return gzip.compress(bytes(50_000_000), 9)


@cache
def _small_bomb() -> bytes:
    """The same in less than 2 kB, compressed twice."""
    return gzip.compress(_bomb())


def _gzip(change: Callable[[bytes], bytes], *headers: str) -> Making:
    """A right page, compressed and then changed."""
    encoding = headers or ("Content-Encoding: gzip",)
    return lambda visit: answer(change(gzip.compress(json.dumps(visit.page_with()).encode())), *encoding)


def _body(change: Callable[[bytes], bytes], kind: str = "application/json") -> Making:
    """A right page whose JSON is changed."""
    return lambda visit: answer(change(json.dumps(visit.page_with()).encode()), kind=kind)


def _literally(value: bytes) -> Making:
    """A right page with something in it that Python would not write."""
    return _body(lambda body: body.replace(b'"hasWebhooks": false', b'"hasWebhooks": ' + value))


BODIES = (
    *(
        _passing(name, reply, "UnreadableAnswer")
        for name, reply in {
            "a gzip bomb": lambda _: answer(_bomb(), "Content-Encoding: gzip"),
            "a gzip bomb in a gzip": lambda _: answer(_small_bomb(), "Content-Encoding: gzip, gzip"),
            "two encodings in two headers": lambda _: answer(_small_bomb(), *["Content-Encoding: gzip"] * 2),
            "gzip cut off": _gzip(lambda body: body[:-9]),
            "gzip with a wrong checksum": _gzip(lambda body: body[:-8] + b"\0\0\0\0" + body[-4:]),
            "gzip that is none": _gzip(lambda _: b'{"data": []}'),
            "an encoding nobody asked for": _gzip(lambda body: zlib.compress(body), "Content-Encoding: deflate"),
            "a body without an end": lambda _: Reply(chain((_OK + b"\r\n",), repeat(b" " * 65536))),
            "no body": lambda _: answer(b""),
            "JSON cut off": _body(lambda body: body[: len(body) // 2]),
            "UTF-16": _body(lambda body: body.decode().encode("utf-16")),
            "nested deeply, and closed": lambda _: answer(b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
            "null": lambda _: answer(b"null"),
            "a number": lambda _: answer(b"7" * 10_000),
            "an array": lambda visit: answer(visit.records()),
            "no data": lambda visit: answer(visit.page_with(data=...)),
            "data is an object": lambda visit: answer(visit.page_with(data={"0": visit.records()[0]})),
            "records without number": lambda visit: answer(visit.page_with(data=[{}] * 5000)),
        }.items()
    ),
    _passing("a web page", lambda _: answer("<html><title>Log in</title>", kind="text/html"), "UnreadableAnswer"),
    _passing("a web page that says it is JSON", lambda _: answer("<!doctype html>"), "UnreadableAnswer"),
    _taken("JSON that says it is a web page", _body(lambda body: body, "text/html; charset=zlib_codec")),
    _taken("gzip of two members and one without content", _gzip(
        lambda body: gzip.compress(gzip.decompress(body)[:50]) + gzip.compress(gzip.decompress(body)[50:])
        + gzip.compress(b""))),
    _taken("gzip with zeros behind it", _gzip(lambda body: body + bytes(1000))),
    _taken("UTF-16 that says so", _body(lambda body: body.decode().encode("utf-16"), "text/json; charset=utf-16")),
    _taken("a byte order mark", _body(lambda body: b"\xef\xbb\xbf" + body)),
    _taken("bytes that are no UTF-8", _body(lambda body: body.replace(b'"billable"', b'"\xff\xc0\x80"'))),
    _taken("NaN", _literally(b"NaN")),
    _taken("a number of 10,000 digits", _literally(b"9" * 10_000)),
    _taken("half a surrogate pair", _literally(b'"\\ud800"')),
)  # fmt: skip


# Shapes ----------------------------------------------------------------------------------------------------------


def _record(first: Any) -> Making:
    """The page with something else in the place of its first record."""
    return lambda visit: answer(visit.page_with(data=[first, *visit.records()[1:]]))


def _fields(**fields: Any) -> Making:
    """The page with some fields of every record changed."""
    return lambda visit: answer(visit.page_with(data=[record | fields for record in visit.records()]))


_HOSTILE = "\x1b]52;c;aGk=\x07[/b]\u202e\u2066\x9b31m\0 \U0010eeee"

SHAPES = (
    *(
        _taken(f"a record that {what}", _record(record), BUT_FIRST, skipped=1)
        for what, record in {
            "is null": None,
            "has no id": {"name": "nobody"},
            "has an empty id": {"id": " \u200b"},
            "has an object for a name": {"id": "x", "name": {}},
        }.items()
    ),
    _taken("flags and texts of wrong types", _fields(billable=[1], hasWebhooks={}, description=7, logoSmall=["x"])),
    _taken("hostile texts", _fields(description=_HOSTILE * 500, logoLarge=_HOSTILE, extra=_HOSTILE)),
    _taken("records that came before", lambda visit: answer(visit.page_with(data=visit.records() * 2))),
)


# Links -----------------------------------------------------------------------------------------------------------


def _links(links: Any) -> Making:
    return lambda visit: answer(visit.page_with(links=links))


def _href(make: Callable[[Visit], Any]) -> Making:
    return lambda visit: answer(visit.page_with(links={"next": {"href": make(visit)}}))


LINKS = (
    *(
        _taken(f"an end: {what}", _links(links), ends_early=True)
        for what, links in {
            "no links": ...,
            "next is null": {"next": None},
            "the address is empty": {"next": {"href": " "}},
        }.items()
    ),
    *(
        _final(f"unclear: {what}", _links(links), "UNCLEAR", rows=ALL)
        for what, links in {
            "links are a text": "next",
            "links are an array": [{"next": 1}],
            "an address without a query": {"next": {"href": "https://[::1/next"}},
            "a very long address": {"next": {"href": "/next?cursor=" + "x" * 10_000}},
        }.items()
    ),
    *(
        _final(f"a circle: {what}", _href(make), "LOOPED", rows=ALL)
        for what, make in {
            "to itself": lambda visit: visit.link(
                f"cursor={visit.page}.{visit.depth}" if visit.page > 1 else FIRST_QUERY
            ),
            "to the first page": lambda visit: visit.link(FIRST_QUERY),
            "one page back": lambda visit: visit.link(
                f"limit=7&cursor={visit.page - 1}.0" if visit.page > 2 else FIRST_QUERY
            ),
        }.items()
    ),
    *(
        _taken(f"a link {what}", _href(make))
        for what, make in {
            "to another server": lambda visit: f"{visit.elsewhere}/page?{visit.next_query}",
            "to another server, without a scheme": lambda visit: f"{visit.elsewhere[5:]}/page?{visit.next_query}",
            "with another server behind an @": lambda visit: (
                f"http://127.0.0.1@{visit.elsewhere[7:]}/page?{visit.next_query}"
            ),
            "relative": lambda visit: f"?{visit.next_query}",
            "with a fragment and spaces": lambda visit: f"  {visit.link()}&x=a b#@{visit.elsewhere[7:]} ",
        }.items()
    ),
    Fault("a link with a line end", _href(lambda visit: visit.link("cursor=x\r\nHost: evil\r\n\r\n")),
          "COMPLETE", "RequestRejected", rows=ALL),
    Fault("a link to nowhere", _href(lambda visit: visit.link("cursor=%ff%00\ud800")),
          "COMPLETE", "RequestRejected", rows=ALL),
    _taken("a link with capital letters", lambda visit: answer(
        visit.page_with(links={"Next": {"Href": visit.link()}}))),
    Fault("empty pages for ever", lambda visit: answer({"data": [], "links": {"next": {
        "href": visit.link(f"cursor={visit.page}.{visit.depth + 1}")}}}), "COMPLETE", "UNCLEAR"),
)  # fmt: skip


# Statuses --------------------------------------------------------------------------------------------------------


def _problem(code: str = "WF-1", title: str = "No", detail: str = "Not today") -> dict[str, Any]:
    return {"errors": [{"code": code, "title": title, "detail": detail}], "traceId": "0123456789abcdef"}


def _status(status: int, body: Any = b"", *headers: str, kind: str = "application/json") -> Making:
    return lambda _: answer(body, *headers, status=status, kind=kind)


def _redirect(status: int, location: Callable[[Visit], str]) -> Making:
    return lambda visit: answer(b"", f"Location: {location(visit)}", status=status)


def _elsewhere(visit: Visit) -> str:
    return f"{visit.elsewhere}/login?{visit.next_query}"


_THEN = "Date: Mon, 23 Nov 2026 10:00:00 GMT"

STATUSES = (
    *(_final(f"{status} to another server", _redirect(status, _elsewhere), "UnreadableAnswer")
      for status in (301, 307)),
    _final("308 to itself", _redirect(308, lambda visit: visit.link()), "UnreadableAnswer"),
    _passing("302 to no address", _redirect(302, lambda _: "http://[::1:99999/\xff"), "Unreachable"),
    _final("304", _bytes(b"HTTP/1.1 304 Not Modified\r\n\r\n", ending=Ending.KEEP), "UnreadableAnswer"),
    _forgotten("400", _status(400, _problem("WF-2", "Invalid cursor"))),
    _forgotten("404 without a body", _status(404)),
    _final("401", _status(401, _problem("AUTH-10", "Unauthorized")), "NotAllowed"),
    _final("403", _status(403, _problem()), "NotAllowed"),
    _final("431 with a text", _status(431, b"\xff\xfeToo large", kind="text/plain"), "RequestRejected"),
    _passing("500", _status(500, _problem()), "TenantFailed"),
    _passing("500 with a body without an end", lambda _: Reply(
        chain((b"HTTP/1.1 500 No\r\n\r\n",), repeat(b" " * 65536))), "TenantFailed"),
    _passing("500 with a gzip bomb", lambda _: answer(_bomb(), "Content-Encoding: gzip", status=500), "TenantFailed"),
    _passing("500 with errors of wrong shapes", _status(
        500, {"errors": [1, None, [], {"code": {}}, {"title": ["x"]}], "traceId": {}}), "TenantFailed"),
    _passing("500 with 1,000 hostile errors", _status(
        500, {"errors": [{"code": _HOSTILE, "title": _HOSTILE, "detail": _HOSTILE * 99}] * 1000}), "TenantFailed"),
    *(_passing(str(status), _status(status), "RequestRejected") for status in (408, 421, 425)),
    *(_passing(str(status), _status(status), "TenantFailed") for status in (509, 520, 524)),
    _final("526", _status(526), "TenantFailed"),
    _passing("502 with a web page", _status(502, "<html>Bad gateway</html>", kind="text/html"), "TenantFailed"),
    _passing("503", _status(503, _problem()), "TenantFailed"),
    _passing("503, come back in 5 s", _status(503, b"", "Retry-After: 5"), "TenantFailed"),
    _final("503, come back in an hour", _status(503, b"", "Retry-After: 3600"), "TenantFailed"),
    _passing("504 that breaks off", _bytes(b"HTTP/1.1 504 Late\r\nContent-Length: 9\r\n\r\n"), "Unreachable"),
    *(_passing(f"429, Retry-After {after}", _status(429, _problem("HTTP-429"), f"Retry-After: {after}"),
               "RateLimited") for after in ("1", "60", "-5")),
    _passing("429 without Retry-After", _status(429), "RateLimited"),
    _passing("429 with a date", _status(429, b"", _THEN, "Retry-After: Mon, 23 Nov 2026 10:00:30 GMT"), "RateLimited"),
    _passing("429 with a date gone by", _status(429, b"", _THEN, "Retry-After: Sun, 22 Nov 2026 10:00:00 GMT"),
             "RateLimited"),
    _final("429 with a distant date", _status(429, b"", _THEN, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"),
           "RateLimited"),
    _final("429, Retry-After 61", _status(429, b"", "Retry-After: 61"), "RateLimited"),
    _final("429, Retry-After 999999999", _status(429, b"", "Retry-After: 999999999"), "RateLimited"),
)  # fmt: skip


# Servers that repeat the request ---------------------------------------------------------------------------------

ECHOES = (
    _passing("500 that repeats the key", lambda visit: answer(
        _problem(visit.token, f"Bearer {visit.token}", f"You sent {visit.token}"), f"X-B3-Traceid: {visit.token}",
        status=500), "TenantFailed"),
    _final("401 that repeats the key", lambda visit: answer(
        _problem("AUTH-1", f"Bad key {visit.token}"), status=401), "NotAllowed"),
    _final("302 that repeats the key", _redirect(
        302, lambda visit: f"http://{visit.token}.evil.example/{visit.token}"), "UnreadableAnswer"),
)  # fmt: skip

DISGUISES = {
    "in escapes": lambda token: "".join(f"\\u{ord(character):04x}" for character in token),
    "with spaces": lambda token: f"{token[:9]} {token[9:]}",
    "with invisible characters": lambda token: "\\u200b".join(token),
    "in percent": lambda token: f"{token[:-1]}%{ord(token[-1]):x}",
}


def _disguised(disguise: Callable[[str], str]) -> Making:
    """The page with the token in texts of every record."""

    def reply(visit: Visit) -> Reply:
        token = disguise(visit.token)
        fields = {"description": "token", "logoSmall": "https://logos.example/token"}
        page = json.dumps(visit.page_with(data=[record | fields for record in visit.records()]))
        return answer(page.replace("token", token))

    return reply


DISGUISED_ECHOES = tuple(
    _taken(f"rows that repeat the key {how}", _disguised(write)) for how, write in DISGUISES.items()
)

FAULTS = CONNECTIONS + BODIES + SHAPES + LINKS + STATUSES + ECHOES + DISGUISED_ECHOES
