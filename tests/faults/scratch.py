"""A place for files that thousands of small transactions write to."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory

_IN_MEMORY = "/dev/shm"


def scratch() -> TemporaryDirectory[str]:
    """A directory that goes with its context: in memory where there is such a place, so that no disk is waited for."""
    return TemporaryDirectory(dir=_IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None)
