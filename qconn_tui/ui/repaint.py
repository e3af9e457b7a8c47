"""What the terminal is told of a frame: the cells that differ from what already stands there, and nothing else.

Textual repaints whole regions, with every colour spelled out for every piece of text. Over SSH that is what makes a
key slow. Here the output is read like a terminal reads it, into a grid of cells; only the difference between the grid
that is wanted and the one that is shown goes on. What happens several times before the terminal takes the next bytes
is written once.

Whatever is not plain text, colour or movement (modes, images, questions to the terminal) is passed on as it is, in its
place. After anything that may have drawn something, nothing is taken to be known of the screen.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.cells import split_graphemes

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

_PIECE = re.compile(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|\x1b\[(?P<colors>[\d;]*)m"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<feed>\n)"
    r"|\x1b\[\?2026(?P<sync>[hl])"
    # Modes but for the alternate screen, the keyboard, the bell, the terminal's title or clipboard: nothing is drawn.
    r"|(?P<still>\x1b\[\?(?!1049|1047|47)\d+(?:[hl]|\$p)|\x1b\[[<>]\d*u|\x07|\x1b\].*?(?:\x07|\x1b\\))"
    # Images: of kitty they have a layer of their own; of sixel they cover only cells that are `COVERED`.
    r"|(?P<image>\x1b_G.*?\x1b\\|\x1bP[\d;]*q[^\x1b]*\x1b\\|\x1bPtmux;\x1b\x1b_G(?:\x1b\x1b|[^\x1b])*\x1b\\)"
    r"|(?P<other>\x1bPtmux;(?:\x1b\x1b|[^\x1b])*\x1b\\|\x1b[P^_X].*?\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|.)",
    re.DOTALL,
)
COVERED = "\U0010fffd"
"""What stands in a cell that pixels are drawn over. To the terminal it is a space, which takes older pixels away, so it
is written whenever it is drawn, whatever stood there before, and at no other time."""
_PICTURES = (COVERED, "\U0010eeee")
"""What pictures are drawn in the place of: here, or in kitty, which has them only as long as it was sent them."""
_RESET = "\x1b[0m"
_SYNC_BEGINS, _SYNC_ENDS = "\x1b[?2026h", "\x1b[?2026l"
_BRIDGE = 5
"""Unchanged cells that are cheaper written again than jumped over."""
_AGREED = re.compile(
    # Latin, Greek and Cyrillic with their marks; signs, arrows, lines and blocks; Chinese, Japanese and Korean; and
    # what stands for a picture.
    r"[\x20-\u058f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2500-\u25fb\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    r"\uff01-\uff60\U0010eeee\U0010fffd]*"
)
"""Characters whose widths terminals agree about; of emoji and of many other scripts they do not."""
_SWITCHED_OFF_BY = {"1": "22", "2": "22", "3": "23", "4": "24", "7": "27", "9": "29"}
_SEEN_WITHOUT_TEXT = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that show on a space as well."""


class Pen(NamedTuple):
    """How a cell is drawn; colours are the terminal's own parameters, empty for the default."""

    attributes: frozenset[str] = frozenset()
    foreground: str | None = ""
    """None where there is nothing to see of it."""
    background: str = ""


Cell: TypeAlias = tuple[str, Pen]
"""A character with the marks that belong to it, and its pen; an empty text is the right half of a wide character."""

Rows: TypeAlias = dict[int, tuple[Cell | None, ...]]
"""Cells by row; None where nothing is known."""

_PLAIN = Pen()


class Repaint:
    """Takes in what a program draws and gives out what a terminal has to be told."""

    def __init__(self) -> None:
        self._wanted: dict[int, list[Cell | None]] = {}
        self._shown: dict[int, list[Cell | None]] = {}
        self._touched: set[int] = set()
        self._uncovered: dict[int, set[int]] = {}
        """By row, the columns of `COVERED` cells that were drawn anew: only there the pixels have to go."""
        self._output: list[str] = []
        self._place: tuple[int, int] | None = None
        """Row and column where the program draws next; None when only the terminal knows."""
        self._cursor: tuple[int, int] | None = None
        """Row and column where the terminal writes next."""
        self._colors = ""
        self._pen: Pen | None = None
        self._sync_begins = False

    def forget(self) -> None:
        """The screen may show anything: whatever is drawn from now on is written whole."""
        self._write_rows()
        self._wanted.clear()
        self._shown.clear()
        self._uncovered.clear()
        self._cursor = self._pen = None

    def draw(self, text: str) -> None:
        """Take in a piece of output."""
        for match in _PIECE.finditer(text):
            kind = match.lastgroup
            if kind == "text":
                self._put(match[0])
            elif kind == "colors":
                self._take_colors(match["colors"])
            elif kind == "column":
                self._place = int(match["row"]) - 1, int(match["column"]) - 1
            elif kind == "feed":
                # Textual parts its lines so, and then says where the next one begins.
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
        """What the terminal has to be told since it was asked last."""
        self._write_rows()
        if self._output and self._place is not None and self._place != self._cursor:
            self._move(*self._place)
        changes = "".join(self._output)
        self._output.clear()
        return changes

    def rows(self, count: int) -> Rows:
        """What is drawn by now in the first `count` rows."""
        return {row: tuple(cells) for row, cells in sorted(self._wanted.items()) if row < count}

    # --- taking in -------------------------------------------------------------------------------------------

    def _take_colors(self, parameters: str) -> None:
        if parameters in ("", "0"):
            self._colors = ""
        else:
            self._colors = f"{self._colors};{parameters}" if self._colors else parameters

    def _put(self, text: str) -> None:
        if self._place is None:
            self._pass_on(f"\x1b[{self._colors}m{text}{_RESET}")
            self.forget()
            return
        row, column = self._place
        cells = _cells(text, self._colors)
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
                # Half of a wide character is drawn over: the terminal clears the other half.
                wanted[other_half] = _space(cell[1])
        wanted[column:end] = cells
        if COVERED in text:
            columns = (place for place, cell in enumerate(cells, column) if cell[0] == COVERED)
            self._uncovered.setdefault(row, set()).update(columns)
        self._touched.add(row)

    def _synchronise(self, *, begins: bool) -> None:
        """Let the brackets round a frame through, if there is anything between them."""
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
        """Write what is not understood after all that came before it, where and in the colours in which it came."""
        self._write_rows()
        if self._place is not None and self._place != self._cursor:
            self._move(*self._place)
        if self._pen != _PLAIN:
            self._write(_RESET)
            self._pen = _PLAIN
        self._write(sequence)
        self._cursor = None

    # --- giving out ------------------------------------------------------------------------------------------

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
        """The column behind the last cell that is up to date."""
        for column in _changed(wanted, shown, self._uncovered.get(row, frozenset())):
            if column < written:
                continue
            start = column
            if (half := wanted[column]) is not None and not half[0] and column:
                start -= 1
            if (row, written) == self._cursor and start - written <= _BRIDGE and _is_open(wanted[written:start]):
                start = written
            elif (row, start) != self._cursor:
                self._move(row, start)
            written = start
            while written <= column:
                written += self._write_cell(row, written, wanted[written])
        shown[:] = [old if new is None else new for new, old in zip(wanted, shown, strict=True)]

    def _write_cell(self, row: int, column: int, cell: Cell | None) -> int:
        """Write the cell there, where the cursor is; how many cells that took."""
        if cell is None or not cell[0]:
            return 1
        text, pen = cell
        codes, self._pen = _turn(self._pen, pen)
        self._write(codes + (" " if text == COVERED else text))
        width = 1 if text.isascii() else _width(text)
        self._cursor = None if _is_disputed(text) else (row, column + width)
        return width

    def _move(self, row: int, column: int) -> None:
        is_same_row = self._cursor is not None and self._cursor[0] == row
        self._write(f"\x1b[{column + 1}G" if is_same_row else f"\x1b[{row + 1};{column + 1}H")
        self._cursor = row, column


def output_of(rows: Rows) -> str:
    """Output that draws these rows, for `Repaint.draw` or any terminal; nothing where pictures in pixels are."""
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
            yield _RESET if pen == _PLAIN else f"{_RESET}\x1b[{';'.join(_parameters(pen))}m"
        yield text
        is_placed, current = not _is_disputed(text), pen
    yield _RESET


def _is_open(cells: list[Cell | None]) -> bool:
    """Whether all of them are known, and none has pixels that writing would take away."""
    return all(cell is not None and cell[0] != COVERED for cell in cells)


def _changed(wanted: list[Cell | None], shown: list[Cell | None], uncovered: Set[int]) -> list[int]:
    """The columns to be written: where the two differ, and all behind a character of disputed width.

    What has pixels over it is only written where it is `uncovered`.
    """
    changed = [
        column
        for column, (new, old) in enumerate(zip(wanted, shown, strict=True))
        if new is not None and (new != old or column in uncovered)
    ]
    for column in changed:
        if any(cell is not None and _is_disputed(cell[0]) for cell in (wanted[column], shown[column])):
            before = changed[: changed.index(column)]
            return before + [
                behind for behind in range(column, len(wanted)) if _is_open([wanted[behind]]) or behind in changed
            ]
    return changed


@lru_cache(1024)
def _is_disputed(text: str) -> bool:
    return not _AGREED.fullmatch(text)


@lru_cache(4096)
def _cells(text: str, colors: str) -> tuple[Cell, ...]:
    """The cells that `text` takes."""
    pen = _pen(colors)
    space = _space(pen)
    if text.isascii():
        return tuple([space if character == " " else (character, pen) for character in text])
    cells: list[Cell] = []
    for start, end, width in split_graphemes(text)[0]:
        cluster = text[start:end]
        if width:
            cells.append(space if cluster == " " else (cluster, pen))
            cells.extend([("", pen)] * (width - 1))
        elif cells:
            cells[-1] = (cells[-1][0] + cluster, pen)
    return tuple(cells)


def _space(pen: Pen) -> Cell:
    """A space drawn with that pen, without what nobody sees of it."""
    return (" ", pen if pen.attributes & _SEEN_WITHOUT_TEXT else Pen(frozenset(), None, pen.background))


@lru_cache(1024)
def _width(cluster: str) -> int:
    return split_graphemes(cluster)[1]


@lru_cache(1024)
def _pen(colors: str) -> Pen:
    """The pen that these parameters of SGR give, begun with a plain one."""
    attributes: set[str] = set()
    foreground = background = ""
    parameters = iter(colors.split(";") if colors else ())
    for parameter in parameters:
        number = int(parameter or 0)
        if number in (38, 48):
            kind = next(parameters, "5")
            color = ";".join([parameter, kind, *(next(parameters, "0") for _ in range(3 if kind == "2" else 1))])
            foreground, background = (color, background) if number == 38 else (foreground, color)
        elif 30 <= number <= 39 or 90 <= number <= 97:
            foreground = "" if number == 39 else parameter
        elif 40 <= number <= 49 or 100 <= number <= 107:
            background = "" if number == 49 else parameter
        elif number == 0:
            attributes, foreground, background = set(), "", ""
        else:
            attributes.add(parameter)
    return Pen(frozenset(attributes), foreground, background)


@lru_cache(4096)
def _turn(current: Pen | None, wanted: Pen) -> tuple[str, Pen]:
    """The shortest sequence that turns one pen into another, and the pen that it gives."""
    if current is None:
        wanted = Pen(wanted.attributes, wanted.foreground or "", wanted.background)
        return f"\x1b[{';'.join(['0', *_parameters(wanted)])}m", wanted
    if wanted.foreground is None:
        # A space: what does not show on it may stay as it is.
        wanted = Pen(current.attributes - _SEEN_WITHOUT_TEXT, current.foreground, wanted.background)
    if wanted == current:
        return "", current
    anew = ["0", *_parameters(wanted)]
    removed = current.attributes - wanted.attributes
    if not removed <= _SWITCHED_OFF_BY.keys():
        return f"\x1b[{';'.join(anew)}m", wanted
    off = sorted({_SWITCHED_OFF_BY[attribute] for attribute in removed})
    kept = {attribute for attribute in current.attributes - removed if _SWITCHED_OFF_BY.get(attribute) not in off}
    delta = [*off, *sorted(wanted.attributes - kept)]
    if wanted.foreground != current.foreground:
        delta.append(wanted.foreground or "39")
    if wanted.background != current.background:
        delta.append(wanted.background or "49")
    return f"\x1b[{min(';'.join(delta), ';'.join(anew), key=len)}m", wanted


def _parameters(pen: Pen) -> list[str]:
    return [*sorted(pen.attributes), *filter(None, (pen.foreground, pen.background))]
