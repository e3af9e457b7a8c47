"""Maps HTTP statuses and the exceptions of libraries to the errors of this project, with advice for the user.

Error bodies: Qlik Cloud's `errors` array, or RFC 6749, section 5.2, for OAuth. `Retry-After`: RFC 9110, section 10.2.3.
"""

from __future__ import annotations

import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore
import httpx

from qconn_tui.errors import (
    AnswerError,
    NotAllowed,
    Problem,
    RateLimited,
    RequestRejected,
    TenantFailed,
    Unreachable,
    UnreadableAnswer,
    Untrusted,
)
from qconn_tui.qlik.retry import TEMPORARY
from qconn_tui.qlik.retry_wait import LONGEST_WAIT
from qconn_tui.qlik.wire import read_problems
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qconn_tui.qlik.auth import Credentials
    from qconn_tui.qlik.server import Server

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")
_LONGEST_ASKED = 999_999_999.0  # 31 years
_OAUTH_REFUSALS = ("invalid_client", "unauthorized_client", "invalid_grant")  # these come with a 400
_CAUSES_READ = 50
_TRACE_HEADER = "X-B3-Traceid"


def trace_id(headers: Mapping[str, str]) -> str | None:
    """The trace id in the headers of a response; None without one. Qlik's support asks for it."""
    return clean(headers.get(_TRACE_HEADER, "")) or None


def from_status(
    status: int, headers: Mapping[str, str], body: bytes, server: Server, credentials: Credentials, now: float
) -> AnswerError:
    """Map a response with a status of 300 or more.

    Args:
        status: The HTTP status.
        headers: The headers of the response.
        body: Its body, decompressed.
        server: The tenant that was asked.
        credentials: The credentials that were sent, which know what to check when they are refused.
        now: The time in seconds since the epoch.

    Returns:
        The error to raise.
    """
    problems, trace = read_problems(body)
    trace = trace or trace_id(headers)
    if status < 400:
        return _redirected(status, headers, trace, server)
    if status in (401, 403) or any(problem.code in _OAUTH_REFUSALS for problem in problems):
        return _not_allowed(status, problems, trace, server, credentials)
    wait = retry_after(headers, now)
    if status == 429:
        return RateLimited(
            f"{server.host} answered 429: too many requests.",
            _advice_waiting(wait, now) or "Try again in a minute.",
            status=status,
            problems=problems,
            trace_id=trace,
            retry_after=wait,
        )
    if status < 500:
        is_temporary = status in TEMPORARY
        reason = "it cannot take the request now" if is_temporary else "it rejects the request"
        return RequestRejected(
            f"{server.host} answered {status}: {_title(problems, reason)}.",
            (_advice_waiting(wait, now) or "Try again in a minute.") if is_temporary else _advice_rejected(status),
            status=status,
            problems=problems,
            trace_id=trace,
            retry_after=wait if is_temporary else None,
        )
    return TenantFailed(
        f"{server.host} answered {status}: {_title(problems, 'it failed')}.",
        _advice_waiting(wait, now) or "Try again in a minute; if it stays so, give the trace id to Qlik's support.",
        status=status,
        problems=problems,
        trace_id=trace,
        retry_after=wait,
    )


def _title(problems: tuple[Problem, ...], otherwise: str) -> str:
    return problems[0].title.rstrip(".") if problems else otherwise


def _advice_waiting(wait: float | None, now: float) -> str | None:
    """The advice if the tenant asks to wait, else None. A long wait is given as a time of day."""
    if wait is None:
        return None
    if wait <= LONGEST_WAIT:
        return f"Try again in {wait:.0f} s."
    today, until = (datetime.fromtimestamp(moment, UTC).astimezone() for moment in (now, now + wait))
    day = "" if until.date() == today.date() else f"{until.day} {until:%B %Y}, "
    return f"The tenant asks to wait until {day}{until:%H:%M}."


def _advice_rejected(status: int) -> str:
    if status == 404:
        return "Check the tenant's address, and the id if you gave one."
    return "Check what you asked for, for example a filter for the server."


def _not_allowed(
    status: int, problems: tuple[Problem, ...], trace: str | None, server: Server, credentials: Credentials
) -> NotAllowed:
    codes = {problem.code for problem in problems}
    if "LOGIN-2" in codes:
        advice = "No tenant has this name: check the spelling of the tenant and its region in the address."
    elif "AUTH-5" in codes:
        advice = "The user is not a member of this tenant: check that address and credentials belong together."
    elif status == 403:
        advice = (
            "The credentials are known, but may not list automation connectors: "
            "ask a tenant administrator for the permission."
        )
    else:
        advice = credentials.advice
    return NotAllowed(
        f"{server.host} answered {status}: {_title(problems, 'the credentials are not accepted')}.",
        advice,
        status=status,
        problems=problems,
        trace_id=trace,
    )


def _redirected(
    status: int, headers: Mapping[str, str], trace: str | None, server: Server
) -> UnreadableAnswer | Unreachable:
    try:
        target = clean(urlsplit(headers.get("Location", "")).hostname or "")
    except ValueError:
        # No server redirects to an invalid URL on purpose: the answer was damaged, and the next one may not be.
        return _broken(server, None)
    elsewhere = f" to {target}" if target and target != server.host else ""
    return UnreadableAnswer(
        f"{server.host} answered {status}: instead of the list it sends us on{elsewhere}.",
        "Redirects are not followed with a key. Check the tenant's address: is it a login page?",
        status=status,
        trace_id=trace,
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds to wait that a `Retry-After` header (RFC 9110, section 10.2.3) asks for.

    Args:
        headers: The headers of the response. A date in `Retry-After` is compared with their `Date`, so that clocks
            that disagree do not matter.
        now: The time in seconds since the epoch, for a response without a `Date`.

    Returns:
        The seconds; None without a valid header.
    """
    text = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    sent = _date(headers.get("Date", ""))
    return min(max(0.0, until - (now if sent is None else sent)), _LONGEST_ASKED)


def _date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # The asctime format, the oldest of the three in RFC 9110, section 5.6.7, names no zone and means UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def web_page(server: Server, trace: str | None) -> UnreadableAnswer:
    """The error for a response that is HTML; `trace` is its trace id."""
    return UnreadableAnswer(
        f"{server.host} answered with a web page instead of data.",
        "Is it a login page? Check the tenant's address, and that no proxy or hotspot answers in its place.",
        status=200,
        trace_id=trace,
    )


def unreadable(server: Server, fault: str, trace: str | None) -> UnreadableAnswer:
    """The error for a body that cannot be decompressed; `fault` is the end of the sentence "The answer of … …"."""
    return UnreadableAnswer(
        f"The answer of {server.host} {fault}.",
        "Try again; if it stays so, look for a proxy or filter on the way.",
        trace_id=trace,
    )


def from_exception(error: Exception, server: Server, proxy: str | None) -> AnswerError:
    """Map an exception of a request without a response.

    The exception's own text is not used: it may quote headers, addresses or passwords.

    Args:
        error: The exception.
        server: The tenant that was asked.
        proxy: The environment variable that names the proxy; None without a proxy.

    Returns:
        The error to raise.
    """
    causes = list(_causes(error))
    known = (_known(cause, server, proxy) for cause in causes)
    found = next((failure for failure in known if failure is not None), None)
    if found is not None:
        return found
    if any(isinstance(cause, TimeoutError | httpcore.TimeoutException | httpx.TimeoutException) for cause in causes):
        return Unreachable(f"{server.host} did not answer in time.", "Try again, or check your connection.")
    return _broken(server, proxy)


def _broken(server: Server, proxy: str | None) -> Unreachable:
    return Unreachable(
        f"The connection to {server.host} broke off, or what came is not HTTP.",
        "Try again; if it stays so, check the address" + (f" and {proxy}." if proxy else "."),
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and its causes. The deepest one comes first, since it is the most specific."""
    trail: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(trail) < _CAUSES_READ:
        current = waiting.pop()
        if current is None or current in trail:
            continue
        trail.append(current)
        waiting += [current.__context__, current.__cause__]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
    return reversed(trail)


def _known(error: BaseException, server: Server, proxy: str | None) -> Unreachable | None:
    host = server.host
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = clean(getattr(error, "verify_message", "")) or "its check failed"
        return Untrusted(
            f"The certificate of {host} cannot be trusted: {reason}.",
            "If your company inspects traffic, name its certificate in SSL_CERT_FILE.",
        )
    if isinstance(error, ssl.SSLError):
        return Unreachable(
            f"No secure connection to {host} could be made.",
            "Check the address and port; is it a web server that speaks https?",
        )
    if proxy and isinstance(error, socket.gaierror | ConnectionRefusedError | httpcore.ProxyError | httpx.ProxyError):
        return Unreachable(
            f"The proxy on the way to {host} cannot be reached, or does not let the request through.",
            f"Check {proxy} with its user name and password, or list the host in NO_PROXY.",
        )
    if isinstance(error, socket.gaierror):
        return Unreachable(
            f"No machine named {host} was found.", "Check the spelling of the address, and your connection."
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(
            f"{server.origin} refuses connections.", "Check the address and port, and that the server runs."
        )
    return None
