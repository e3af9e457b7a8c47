"""An empty home, and one embedded tenant in a process of its own for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import demo_server, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has never used the program."""
    return environment(tmp_path)


@pytest.fixture(scope="session")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A running tenant of 412 connectors: the variables that lead to it."""
    with demo_server(environment(tmp_path_factory.mktemp("tenant"))) as variables:
        yield variables


@pytest.fixture
def connected(environ: dict[str, str], tenant: dict[str, str]) -> dict[str, str]:
    """The environment of somebody who has pasted the two lines of `demo-server`."""
    return {**environ, **tenant}
