"""`python -m qconn_tui`, and where the installed program begins: before anything is imported that takes time."""

from __future__ import annotations


def main() -> int:
    """Run the program; return its exit status, unless somebody interrupts it while it is still being imported."""
    try:
        from qconn_tui.runtime.sigint import end_at_once

        end_at_once()
        from qconn_tui.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
