"""Parses and validates the JSON of a tenant.

The list is documented at qlik.dev/apis/rest/workflows/automation-connectors, the token response in RFC 6749,
section 5.1.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError, SchemaValidator, core_schema

from qconn_tui.connector import Connector
from qconn_tui.errors import Problem, UnreadableAnswer, UsageError
from qconn_tui.qlik.auth import Grant, Secret, parse_api_key
from qconn_tui.text import NAME_LIMIT, TEXT_LIMIT, URL_LIMIT, clean

RECORDS_PER_PAGE = 2000
"""Records that a page may hold, ten times the highest documented `limit`."""
PROBLEMS_PER_ANSWER = 20
"""Entries of an `errors` array that are kept."""
LONGEST_LIFETIME = 86_400.0
"""Seconds after which a token counts as expired, even if the tenant says otherwise."""

_DIGITS_READ = 18
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_DAMAGE = "\N{REPLACEMENT CHARACTER}"
_THIN_RECORD = 1024
"""Bytes of a record, on average, up to which a page is not measured more closely."""
_CLEAN = r"^[!-~]+( [!-~]+)*$"


class NextLink(NamedTuple):
    """The link from one page of the list to the next."""

    href: str | None
    """The URL as it was sent, unchecked; None without one."""
    is_valid: bool
    """Whether the links had a documented shape; without one, a missing URL need not mean the end of the list."""


class Records:
    """The records of one page as they were sent. They are validated when they are first asked for.

    Args:
        records: The records.
        size: Bytes that the texts of all records take at most; None to measure them when they are asked for.
        is_damaged: Whether bytes that are not UTF-8 were replaced in some of them.
    """

    def __init__(self, records: Sequence[object], *, size: int | None = None, is_damaged: bool = False) -> None:
        self._records = records
        self._size = size
        self._is_damaged = is_damaged

    def __len__(self) -> int:
        """How many were sent, also invalid ones."""
        return len(self._records)

    @property
    def connectors(self) -> tuple[Connector, ...]:
        """The valid records, in the tenant's order."""
        return self._validated[0]

    @property
    def skipped(self) -> tuple[str, ...]:
        """The reason for each record that is not valid."""
        return self._validated[1]

    @property
    def damaged(self) -> int:
        """How many valid records have letters that could not be read."""
        return sum(map(_is_damaged, self.connectors)) if self._is_damaged else 0

    @property
    def size(self) -> int:
        """Bytes that the texts of the valid records take in memory, or a few more."""
        if self._size is not None:
            return self._size
        return sum(sys.getsizeof(text) for record in self.connectors for text in record if isinstance(text, str))

    @cached_property
    def _validated(self) -> tuple[tuple[Connector, ...], tuple[str, ...]]:
        connectors: list[Connector] = []
        skipped: list[str] = []
        for position, record in enumerate(self._records, start=1):
            try:
                connectors.append(_read_connector(record))
            except ValidationError as error:
                skipped.append(f"record {position}: {_reason(error)}")
        return tuple(connectors), tuple(skipped)


def read_page(body: bytes, trace_id: str | None = None) -> tuple[Records, NextLink]:
    """Parse one page of the list: `{"data": […], "links": {"next": {"href": "…"}}}`, as Qlik's API reference has it.

    Args:
        body: The response's body, decompressed.
        trace_id: The response's trace id, which the error names.

    Returns:
        The page's records and the link to the next page.

    Raises:
        UnreadableAnswer: The body is not JSON, or not an object with a `data` array of at most `RECORDS_PER_PAGE`.
    """
    text, is_damaged = _decode(body)
    content = _parse(text)
    records = content.get("data") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(records, list) or len(records) > RECORDS_PER_PAGE:
        raise UnreadableAnswer(
            "The tenant's answer is not a page of the list of automation connectors.",
            "Check that the address is that of a Qlik Cloud tenant; if it is, try again later.",
            trace_id=trace_id,
        )
    link = _read_next(content.get("links"))
    if is_damaged and link.href is None and any(_DAMAGE in name for name in _names(content)):
        # The name of the link may be what is damaged.
        link = NextLink(None, is_valid=False)
    return Records(records, size=_size_of(body, len(records)), is_damaged=is_damaged), link


def read_problems(body: bytes) -> tuple[tuple[Problem, ...], str | None]:
    """Parse the body of an error, which may be anything.

    Returns:
        The entries of its `errors` array, or the fields of an OAuth error (RFC 6749, section 5.2), and the trace id.
    """
    content = _read_json(body)
    if not isinstance(content, dict):
        return (), None
    entries = content.get("errors")
    if isinstance(entries, dict):
        entries = [entries]
    elif not isinstance(entries, list):
        entries = [{"code": content.get("error"), "title": content.get("error_description")}]
    problems = (_read_problem(entry) for entry in entries[:PROBLEMS_PER_ANSWER])
    return tuple(problem for problem in problems if problem), _text(content.get("traceId"))


def read_grant(body: bytes) -> Grant:
    """Parse a response of `/oauth/token` (RFC 6749, section 5.1).

    Raises:
        UnreadableAnswer: There is no usable token in it.
    """
    try:
        answer = _TokenAnswer.model_validate(_read_json(body))
    except ValidationError:
        answer = None
    if answer is None:
        raise UnreadableAnswer(
            "The tenant's answer to the token request holds no usable token.",
            "Check that the address is that of a Qlik Cloud tenant; if it is, try again later.",
        )
    return Grant(answer.access_token, answer.expires_in)


def _read_json(body: bytes) -> Any:  # noqa: ANN401 - that is what JSON is
    """Parse the body; None if it is not JSON."""
    return _parse(_decode(body)[0])


def _decode(body: bytes) -> tuple[str, bool]:
    """The text of the body, and whether invalid UTF-8 in it was replaced, so that it does not cost the page."""
    try:
        return body.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return body.decode("utf-8-sig", errors="replace"), True


def _parse(text: str) -> Any:  # noqa: ANN401 - as above
    try:
        return json.loads(text, parse_int=_read_int)
    except (ValueError, RecursionError):
        return None


def _size_of(body: bytes, records: int) -> int | None:
    """Bytes that the texts of a page take at most; None if only they themselves can tell.

    A text of ASCII takes a byte a character in memory, and no more than in the body. Any other text takes up to four
    for each, and a page may consist of fields that are not kept.
    """
    is_plain = len(body) <= records * _THIN_RECORD and body.isascii() and b"\\u" not in body
    return len(body) if is_plain else None


def _names(content: Mapping[str, object]) -> Iterator[str]:
    """The names of a page's fields, and of those that lead to its link."""
    yield from content
    links = content.get("links")
    following = _field(links, "next")
    for fields in (links, following):
        if isinstance(fields, Mapping):
            yield from fields


def _is_damaged(connector: Connector) -> bool:
    return any(isinstance(text, str) and _DAMAGE in text for text in connector)


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS_READ else None


def _read_text(value: object, limit: int, what: str) -> str:
    if isinstance(value, str):
        return clean(value, limit)
    if value is None:
        return ""
    raise PydanticCustomError("text", f"the {what} is not text")


def _read_id(value: object) -> str:
    text = _read_text(value, NAME_LIMIT, "id")
    if not text:
        raise PydanticCustomError("id", "the id is empty")
    return text


def _read_name(value: object) -> str:
    return _read_text(value, NAME_LIMIT, "name")


def _read_description(value: object) -> str | None:
    return clean(value, TEXT_LIMIT) or None if isinstance(value, str) else None


def _read_flag(value: object) -> bool | None:
    """A flag with three states. The API documents a boolean, but its own example has a string."""
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.strip().lower()
        )
    return bool(value) if isinstance(value, bool | int) and value in (0, 1) else None


def _read_address(value: object) -> str | None:
    """A URL that is requested, not shown: one that `clean` would change is not valid."""
    if not isinstance(value, str) or len(value) > URL_LIMIT:
        return None
    address = value.strip()
    return address if address and clean(address, URL_LIMIT) == address else None


# Nearly all texts are printable ASCII with single spaces between words, which `clean` does not change. pydantic matches
# them by itself, several times faster than by a call of a Python function for each.
_Name = Annotated[str, StringConstraints(strict=True, max_length=NAME_LIMIT, pattern=_CLEAN)]
_Text = Annotated[str, StringConstraints(strict=True, max_length=TEXT_LIMIT, pattern=_CLEAN)]
_Link = Annotated[str, StringConstraints(strict=True, max_length=URL_LIMIT, pattern=_CLEAN)]
_InOrder = Field(union_mode="left_to_right")
_OrNone = Field(union_mode="left_to_right", default=None)
_Flag = Annotated[StrictBool | Annotated[bool | None, PlainValidator(_read_flag)], _OrNone]
_Address = Annotated[_Link | Annotated[str | None, PlainValidator(_read_address)], _OrNone]

_FIELDS: dict[str, tuple[str, Any]] = {
    "id": ("id", Annotated[_Name | Annotated[str, PlainValidator(_read_id)], _InOrder]),
    "name": ("name", Annotated[_Name | Annotated[str, PlainValidator(_read_name)], _InOrder, Field(default="")]),
    "description": (
        "description", Annotated[_Text | Annotated[str | None, PlainValidator(_read_description)], _OrNone]
    ),
    "billable": ("billable", _Flag),
    "has_webhooks": ("hasWebhooks", _Flag),
    "logo_small": ("logoSmall", _Address),
    "logo_medium": ("logoMedium", _Address),
    "logo_large": ("logoLarge", _Address),
}  # fmt: skip
"""For each field of a `Connector`, its name in JSON and its type. Only the id is required."""


def _reader() -> Callable[[object], Connector]:
    """A function that makes a `Connector` of a record, and ignores unknown fields.

    pydantic's core validates the fields as those of a dataclass, which takes half as long as a model would.
    """
    fields = [
        core_schema.dataclass_field(name, TypeAdapter(kind).core_schema, validation_alias=alias)
        for name, (alias, kind) in _FIELDS.items()
    ]
    arguments = core_schema.dataclass_args_schema(Connector.__name__, fields)
    read = SchemaValidator(arguments, core_schema.CoreConfig(hide_input_in_errors=True)).validate_python

    def read_connector(record: object) -> Connector:
        """Validate one record. Raises `ValidationError`."""
        # The values of all fields in order, missing ones with their defaults.
        values, _ = read(record)
        return Connector._make(values.values())

    return read_connector


_read_connector = _reader()


def _reason(error: ValidationError) -> str:
    """What is wrong with a record. pydantic's own messages may quote it."""
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        if fault["type"] == "missing":
            return "the id is missing"
        if fault["type"] in ("text", "id"):
            return fault["msg"]
    return "it is not an object"


def _read_next(links: object) -> NextLink:
    """The link to the next page; empty links are valid, and mean the end of the list."""
    following = _field(links, "next")
    href = following if isinstance(following, str) else _field(following, "href")
    if isinstance(href, str) and href.strip():
        return NextLink(href.strip(), is_valid=True)
    shapes_valid = (
        _is_object(links) and (isinstance(following, str) or _is_object(following)) and isinstance(href, str | None)
    )
    return NextLink(None, shapes_valid)


def _field(content: object, name: str) -> object:
    """The field of an object by its documented name, or capitalised as in some of Qlik's services."""
    if not isinstance(content, Mapping):
        return None
    return content.get(name, content.get(name.capitalize()))


def _is_object(content: object) -> bool:
    # PHP encodes an empty object as an empty array.
    return content is None or isinstance(content, Mapping) or content == []


def _read_problem(entry: object) -> Problem | None:
    if not isinstance(entry, Mapping):
        return None
    code, title = _text(entry.get("code")), _text(entry.get("title"))
    detail = _text(entry.get("detail"), TEXT_LIMIT)
    if not (code or title or detail):
        return None
    return Problem(code or "no code", title or "no title", detail)


def _text(value: object, limit: int = NAME_LIMIT) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return clean(str(value), limit) or None


def _read_token(value: object) -> Secret:
    if not isinstance(value, str):
        raise PydanticCustomError("token", "the token is not text")
    try:
        return parse_api_key(value, "The tenant's answer")
    except UsageError:
        raise PydanticCustomError("token", "the token cannot be one") from None


def _read_lifetime(value: object) -> float:
    # Some servers send all fields as texts.
    if isinstance(value, str) and _SECONDS.fullmatch(value.strip()):
        value = float(value)
    # Without a lifetime, each request is preceded by a token request, which is slow but correct.
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return 0.0
    return min(float(value), LONGEST_LIFETIME)


class _TokenAnswer(BaseModel):
    """The response of `/oauth/token`."""

    model_config = ConfigDict(hide_input_in_errors=True, arbitrary_types_allowed=True)

    access_token: Annotated[Secret, BeforeValidator(_read_token)]
    expires_in: Annotated[float, PlainValidator(_read_lifetime)] = 0.0
