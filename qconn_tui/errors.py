"""The errors that rooms exchange, as one tree; `AnswerError` is the base of `NotAllowed` and `TenantError`.

    QconnError                 what happened, and what to do next
    ├── UsageError        2    an option, variable, file or query that cannot be used
    │   └── QueryError         a filter that does not parse, and where
    ├── NotAllowed        3    the tenant answered 401 or 403
    ├── TenantError       4    the tenant could not be reached, or failed
    │   ├── Unreachable        no answer: DNS, refused, TLS, reset, time-out
    │   │   ├── Untrusted      a server answers, but its certificate cannot be trusted
    │   │   └── NothingSaved   the tenant must not be asked, and there is no saved list
    │   ├── RequestRejected    400, 404 and every 4xx without a class of its own
    │   ├── RateLimited        429, and how long to wait
    │   ├── TenantFailed       5xx
    │   └── UnreadableAnswer   an answer that cannot be used: HTML, broken JSON, too long
    ├── IncompleteList    5    printed, but the list is incomplete
    └── StoreError        1    the cache cannot be used (never fatal: the program goes on without it)

The number is the exit code of a command that ends with the error. Texts in an error have already passed
`qconn_tui.text.clean`, and never hold a secret.
"""

from __future__ import annotations

import traceback
from typing import ClassVar, NamedTuple


class Problem(NamedTuple):
    """One entry of the `errors` array in a tenant's answer."""

    code: str
    """The tenant's own code for the error, e.g. `HTTP-429`."""
    title: str
    """What went wrong, as the tenant says it."""
    detail: str | None = None
    """More about it, if the tenant says more."""

    def __str__(self) -> str:
        return f"{self.code}: {self.title}" + (f" ({self.detail})" if self.detail else "")


class QconnError(Exception):
    """Base of all: what happened (`summary`) and what to do next (`advice`), a sentence each, never a secret."""

    exit_code: ClassVar[int] = 1

    def __init__(self, summary: str, advice: str = "") -> None:
        super().__init__(summary, advice)
        self.summary = summary
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.summary} {self.advice}".rstrip()

    def details(self) -> tuple[str, ...]:
        """More lines below the summary, for a screen or stderr."""
        return ()


class UsageError(QconnError):
    """An option, environment variable, file or query that cannot be used; the text names it.

    Args:
        summary: What happened, in a sentence.
        advice: What to do next, in a sentence.
        more: Lines to print below: the valid choices, or what the tenant says about it.
    """

    exit_code = 2

    def __init__(self, summary: str, advice: str = "", *, more: tuple[str, ...] = ()) -> None:
        super().__init__(summary, advice)
        self._more = more

    def details(self) -> tuple[str, ...]:
        """The valid choices, or what the tenant says."""
        return self._more


class QueryError(UsageError):
    """A filter that does not parse; `position` is the offset of the first invalid character."""

    def __init__(self, summary: str, advice: str = "", *, position: int = 0) -> None:
        super().__init__(summary, advice)
        self.position = position


class AnswerError(QconnError):
    """Base of the errors that carry what a tenant answered; see `NotAllowed` and `TenantError`."""

    def __init__(
        self,
        summary: str,
        advice: str = "",
        *,
        status: int | None = None,
        problems: tuple[Problem, ...] = (),
        trace_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(summary, advice)
        self.status = status
        """The HTTP status, or None without an answer."""
        self.problems = problems
        """The entries of the answer's `errors` array."""
        self.trace_id = trace_id
        """The id that Qlik's support asks for: the body's `traceId`, or the `X-B3-Traceid` header."""
        self.retry_after = retry_after
        """Seconds to wait, from the `Retry-After` header (RFC 9110, 10.2.3); None without one."""
        self.is_repeatable = True
        """Whether the request only reads, so that it may be repeated without asking the user."""

    def details(self) -> tuple[str, ...]:
        """What the tenant says, and the trace id."""
        lines = tuple(str(problem) for problem in self.problems)
        return (*lines, f"trace id {self.trace_id}") if self.trace_id else lines


class NotAllowed(AnswerError):
    """401 or 403: the credentials are missing, wrong, expired or insufficient."""

    exit_code = 3


class TenantError(AnswerError):
    """The tenant could not be reached or failed."""

    exit_code = 4


class Unreachable(TenantError):
    """There was no answer: name not found, connection refused or reset, TLS failure, time-out."""


class Untrusted(Unreachable):
    """A server answers but cannot prove its identity; nothing was sent to it."""


class NothingSaved(Unreachable):
    """There is no saved list, and the tenant must not be asked (`--offline`), so a retry cannot help."""


class RequestRejected(TenantError):
    """400, 404 or another 4xx that is not about credentials or rate."""


class RateLimited(TenantError):
    """429: too many requests."""


class TenantFailed(TenantError):
    """5xx: the tenant, or a proxy in front of it, failed."""


class UnreadableAnswer(TenantError):
    """An answer that cannot be used: an HTML page, broken JSON, a redirect, too many bytes."""


class IncompleteList(QconnError):
    """A command printed what it has, but the list is incomplete.

    Args:
        summary: What happened, in a sentence.
        advice: What to do next, in a sentence.
        more: Lines to print below: what the tenant says about it.
    """

    exit_code = 5

    def __init__(self, summary: str, advice: str = "", *, more: tuple[str, ...] = ()) -> None:
        super().__init__(summary, advice)
        self._more = more

    def details(self) -> tuple[str, ...]:
        """What the tenant says."""
        return self._more


class StoreError(QconnError):
    """The cache on disk cannot be used; the program goes on without it."""


def describe_bug(error: BaseException) -> str:
    """The text to print about an unexpected error: its class, and the lines of code where it happened.

    Its message and local variables are left out, because they may hold a secret.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"qconn-tui: This is a bug ({type(error).__name__}). Please report these lines:\n{where}"
