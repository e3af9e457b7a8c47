"""The configuration file: TOML, optional; an unknown key is an error."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import UsageError
from qconn_tui.runtime.files import decode_text, read_file
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_FILE = 1024 * 1024
"""Bytes of the largest file that is read."""

_TYPES: dict[str, tuple[type, str]] = {
    "server": (str, "a text"),
    "context": (str, "a text"),
    "api_key_file": (str, "a text"),
    "page_size": (int, "a whole number"),
    "theme": (str, "a text"),
    "images": (str, "a text"),
    "color": (str, "a text"),
    "mouse": (bool, "true or false"),
    "logo_hosts": (list, "a list of texts"),
    "keys": (dict, "a table of texts"),
}


class Config(NamedTuple):
    """The content of a configuration file, of which only keys and types are checked."""

    path: Path | None = None
    """The file; None without one."""
    values: Mapping[str, object] = MappingProxyType({})
    """The values by key."""

    def text(self, key: str) -> str | None:
        """The text at `key`; None when there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def source(self, key: str) -> str:
        """The value at `key` as an error names it, with the file."""
        return f"{key} in {clean(str(self.path))}"


def read_config(path: Path, *, pipe_seconds: float = 0.0) -> Config:
    """Read a configuration file.

    Args:
        path: The file.
        pipe_seconds: Seconds to wait for a pipe to end; 0 to refuse one.

    Raises:
        UsageError: The file cannot be read or parsed, or holds an unknown key or a value of the wrong type. The error
            names the file and the key.
    """
    shown = clean(str(path))
    values = _parse(path, shown, pipe_seconds)
    for key, value in values.items():
        if key not in _TYPES:
            raise UsageError(f"{shown} has an unknown key “{clean(key)}”.", f"Known are: {', '.join(_TYPES)}.")
        kind, kind_text = _TYPES[key]
        if not _has_type(value, kind):
            raise UsageError(f"{key} in {shown} is not {kind_text}.", "Correct or remove it.")
    return Config(path, values)


def _parse(path: Path, shown: str, pipe_seconds: float) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(decode_text(read_file(path, LARGEST_FILE, pipe_seconds=pipe_seconds)))
    except OSError as error:
        fault = f"cannot be read: {clean(error.strerror or 'unknown reason')}"
    except UnicodeDecodeError:
        fault = "is no text in UTF-8 or UTF-16"
    except ValueError as error:
        fault = f"is not TOML: {clean(str(error))}"
    except RecursionError:
        fault = "is nested too deeply"
    raise UsageError(f"The configuration file {shown} {fault}.", "Correct it, or name another with --config.")


def _has_type(value: object, kind: type) -> bool:
    if kind is dict:
        return isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values())
    if kind is list:
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    # In Python a boolean is an integer, too.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
