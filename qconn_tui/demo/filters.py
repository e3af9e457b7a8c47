"""The `filter` parameter: `name eq "Airtable" and spaceId eq 'x'`.

That is a small part of the filters of SCIM (RFC 7644, section 3.4.2.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from qconn_tui.demo.http_messages import RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection

_CONDITION = re.compile(
    r"""\s*(?P<attribute>[A-Za-z.]+)\s+(?P<operator>[A-Za-z]+)\s+"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)')\s*""",
    re.DOTALL,
)
_AND = re.compile(r"and(?=\s)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a record: the attribute equals the value, case-insensitive."""

    attribute: str
    """One of the filterable attributes."""
    value: str
    """Without its quotes and escapes."""

    def holds(self, found: str) -> bool:
        """Whether a record with the attribute `found` meets the condition."""
        return found.casefold() == self.value.casefold()


def parse_filter(text: str, attributes: Collection[str]) -> tuple[Condition, ...]:
    """Parse a filter.

    Args:
        text: The value of the `filter` parameter.
        attributes: The attributes that can be filtered by.

    Raises:
        RefusedError: The filter is not valid, or uses another attribute or operator (400).
    """
    conditions: list[Condition] = []
    position = 0
    while match := _CONDITION.match(text, position):
        conditions.append(_condition(match, attributes))
        position = match.end()
        if position == len(text):
            return tuple(conditions)
        conjunction = _AND.match(text, position)
        if conjunction is None:
            break
        position = conjunction.end()
    raise RefusedError(HTTPStatus.BAD_REQUEST, f"filter is not valid at position {position}.")


def _condition(match: re.Match[str], attributes: Collection[str]) -> Condition:
    attribute, operator = match["attribute"], match["operator"]
    if attribute not in attributes:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"filter cannot use the attribute {attribute}.")
    if operator.lower() != "eq":
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"filter cannot use the operator {operator}.")
    value = match["double"] if match["double"] is not None else match["single"]
    return Condition(attribute, _ESCAPE.sub(r"\1", value))
