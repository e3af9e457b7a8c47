"""Reduces a frame to the cells that differ from what the terminal shows.

Textual repaints whole regions and writes the colours of every piece of text in full; over SSH that makes keys slow.
`ScreenDiff` reads this output as a terminal does, into a grid of cells, and writes the difference between the wanted
grid and the shown one. Changes to a cell that come before the terminal takes the next bytes are written once.

Sequences other than text, colours and movement (modes, images, queries) pass unchanged, in their place. After one that
may have drawn something, the diff takes nothing on the screen as known. The syntax of sequences is that of ECMA-48,
with xterm's private modes and the kitty protocols for images and keys.
"""

from __future__ import annotations

import re
from itertools import compress
from operator import is_not
from typing import TYPE_CHECKING, TypeAlias

from qconn_tui.logos.drawing.sequences import GRAPHICS, PLACEHOLDER
from qconn_tui.ui.output.cells import (
    COVERED,
    PLAIN,
    Cell,
    Pen,
    cells_of,
    is_disputed,
    parameters,
    space_of,
    turn,
    width_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

_PIECE = re.compile(
    # Nearly all output: colours, a text, and the end of the colours.
    r"\x1b\[(?P<its_colors>[\d;]+)m(?P<colored>[^\x00-\x1f\x7f-\x9f]+)\x1b\[0m"
    r"|\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|\x1b\[(?P<colors>[\d;]*)m"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<feed>\n)"
    r"|\x1b\[\?2026(?P<sync>[hl])"
    # Images: kitty draws them on a layer of their own, and an overlay covers only cells that are `COVERED`.
    rf"|(?P<image>{GRAPHICS})"
    # Modes other than the alternate screen, the keyboard, the bell, the title, the clipboard: these draw nothing.
    r"|(?P<still>\x1b\[\?(?!1049|1047|47)\d+(?:[hl]|\$p)|\x1b\[[<>]\d*u|\x07|\x1b\].*?(?:\x07|\x1b\\))"
    r"|(?P<other>\x1bPtmux;(?:\x1b\x1b|[^\x1b])*\x1b\\|\x1b[P^_X].*?\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|.)",
    re.DOTALL,
)
_PICTURES = (COVERED, PLACEHOLDER)
"""The cells in the place of a picture."""
_RESET = "\x1b[0m"
_SYNC_BEGINS, _SYNC_ENDS = "\x1b[?2026h", "\x1b[?2026l"
_BRIDGE = 5
"""Unchanged cells that take fewer bytes to write again than to jump over."""
Rows: TypeAlias = dict[int, tuple[Cell | None, ...]]
"""Cells by row; None for a cell that is not known."""


class ScreenDiff:
    """Reads what a program draws, and returns what a terminal needs to show it."""

    def __init__(self) -> None:
        self._wanted: dict[int, list[Cell | None]] = {}
        self._shown: dict[int, list[Cell | None]] = {}
        self._touched: set[int] = set()
        self._uncovered: dict[int, set[int]] = {}
        """By row, the columns of `COVERED` cells that were drawn again: only there are pixels to be erased."""
        self._output: list[str] = []
        self._place: tuple[int, int] | None = None
        """Row and column where the program draws next; None if that is not known."""
        self._cursor: tuple[int, int] | None = None
        """Row and column of the terminal's cursor; None if that is not known."""
        self._colors = ""
        self._pen: Pen | None = None
        self._sync_begins = False

    def forget(self) -> None:
        """Take nothing on the screen as known: what is drawn from now on is written whole."""
        self._write_rows()
        self._wanted.clear()
        self._shown.clear()
        self._uncovered.clear()
        self._cursor = self._pen = None

    def draw(self, text: str) -> None:
        """Read a piece of output that does not end within a sequence."""
        for match in _PIECE.finditer(text):
            kind = match.lastgroup
            if kind == "colored":
                self._add_colors(match["its_colors"])
                self._draw_text(match["colored"])
                self._colors = ""
            elif kind == "text":
                self._draw_text(match[0])
            elif kind == "colors":
                self._add_colors(match["colors"])
            elif kind == "column":
                self._place = int(match["row"]) - 1, int(match["column"]) - 1
            elif kind == "feed":
                # Textual ends lines so, and then moves to the beginning of the next one.
                self._place = None
            elif kind == "sync":
                self._synchronise(begins=match["sync"] == "h")
            elif kind == "still":
                self._write_rows()
                self._write(match[0])
            elif kind == "image":
                self._pass_on(match[0])
            else:
                self._pass_on(match[0])
                self._place = None
                self.forget()

    def changes(self) -> str:
        """The output that shows what was drawn since the last call."""
        self._write_rows()
        if self._output and self._place is not None and self._place != self._cursor:
            self._move(*self._place)
        changes = "".join(self._output)
        self._output.clear()
        return changes

    def rows(self, count: int) -> Rows:
        """The cells of the first `count` rows, as they are drawn by now."""
        return {row: tuple(cells) for row, cells in sorted(self._wanted.items()) if row < count}

    # --- reading ---------------------------------------------------------------------------------------------

    def _add_colors(self, parameters: str) -> None:
        if parameters in ("", "0"):
            self._colors = ""
        else:
            self._colors = f"{self._colors};{parameters}" if self._colors else parameters

    def _draw_text(self, text: str) -> None:
        if self._place is None:
            self._pass_on(f"\x1b[{self._colors}m{text}{_RESET}")
            self.forget()
            return
        row, column = self._place
        cells = cells_of(text, self._colors)
        end = column + len(cells)
        self._place = row, end
        wanted = self._wanted.setdefault(row, [])
        shown = self._shown.setdefault(row, [])
        if len(wanted) <= end:
            missing = [None] * (end + 1 - len(wanted))
            wanted += missing
            shown += missing
        for edge, other_half in ((column, column - 1), (end, end)):
            if (cell := wanted[edge]) is not None and not cell[0]:
                # The terminal clears the other half of a wide character that is half drawn over.
                wanted[other_half] = space_of(cell[1])
        wanted[column:end] = cells
        if COVERED in text:
            columns = (place for place, cell in enumerate(cells, column) if cell[0] == COVERED)
            self._uncovered.setdefault(row, set()).update(columns)
        self._touched.add(row)

    def _synchronise(self, *, begins: bool) -> None:
        """Pass on the marks around a frame (synchronized output, private mode 2026) unless the frame is empty."""
        if begins:
            self._write_rows()
            self._sync_begins = True
            return
        self._write_rows()
        if self._sync_begins:
            self._sync_begins = False
        else:
            self._output.append(_SYNC_ENDS)

    def _pass_on(self, sequence: str) -> None:
        """Write a sequence behind everything drawn before it, with the cursor where the program has it."""
        self._write_rows()
        if self._place is not None and self._place != self._cursor:
            self._move(*self._place)
        if self._pen != PLAIN:
            self._write(_RESET)
            self._pen = PLAIN
        self._write(sequence)
        self._cursor = None

    # --- writing ---------------------------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        if self._sync_begins:
            self._sync_begins = False
            self._output.append(_SYNC_BEGINS)
        self._output.append(text)

    def _write_rows(self) -> None:
        for row in sorted(self._touched):
            wanted, shown = self._wanted[row], self._shown[row]
            if wanted != shown or row in self._uncovered:
                self._write_row(row, wanted, shown)
        self._touched.clear()
        self._uncovered.clear()

    def _write_row(self, row: int, wanted: list[Cell | None], shown: list[Cell | None]) -> None:
        written = 0
        """The column behind the last cell written."""
        changed = _changed(wanted, shown, self._uncovered.get(row, frozenset()))
        for first, last in _runs(changed):
            while (column := max(first, written)) <= last:
                start = column
                if (half := wanted[column]) is not None and not half[0] and column:
                    start -= 1
                if (row, written) == self._cursor and start - written <= _BRIDGE and _is_open(wanted[written:start]):
                    start = written
                elif (row, start) != self._cursor:
                    self._move(row, start)
                written = self._write_cells(row, start, last, wanted)
        for column in changed:
            shown[column] = wanted[column]

    def _write_cells(self, row: int, column: int, last: int, wanted: list[Cell | None]) -> int:
        """Write cells from the cursor's `column` to `last`, or to one of disputed width; return the column behind."""
        pieces: list[str] = []
        drawn_with: Pen | None = None
        while column <= last:
            cell = wanted[column]
            if cell is None or not cell[0]:
                column += 1
                continue
            text, pen = cell
            if pen is not drawn_with:
                codes, self._pen = turn(self._pen, pen)
                pieces.append(codes)
                drawn_with = pen
            pieces.append(" " if text == COVERED else text)
            column += 1 if text.isascii() else width_of(text)
            self._cursor = row, column
            if is_disputed(text):
                self._cursor = None
                break
        self._write("".join(pieces))
        return column

    def _move(self, row: int, column: int) -> None:
        is_same_row = self._cursor is not None and self._cursor[0] == row
        self._write(f"\x1b[{column + 1}G" if is_same_row else f"\x1b[{row + 1};{column + 1}H")
        self._cursor = row, column


def output_of(rows: Rows) -> str:
    """The output that draws these rows, for a terminal or for `ScreenDiff.draw`; it leaves pictures out."""
    return "".join(piece for row, cells in rows.items() for piece in _pieces(row, cells))


def _pieces(row: int, cells: tuple[Cell | None, ...]) -> Iterator[str]:
    is_placed, current = False, None
    for column, cell in enumerate(cells):
        if cell is None or cell[0][:1] in _PICTURES:
            is_placed = False
            continue
        text, pen = cell
        if not text:
            continue
        if not is_placed:
            yield f"\x1b[{row + 1};{column + 1}H"
        if pen != current:
            yield _RESET if pen == PLAIN else f"{_RESET}\x1b[{';'.join(parameters(pen))}m"
        yield text
        is_placed, current = not is_disputed(text), pen
    yield _RESET


def _is_open(cells: list[Cell | None]) -> bool:
    """Whether all of the cells are known, and none has pixels that writing would erase."""
    return all(cell is not None and cell[0] != COVERED for cell in cells)


def _changed(wanted: list[Cell | None], shown: list[Cell | None], uncovered: Set[int]) -> list[int]:
    """The columns to write: where the two rows differ, and all behind a character of disputed width.

    A cell with pixels over it is only written if it is `uncovered`.
    """
    # Compare identities first: nearly all cells are the same objects as before.
    renewed = compress(range(len(wanted)), map(is_not, wanted, shown))
    changed = [column for column in renewed if (new := wanted[column]) is not None and new != shown[column]]
    if uncovered:
        changed = sorted({*uncovered, *changed})
    if all(cell is None or cell[0].isascii() for column in changed for cell in (wanted[column], shown[column])):
        return changed
    for column in changed:
        if any(cell is not None and is_disputed(cell[0]) for cell in (wanted[column], shown[column])):
            before = changed[: changed.index(column)]
            return before + [
                behind for behind in range(column, len(wanted)) if _is_open([wanted[behind]]) or behind in changed
            ]
    return changed


def _runs(columns: list[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each run of neighbours among ascending columns."""
    if not columns:
        return
    first = last = columns[0]
    for column in columns:
        if column > last + 1:
            yield first, last
            first = column
        last = column
    yield first, last
