"""The least that a Textual program can be: one word on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Bare(App[None]):
    """Says `ready`."""

    def compose(self) -> ComposeResult:
        """One word."""
        yield Static("ready")


if __name__ == "__main__":
    Bare().run()
