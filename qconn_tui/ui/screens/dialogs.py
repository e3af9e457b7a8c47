"""Opening the dialogs of the browse screen; each is imported when it is opened, not for the first frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qconn_tui.ui.controllers.export_job import ExportJob
from qconn_tui.ui.messages import CopyRequested, Exported, Notice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.screen import Screen

    from qconn_tui.catalogue.view import View
    from qconn_tui.connector import Connector
    from qconn_tui.qlik.auth import ApiKey, Secret
    from qconn_tui.ui.screens.copy_menu import Copyable


def ask_for_key(screen: Screen[None], place: str, use: Callable[[ApiKey], None]) -> None:
    """Ask for an API key of the tenant `place`; call `use` with it, unless the person closes the dialog."""
    from qconn_tui.qlik.auth import ApiKey
    from qconn_tui.ui.screens.new_key import NewKeyScreen

    def take(key: Secret | None) -> None:
        if key is not None:
            use(ApiKey(key))

    screen.app.push_screen(NewKeyScreen(place), take)


def ask_what_to_copy(screen: Screen[None], connector: Connector) -> None:
    """Let the person choose what of a connector goes to the clipboard."""
    from qconn_tui.ui.screens.copy_menu import CopyMenu

    def copy(choice: Copyable | None) -> None:
        if choice is not None:
            screen.post_message(CopyRequested(choice.text, choice.label))

    # A notification that points here would lie over the menu.
    screen.app.clear_notifications()
    screen.app.push_screen(CopyMenu(connector), copy)


def ask_where_to_export(screen: Screen[None], view: View) -> None:
    """Ask for a file, and write the rows that the view shows; an `Exported` tells the screen what became of it."""
    from qconn_tui.ui.screens.export_dialog import ExportScreen

    job = ExportJob.of(view)

    def begin(path: Path) -> None:
        async def write() -> None:
            screen.post_message(await job.write(path))

        work: Callable[[], Awaitable[None]] = write
        screen.run_worker(work, group="export")

    # A notification that is still there would lie over the dialog.
    screen.app.clear_notifications()
    screen.app.push_screen(ExportScreen(job.describe(), job.proposed_path(), begin))


def finish_export(screen: Screen[None], message: Exported) -> None:
    """Report in the dialog, if it is still open; a file that was written closes it."""
    from qconn_tui.ui.screens.export_dialog import ExportScreen

    dialogs = [each for each in screen.app.screen_stack if isinstance(each, ExportScreen)]
    if dialogs and message.is_problem:
        dialogs[-1].refuse(message.text)
        return
    if screen.app.screen in dialogs:
        screen.app.pop_screen()
    screen.post_message(Notice(message.text, message.is_problem))
