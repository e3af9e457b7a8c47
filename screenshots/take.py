"""Takes the README's pictures from the embedded tenant: `uv run python screenshots/take.py`.

A second run writes the same bytes: what changes in a picture is what somebody changed on the screen.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from qconn_tui.demo.tenant import DemoTenant
from qconn_tui.loader.loader import make_loader
from qconn_tui.qlik.auth import ApiKey, parse_api_key
from qconn_tui.qlik.server import parse_server
from qconn_tui.settings.values import Settings, Sourced
from qconn_tui.ui.app import QconnApp
from qconn_tui.ui.screens.browse import BrowseScreen
from qconn_tui.ui.widgets.logo_box import LogoBox

PORT = 18412
"""Where the tenant listens: the logos' addresses are in the pictures, so it is always the same port."""

_GENERATED_NAME = re.compile(r"\bterminal-\d+-")
_PATIENCE = 30.0
"""Seconds that a screen may take to settle."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and how the program gets to look like that."""

    name: str
    """The file's name without its ending."""
    size: tuple[int, int]
    """Columns and rows of the terminal."""
    keys: tuple[str, ...] = ()
    """The keys that are pressed."""
    theme: str | None = None
    """The theme's name; None is the program's own."""


PICTURES = (
    Picture("browse", (120, 40), ("j", "j", "j", "j", "j", "j")),
    Picture("filter", (120, 40), ("slash", *"blafjell", "space", *"webhooks", "colon", *"yes")),
    Picture("narrow", (80, 24), ("j", "j", "j", "j", "j", "j")),
    Picture("small", (40, 12), ("j", "j")),
    Picture("light", (120, 40), ("j", "j", "j", "s", "s"), theme="qconn-light"),
    Picture("help", (120, 40), ("question_mark",)),
)
"""Every picture that there is."""


async def take(picture: Picture, tenant: DemoTenant) -> str:
    """The picture as SVG, once pages and logo have come."""
    settings = Settings(
        server=Sourced(parse_server(tenant.origin, "the embedded tenant"), "the embedded tenant"),
        credentials=Sourced(ApiKey(parse_api_key(tenant.api_key, "the embedded tenant")), "the embedded tenant"),
        theme=picture.theme,
        demo=True,
    )
    app = QconnApp(settings, make_loader=make_loader, start_demo=lambda: settings)
    async with app.run_test(size=picture.size) as pilot:
        browse = app.screen
        assert isinstance(browse, BrowseScreen)

        box = browse.query_one(LogoBox)

        async def settle() -> None:
            async with asyncio.timeout(_PATIENCE):
                while browse.list.state.is_loading or browse.current is None or (browse.logo is None and box.size):
                    await pilot.pause(0.05)
            await pilot.pause()

        await settle()
        await pilot.press(*picture.keys)
        await settle()
        # Every name in the file holds a number that is another one in the next run.
        return _GENERATED_NAME.sub("terminal-", app.export_screenshot(title="qconn-tui --demo"))


def main() -> None:
    """Take every picture."""
    with DemoTenant(port=PORT) as tenant:
        for picture in PICTURES:
            path = Path(__file__).with_name(f"{picture.name}.svg")
            path.write_text(asyncio.run(take(picture, tenant)), encoding="utf-8")
            print(path)


if __name__ == "__main__":
    main()
