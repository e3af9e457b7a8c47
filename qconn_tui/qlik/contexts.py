"""Reads the contexts of qlik-cli (qlik.dev/toolkits/qlik-cli), so that its users need no other set-up."""

from __future__ import annotations

import errno
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import ApiKey, ClientCredentials, Credentials, Secret, parse_api_key
from qconn_tui.runtime.files import decode_text, read_file
from qconn_tui.text import clean

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE = 1024 * 1024
"""Bytes of the largest file that is read."""

_BEARER = re.compile(r"bearer\s+", re.IGNORECASE)
_ASCII = re.compile(r"[\n -~]")
_NAMES_SHOWN = 10
_NULL = "tag:yaml.org,2002:null"
_TEXT = "tag:yaml.org,2002:str"


class _Loader(yaml.BaseLoader):
    """Makes texts, lists and mappings only; a plain `null` or `~`, or nothing at all, is None (YAML 1.2.2, 10.3.2).

    So a context may be called `no` or `2026-01-31`. Names are always texts, also `null`.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Make a mapping, whose plain keys are texts."""
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode):
                    key.tag = _TEXT
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_Loader.add_constructor(_NULL, lambda _loader, _node: None)


@dataclass(frozen=True, slots=True)
class Context:
    """A tenant and the credentials for it as qlik-cli saved them, not validated."""

    name: str
    """The context's name."""
    server: str
    """The tenant's address as it was written; empty without one."""
    api_key: Secret | None = None
    """The value of the `Authorization` header, without `Bearer`."""
    client_id: str | None = None
    """The OAuth client's id."""
    client_secret: Secret | None = None
    """The OAuth client's secret."""

    def credentials(self, source: str) -> Credentials | None:
        """The context's credentials.

        Args:
            source: Where the context comes from, for the error.

        Returns:
            The API key or the OAuth client; None if the context has neither.

        Raises:
            UsageError: The API key is not a valid one.
        """
        if self.api_key is not None:
            return ApiKey(parse_api_key(self.api_key.reveal(), source))
        if self.client_id and self.client_secret is not None:
            return ClientCredentials(self.client_id, self.client_secret)
        return None


@dataclass(frozen=True, slots=True)
class Contexts:
    """The contents of a contexts file."""

    path: Path
    """The file."""
    current: str | None
    """The name of qlik-cli's current context; None without one."""
    contexts: dict[str, Context]
    """The contexts for Qlik Cloud, by name."""
    others: frozenset[str] = frozenset()
    """The names of the contexts for other kinds of server, which are not supported."""

    def get(self, name: str, source: str) -> Context:
        """The context with a name.

        Args:
            name: The name.
            source: Where the name comes from, for the error.

        Raises:
            UsageError: There is no context for Qlik Cloud with this name.
        """
        if name in self.contexts:
            return self.contexts[name]
        fault = "is not for Qlik Cloud but for another kind of server, in" if name in self.others else "is not in"
        known = [clean(other) for other in self.contexts]
        shown = ", ".join(known[:_NAMES_SHOWN]) + (" …" if len(known) > _NAMES_SHOWN else "")
        raise UsageError(
            f"{source} names the context “{clean(name)}”, which {fault} {clean(str(self.path))}.",
            f"Contexts for Qlik Cloud in it: {shown}." if known else "There is no context for Qlik Cloud in it.",
        )


def read_contexts(path: Path) -> Contexts:
    """Read a contexts file.

    Raises:
        UsageError: The file cannot be read, or is not a contexts file.
    """
    content = _load(path)
    listed = content.get("contexts") or {}
    current = content.get("current-context") or None
    if not isinstance(listed, dict) or not isinstance(current, str | None):
        _refuse(path, "does not have the shape of a contexts file")
    contexts: dict[str, Context] = {}
    others: set[str] = set()
    for name, entry in listed.items():
        if isinstance(name, str) and isinstance(entry, dict):
            if _text(entry.get("server-type")).lower() in ("", "cloud"):
                contexts[name] = _context(name, entry)
            else:
                others.add(name)
    return Contexts(path, current, contexts, frozenset(others))


def _load(path: Path) -> dict[str, object]:
    content: object = None
    try:
        content, fault = _parse(path), "does not have the shape of a contexts file"
    except FileNotFoundError:
        fault = "is not there"
    except OSError as error:
        is_too_large = error.errno == errno.EFBIG
        fault = "is not a contexts file: it is too large" if is_too_large else f"cannot be read: {_reason(error)}"
    except yaml.YAMLError as error:
        # The text of the error quotes the line, which may hold a key.
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        fault = f"is not YAML (line {mark.line + 1})" if mark else "is not YAML"
    except UnicodeDecodeError:
        fault = "is not a contexts file: it is no text in UTF-8 or UTF-16"
    except (ValueError, RecursionError):
        fault = "is not a contexts file"
    if not isinstance(content, dict):
        _refuse(path, fault)
    return content


def _parse(path: Path) -> object:
    text = decode_text(read_file(path, LARGEST_FILE))
    # Two arbitrary bytes are nearly always a character of UTF-16.
    if text and not _ASCII.search(text):
        raise ValueError("not a text of YAML")
    return yaml.load(text, Loader=_Loader) or {}  # noqa: S506 - makes texts only


def _reason(error: OSError) -> str:
    return clean(error.strerror or "unknown reason")


def _refuse(path: Path, fault: str) -> NoReturn:
    raise UsageError(
        f"The contexts file {clean(str(path))} {fault}.",
        "Repair it with qlik-cli (`qlik context init`), or give QCONN_SERVER and QCONN_API_KEY instead.",
    )


def _context(name: str, entry: Mapping[str, object]) -> Context:
    client_secret = _text(entry.get("oauth-client-secret"))
    return Context(
        name=name,
        server=_text(entry.get("server")),
        api_key=_api_key(entry.get("headers")),
        client_id=_text(entry.get("oauth-client-id")) or None,
        client_secret=Secret(client_secret) if client_secret else None,
    )


def _api_key(headers: object) -> Secret | None:
    if not isinstance(headers, Mapping):
        return None
    for name, value in headers.items():
        if isinstance(name, str) and name.strip().lower() == "authorization" and _text(value):
            return Secret(_BEARER.sub("", _text(value), count=1).strip())
    return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
