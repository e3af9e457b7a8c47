"""The facets, with the rows that each choice would show, counted after every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from qconn_tui.catalogue.facets import STATE_WORDS, STATES, Choice, Facet
from qconn_tui.catalogue.view import View
from qconn_tui.ui.keys import CHOICE_KEYS, PANE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import BindingType

_WIDTH = 23
_DIM = Style(dim=True)
_KEYS: dict[Choice, str] = {
    (Facet.BILLABLE, True): "1",
    (Facet.BILLABLE, False): "2",
    (Facet.WEBHOOKS, True): "3",
    (Facet.WEBHOOKS, False): "4",
}
_TITLES = {Facet.BILLABLE: "Billable", Facet.WEBHOOKS: "Webhooks"}


class FacetList(OptionList):
    """Two facets with live counts; Enter, Space or a click ticks a choice."""

    HELP = "Tick a choice with Enter or Space. Choices of one facet add up, the two facets narrow each other."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Tick", key_display="Space"),
        *PANE_KEYS,
        *CHOICE_KEYS,
    ]

    view: var[View] = var(View, init=False)
    """The rows that are counted."""

    @dataclass
    class Toggled(Message):
        """A choice was ticked or unticked."""

        choice: Choice

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        self._choices: dict[str, Choice] = {}
        super().__init__(*self._make_options(View()), id=id, markup=False)

    def _make_options(self, view: View) -> Iterator[Option]:
        for facet in Facet:
            if facet is not Facet.BILLABLE:
                yield Option("", disabled=True)
            yield Option(Content.styled(_TITLES[facet], "bold"), disabled=True)
            for state in STATES:
                identity = f"{facet.value}-{STATE_WORDS[state]}"
                self._choices[identity] = (facet, state)
                yield Option(self._prompt(view, (facet, state)), id=identity)

    def _prompt(self, view: View, choice: Choice) -> Content:
        is_ticked = choice in view.chosen
        label = f"{'●' if is_ticked else '○'} {_KEYS.get(choice, ' ')} {STATE_WORDS[choice[1]]}"
        return Content.assemble((label, "bold $primary" if is_ticked else ""), " " * (_WIDTH - len(label)))

    def watch_view(self, old: View, new: View) -> None:
        """Update the ticks or the counts, if they changed."""
        if old.chosen != new.chosen:
            for identity, choice in self._choices.items():
                self.replace_option_prompt(identity, self._prompt(new, choice))
        elif (old.counts, _may_grow(old)) != (new.counts, _may_grow(new)):
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line with its count, which is outside the prompt: Textual lays out all prompts when one changes."""
        strip = super().render_line(y)
        line = self.scroll_offset.y + y
        identity = self.get_option_at_index(line).id if line < self.option_count else None
        if identity is None:
            return strip
        count = f"{self.view.counts[self._choices[identity]]:,}{'+' if _may_grow(self.view) else ''}"
        label = strip.crop(0, _WIDTH - len(count))
        *_, (_, style, _) = label
        return Strip.join([label, Strip([Segment(count, (style or Style()) + _DIM)])])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Post the choice to the screen."""
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Toggled(self._choices[event.option_id]))


def _may_grow(view: View) -> bool:
    """Whether more rows may arrive, so that counts are lower bounds."""
    return view.coverage.is_partial and bool(view.connectors)
