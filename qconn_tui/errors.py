"""Everything that can go wrong, as one tree.

    QconnError                 what happened, and what to do next
    ├── UsageError        2    an option, variable, file or query that cannot be used
    │   └── QueryError         a filter that does not parse, and where
    ├── NotAllowed        3    the tenant answered 401 or 403
    ├── TenantError       4    the tenant could not be reached, or failed
    │   ├── Unreachable        no answer: DNS, refused, TLS, reset, time-out
    │   │   ├── Untrusted      somebody answers, whose certificate cannot be trusted
    │   │   └── NothingSaved   the tenant must not be asked, and there is no saved list
    │   ├── RequestRejected    400, 404 and every other 4xx
    │   ├── RateLimited        429, and how long to wait
    │   ├── TenantFailed       5xx
    │   └── UnreadableAnswer   an answer that is not what was asked for: HTML, broken JSON, too long
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
    """What went wrong, in the tenant's words."""
    detail: str | None = None
    """More of it, when the tenant says more."""

    def __str__(self) -> str:
        return f"{self.code}: {self.title}" + (f" ({self.detail})" if self.detail else "")


class QconnError(Exception):
    """What happened (`summary`) and what to do next (`advice`), each one sentence without a secret."""

    exit_code: ClassVar[int] = 1

    def __init__(self, summary: str, advice: str = "") -> None:
        super().__init__(summary, advice)
        self.summary = summary
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.summary} {self.advice}".rstrip()

    def details(self) -> tuple[str, ...]:
        """The lines behind the summary, for a screen or stderr."""
        return ()


class UsageError(QconnError):
    """An option, environment variable, file or query that cannot be used; the text names it.

    `more` are lines to print below: what there is to choose from, or what the tenant says about it.
    """

    exit_code = 2

    def __init__(self, summary: str, advice: str = "", *, more: tuple[str, ...] = ()) -> None:
        super().__init__(summary, advice)
        self._more = more

    def details(self) -> tuple[str, ...]:
        """What there is to choose from, or what the tenant says."""
        return self._more


class QueryError(UsageError):
    """A filter that does not parse; `position` is the offset in characters of the first wrong one."""

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
        """The HTTP status, or None when there was no answer."""
        self.problems = problems
        """What the tenant said, entry by entry."""
        self.trace_id = trace_id
        """What Qlik's support asks for: the body's `traceId`, or the `X-B3-Traceid` header."""
        self.retry_after = retry_after
        """Seconds the tenant asked us to wait, if it did."""
        self.is_repeatable = True
        """Whether what was asked only reads, so that asking again by oneself does no harm."""

    def details(self) -> tuple[str, ...]:
        """What the tenant said, and the trace id."""
        said = tuple(str(problem) for problem in self.problems)
        return (*said, f"trace id {self.trace_id}") if self.trace_id else said


class NotAllowed(AnswerError):
    """401 or 403: the credentials are missing, wrong, expired or not enough."""

    exit_code = 3


class TenantError(AnswerError):
    """The tenant could not be reached or failed."""

    exit_code = 4


class Unreachable(TenantError):
    """There was no answer: name not found, connection refused or reset, TLS trouble, time-out."""


class Untrusted(Unreachable):
    """There is a server, and it cannot prove who it is; nothing was sent to it."""


class NothingSaved(Unreachable):
    """There is no saved list, and the tenant must not be asked (`--offline`): asking again cannot help."""


class RequestRejected(TenantError):
    """400, 404 or another 4xx that is not about credentials or rate."""


class RateLimited(TenantError):
    """429: too many requests."""


class TenantFailed(TenantError):
    """5xx: the tenant or something in front of it failed."""


class UnreadableAnswer(TenantError):
    """An answer that is not what was asked for: an HTML page, broken JSON, a redirect, too many bytes."""


class IncompleteList(QconnError):
    """A command printed what it has, but the list is not the whole list."""

    exit_code = 5


class StoreError(QconnError):
    """The cache on disk cannot be used; whoever catches it goes on without a cache."""


def describe_bug(error: BaseException) -> str:
    """What to print of an error that is none of the above: where it happened, in lines of our code.

    Neither its own text nor local variables, which may hold a secret.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"qconn-tui: This is a bug ({type(error).__name__}). Please report these lines:\n{where}"
