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

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qconn_tui.catalogue.columns import (
    Columns,
    folded_description,
    folded_id,
    folded_name,
    spaced,
    spaced_name,
)
from qconn_tui.catalogue.facets import Facet
from qconn_tui.catalogue.folding import fold
from qconn_tui.catalogue.patterns import compile_pattern
from qconn_tui.catalogue.terms import Fuzzy, Not, Regex, State, Word
from qconn_tui.connector import Connector
from qconn_tui.errors import QueryError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qconn_tui.catalogue.folding import Span
    from qconn_tui.catalogue.terms import Term

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
_LOOKS_LIKE_ID = re.compile("[0-9a-f-]{8,}")
_COLUMNS = {"id": folded_id, "name": folded_name, "desc": folded_description}
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

    def matches(self, connector: Connector) -> bool:
        """Whether it admits the connector."""
        return bool(self.select(range(1), Columns((connector,))))

    def select(self, rows: Sequence[int], columns: Columns) -> Sequence[int]:
        """Those of `rows` that it admits, in the same order; `rows` itself if it is empty."""
        for term in self.terms:
            rows = term.select(rows, columns)
        return rows

    def implies(self, other: Query) -> bool:
        """Whether all that it admits is certainly admitted by `other`, e.g. `goog` after `goo`."""
        return all(any(term.implies(wanted) for term in self.terms) for wanted in other.terms)

    def rank(self, name: str) -> int:
        """How well a name fits: 0 exactly, 1 at its start, 2 at the start of a word, 3 elsewhere.

        Of several words the first one decides, unless they are the whole name.
        """
        return self.ranks(range(1), Columns((Connector("", name),)))[0]

    def ranks(self, rows: Sequence[int], columns: Columns) -> list[int]:
        """The rank of each row."""
        if not self.words:
            return [0] * len(rows)
        first, whole = spaced(self.words[0]), spaced(" ".join(self.words))
        names = map(columns.of(spaced_name).__getitem__, rows)
        return [
            3 if first not in name else 2 if not name.startswith(first) else 1 if name != whole else 0 for name in names
        ]

    def highlights(self, name: str) -> tuple[Span, ...]:
        """The spans of `name` that the query found, in characters of `name`, in order and not overlapping."""
        merged: list[Span] = []
        for start, end in sorted(span for term in self.terms for span in term.spans(name)):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return tuple(merged)


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
            return Regex(compile_pattern(match[group], match.start(group)))
    field = (match["field"] or "").lower()
    value = match["word"] if match["quoted"] is None else match["quoted"]
    if field in ("billable", "webhooks"):
        return _state(Facet(field), value, match.end("field") + 1)
    if field:
        text = fold(value)
        return Word(text, _COLUMNS[field]) if text else None
    if match["quoted"] is None and value in ("-", "/"):
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
