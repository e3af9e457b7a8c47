"""The README says what the program says."""

from __future__ import annotations

import argparse
import re
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from qconn_tui import errors
from qconn_tui.commands.options import FORMATS
from qconn_tui.commands.parser import make_parser
from qconn_tui.settings.resolve import resolve
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, FILTER_KEYS, TABLE_KEYS
from qconn_tui.ui.screens.help import FILTER_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import Binding

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
Row: TypeAlias = tuple[str, ...]

ASKING: set[Row] = {
    ("--help", "show this help message and exit"),
    ("--version", "show program's version number and exit"),
}
"""What every program has, and no README explains."""
BOUND = {binding.id for binding in (*TABLE_KEYS, *BROWSE_KEYS, *APP_KEYS, *FILTER_KEYS)}


def table(heading: str) -> list[Row]:
    """The cells of the README's table that begins with `heading`, without its back-quotes; none without the table."""
    rows = takewhile(bool, README.partition(f"{heading} |")[2].splitlines()[2:])
    return [tuple(cell.strip().strip("`") for cell in row.strip("|").split("|")) for row in rows]


def keys(bindings: Iterable[Binding]) -> list[Row]:
    return [(binding.key_display or binding.key, binding.tooltip, binding.id or "") for binding in bindings]


def options(parser: argparse.ArgumentParser) -> set[Row]:
    """What `--help` lists, e.g. `--rows N`, and what it says about it."""
    listed: set[Row] = set()
    for action in parser._actions:
        if action.option_strings and action.help and action.help != argparse.SUPPRESS:
            value = "FORMAT" if action.choices else action.metavar or ""
            listed.add((f"{action.option_strings[-1]} {value}".strip(), action.help))
    return listed - ASKING


def commands() -> argparse._SubParsersAction[argparse.ArgumentParser]:
    return next(action for action in make_parser()._actions if isinstance(action, argparse._SubParsersAction))


def test_the_readme_opens_with_a_picture_and_two_lines() -> None:
    assert re.match(r"!\[.+\]\(screenshots/browse\.svg\)\n", README)
    first_code = README.split("```")[1].splitlines()[1:]
    assert first_code == ["pip install uv && uv run qconn-tui --demo", "pip install uv && uv run pytest"]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    for target in re.findall(r"\]\((?!https:)([^)#]+)\)", (ROOT / document).read_text(encoding="utf-8")):
        assert (ROOT / target).is_file()


def test_the_map_of_the_code_is_whole() -> None:
    mapped = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    modules = {path.name for path in (ROOT / "qconn_tui").glob("[!_]*.py")}
    rooms = {f"{path.parent.name}/" for path in (ROOT / "qconn_tui").glob("*/__init__.py")}
    assert modules | rooms <= {*re.findall(r"\w+(?:\.py|/)", mapped)}


def test_every_key_is_listed() -> None:
    assert table("| Key | In the list | Id") == keys(dict.fromkeys([*TABLE_KEYS, *BROWSE_KEYS, *APP_KEYS]))
    assert table("| Key | In the filter box | Id") == keys(FILTER_KEYS)


def test_every_term_of_the_filter_is_listed() -> None:
    assert table("| Term | Meaning") == list(FILTER_LANGUAGE)


def test_every_command_is_listed() -> None:
    assert table("| Command | Meaning") == [(choice.dest, choice.help) for choice in commands()._choices_actions]


def test_every_option_is_listed() -> None:
    shared = {*table("| Option | For every command, before or after it")}
    assert options(make_parser()) == shared.union(table("| Option | For the screen"))
    for name, parser in commands().choices.items():
        assert options(parser) - shared == {*table(f"| Option | For `{name}`")}, name
    assert all(f"`{name}`" in README for name in FORMATS)


def test_every_exit_status_is_listed() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.QconnError)]
    assert {kind.exit_code for kind in kinds} | {0, 130} == {int(row[0]) for row in table("| Status | Meaning")}


def test_the_example_of_a_configuration_file_can_be_used(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.+?)```", README, re.DOTALL)
    assert example
    config = tmp_path / "config.toml"
    config.write_text(example[1], encoding="utf-8")
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8")

    settings = resolve(argparse.Namespace(config=str(config)), {})

    assert settings.server
    assert settings.server.value.host == "acme.eu.qlikcloud.com"
    assert settings.keymap.keys() <= BOUND
    assert settings.logo_hosts == ("logos.acme.example",)
