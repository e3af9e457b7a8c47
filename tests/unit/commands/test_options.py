"""The options of the command line, held together with what they stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from qconn_tui import errors
from qconn_tui.catalogue.export import WRITERS
from qconn_tui.catalogue.sorting import SortKey
from qconn_tui.commands.options import FORMATS
from qconn_tui.commands.parser import make_parser
from qconn_tui.settings.values import COLORS, IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterable


def test_the_formats_are_a_table_and_every_format_of_an_export() -> None:
    table, *others = FORMATS
    assert table == "table"
    assert sorted(others) == sorted(WRITERS)


def help_of(option: str, command: str = "") -> str:
    """What `--help` says about an option."""
    parser = make_parser()
    if command:
        parser = next(action.choices[command] for action in parser._actions if isinstance(action.choices, dict))
    return next(action.help or "" for action in parser._actions if option in action.option_strings)


@pytest.mark.parametrize(
    ("option", "command", "values"),
    [
        ("--images", "", IMAGES),
        ("--color", "", COLORS),
        ("--sort", "ls", [key.value for key in SortKey]),
    ],
)
def test_the_help_of_an_option_lists_every_value(option: str, command: str, values: Iterable[str]) -> None:
    assert set(values) <= {*re.findall(r"\w+", help_of(option, command))}


def test_the_help_lists_every_exit_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.QconnError)]
    listed = {
        int(number) for number in re.findall(r"\b(\d+) \w", (make_parser().epilog or "").partition("exit codes:")[2])
    }
    assert listed == {kind.exit_code for kind in kinds} | {0, 130}
