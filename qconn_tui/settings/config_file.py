"""The configuration file: TOML, optional, and strict about what it does not know."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from qconn_tui.errors import UsageError
from qconn_tui.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
    """A configuration file's content; only the types of its values were checked."""

    path: Path | None = None
    """The file, None when there is none."""
    values: Mapping[str, object] = MappingProxyType({})
    """The values by key."""

    def text(self, key: str) -> str | None:
        """The text at `key`, None without one."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def source(self, key: str) -> str:
        """What to call the value at `key` in an error."""
        return f"{key} in {clean(str(self.path))}"


def read_config(path: Path) -> Config:
    """The configuration in the file. Raises `UsageError` naming file and key for what cannot be used."""
    shown = clean(str(path))
    values = _parse(path, shown)
    for key, value in values.items():
        if key not in _TYPES:
            raise UsageError(f"{shown} has an unknown key “{clean(key)}”.", f"Known are: {', '.join(_TYPES)}.")
        kind, words = _TYPES[key]
        if not _fits(value, kind):
            raise UsageError(f"{key} in {shown} is not {words}.", "Correct or remove it.")
    return Config(path, values)


def _parse(path: Path, shown: str) -> dict[str, object]:
    import tomllib

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        fault = f"cannot be read: {clean(error.strerror or 'unknown reason')}"
    except UnicodeDecodeError:
        fault = "is not UTF-8"
    except ValueError as error:
        fault = f"is not TOML: {clean(str(error))}"
    except RecursionError:
        fault = "is nested too deeply"
    raise UsageError(f"The configuration file {shown} {fault}.", "Correct it, or name another with --config.")


def _fits(value: object, kind: type) -> bool:
    if kind is dict:
        return isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values())
    if kind is list:
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    # A boolean is an integer to Python, and to nobody else.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
