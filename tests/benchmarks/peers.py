"""The programs that ours is measured against, in an environment of their own that is made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAMS = Path(__file__).parent / "programs"
"""The peers that are a file of ours."""
_PACKAGES = ("visidata", "textual-fastdatatable", f"textual=={version('textual')}")
Command = tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Peers:
    """How to start each; None for one that is not installed."""

    bare_textual: Command
    """A Textual program with one word."""
    bare_walk: Command
    """A loop that follows the links."""
    bare_interpreter: Command
    """Python, and argparse without any argument."""
    visidata: Command | None
    """Takes a CSV file."""
    fast_table: Command | None
    """Takes a CSV file."""
    fzf: Command | None
    """Takes lines on standard input."""

    def versions(self) -> dict[str, str]:
        """The version of each that is installed."""
        found = {"textual": version("textual"), "httpx": version("httpx")}
        if self.visidata and self.fast_table:
            ask = "from importlib.metadata import version; print(version('visidata'), version('textual-fastdatatable'))"
            found["VisiData"], found["textual-fastdatatable"] = _output([self.fast_table[0], "-c", ask]).split()
        if self.fzf:
            found["fzf"] = _output(["fzf", "--version"]).split()[0]
        return found


def find_peers() -> Peers:
    """The peers; the first time it installs those that come from the package index."""
    python = _environment()
    return Peers(
        bare_textual=(sys.executable, PROGRAMS / "bare_textual.py"),
        bare_walk=(sys.executable, PROGRAMS / "bare_walk.py"),
        bare_interpreter=(sys.executable, "-c", "import argparse; argparse.ArgumentParser().parse_args([])"),
        # No message of the day: it would come over the network.
        visidata=(python.with_name("vd"), "--motd-url=", "-f", "csv") if python else None,
        fast_table=(python, PROGRAMS / "fast_table.py") if python else None,
        fzf=("sh", "-c", 'exec fzf --exact < "$0"') if shutil.which("fzf") else None,
    )


def _environment() -> Path | None:
    """The Python of the peers' environment; None when it cannot be made, e.g. without a network."""
    release = f"{sys.version_info.major}.{sys.version_info.minor}"
    directory = platformdirs.user_cache_path("qconn-tui-benchmarks") / f"python-{release}-textual-{version('textual')}"
    python = directory / "bin" / "python"
    if not directory.joinpath("bin", "vd").exists():
        print("Installing the peers …", file=sys.stderr)
        uv = os.environ.get("UV", "uv")  # `uv run` says where it is
        commands: Sequence[Sequence[str | Path]] = (
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, directory],
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *_PACKAGES],
        )
        if any(subprocess.run(command).returncode for command in commands):
            return None
    return python


def _output(command: Sequence[str | Path]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
