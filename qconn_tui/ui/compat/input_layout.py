"""Fault: each letter typed into an `Input` lays out the whole screen.

In Textual 8.2 the size of the text is a reactive that asks for a layout, also for an input that has one line and a
width from its style sheet, which no text can change. May go when `test_a_letter_in_an_input_lays_out_the_screen` fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.reactive import Reactive

if TYPE_CHECKING:
    from textual.widgets import Input as _Base
else:
    # Textual follows the first base that is a node, and that has to be the input.
    _Base = object


class KeepsLayout(_Base):
    """Stands before `Input` among the bases; for an input with a fixed size."""

    virtual_size = Reactive(Size(0, 0))
    """The size of the text, without an effect on the layout."""
