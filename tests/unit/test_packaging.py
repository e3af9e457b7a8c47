"""The style sheets are found wherever the program is installed, and the pinned requirements name packages only."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from qconn_tui.ui.app import QconnApp, style_directory

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INDIRECT = {"sniffio"}
"""Dependencies that another library looks for; the reason stands beside each in pyproject.toml."""
PINNED = (ROOT / ".ci" / "requirements.txt").read_text(encoding="utf-8")


def test_a_checkout_uses_the_sheets_at_the_top_level() -> None:
    assert style_directory() == ROOT / "styles"
    assert sorted(Path(path).name for path in QconnApp.CSS_PATH) == sorted(p.name for p in ROOT.glob("styles/*.tcss"))


def test_an_installed_package_uses_its_own_sheets(tmp_path: Path) -> None:
    # What the wheel holds, laid out as an installer would.
    shutil.copytree(ROOT / "qconn_tui", tmp_path / "qconn_tui", ignore=shutil.ignore_patterns("__pycache__"))
    for source, target in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].items():
        shutil.copytree(ROOT / source, tmp_path / target)

    program = "from qconn_tui.ui.app import style_directory; print(style_directory())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert Path(done.stdout.strip()) == (tmp_path / "qconn_tui" / "styles").resolve()


def test_pinned_requirements_name_packages_and_hashes_only() -> None:
    entries = [line for line in PINNED.replace("\\\n", "").splitlines() if not line.startswith("#")]
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.]+( ; [\w .<>=!'\"()]+?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+", entry)


def test_every_requirement_is_pinned() -> None:
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=\[]", line)[0].lower() for line in asked}
    assert names <= {line.partition("==")[0] for line in PINNED.splitlines()}


def test_every_direct_import_is_a_declared_dependency_and_the_other_way_round() -> None:
    modules = [node for path in (ROOT / "qconn_tui").rglob("*.py") for node in ast.walk(ast.parse(path.read_bytes()))]
    names = {alias.name for node in modules if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in modules if isinstance(node, ast.ImportFrom) and node.module}
    foreign = {name.partition(".")[0] for name in names} - {"qconn_tui", *sys.stdlib_module_names}
    distributions = packages_distributions()
    imported = {_normalized(distribution) for name in foreign for distribution in distributions.get(name, [name])}

    declared = {_normalized(_name(requirement)) for requirement in PROJECT["project"]["dependencies"]}
    assert imported | INDIRECT == declared
    assert not imported & INDIRECT


def _name(requirement: str) -> str:
    """The distribution that a requirement names, e.g. `httpx` in `httpx>=0.28.1,<0.29`."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0]


def _normalized(name: str) -> str:
    """A distribution's name in the one spelling that package indexes use (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
