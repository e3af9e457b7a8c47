"""Where the program begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

INTERRUPTED = """
import sys
from importlib.abc import MetaPathFinder

interrupted, sys.argv[1:] = sys.argv[1], ["ls", "--demo"]

class Interruption(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == interrupted:
            raise KeyboardInterrupt

from qconn_tui.__main__ import main
sys.modules.pop(interrupted, None)
sys.meta_path.insert(0, Interruption())
sys.exit(main())
"""


@pytest.mark.parametrize("module", ["argparse", "qconn_tui.cli", "qconn_tui.commands.ls", "httpx", "asyncio"])
def test_an_interruption_while_it_is_imported_ends_with_130_and_no_word(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, module], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")
