r"""Regular expressions that people type: compiled, unless they cannot be, or could take for ever.

Python's engine tries every way to divide a name among the repeats, and nothing can interrupt it. So the ways are
counted before: `(a+)+` has more of them with each character of a name and is refused, and so is a series of more
than three repeats. The most common series is made harmless instead: where all between the `.*` is of a fixed length,
as in `.*a.*b.*c`, whatever comes first is as good as what comes later and need not be tried again.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.columns import NO_LETTERS, Needs
from qconn_tui.catalogue.query.regex_prefilter import needed_letters, quickened
from qconn_tui.catalogue.query.regex_tokens import TOKEN, is_literal
from qconn_tui.errors import QueryError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS = re.compile(r"\(\?[aiLmsux-]")
_CASELESS = re.compile(
    r"""(?:
      \\ [bBdDsSwWAZ] | \\ [^A-Za-z0-9]
    | \[ \^? (?: \\ [dDsSwW] | \\ [^A-Za-z0-9] | [a-z]-[a-z] | [0-9]-[0-9] | [^]A-Z\\[-] )+ -? \]
    | \( (?: \? (?: [:=!>] | <[=!] ) | (?! \? ) )
    | [^A-Z\\[(]
    )*+""",
    re.VERBOSE | re.ASCII,
)
_LENGTH = 64
"""Characters of a name that has many, for the count of ways."""
_MOST_WAYS = _LENGTH**4
"""Three repeats, each as long as the name, at every place where they may begin."""


class Pattern(NamedTuple):
    """An expression that is safe to look for in any number of names."""

    shown: re.Pattern[str]
    """Finds its matches in a name as it is shown, ignoring case."""
    lowered: re.Pattern[str] | None
    """Finds something in the same names of lower case, several times as fast; None when case plays a part in it."""
    needs: Needs = NO_LETTERS
    """What every name of lower case holds in which it finds something."""
    is_costly: bool = False
    """Whether a long name could take noticeable time: then look only at `terms.LONGEST_COSTLY` characters."""


def compile_pattern(pattern: str, position: int) -> Pattern:
    """The expression, ignoring case, or a QueryError; `position` is where `pattern` begins in the query."""
    offset = 0
    try:
        with warnings.catch_warnings():
            # What a later Python may read differently is no concern of the person who typed it.
            warnings.simplefilter("ignore")
            re.compile(pattern, re.IGNORECASE)
            tamed = _tamed(pattern)
            ways = _ways(tamed)
            if ways <= _MOST_WAYS:
                small = _in_lower_case(pattern)
                is_caseless = pattern.isascii() and _CASELESS.fullmatch(small) is not None
                lowered = re.compile(quickened(_tamed(small))) if is_caseless else None
                needs = needed_letters(small) if is_caseless else NO_LETTERS
                return Pattern(re.compile(tamed, re.IGNORECASE), lowered, needs, is_costly=ways >= _LENGTH**3)
        reason = "a repeated group must not hold repeats or alternatives"
        if ways < inf:
            reason = "it has so many repeats or alternatives that it could take for ever"
    except re.error as error:
        reason, offset = error.msg, error.pos or 0
    except (OverflowError, RecursionError, ValueError):
        reason = "it is too large"
    raise QueryError(
        f"The regular expression “{clean(pattern, 40)}” cannot be used: {clean(reason, 80)}.",
        "Correct it, or put “\\” before its first slash to search for the text as it stands.",
        position=position + offset,
    )


def _in_lower_case(pattern: str) -> str:
    """The expression with small letters where it looks for letters; ignoring case it is the same."""
    return "".join(token[0].lower() if token["plain"] else token[0] for token in TOKEN.finditer(pattern))


def _tamed(pattern: str) -> str:
    """An expression that finds something in the same names, and does not try again what cannot help."""
    parts: list[list[re.Match[str]]] = [[]]
    depth = 0
    for token in TOKEN.finditer(pattern):
        depth += bool(token["opened"]) - bool(token["closed"])
        if depth == 0 and token["choice"]:
            return pattern
        if depth == 0 and token["wild"]:
            parts.append([])
        parts[-1].append(token)
    if len(parts) < 3 or _FLAGS.search(pattern):
        return pattern
    # The first part begins where it is found; when it is empty, what follows it reaches everywhere from the start.
    first = "".join(token[0] for token in parts[0])
    return "".join([first or r"\A", *map(_without_return, parts[1:])])


def _without_return(part: Sequence[re.Match[str]]) -> str:
    """A `.*` and what follows it up to the next."""
    wild, *rest = part
    text = "".join(token[0] for token in rest)
    if not text or any(not (token["fixed"] or token["plain"]) for token in rest):
        return wild[0] + text
    if len(rest) == 1 and is_literal(rest[0]):
        # The same in half the time.
        return f"{'.' if wild[0][1] == '+' else ''}[^{re.escape(text)}\\n]*+{text}"
    return f"(?>{wild[0][:2]}?{text})"


@dataclass(slots=True)
class _Group:
    """What was read so far of a group, or of the whole expression, as numbers of ways."""

    opening: str = ""
    finished: float = 0.0
    """All alternatives but the last."""
    ways: float = 1.0
    """The last alternative, without its last item."""
    last: float = 1.0
    """Its last item, which may yet be repeated."""
    most: float = 1.0
    """What was tried in groups that are never entered again once they were left."""

    def take(self, item: float) -> None:
        self.ways, self.last = self.ways * self.last, item

    def all(self) -> float:
        return self.finished + self.ways * self.last

    def end_alternative(self) -> None:
        self.finished, self.ways, self.last = self.all(), 1.0, 1.0

    def take_repeat(self, token: re.Match[str]) -> None:
        self.last = _repeated(self.last, token)
        if token["mode"] == "+":
            self.most = max(self.most, self.ways * _LENGTH)

    def take_group(self, group: _Group) -> None:
        is_final = group.opening.startswith(("(?>", "(?=", "(?!", "(?<=", "(?<!"))
        self.take(1.0 if is_final else group.all())
        self.most = max(self.most, self.ways * max(group.most, group.all()))


def _ways(pattern: str) -> float:
    """How many ways there are at most to look for it in one name; infinite when each character adds as many again."""
    whole = _Group()
    groups = [whole]
    for token in TOKEN.finditer(pattern):
        if token["opened"]:
            groups.append(_Group(token["opened"]))
        elif token["closed"] and len(groups) > 1:
            group = groups.pop()
            groups[-1].take_group(group)
        elif token["choice"]:
            groups[-1].end_alternative()
        elif token["repeat"]:
            groups[-1].take_repeat(token)
        else:
            groups[-1].take(_LENGTH if token["wild"] else 1.0)
    starts = 1 if pattern.startswith(("^", r"\A")) and not whole.finished else _LENGTH
    return max(whole.most, whole.all()) * starts


def _repeated(ways: float, token: re.Match[str]) -> float:
    """The ways of an item that is repeated; by itself it has `ways`."""
    if token["repeat"].startswith("?"):
        times, choices = 1, 2
    elif token["to"] is None or (token["to"] and not token["most"]):
        return inf if ways > 1 else 1.0 if token["mode"] == "+" else _LENGTH
    else:
        times = int(token["most"] or token["least"] or 1)
        choices = times - int(token["least"] or 0) + 1 if token["to"] else 1
    return inf if times > _LENGTH and ways > 1 else ways**times * (1 if token["mode"] == "+" else choices)
