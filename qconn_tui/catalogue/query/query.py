r"""The filter language.

    google sheets          both words occur in the name; case and accents do not matter
    "google sheets"        the text with its space
    -google                the word does not occur (a `-` goes before any term)
    billable:yes           yes, no or unknown; also webhooks:
    id:0d87  name:x  desc:x   the word occurs in the id, the name, the description
    /^s3 \d+/              a regular expression matches the name as it is shown, ignoring case
    ~gsheet                the characters occur in this order
    \-word                 the word as it stands, whatever it begins with

A plain word that looks like an id (8 or more hexadecimal digits and dashes) is searched in the ids too. Names
hold colons, so `s3:` is an ordinary word.

The language is for somebody who is typing: a term that has only begun (`-`, `"`, `/`, `billable:`) admits
everything, `billable:y` is enough, an open quote reaches to the end, an open regular expression to the next
space.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Final

from qconn_tui.catalogue.columns import (
    MARK,
    NO_LETTERS,
    Columns,
    folded_description,
    folded_id,
    folded_name,
    is_unbroken,
    marked_name,
    picked,
    spaced,
)
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.folding import fold
from qconn_tui.catalogue.query.terms import Fuzzy, Not, Regex, State, Word
from qconn_tui.connector import Connector
from qconn_tui.errors import QueryError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qconn_tui.catalogue.folding import Span
    from qconn_tui.catalogue.query.terms import Term

_TERM = re.compile(
    r"""
    (?P<negated> - (?=\S) )?
    (?:
        (?P<literal> \\ \S* )
      | / (?P<regex> (?! [\s/] ) (?: \\. | [^\\] )+? ) / (?= \s | $ )
      | / (?P<open_regex> [^\s/] \S* )
      | ~ (?P<fuzzy> \S* )
      | (?: (?P<field> billable | webhooks | id | name | desc ) : )?
        (?: " (?P<quoted> [^"]* ) "? | (?P<word> \S* ) )
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FIELDS = ("billable", "webhooks", "id", "name", "desc")
"""The fields that the pattern knows."""
_LIKENESS = 0.7
"""How much of two words has to be the same for one to be taken for the other mistyped, of 1."""
_LOOKS_LIKE_ID = re.compile("[0-9a-f-]{8,}")
_COLUMNS = {"id": folded_id, "name": folded_name, "desc": folded_description}
_RANKS = bytes([4, 3, 2, 1, 0]).ljust(256, b"\0")
"""A table for `bytes.translate` that makes a rank of how a letter stands in a name."""
_ONLY = tuple(bytes(other == rank for other in range(256)) for rank in range(4))
"""For each rank a table that makes 1 of it, and 0 of every other one."""
_SHORT = 2
"""Letters after which the next one leaves so few names that they need not be looked through beforehand."""
_CHUNK, _COSTLY_CHUNK = 512, 32
"""Names after which it is checked how long a regular expression has taken: at worst about a second later."""
_STATES = {"yes": True, "no": False, "unknown": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; two are equal if they look for the same."""

    terms: tuple[Term, ...] = ()
    """The conditions, combined by "and"."""

    @property
    def is_empty(self) -> bool:
        """Whether it admits everything."""
        return not self.terms

    @property
    def words(self) -> tuple[str, ...]:
        """The folded words that the name must hold; they decide the rank."""
        return tuple(term.text for term in self.terms if isinstance(term, Word) and term.column is folded_name)

    @property
    def _only_word(self) -> str:
        """The word that it looks for, and for nothing else; empty if there is more, or none."""
        return self.words[0] if len(self.terms) == len(self.words) == 1 else ""

    @property
    def beginning(self) -> str:
        """The one short word that it looks for, which may go on; empty if it looks for anything else."""
        word = self._only_word
        return word if len(word) <= _SHORT and is_unbroken(word) else ""

    def is_at_hand(self, columns: Columns) -> bool:
        """Whether all rows tell at once that it admits them, without a search."""
        return columns.is_indexed(self._only_word)

    def matches(self, connector: Connector) -> bool:
        """Whether it admits the connector."""
        return bool(self.select(range(1), Columns((connector,))))

    def select(self, rows: Sequence[int], columns: Columns, time_limit: float = math.inf) -> Sequence[int]:
        """Those of `rows` that it admits, in the same order; `rows` itself if it is empty.

        Only a regular expression can take longer than `time_limit`, in seconds: then it is a QueryError.
        """
        expressions = [term for term in self.terms if isinstance(_inner(term), Regex)]
        for term in self.terms:
            if isinstance(term, Regex | Fuzzy) and term.needs != NO_LETTERS:
                rows = list(compress(columns.numbers(rows), picked(columns.mask_of(term.needs), rows)))
        for term in self.terms:
            if term not in expressions:
                rows = _admitted(term, rows, columns)
        return _within(time_limit, expressions, rows, columns) if expressions else rows

    def implies(self, other: Query) -> bool:
        """Whether all that it admits is certainly admitted by `other`, e.g. `goog` after `goo`."""
        return all(any(term.implies(wanted) for term in self.terms) for wanted in other.terms)

    def rank(self, name: str) -> int:
        """How well a name fits: 0 exactly, 1 at its start, 2 at the start of a word, 3 elsewhere.

        Of several words the first one decides, unless they are the whole name.
        """
        ranked = self.ranked(range(1), Columns((Connector("", name),)))
        return next(rank for rank, rows in enumerate(ranked) if rows)

    def ranked(self, rows: Sequence[int], columns: Columns) -> tuple[Sequence[int], ...]:
        """The rows of each rank, from 0 to 3, each in the same order as before."""
        if not self.words:
            return rows, (), (), ()
        if len(self.words) == 1 and columns.is_indexed(self.words[0]):
            ranks = bytes(picked(columns.match_ranks(self.words[0]), rows)).translate(_RANKS)
            return tuple(list(compress(rows, ranks.translate(only))) for only in _ONLY)
        first = spaced(self.words[0])
        at_word, at_start, whole = " " + first, MARK + first, MARK + spaced(" ".join(self.words))
        names = picked(columns.of(marked_name), rows)
        ranks = bytes([3 - (at_word in name and 1 + (at_start in name and 1 + (name == whole))) for name in names])
        return tuple(list(compress(rows, ranks.translate(only))) for only in _ONLY)

    def highlights(self, name: str) -> tuple[Span, ...]:
        """The spans of `name` that the query found, in characters of `name`, in order and not overlapping."""
        merged: list[Span] = []
        for start, end in sorted(span for term in self.terms for span in term.spans(name)):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return tuple(merged)


def _admitted(term: Term, rows: Sequence[int], columns: Columns) -> list[int]:
    return list(compress(columns.numbers(rows), term.admits(rows, columns)))


def _within(time_limit: float, expressions: Sequence[Term], rows: Sequence[int], columns: Columns) -> Sequence[int]:
    """Those of `rows` that the expressions admit, unless that takes longer than so many seconds."""
    is_costly = any(isinstance(term, Regex) and term.pattern.is_costly for term in map(_inner, expressions))
    chunk = _COSTLY_CHUNK if is_costly else _CHUNK
    deadline = time.monotonic() + time_limit
    found: list[int] = []
    for start in range(0, len(rows), chunk):
        admitted = rows[start : start + chunk]
        for term in expressions:
            admitted = _admitted(term, admitted, columns)
        found += admitted
        if time.monotonic() > deadline:
            raise QueryError(
                f"The regular expression takes too long: {start:,} of {len(rows):,} names in {time_limit:g} s.",
                "Write it with fewer repeats (* + ?), or begin it with “^”.",
            )
    return found


def _inner(term: Term) -> Term:
    return term.term if isinstance(term, Not) else term


EVERYTHING: Final = Query()
"""The query that admits every connector."""


def parse(text: str) -> Query:
    """The query that `text` spells; a QueryError says what cannot be meant, and where."""
    terms: list[Term] = []
    # Between terms the pattern matches nothing at all, which is a term that has not even begun.
    for match in _TERM.finditer(text):
        term = _term(match)
        if term is not None:
            terms.append(Not(term) if match["negated"] else term)
    return Query(tuple(terms))


def _term(match: re.Match[str]) -> Term | None:
    """The term that was matched, or None if it has only begun."""
    if match["literal"]:
        return _word(match["literal"][1:])
    if match["fuzzy"] is not None:
        text = fold(match["fuzzy"])
        return Fuzzy(text) if text else None
    for group in ("regex", "open_regex"):
        if match[group]:
            # Most queries hold none, and nobody waits for a filter before the first frame.
            from qconn_tui.catalogue.query.safe_regex import compile_pattern

            return Regex(compile_pattern(match[group], match.start(group)))
    field = (match["field"] or "").lower()
    value = match["word"] if match["quoted"] is None else match["quoted"]
    if field in ("billable", "webhooks"):
        return _state(Facet(field), value, match.end("field") + 1)
    if field:
        text = fold(value)
        return Word(text, _COLUMNS[field]) if text else None
    if match["quoted"] is None and value in ("-", "/", "//"):
        return None
    return _word(value)


def _word(value: str) -> Term | None:
    text = fold(value)
    return Word(text, or_id=_LOOKS_LIKE_ID.fullmatch(text) is not None) if text else None


def _state(facet: Facet, value: str, position: int) -> Term | None:
    if not value:
        return None
    for word, state in _STATES.items():
        if word.startswith(value.lower()):
            return State(facet, state)
    raise QueryError(
        f"“{clean(value, 40)}” is not a state of {facet.value}.",
        f"Use {facet.value}:yes, {facet.value}:no or {facet.value}:unknown.",
        position=position,
    )


def mistyped_field(text: str) -> str:
    """A sentence about the first word of `text` that is meant for a field, as it seems, and is none; else empty.

    Names hold colons, so such a word is looked for as it stands all the same.
    """
    for match in _TERM.finditer(text):
        name, colon, _ = ("" if match["field"] else match["word"] or "").partition(":")
        if colon and (meant := _meant(name.lower())):
            return f"There is no field {clean(name, 40)}; did you mean {meant}?"
    return ""


def _meant(name: str) -> str:
    """The field that a word is the beginning of, begins with or looks like; empty without any."""
    for field in _FIELDS:
        if min(len(name), len(field)) > 2 and (field.startswith(name) or name.startswith(field)):
            return field
    # It takes a while to import, and most people never need it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, _FIELDS, 1, _LIKENESS)), "")
