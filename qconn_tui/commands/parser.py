"""The parser of the command line. `--help` imports this module, so it imports nothing heavier than argparse."""

from __future__ import annotations

import argparse
import re

from qconn_tui import __version__
from qconn_tui.commands import options

TYPE_CHECKING = False  # `typing` alone takes 2 ms to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_MAY_BEGIN_WITH_DASH = ("--sort", "--where", "--filter")
_SINGLE_DASH = re.compile("-[^-]")

_DESCRIPTION = "Browse the automation connectors of a Qlik Cloud tenant."

_EPILOG = """\
examples:
  qconn-tui --demo                            try it without a tenant
  qconn-tui                                   browse the tenant of the environment or of qlik-cli
  qconn-tui ls --where "billable:no webhooks:yes"
  qconn-tui ls --sort -billable,name --format csv > connectors.csv
  qconn-tui get airtable                      one connector, by its id or name
  qconn-tui doctor                            find out why something does not work

environment:
  QCONN_SERVER, QCONN_API_KEY                 the tenant's address and an API key
  QCONN_CLIENT_ID, QCONN_CLIENT_SECRET        an OAuth client instead of a key
  QCONN_CONTEXT, QCONN_CONFIG                 like --context and --config
  NO_COLOR, SSL_CERT_FILE, HTTPS_PROXY, NO_PROXY

exit codes:
  0 done   1 a bug   2 usage or configuration   3 not allowed
  4 the tenant could not be reached or failed   5 printed, but the list is incomplete   130 interrupted
"""

_LS_EPILOG = """\
examples:
  qconn-tui ls --where "google -legacy"       every name with google and without legacy
  qconn-tui ls --where "/^s3 / webhooks:yes"  a regular expression and a facet
  qconn-tui ls --sort name --limit 20         the first 20 by name
  qconn-tui ls | jq -r .id                    one JSON object per line in a pipe
"""


_GET_EPILOG = """\
examples:
  qconn-tui get 0d87347d-27c0-11ea-921c-022e6b5ea1e2
  qconn-tui get "google sheets"               case and accents do not matter
  qconn-tui get airtable | jq -r .id          one JSON object in a pipe
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError` instead of exiting."""

    def error(self, message: str) -> NoReturn:
        """Raise the error as one sentence."""
        # `errors` imports `traceback` and `typing`, for which `--help` does not wait.
        from qconn_tui.errors import UsageError
        from qconn_tui.text import clean

        raise UsageError(f"{clean(message.removeprefix('argument '), 300)}.", f"See {self.prog} --help.")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the words of the command line.

    Returns:
        The namespace that `make_parser` describes.

    Raises:
        UsageError: The words are no valid command line.
        SystemExit: `--help` or `--version` has been printed.
    """
    return make_parser().parse_args(_join_dashed(words))


def make_parser() -> argparse.ArgumentParser:
    """Make the parser for all commands and options.

    Its namespace holds `command`, which is the command's name or None, and the options of that command. Shared options
    are in it only if they are given.
    """
    parser = _Parser(
        prog="qconn-tui",
        usage="qconn-tui [OPTIONS] [ls | get | doctor | cache | demo-server] [OPTIONS]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"qconn-tui {__version__}")
    options.add_shared(parser)
    options.add_screen(parser)
    _add_commands(parser)
    return parser


def _add_commands(parser: _Parser) -> None:
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", prog="qconn-tui")

    def command(name: str, usage: str, summary: str, description: str, epilog: str | None = None) -> _Parser:
        return commands.add_parser(
            name,
            help=summary,
            description=description,
            usage=f"qconn-tui {name} {usage}",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter if epilog else argparse.HelpFormatter,
            allow_abbrev=False,
        )

    listing = command("ls", "[OPTIONS]", "print the list", "Print the list of connectors.", _LS_EPILOG)
    options.add_listing(listing)
    options.add_shared(listing)
    getting = command(
        "get", "ID|NAME [OPTIONS]", "print one connector", "Print the connector with that id or name.", _GET_EPILOG
    )
    options.add_get(getting)
    options.add_shared(getting)
    doctor = command(
        "doctor",
        "[OPTIONS]",
        "check terminal, settings, tenant and cache",
        "Check terminal, settings, tenant and cache; say what to do about each finding.",
    )
    options.add_shared(doctor)
    cache = command(
        "cache",
        "info|clear",
        "print what is kept on disk, or remove it",
        "Print what is kept on disk, or remove it: the lists and logos of every tenant and user.",
    )
    options.add_cache(cache)
    options.add_shared(cache, listed=False)
    server = command(
        "demo-server",
        "[--rows N] [--port P] [--latency-ms N]",
        "run the demo's tenant alone, for other programs",
        "Run the demo's tenant on this machine; prints its address and key as lines for a shell.",
    )
    options.add_demo_server(server)
    options.add_shared(server, listed=False)


def _join_dashed(words: Sequence[str]) -> list[str]:
    """The words, with e.g. `--sort -name` joined to `--sort=-name`: argparse takes `-name` for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _MAY_BEGIN_WITH_DASH and _SINGLE_DASH.match(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
