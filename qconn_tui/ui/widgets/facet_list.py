"""The facets: what each choice would leave, counted anew on every key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from qconn_tui.catalogue.facets import STATE_WORDS, STATES, Choice, Facet
from qconn_tui.catalogue.view import View
from qconn_tui.ui.keys import PANE_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import BindingType

_WIDTH = 23
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
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "select", "Tick", show=False), *PANE_KEYS]

    view: var[View] = var(View, init=False)
    """The rows that are counted."""

    @dataclass
    class Toggled(Message):
        """A choice was ticked or unticked."""

        choice: Choice

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        self._choices: dict[str, Choice] = {}
        super().__init__(*self._make_options(View()), id=id, markup=False, compact=True)

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
        facet, state = choice
        is_ticked = choice in view.chosen
        count = f"{view.counts[facet, state]:,}"
        label = f"{'●' if is_ticked else '○'} {_KEYS.get(choice, ' ')} {STATE_WORDS[state]}"
        return Content.assemble(
            (label, "bold $primary" if is_ticked else ""),
            " " * max(1, _WIDTH - len(label) - len(count)),
            (count, "dim"),
        )

    def watch_view(self, view: View) -> None:
        """Count anew; only the lines that changed are drawn."""
        for identity, choice in self._choices.items():
            prompt = self._prompt(view, choice)
            if self.get_option(identity).prompt != prompt:
                self.replace_option_prompt(identity, prompt)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Pass the choice on."""
        event.stop()
        if event.option_id is not None:
            self.post_message(self.Toggled(self._choices[event.option_id]))
