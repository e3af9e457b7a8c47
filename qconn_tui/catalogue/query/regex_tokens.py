"""A tokenizer for regular expressions in Python's syntax (the documentation of `re`), as far as safety checks need."""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"""
      (?P<fixed> \\\D | \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<wild> \. [*+] (?: \? | (?! [+?] ) ) )
    | (?P<opened> \( (?: \? [^)=!<:>]* [=!<:>]* )? )
    | (?P<closed> \) )
    | (?P<quantifier> (?: [*+?] | \{ (?P<least> \d* ) (?P<to> ,? ) (?P<most> \d* ) \} ) (?P<mode> [+?]? ) )
    | (?P<alternation> \| )
    | (?P<reference> \\\d )
    | (?P<plain> . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""One item of an expression, a quantifier or a delimiter; every character of any text belongs to a token."""


def is_literal(token: re.Match[str]) -> bool:
    """Whether the token matches itself."""
    return token["plain"] is not None and token["plain"] not in ".^$"


def is_optional(quantifier: re.Match[str]) -> bool:
    """Whether the quantifier allows zero repetitions."""
    return quantifier[0][0] in "*?" or (quantifier[0][0] == "{" and int(quantifier["least"] or 0) == 0)
