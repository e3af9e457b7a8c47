"""Fault: for `NO_COLOR` Textual takes the hue out of colours and still sends them, as shades of grey.

Textual 8.2 does that with its `Monochrome` filter, and only the environment decides: nothing else can turn it on or
off after the application is made. https://no-color.org asks for no colour at all. May go when
`test_no_color_leaves_shades_of_grey` fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.filter import Monochrome, NoColor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.filter import LineFilter

_WITHOUT_COLORS = (NoColor(),)


def color_filters(default: Sequence[LineFilter], *, no_color: bool) -> Sequence[LineFilter]:
    """The filters for every line that is drawn.

    Args:
        default: The filters that Textual would take.
        no_color: Whether no colours are to be sent.
    """
    if no_color:
        return _WITHOUT_COLORS
    return [each for each in default if not isinstance(each, (Monochrome, NoColor))]
