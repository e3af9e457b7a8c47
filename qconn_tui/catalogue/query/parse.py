r"""The filter language, and its parser.

    google sheets          both words occur in the name; case and accents do not matter
    "google sheets"        the text with its space
    -google                the word does not occur (a `-` goes before any term)
    billable:yes           yes, no or unknown; also webhooks:
    id:0d87  name:x  desc:x   the word occurs in the id, the name, the description
    /^s3 \d+/              a regular expression matches the name as it is shown, ignoring case
    ~gsheet                the characters occur in this order
    \-word                 the word as it stands, even if it begins with a special character

A plain word that looks like an id (8 or more hexadecimal digits and dashes) is searched in the ids too. Names
hold colons, so `s3:` is an ordinary word.

The text is parsed after every key, so unfinished terms are valid: one without a value (`-`, `"`, `/`, `billable:`)
admits everything, `billable:y` is enough, an unclosed quote extends to the end, an unclosed regular expression to
the next space.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qconn_tui.catalogue.columns import folded_description, folded_id, folded_name
from qconn_tui.catalogue.facets import STATE_WORDS, Facet
from qconn_tui.catalogue.folding import fold
from qconn_tui.catalogue.query.query import Query
from qconn_tui.catalogue.query.terms import Fuzzy, Not, Regex, State, Word
from qconn_tui.errors import QueryError
from qconn_tui.text import NAME_LIMIT, TEXT_LIMIT, clean

if TYPE_CHECKING:
    from qconn_tui.catalogue.query.terms import Term

_COLUMNS = {"id": folded_id, "name": folded_name, "desc": folded_description}
_FACETS = {facet.value: facet for facet in Facet}
FIELDS = (*_FACETS, *_COLUMNS)
"""The words that may stand before a colon."""

_TERM = re.compile(
    rf"""
    (?P<negated> - (?=\S) )?
    (?:
        (?P<literal> \\ \S* )
      | / (?P<regex> (?! [\s/] ) (?: \\. | [^\\] )+? ) / (?= \s | $ )
      | / (?P<open_regex> [^\s/] \S* )
      | ~ (?P<fuzzy> \S* )
      | (?: (?P<field> {"|".join(FIELDS)} ) : )?
        (?: " (?P<quoted> [^"]* ) "? | (?P<word> \S* ) )
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_STATES = {word: state for state, word in STATE_WORDS.items()} | {"true": True, "false": False}
_LOOKS_LIKE_ID = re.compile("[0-9a-f-]{8,}")
_SIMILARITY = 0.7
"""The ratio, of 1, from which `difflib` takes a word for a mistyped field."""


def parse(text: str) -> Query:
    """The query that the text spells.

    Raises:
        QueryError: If a term is invalid; its `position` is an offset into `text`.
    """
    terms: list[Term] = []
    # A line end is white space like any other, as in names; offsets stay.
    text = re.sub(r"\s", " ", text)
    # Between terms the pattern matches the empty text, which parses to no term.
    for match in _TERM.finditer(text):
        term = _term(match)
        if term is not None:
            terms.append(Not(term) if match["negated"] else term)
    return Query(tuple(terms))


def _term(match: re.Match[str]) -> Term | None:
    """The matched term, None if it has no value yet."""
    if match["literal"]:
        return _word(match["literal"][1:])
    if match["fuzzy"] is not None:
        text = _folded(match["fuzzy"])
        return Fuzzy(text) if text else None
    for group in ("regex", "open_regex"):
        if match[group]:
            # Imported late: few queries hold a regular expression, and the first frame holds none.
            from qconn_tui.catalogue.query.safe_regex import compile_pattern

            return Regex(compile_pattern(match[group], match.start(group)))
    field = (match["field"] or "").lower()
    value = match["word"] if match["quoted"] is None else match["quoted"]
    if field in _FACETS:
        return _state(_FACETS[field], value, match.end("field") + 1)
    if field:
        text = _folded(value, TEXT_LIMIT if field == "desc" else NAME_LIMIT)
        return Word(text, _COLUMNS[field]) if text else None
    if match["quoted"] is None and value in ("-", "/", "//"):
        return None
    return _word(value)


def _word(value: str) -> Term | None:
    text = _folded(value)
    return Word(text, or_id=_LOOKS_LIKE_ID.fullmatch(text) is not None) if text else None


def _folded(value: str, limit: int = NAME_LIMIT) -> str:
    """The value as a column holds it: a name is found by its own text, whatever was cleaned away in both."""
    return fold(clean(value, limit))


def _state(facet: Facet, value: str, position: int) -> Term | None:
    value = clean(value)
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
    """A sentence about the first word that looks like a mistyped field, e.g. `bilable:yes`; empty without one.

    Names hold colons, so the query searches for such a word all the same.
    """
    for match in _TERM.finditer(text):
        name, colon, _ = ("" if match["field"] else match["word"] or "").partition(":")
        if colon and (meant := _closest_field(name.lower())):
            return f"There is no field {clean(name, 40)}; did you mean {meant}?"
    return ""


def _closest_field(name: str) -> str:
    """The field that shares its beginning with a word or resembles it; empty without one."""
    for field in FIELDS:
        if min(len(name), len(field)) > 2 and (field.startswith(name) or name.startswith(field)):
            return field
    # Imported late: it takes a while, and is rarely needed.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, FIELDS, 1, _SIMILARITY)), "")
