"""The command line: parse it, run the command, and turn every ending into an exit status.

`--help` imports argparse and little else: `typing`, `dataclasses` and the errors would take as long again. Without any
argument the screen starts, and argparse is not imported either.
"""

from __future__ import annotations

import os
import sys

from qconn_tui.runtime.sigint import INTERRUPTED, restore_sigint
from qconn_tui.runtime.stdio import reopen_closed, write_flushed

TYPE_CHECKING = False  # `typing` alone takes 2 ms to import
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from qconn_tui.settings.values import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        argv: The words after the program's name; None for the process's own.

    Returns:
        The exit status, as `--help` lists them.
    """
    try:
        reopen_closed()
        status = _run(argv)
        write_flushed("", sys.stdout)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has closed the pipe, e.g. `head`. Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 -- a bug ends with a report, too
        return _report(error)
    return status


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    if not words:
        return _run_settled(None)
    from qconn_tui.commands.parser import parse

    try:
        args = parse(words)
    except SystemExit as end:  # --help and --version
        return int(end.code or 0)
    if args.command is not None:
        restore_sigint()
    if args.command == "demo-server":
        from qconn_tui.commands import demo_server

        return demo_server.run(args)
    if args.command == "cache":
        from qconn_tui.commands import cache

        return cache.run(args)
    return _run_settled(args)


def _run_settled(args: argparse.Namespace | None) -> int:
    """Run a command that needs the settings; None is a command line without arguments."""
    from qconn_tui.runtime.gc_policy import collect_rarely, pause_for_start

    collect_rarely()
    if args is None or args.command is None:
        pause_for_start()
    from qconn_tui.errors import QconnError, UsageError
    from qconn_tui.settings.resolve import resolve

    try:
        settings = resolve(args, os.environ)
    except UsageError as error:
        if args is None or args.command != "doctor":
            raise
        from qconn_tui.commands import doctor

        return doctor.run(error)
    from qconn_tui.runtime.logs import logging_to, report_bug

    with logging_to(settings.log_file):
        try:
            return _run_with(args, settings)
        except (QconnError, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 -- the log is still open here
            print(report_bug(error, settings.log_file), end="", file=sys.stderr)
            return 1


def _run_with(args: argparse.Namespace | None, settings: Settings) -> int:
    if args is None or args.command is None:
        from qconn_tui.commands import start_screen

        return start_screen.run(settings)
    if args.command == "ls":
        from qconn_tui.commands import ls

        return ls.run(args, settings)
    if args.command == "get":
        from qconn_tui.commands import get

        return get.run(args, settings)
    from qconn_tui.commands import doctor

    return doctor.run(settings)


def _report(error: Exception) -> int:
    """Print the error on standard error; return the exit status."""
    from qconn_tui.errors import QconnError, describe_bug

    if not isinstance(error, QconnError):
        print(describe_bug(error), end="", file=sys.stderr)
        return 1
    print(f"qconn-tui: {error}", file=sys.stderr)
    for line in error.details():
        print(f"  {line}", file=sys.stderr)
    return error.exit_code
