"""The entry point of `python -m qconn_tui` and of the installed program; it imports nothing that takes time."""

from __future__ import annotations


def main() -> int:
    """Run the program and return its exit status; an interrupt during the imports ends the process at once."""
    try:
        from qconn_tui.runtime.sigint import end_at_once

        end_at_once()
        from qconn_tui.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
