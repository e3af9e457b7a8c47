"""The three places that settings come from: options, environment variables and the configuration file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qconn_tui.errors import UsageError
from qconn_tui.qlik.auth import Secret
from qconn_tui.runtime.files import PIPE_SECONDS
from qconn_tui.settings.config_file import Config, read_config

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence


class Sources:
    """Reads a single value from an option, a variable or the configuration file, and checks its form.

    Args:
        args: The parsed options; any of them may be missing. None is a command line without options.
        environ: The environment variables.

    Raises:
        UsageError: The configuration file cannot be used.
    """

    def __init__(self, args: argparse.Namespace | None, environ: Mapping[str, str]) -> None:
        self._args = args
        self._environ = environ
        self.config = self._read_config()
        """The configuration file; empty when there is none."""

    def flag(self, name: str) -> str | None:
        """An option's value, None when it is not given; an option without a value gives any text when it is."""
        value = getattr(self._args, name, None)
        return None if value is None or value is False else str(value)

    def variable(self, name: str) -> str | None:
        """An environment variable's value, None when it is unset or empty."""
        return self._environ.get(name) or None

    def secret(self, name: str) -> Secret | None:
        """The secret in an environment variable, stripped; an empty variable is an empty secret, an unset one None."""
        return Secret(self._environ[name].strip()) if name in self._environ else None

    @property
    def contexts_path(self) -> Path:
        """qlik-cli's file of contexts; `QLIK_CLI_USER_HOME_DIR` names the file or, as in qlik-cli, its home."""
        named = expand_path(self.variable("QLIK_CLI_USER_HOME_DIR") or "~")
        return named if named.suffix in (".yml", ".yaml") else named / ".qlik" / "contexts.yml"

    def number(self, source: str, value: object, allowed: range) -> int | None:
        """A whole number within limits.

        Args:
            source: The option or key that holds the value, for the error.
            value: The value as it was given, None for none.
            allowed: The numbers that are allowed.

        Returns:
            The number, None for no value.

        Raises:
            UsageError: The value is no whole number, or outside the limits.
        """
        if value is None:
            return None
        text = str(value).strip()
        # `int` accepts digits of every script, and more of them than any limit here has.
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
        if number is None or number not in allowed:
            raise UsageError(f"{source} is not a whole number from {allowed.start:,} to {allowed.stop - 1:,}.")
        return number

    def choice(self, name: str, allowed: Sequence[str], override: str | None = None) -> str | None:
        """One word out of several, from the option or the configuration file.

        Args:
            name: The name of the option, and of the key in the configuration file.
            allowed: The words that are allowed.
            override: A word that comes after the option and before the configuration file.

        Returns:
            The word, None when it is set nowhere.

        Raises:
            UsageError: The word is not an allowed one.
        """
        for source, value in (
            (f"--{name}", self.flag(name)),
            ("", override),
            (self.config.source(name), self.config.text(name)),
        ):
            if value is not None:
                if value not in allowed:
                    raise UsageError(f"{source} is none of {', '.join(allowed)}.")
                return value
        return None

    def _read_config(self) -> Config:
        for named in (self.flag("config"), self.variable("QCONN_CONFIG")):
            if named is not None:
                return read_config(expand_path(named), pipe_seconds=PIPE_SECONDS)
        path = _default_config_path()
        return read_config(path) if path is not None and may_exist(path) else Config()


def _default_config_path() -> Path | None:
    """The platform's place for the configuration file; None for a user without a home directory."""
    import platformdirs

    try:
        path = Path(platformdirs.user_config_dir("qconn-tui")) / "config.toml"
    except RuntimeError:
        return None
    # Some versions return `~/.config`, which is no place of this user's.
    return path if path.is_absolute() else None


def expand_path(text: str) -> Path:
    """The path, with `~` replaced by the home directory if that is known."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        # There is no such home. Reading the file reports it.
        return Path(text)


def may_exist(path: Path) -> bool:
    """Whether the path exists, or cannot be checked: reading it then reports why."""
    try:
        return path.exists()
    except OSError:
        return True
