"""The one place that talks HTTP: what it sends, to whom, and what each answer or failure becomes."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import traceback
from datetime import UTC, datetime

import httpx
import pytest

from qconn_tui import __version__
from qconn_tui.errors import (
    AnswerError,
    NotAllowed,
    Problem,
    QconnError,
    RateLimited,
    RequestRejected,
    TenantFailed,
    Unreachable,
    UnreadableAnswer,
    Untrusted,
    UsageError,
)
from qconn_tui.net.client import proxy_variable
from qconn_tui.qlik.auth import ApiKey, ClientCredentials, Secret
from qconn_tui.qlik.client import Answer, TenantClient
from qconn_tui.qlik.content_decoding import BODY_LIMIT, unpack
from qconn_tui.qlik.error_mapping import from_exception, from_status, retry_after
from qconn_tui.qlik.server import parse_server
from tests.unit.qlik.tenant_double import Chunks, Tenant, reply

pytestmark = pytest.mark.anyio

KEY = "SECRET-0123456789abcdef"
SERVER = parse_server("https://acme.eu.qlikcloud.com", "test")
PROBLEMS = {
    "errors": [
        {"code": "WF-1", "title": "First thing.", "detail": "More of it.", "status": "400"},
        {"code": "WF-2", "title": "Second\x1b[2J thing"},
    ],
    "traceId": "0123abc",
}


def packed(body: bytes) -> bytes:
    """The same at any time, as it is part of tests' names: several processes have to agree about these."""
    return gzip.compress(body, mtime=0)


def client_of(tenant: httpx.AsyncBaseTransport) -> TenantClient:
    return TenantClient(SERVER, ApiKey(Secret(KEY)), transport=tenant)


async def ask(response: httpx.Response) -> Answer:
    async with client_of(Tenant(lambda _: response)) as client:
        return await client.get("/api/x")


async def refusal(response: httpx.Response) -> AnswerError:
    with pytest.raises(AnswerError) as caught:
        await ask(response)
    assert caught.value.summary.endswith(".")
    assert caught.value.advice
    return caught.value


async def test_a_request_carries_the_token_and_says_who_asks() -> None:
    tenant = Tenant(lambda _: reply(body=b'{"data": [1]}', headers=[("X-B3-Traceid", "abc\x1b")]))
    async with client_of(tenant) as client:
        answer = await client.get("/api/workflows/automation-connectors", "cursor=a%3D&x=%2Bname")
    assert answer == Answer(b'{"data": [1]}', "abc\ufffd", 200)
    (request,) = tenant.requests
    assert str(request.url) == f"{SERVER.origin}/api/workflows/automation-connectors?cursor=a%3D&x=%2Bname"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["User-Agent"] == f"qconn-tui/{__version__}"
    assert request.headers["Accept-Encoding"] == "gzip"
    assert request.extensions["timeout"] == {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}


async def test_nothing_is_kept_from_one_request_for_the_next() -> None:
    tenant = Tenant(lambda _: reply(headers=[("Set-Cookie", "a=1; Path=/"), ("WWW-Authenticate", "Basic")]))
    async with client_of(tenant) as client:
        await client.get("/api/x")
        client.replace_credentials(ApiKey(Secret("OTHER-0123456789")))
        await client.get("/api/x")
    names = {"host", "accept", "accept-encoding", "user-agent", "authorization"}
    assert [set(request.headers) for request in tenant.requests] == [names, names]
    assert tenant.requests[1].headers["Authorization"] == "Bearer OTHER-0123456789"


async def test_a_redirect_to_no_address_is_a_damaged_answer() -> None:
    error = await refusal(reply(302, b"", [("Location", "http://[::1:99999/")]))
    assert type(error) is Unreachable
    assert "not HTTP" in error.summary


@pytest.mark.parametrize("path", ["@evil.example/x", ":8443/x", ".evil.example/x", ":SECRET@evil.example/"])
async def test_a_path_cannot_lead_the_token_away(path: str) -> None:
    tenant = Tenant(lambda _: reply())
    async with client_of(tenant) as client:
        with pytest.raises(ValueError, match="away from the tenant"):
            await client.get(path)
    assert tenant.requests == []


@pytest.mark.parametrize(
    "location", ["https://evil.example/x", "https://acme.eu.qlikcloud.com/login", "//evil.example"]
)
async def test_redirects_are_not_followed(location: str) -> None:
    tenant = Tenant(lambda _: reply(302, b"", [("Location", location)]))
    async with client_of(tenant) as client:
        with pytest.raises(UnreadableAnswer) as caught:
            await client.get("/api/x")
    assert len(tenant.requests) == 1
    assert ("evil.example" in caught.value.summary) == ("evil" in location)
    assert "login page" in caught.value.advice


@pytest.mark.parametrize("location", ["http://[broken", "https://xn--a.example/", "https://x:99999/", "\x00", ""])
async def test_a_redirect_to_nowhere_is_one_of_our_errors(location: str) -> None:
    await refusal(reply(302, b"", [("Location", location)]))


async def test_cookies_are_neither_kept_nor_sent() -> None:
    tenant = Tenant(lambda _: reply(headers=[("Set-Cookie", "session=1; Path=/")]))
    async with client_of(tenant) as client:
        await client.get("/api/x")
        await client.get("/api/x")
    assert all("Cookie" not in request.headers for request in tenant.requests)


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (400, RequestRejected, 4), (401, NotAllowed, 3), (403, NotAllowed, 3), (404, RequestRejected, 4),
        (405, RequestRejected, 4), (408, RequestRejected, 4), (418, RequestRejected, 4), (425, RequestRejected, 4),
        (429, RateLimited, 4), (500, TenantFailed, 4),
        (502, TenantFailed, 4), (503, TenantFailed, 4), (599, TenantFailed, 4),
    ],
)  # fmt: skip
async def test_every_status_is_one_error_with_all_the_tenant_said(
    status: int, kind: type[AnswerError], exit_code: int
) -> None:
    error = await refusal(reply(status, json.dumps(PROBLEMS).encode()))
    assert type(error) is kind
    assert (error.status, error.exit_code) == (status, exit_code)
    assert error.problems == (
        Problem("WF-1", "First thing.", "More of it."),
        Problem("WF-2", "Second\ufffd[2J thing"),
    )
    assert error.trace_id == "0123abc"
    assert error.details()[-1] == "trace id 0123abc"
    assert str(status) in error.summary


@pytest.mark.parametrize("body", [b"", b"<html>Bad Gateway</html>", b"\xff\xfe", b"[" * 100_000, b"null"])
async def test_an_error_without_a_readable_body_keeps_status_and_trace(body: bytes) -> None:
    error = await refusal(reply(502, body, [("X-B3-Traceid", "from the header")]))
    assert type(error) is TenantFailed
    assert (error.status, error.problems, error.trace_id) == (502, (), "from the header")


async def test_an_error_with_a_damaged_body_keeps_its_status() -> None:
    error = await refusal(reply(401, b"\x1f\x8bdamaged", [("Content-Encoding", "gzip")]))
    assert type(error) is NotAllowed


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "X", "Manage API keys"),
        (401, "LOGIN-2", "check the spelling of the tenant"),
        (403, "AUTH-5", "not a member"),
        (403, "X", "administrator"),
    ],
)
async def test_the_advice_fits_the_refusal(status: int, code: str, advice: str) -> None:
    body = json.dumps({"errors": [{"code": code, "title": "No"}]}).encode()
    assert advice in (await refusal(reply(status, body))).advice


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("13", None, 13.0),
        (" 1.5 ", None, 1.5),
        ("0", None, 0.0),
        ("Wed, 21 Oct 2015 07:28:10 GMT", None, 10.0),
        ("Wed, 21 Oct 2015 07:28:10 GMT", "Wed, 21 Oct 2015 07:28:08 GMT", 2.0),
        ("Wed, 21 Oct 2015 07:28:10 GMT", "yesterday", 10.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", None, 0.0),
        ("Wed Oct 21 07:28:10 2015", "Wednesday, 21-Oct-15 07:28:08 GMT", 2.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", 999_999_999.0),
        ("-1", None, None),
        ("soon", None, None),
        ("", None, None),
        ("nan", None, None),
        ("1e9", None, None),
        ("9" * 400, None, None),
        ("Wed, 99 Oct 99999 07:28:10 GMT", None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_or_nothing(header: str, date: str | None, seconds: float | None) -> None:
    headers = {"Retry-After": header, **({"Date": date} if date else {})}
    assert retry_after(headers, now=1_445_412_480.0) == seconds


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (13, "Try again in 13 s."),
        (60, "Try again in 60 s."),
        (61, "The tenant asks to wait until {:%H:%M}."),
        (13 * 3600, "The tenant asks to wait until {:%H:%M}."),
        (86_400 * 40, "The tenant asks to wait until {0.day} {0:%B %Y, %H:%M}."),
        (999_999_999, "The tenant asks to wait until {0.day} {0:%B %Y, %H:%M}."),
    ],
)
def test_a_long_wait_ends_at_a_time_of_day(status: int, seconds: int, words: str) -> None:
    dawn = datetime(2026, 5, 4, 6, 30).astimezone()
    credentials = ApiKey(Secret(KEY))
    error = from_status(status, {"Retry-After": str(seconds)}, b"", SERVER, credentials, dawn.timestamp())
    until = datetime.fromtimestamp(dawn.timestamp() + seconds, UTC).astimezone()
    assert error.advice == words.format(until)
    assert error.retry_after == seconds


@pytest.mark.parametrize("status", [408, 421, 425])
async def test_a_request_that_may_pass_later_is_not_blamed(status: int) -> None:
    error = await refusal(reply(status, b""))
    assert str(error) == (
        f"acme.eu.qlikcloud.com answered {status}: it cannot take the request now. Try again in a minute."
    )
    error = await refusal(reply(status, b"", [("Retry-After", "13")]))
    assert (error.retry_after, error.advice) == (13.0, "Try again in 13 s.")


@pytest.mark.parametrize("status", [405, 413, 422, 431])
async def test_a_request_that_will_not_pass_later_is_blamed(status: int) -> None:
    error = await refusal(reply(status, b"", [("Retry-After", "13")]))
    assert (error.retry_after, "what you asked for" in error.advice) == (None, True)


async def test_retry_after_travels_with_the_error() -> None:
    error = await refusal(reply(429, b"{}", [("Retry-After", "13")]))
    assert (error.retry_after, error.advice) == (13.0, "Try again in 13 s.")
    assert (await refusal(reply(503, b"{}", [("Retry-After", "7")]))).retry_after == 7.0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!doctype html><title>Log in</title>", "application/json"),
        (b"\xef\xbb\xbf \n<html>", ""),
        (b"Log in", "text/html; charset=utf-8"),
        (b"", "text/html"),
    ],
)
async def test_a_web_page_is_recognised(body: bytes, content_type: str) -> None:
    error = await refusal(reply(body=body, headers=[("Content-Type", content_type)]))
    assert type(error) is UnreadableAnswer
    assert "web page" in error.summary
    assert "login page" in error.advice


async def test_json_is_believed_whatever_it_is_called() -> None:
    body = b'{"data": []}'
    assert (await ask(reply(body=body, headers=[("Content-Type", "text/html; charset=zlib_codec")]))).body == body


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", "identity", ""])
async def test_a_body_is_unpacked(encoding: str) -> None:
    body = b'{"data": []}' * 1000
    raw = gzip.compress(body) if "gzip" in encoding.lower() else body
    assert (await ask(reply(body=raw, headers=[("Content-Encoding", encoding)]))).body == body


async def test_a_body_in_another_character_set_is_read() -> None:
    body = '{"data": [{"id": "Café"}]}'
    headers = [("Content-Type", "application/json; charset=ISO-8859-1"), ("Content-Encoding", "gzip")]
    answer = await ask(reply(body=packed(body.encode("latin-1")), headers=headers))
    assert answer.body == body.encode()
    error = await refusal(reply(500, '{"errors": [{"title": "Café"}]}'.encode("latin-1"), headers[:1]))
    assert error.problems[0].title == "Café"


async def test_a_body_that_is_not_in_its_character_set_is_unreadable() -> None:
    headers = [("Content-Type", "application/json; charset=us-ascii")]
    error = await refusal(reply(body=b'{"data": [{"id": "Caf\xe9"}]}', headers=headers))
    assert type(error) is UnreadableAnswer
    assert "is not in the character set that it names" in error.summary
    error = await refusal(reply(404, b'{"errors": [{"title": "Caf\xe9"}]}', headers))
    assert (error.status, error.problems[0].title) == (404, "Caf\ufffd")


@pytest.mark.parametrize("disguise", ["\\u0053ECRET-0123456789abcdef", "SECRET\\u200b-0123456789abcdef"])
async def test_a_secret_in_disguise_is_removed(disguise: str) -> None:
    body = f'{{"data": [], "errors": [{{"title": "Bad {disguise}"}}]}}'.encode()
    headers = [("X-B3-Traceid", "SECRET -0123456789abcdef")]
    answer = await ask(reply(body=body, headers=headers))
    assert answer == Answer(b'{"data": [], "errors": [{"title": "***"}]}', "***", 200)
    error = await refusal(reply(400, body, headers))
    assert (error.problems, error.trace_id) == ((Problem("no code", "***"),), "***")


async def test_the_secrets_that_were_sent_before_are_removed_too() -> None:
    other = "OTHER-0123456789abcdef"
    tenant = Tenant(lambda _: reply(body=f'["{KEY}", "{other}", "x"]'.encode()))
    async with client_of(tenant) as client:
        assert (await client.get("/api/x")).body == f'["***", "{other}", "x"]'.encode()
        client.replace_credentials(ApiKey(Secret(other)))
        assert (await client.get("/api/x")).body == b'["***", "***", "x"]'


@pytest.mark.parametrize(
    ("raw", "encoding", "fault"),
    [
        (packed(packed(b"{}")), "gzip, gzip", "in a way that was not asked for"),
        (b"x", "br", "in a way that was not asked for"),
        (b"x", "deflate", "in a way that was not asked for"),
        (b"x", "identity, gzip", "in a way that was not asked for"),
        (packed(b"{}" * 500)[:-9], "gzip", "is cut off"),
        (packed(b"{}")[:5], "gzip", "is cut off"),
        (b"not gzip at all", "gzip", "is damaged"),
        (packed(b"{}")[:-8] + b"\0" * 8, "gzip", "is damaged"),
        (packed(b"{}") + b"more", "gzip", "goes on after its end"),
        (packed(b" " * (BODY_LIMIT + 1)), "gzip", "is longer than 2 MB"),
        (b" " * (BODY_LIMIT + 1), "", "is longer than 2 MB"),
    ],
    ids=lambda value: repr(value)[:24],
)
async def test_a_body_that_cannot_be_unpacked_is_refused(raw: bytes, encoding: str, fault: str) -> None:
    error = await refusal(reply(body=raw, headers=[("Content-Encoding", encoding), ("X-B3-Traceid", "t")]))
    assert type(error) is UnreadableAnswer
    assert fault in error.summary
    assert error.trace_id == "t"


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_of_just_the_limit_is_taken(encoding: str) -> None:
    body = b" " * BODY_LIMIT
    assert unpack(gzip.compress(body) if encoding else body, encoding) == body


async def test_an_endless_body_is_not_read_on() -> None:
    stream = Chunks(*[b" " * 65536] * 1000)
    error = await refusal(httpx.Response(200, stream=stream))
    assert "longer than 2 MB" in error.summary
    assert stream.taken == BODY_LIMIT // 65536 + 1


def chained(outer: Exception, inner: BaseException) -> Exception:
    outer.__cause__ = inner
    return outer


UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"
FAILURES: list[tuple[Exception, str]] = [
    (chained(httpx.ConnectError(KEY), socket.gaierror(-2, KEY)), "No machine named"),
    (chained(httpx.ConnectError(KEY), ConnectionRefusedError(111, KEY)), "refuses connections"),
    (
        chained(httpx.ConnectError(KEY), ExceptionGroup(KEY, [ConnectionRefusedError(111, KEY)])),
        "refuses connections",
    ),
    (chained(httpx.ConnectError(KEY), UNTRUSTED), "cannot be trusted: self-signed certificate"),
    (chained(httpx.ConnectError(KEY), ssl.SSLError(1, KEY)), "No secure connection"),
    (httpx.ConnectTimeout(KEY), "in time"),
    (httpx.ReadTimeout(KEY), "in time"),
    (httpx.PoolTimeout(KEY), "in time"),
    (TimeoutError(KEY), "in time"),
    (httpx.ReadError(KEY), "broke off"),
    (httpx.RemoteProtocolError(KEY), "broke off"),
    (httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"), "broke off"),
    (httpx.DecodingError(KEY), "broke off"),
    (httpx.InvalidURL(KEY), "broke off"),
    (httpx.CookieConflict(KEY), "broke off"),
    (httpx.StreamError(KEY), "broke off"),
    (ConnectionResetError(104, KEY), "broke off"),
    (OSError(101, KEY), "broke off"),
    (UnicodeError(KEY), "broke off"),
    (ValueError(KEY), "broke off"),
    (OverflowError(KEY), "broke off"),
    (RecursionError(KEY), "broke off"),
    (AssertionError(KEY), "broke off"),
    (ExceptionGroup(KEY, [OverflowError(KEY)]), "broke off"),
]


@pytest.mark.parametrize("when", ["before the answer", "in the body"])
@pytest.mark.parametrize(("failure", "sentence"), FAILURES, ids=lambda value: repr(value)[:32])
async def test_every_failure_of_the_library_is_one_of_ours(failure: Exception, sentence: str, when: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:  # noqa: ARG001
        if when == "in the body":
            return httpx.Response(200, stream=Chunks(b"{", error=failure))
        raise failure

    async with client_of(Tenant(answer)) as client:
        with pytest.raises(Unreachable) as caught:
            await client.get("/api/x")
    assert sentence in caught.value.summary
    assert caught.value.advice
    assert KEY not in shown_by(caught.value)


PROXY_FAILURES: list[Exception] = [
    httpx.ProxyError("407 Proxy Authentication Required"),
    chained(httpx.ConnectError(""), socket.gaierror(-2, "")),
    chained(httpx.ConnectError(""), ConnectionRefusedError(111, "")),
]


@pytest.mark.parametrize("failure", PROXY_FAILURES, ids=repr)
async def test_a_proxy_that_fails_is_named_by_its_variable(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:SECRET@proxy.example:8080")
    error = from_exception(failure, SERVER, proxy_variable(SERVER.host))
    assert "The proxy on the way to acme.eu.qlikcloud.com" in error.summary
    assert "HTTPS_PROXY" in error.advice
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(("failure", "untrusted"), [(UNTRUSTED, True), (ssl.SSLError(1, KEY), False)])
def test_who_cannot_prove_who_it_is_is_told_from_who_cannot_be_reached(failure: Exception, untrusted: bool) -> None:
    error = from_exception(chained(httpx.ConnectError(KEY), failure), SERVER, None)
    assert isinstance(error, Untrusted) == untrusted


def shown_by(error: BaseException) -> str:
    """All that a crash screen could print: texts, causes, and the variables of every frame but the test's."""
    frames = error.__traceback__.tb_next if error.__traceback__ else None
    lines = traceback.TracebackException(type(error), error, frames, capture_locals=True).format()
    return "".join(lines) + repr(error) + str(error) + repr(vars(error))


@pytest.mark.parametrize("trades", [False, True], ids=["API key", "OAuth client"])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500])
async def test_no_refusal_tells_the_secret(status: int, trades: bool) -> None:
    tenant = Tenant(lambda _: reply(status, b"<html>", [("Location", "https://evil.example/")]))
    credentials = ClientCredentials("id", Secret(KEY)) if trades else ApiKey(Secret(KEY))
    async with TenantClient(SERVER, credentials, transport=tenant) as client:
        with pytest.raises(AnswerError) as caught:
            await client.get("/api/x")
    assert KEY not in shown_by(caught.value)
    assert caught.value.__context__ is None


async def test_a_request_that_is_too_long_is_refused() -> None:
    async with client_of(Tenant(lambda _: reply())) as client:
        with pytest.raises(RequestRejected) as caught:
            await client.get("/api/x", "filter=" + "x" * 100_000)
    assert KEY not in shown_by(caught.value)


async def test_a_closed_client_opens_again() -> None:
    client = client_of(Tenant(lambda _: reply()))
    await client.get("/api/x")
    await client.aclose()
    await client.aclose()
    assert (await client.get("/api/x")).status == 200
    await client.aclose()


def test_every_error_of_the_client_has_an_exit_code() -> None:
    for kind in (NotAllowed, Unreachable, RequestRejected, RateLimited, TenantFailed, UnreadableAnswer):
        assert issubclass(kind, QconnError)
        assert kind.exit_code in (3, 4)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SSL_CERT_FILE", "/nope.pem"), ("SSL_CERT_DIR", "/nope"), ("HTTPS_PROXY", "ftp://x"), ("ALL_PROXY", "http://:1")],
)
async def test_a_mistake_in_the_environment_is_no_failure_of_the_tenant(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    async with TenantClient(SERVER, ApiKey(Secret(KEY))) as client:
        with pytest.raises(UsageError, match=f"^{variable}"):
            await client.get("/api/x")
