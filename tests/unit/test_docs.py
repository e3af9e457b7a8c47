"""The documents agree with the program: every key, option, variable and setting, the map of the code, the checks."""

from __future__ import annotations

import argparse
import re
import tomllib
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
import yaml

from qconn_tui import __version__, errors
from qconn_tui.commands.options import FORMATS
from qconn_tui.commands.parser import make_parser
from qconn_tui.settings.config_file import _TYPES
from qconn_tui.settings.resolve import resolve
from qconn_tui.ui.keys import APP_KEYS, BROWSE_KEYS, FILTER_KEYS, TABLE_KEYS
from qconn_tui.ui.screens.help import FILTER_LANGUAGE
from tests.benchmarks.__main__ import _BEGIN, _END
from tests.benchmarks.table import HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import Binding

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
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


def anchor(heading: str) -> str:
    """What GitHub calls a heading in a link to it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


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


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target, fragment in re.findall(r"\]\((?!https:)([^)#]*)(?:#([^)]+))?\)", text):
        assert not target or (ROOT / target).is_file(), target
        assert not fragment or fragment in anchors, fragment


def test_the_reference_is_folded() -> None:
    early, fold, folded = README.partition("<details>")
    # Markdown inside HTML needs an empty line before and behind it.
    assert len(re.findall(r"<details>\n<summary>[^<\n]+</summary>\n\n### ", README)) == README.count("<details>")
    assert README.count("\n\n</details>\n") == README.count("<details>")
    assert fold
    for heading in ("Key | In the list", "Command", "Option", "Status", "Variable", "Terminal", "Measured"):
        assert f"| {heading} |" not in early
        assert f"| {heading} |" in folded


def test_the_map_of_the_code_is_whole() -> None:
    mapped = CONTRIBUTING.split("```")[1]
    modules = {path.name for path in (ROOT / "qconn_tui").glob("[!_]*.py")}
    rooms = {f"{path.parent.name}/" for path in (ROOT / "qconn_tui").glob("*/__init__.py")}
    assert modules | rooms <= {*re.findall(r"\w+(?:\.py|/)", mapped)}


@pytest.mark.parametrize("heading", ["Glossary", "Decisions"])
def test_places_in_the_code_exist(heading: str) -> None:
    section = CONTRIBUTING.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    places = re.findall(r"`([a-z_/]+(?:/|\.py))`", section)
    assert places
    assert [place for place in places if not any((base / place).exists() for base in (ROOT, ROOT / "qconn_tui"))] == []


def test_the_keys_shown_early_are_those_of_the_program() -> None:
    known = {
        (binding.key_display or binding.key, binding.description, binding.tooltip)
        for binding in (*TABLE_KEYS, *BROWSE_KEYS, *APP_KEYS)
    }
    shown = table("| Key | Name | Meaning")
    assert len({*shown}) == len(shown) == 10
    assert [row for row in shown if row not in known] == []


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


def test_every_variable_of_our_own_is_listed() -> None:
    read = {
        name
        for path in (ROOT / "qconn_tui").rglob("*.py")
        for name in re.findall(r"\bQCONN_[A-Z_]+\b(?<!_)", path.read_text(encoding="utf-8"))
    }
    listed = {name.strip("` ") for row in table("| Variable | Meaning") for name in row[0].split(",")}
    assert {name for name in listed if name.startswith("QCONN_")} == read


def test_every_setting_of_a_configuration_file_is_shown() -> None:
    example = README.partition("```toml\n")[2].partition("```")[0]
    # One of them excludes others, so it is commented out.
    assert tomllib.loads(example.replace("# context", "context")).keys() == _TYPES.keys()


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


def test_the_benchmark_finds_its_place_in_the_readme() -> None:
    assert README.count(_BEGIN) == README.count(_END) == 1
    assert README.partition(_BEGIN)[2].startswith(f"\n| {' | '.join(HEADINGS)} |\n")


def test_the_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert sections[:2] == ["Unreleased", __version__]


def test_a_commit_is_checked_by_what_ci_runs_in_seconds() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    loop = re.search(r"^for command in (.+); do$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert loop
    checks = re.findall(r'"([^"]+)"', loop[1])
    assert [hook["entry"].removeprefix("uv run ").removesuffix(" --force-exclude") for hook in hooks] == checks
