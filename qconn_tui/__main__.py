"""`python -m qconn_tui`."""

from __future__ import annotations

from qconn_tui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
