"""When Python's garbage collector searches for cycles.

The program keeps many small objects that are in no cycle: imported modules, the first frame, a row per connector. Each
search walks over all of them and finds nothing. So there are fewer searches, none during the start, and what is known
to stay is excluded from them. Reference counting, which frees everything outside cycles, is not affected.

`gc.freeze` excludes every object of the moment from all later searches.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (10_000, 20, 20)
"""Objects made and not yet freed until the youngest are searched, and how much more rarely the older ones."""
_ROWS_BETWEEN_FREEZES = 10_000
"""Rows that take a few milliseconds to search."""


def collect_rarely() -> None:
    """Search less often than Python does by default; for every command, before it allocates much.

    With Python's own thresholds a long list takes 10 % more processor time.
    """
    gc.set_threshold(*_THRESHOLDS)


def pause_for_start() -> None:
    """Search nothing until `resume_after_start`.

    What is imported and built for the first frame stays. Searching it again and again takes 40 ms.
    """
    gc.disable()


def resume_after_start() -> None:
    """Search what is made from now on; what the first frame needed is never searched."""
    gc.freeze()
    gc.enable()


def freeze_grown_rows(before: int, after: int) -> None:
    """Exclude the rows of a growing list, once for every 10,000 of them.

    Otherwise a search through 100,000 rows delays a key by 60 ms now and then.

    Args:
        before: Rows before the list grew.
        after: Rows by now.
    """
    if after // _ROWS_BETWEEN_FREEZES > before // _ROWS_BETWEEN_FREEZES:
        gc.freeze()


def skip_final_collection() -> None:
    """Make Python's search at exit empty; the process frees its memory anyway.

    That search would take longer than everything else at exit.
    """
    gc.freeze()
