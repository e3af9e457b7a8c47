"""Regular expressions that people type: compiled, unless they cannot be, or could take for ever."""

from __future__ import annotations

import re
import warnings

from qconn_tui.errors import QueryError
from qconn_tui.text import clean

_TOKEN = re.compile(
    r"""
      \\.                                   # an escaped character
    | \[ \^? \]? (?: \\. | [^\]\\] )* \]    # a set
    | (?P<opened> \( (?: \? [^)=!<:>]* [=!<:>]* )? )
    | (?P<closed> \) (?P<again> [*+] | \{ \d* ,? \d* \} )? )
    | (?P<choice> [*+?|] | \{ \d* ,? \d* \} )
    """,
    re.VERBOSE | re.DOTALL,
)


def compile_pattern(pattern: str, position: int) -> re.Pattern[str]:
    """The expression, ignoring case, or a QueryError; `position` is where `pattern` begins in the query."""
    offset = 0
    try:
        with warnings.catch_warnings():
            # What a later Python may read differently is no concern of the person who typed it.
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern, re.IGNORECASE)
        if not _can_explode(pattern):
            return compiled
        reason = "a repeated group must not hold repeats or alternatives"
    except re.error as error:
        reason, offset = error.msg, error.pos or 0
    except (OverflowError, RecursionError):
        reason = "it is too large"
    raise QueryError(
        f"The regular expression “{clean(pattern, 40)}” cannot be used: {clean(reason, 80)}.",
        "Correct it, or put “\\” before its first slash to search for the text as it stands.",
        position=position + offset,
    )


def _can_explode(pattern: str) -> bool:
    """Whether a repeated group holds a repeat or an alternative, e.g. `(a+)+`.

    The time for such an expression can double with each character of a name, and nothing can interrupt it.
    """
    varies = [False]
    for token in _TOKEN.finditer(pattern):
        if token["opened"]:
            varies.append(False)
        elif token["closed"] and len(varies) > 1:
            inner = varies.pop()
            if inner and token["again"]:
                return True
            varies[-1] |= inner or bool(token["again"])
        elif token["choice"]:
            varies[-1] = True
    return False
