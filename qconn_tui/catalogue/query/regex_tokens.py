"""What a regular expression is made of, as far as one can tell without compiling it."""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"""
      (?P<fixed> \\\D | \[ \^? \]? (?: \\. | [^\]\\] )* \] )
    | (?P<wild> \. [*+] (?: \? | (?! [+?] ) ) )
    | (?P<opened> \( (?: \? [^)=!<:>]* [=!<:>]* )? )
    | (?P<closed> \) )
    | (?P<repeat> (?: [*+?] | \{ (?P<least> \d* ) (?P<to> ,? ) (?P<most> \d* ) \} ) (?P<mode> [+?]? ) )
    | (?P<choice> \| )
    | (?P<reference> \\\d )
    | (?P<plain> . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""One item of an expression, or what stands between items; it takes any text apart."""


def is_literal(token: re.Match[str]) -> bool:
    """Whether it stands for itself."""
    return token["plain"] is not None and token["plain"] not in ".^$"


def may_be_absent(repeat: re.Match[str]) -> bool:
    """Whether what is repeated that often need not be there at all."""
    return repeat[0][0] in "*?" or (repeat[0][0] == "{" and int(repeat["least"] or 0) == 0)
