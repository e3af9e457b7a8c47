"""Regular expressions that people type, compiled unless they are invalid or prone to catastrophic backtracking.

Python's engine tries every way to divide a name among the quantifiers, and cannot be interrupted. So these paths are
counted in advance: `(a+)+` has exponentially many and is refused, and so is a series of more than three quantifiers.
The most common series is made atomic instead: where everything between the `.*` has a fixed length, as in
`.*a.*b.*c`, the first occurrence is as good as any later one, so backtracking cannot help.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.catalogue.name_index import NO_LETTERS, RequiredLetters
from qconn_tui.catalogue.query.regex_prefilter import optimized, required_letters
from qconn_tui.catalogue.query.regex_tokens import TOKEN, is_literal
from qconn_tui.errors import QueryError
from qconn_tui.text import clean, clean_part

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
_SPACES = re.compile(r"(?P<backslash>\\\\)|(?P<repeated>\\?\s(?=[*+?{]))|(?:\\?\s(?![*+?{]))+")
"""White space, escaped or not, where one that a quantifier repeats stands alone; or an escaped backslash."""
_QUANTIFIED = re.compile(r"([^\x00-\x7f])((?:[*+?]|\{\d*,?\d*\})[+?]?)")
_LENGTH = 64
"""Characters of a long name, for counting paths."""
_MOST_PATHS = _LENGTH**4
"""Three quantifiers, each as long as the name, at every offset where a match may begin."""


class Pattern(NamedTuple):
    """An expression that is safe to search for in any number of names."""

    shown: re.Pattern[str]
    """Finds the matches in a name as it is shown, ignoring case."""
    lowered: re.Pattern[str] | None
    """Matches in the same names in lower case, several times as fast; None if the expression is not caseless."""
    required: RequiredLetters = NO_LETTERS
    """The letters that every name holds, in lower case, in which it matches."""
    is_costly: bool = False
    """Whether a long name could take noticeable time: then search only `terms.LONGEST_COSTLY` characters."""


def compile_pattern(pattern: str, position: int) -> Pattern:
    """Compile an expression that ignores case.

    Args:
        pattern: The expression, without its slashes.
        position: The offset of `pattern` in the query.

    Raises:
        QueryError: If the expression is invalid, too large or could take too long.
    """
    offset, typed = 0, pattern
    try:
        with warnings.catch_warnings():
            # Warnings about future syntax changes do not concern the person who typed the expression.
            warnings.simplefilter("ignore")
            re.compile(pattern, re.IGNORECASE)
            pattern = cleaned_pattern(pattern)
            atomic = _made_atomic(pattern)
            paths = _paths(atomic)
            if paths <= _MOST_PATHS:
                lower = _in_lower_case(pattern)
                is_caseless = pattern.isascii() and _CASELESS.fullmatch(lower) is not None
                lowered = re.compile(optimized(_made_atomic(lower))) if is_caseless else None
                required = required_letters(lower) if is_caseless else NO_LETTERS
                return Pattern(re.compile(atomic, re.IGNORECASE), lowered, required, is_costly=paths >= _LENGTH**3)
        reason = "a repeated group must not hold repeats or alternatives"
        if paths < inf:
            reason = "it has so many repeats or alternatives that it could take for ever"
    except re.error as error:
        reason, offset = error.msg, min(error.pos or 0, len(typed))
    except (OverflowError, RecursionError, ValueError):
        reason = "it is too large"
    raise QueryError(
        f"The regular expression “{clean(typed, 40)}” cannot be used: {clean(reason, 80)}.",
        "Correct it, or put “\\” before its first slash to search for the text as it stands.",
        position=position + offset,
    )


def cleaned_pattern(pattern: str) -> str:
    """The expression with its literals as `clean` leaves them in names, so that it matches what it spells."""
    if pattern.isascii() and pattern.isprintable() and "  " not in pattern and r" \ " not in pattern:
        return pattern
    ends_in_space = pattern[-1:].isspace()
    spaced = _SPACES.sub(_as_one_space, pattern)
    cleaned = clean_part(_QUANTIFIED.sub(_without_invisible, spaced))
    # No name ends in a space, but an expression that asks for one does so on purpose.
    return cleaned if ends_in_space else cleaned.rstrip()


def _as_one_space(found: re.Match[str]) -> str:
    # An escaped space does not become one with the space before it.
    return found["backslash"] or (r"\ " if found["repeated"] else " ")


def _without_invisible(found: re.Match[str]) -> str:
    """A quantified character; an invisible one goes with its quantifier, which would repeat the one before it."""
    character, quantifier = found.groups()
    if character in "\u200c\u200d":
        # Names may hold it. In this spelling it stays.
        return f"\\u{ord(character):04x}{quantifier}"
    return found[0] if clean_part(f"x{character}") != "x" else ""


def _in_lower_case(pattern: str) -> str:
    """The expression with its literals in lower case; ignoring case it is the same."""
    return "".join(token[0].lower() if token["plain"] else token[0] for token in TOKEN.finditer(pattern))


def _made_atomic(pattern: str) -> str:
    """An expression that matches somewhere in the same names, without backtracking between its `.*`."""
    parts: list[list[re.Match[str]]] = [[]]
    depth = 0
    for token in TOKEN.finditer(pattern):
        depth += bool(token["opened"]) - bool(token["closed"])
        if depth == 0 and token["alternation"]:
            return pattern
        if depth == 0 and token["wild"]:
            parts.append([])
        parts[-1].append(token)
    if len(parts) < 3 or _FLAGS.search(pattern):
        return pattern
    # A match can begin at any occurrence of the first part; if that is empty, `.*` reaches everything from the start.
    first = "".join(token[0] for token in parts[0])
    return "".join([first or r"\A", *map(_atomic_part, parts[1:])])


def _atomic_part(part: Sequence[re.Match[str]]) -> str:
    """A `.*` and the items after it up to the next one, as an atomic group if their length is fixed."""
    wild, *rest = part
    text = "".join(token[0] for token in rest)
    if not text or any(not (token["fixed"] or token["plain"]) for token in rest):
        return wild[0] + text
    if len(rest) == 1 and is_literal(rest[0]):
        # Equivalent, in half the time.
        return f"{'.' if wild[0][1] == '+' else ''}[^{re.escape(text)}\\n]*+{text}"
    return f"(?>{wild[0][:2]}?{text})"


@dataclass(slots=True)
class _Group:
    """The backtracking paths of a group, or of the whole expression, as far as it is parsed."""

    opening: str = ""
    finished: float = 0.0
    """Paths of all alternatives before the current one."""
    paths: float = 1.0
    """Paths of the current alternative, without its last item."""
    last: float = 1.0
    """Paths of its last item, which a quantifier may follow."""
    most: float = 1.0
    """The most paths tried in atomic groups and lookarounds, which are never entered again."""

    def take(self, item: float) -> None:
        """Add an item to the current alternative."""
        self.paths, self.last = self.paths * self.last, item

    def all(self) -> float:
        """Paths of the whole group."""
        return self.finished + self.paths * self.last

    def end_alternative(self) -> None:
        """Start the next alternative."""
        self.finished, self.paths, self.last = self.all(), 1.0, 1.0

    def take_quantifier(self, token: re.Match[str]) -> None:
        """Apply a quantifier to the last item."""
        self.last = _repeated(self.last, token)
        if token["mode"] == "+":
            self.most = max(self.most, self.paths * _LENGTH)

    def take_group(self, group: _Group) -> None:
        """Add a closed group as an item."""
        is_atomic = group.opening.startswith(("(?>", "(?=", "(?!", "(?<=", "(?<!"))
        self.take(1.0 if is_atomic else group.all())
        self.most = max(self.most, self.paths * max(group.most, group.all()))


def _paths(pattern: str) -> float:
    """An upper bound of the paths that the engine tries in one name; infinite if they grow exponentially."""
    whole = _Group()
    groups = [whole]
    for token in TOKEN.finditer(pattern):
        if token["opened"]:
            groups.append(_Group(token["opened"]))
        elif token["closed"] and len(groups) > 1:
            group = groups.pop()
            groups[-1].take_group(group)
        elif token["alternation"]:
            groups[-1].end_alternative()
        elif token["quantifier"]:
            groups[-1].take_quantifier(token)
        else:
            groups[-1].take(_LENGTH if token["wild"] else 1.0)
    starts = 1 if pattern.startswith(("^", r"\A")) and not whole.finished else _LENGTH
    return max(whole.most, whole.all()) * starts


def _repeated(paths: float, token: re.Match[str]) -> float:
    """The paths of an item with a quantifier; by itself it has `paths`."""
    if token["quantifier"].startswith("?"):
        times, choices = 1, 2
    elif token["to"] is None or (token["to"] and not token["most"]):
        return inf if paths > 1 else 1.0 if token["mode"] == "+" else _LENGTH
    else:
        times = int(token["most"] or token["least"] or 1)
        choices = times - int(token["least"] or 0) + 1 if token["to"] else 1
    return inf if times > _LENGTH and paths > 1 else paths**times * (1 if token["mode"] == "+" else choices)
