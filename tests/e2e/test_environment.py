"""The installed program in environments that lack something: a home, a disk to write on, certificates, a proxy."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import PROGRAM, run
from tests.unit.store.disks import may_mount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.pty

STRANGER = 54321
"""A user that the system does not know, and that so has no home."""
BECOME = ("setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER), "--clear-groups")


def may_become_stranger() -> bool:
    """Whether the tests may run the program as that user: its files may be in a directory of ours alone."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    return subprocess.run([*BECOME, PROGRAM, "--version"], capture_output=True).returncode == 0


only_root = pytest.mark.skipif(
    not may_become_stranger(), reason="only root can become another user, who has to read it"
)


def run_as_stranger(*arguments: str, environ: Mapping[str, str], cwd: str = "/") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BECOME, PROGRAM, *arguments],
        env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, cwd=cwd,
    )  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    """A directory of the stranger's."""
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, STRANGER, STRANGER)
        Path(name).chmod(0o755)
        yield Path(name)


@only_root
@pytest.mark.parametrize("options", [("--demo",), ()], ids=["the demo", "a tenant"])
def test_without_a_home_the_list_is_printed(options: tuple[str, ...], connected: Mapping[str, str]) -> None:
    environ = {name: value for name, value in connected.items() if name != "HOME"}
    done = run_as_stranger("ls", *options, environ=environ)
    assert (done.returncode, done.stdout.count("\n")) == (0, 412)
    assert done.stderr == "qconn-tui: There is no home directory for the cache. Nothing is kept on disk.\n"
    assert run_as_stranger("ls", *options, "--no-cache", environ=environ).stderr == ""
    checked = run_as_stranger("doctor", *options, environ=environ)
    assert (checked.returncode, checked.stderr) == (2, "")
    assert "problem  There is no home directory for the cache" in checked.stdout
    assert run_as_stranger("cache", "info", environ=environ).stderr.startswith("qconn-tui: There is no home")


@only_root
def test_without_a_home_the_current_folder_does_not_take_its_place(folder: Path, environ: Mapping[str, str]) -> None:
    for name in ("~/.qlik/contexts.yml", "~/.config/qconn-tui/config.toml"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("not what it should be")
    homeless = {name: value for name, value in environ.items() if name != "HOME"}
    done = run_as_stranger("doctor", environ=homeless, cwd=str(folder))
    assert (done.returncode, done.stderr) == (2, "")
    assert "no tenant to connect to" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["~"]


SAVED = """
set -e
mount -t tmpfs tmpfs "$HOME"
"$0" ls >/dev/null
mount -o remount,ro "$HOME"
"$0" --offline ls
"$0" ls
"$0" cache info
"""
FROM_THE_FIRST_START = """
set -e
mount -t tmpfs -o ro tmpfs "$HOME"
"$0" ls
"""


def run_on_a_disk_of_its_own(script: str, environ: Mapping[str, str]) -> tuple[int, list[str], list[str]]:
    """The status of a script that may mount disks, and the lines that it prints and notes."""
    command = ["unshare", "--mount", "sh", "-c", script, PROGRAM]
    done = subprocess.run(command, env=dict(environ), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


@pytest.mark.skipif(not may_mount(), reason="only root may mount a disk")
def test_what_was_saved_is_read_where_nothing_can_be_written(connected: Mapping[str, str]) -> None:
    status, printed, notes = run_on_a_disk_of_its_own(SAVED, connected)
    assert status == 0
    assert printed[:412] == printed[412:824]
    assert "412 connectors" in printed[-1]
    note = "qconn-tui: The cache can be read, but not written (Read-only file system): nothing is kept on disk."
    assert [line for line in notes if "offline copy" not in line] == [note, note]


@pytest.mark.skipif(not may_mount(), reason="only root may mount a disk")
def test_a_home_that_is_read_only_from_the_first_start(connected: Mapping[str, str]) -> None:
    status, printed, notes = run_on_a_disk_of_its_own(FROM_THE_FIRST_START, connected)
    assert (status, len(printed), len(notes)) == (0, 412, 1)
    assert notes[0].endswith("cannot be used: Read-only file system. Nothing is kept on disk.")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/nope.pem"), ("SSL_CERT_FILE", "/"), ("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/no"),
        ("HTTPS_PROXY", "ftp://proxy.example"), ("all_proxy", "http://proxy.example:0"),
    ],
)  # fmt: skip
def test_a_variable_that_cannot_be_used_is_named_at_once(
    variable: str, value: str, connected: Mapping[str, str]
) -> None:
    environ = {**connected, "QCONN_SERVER": "https://acme.eu.qlikcloud.com", variable: value}
    for command in (("ls",), ("doctor",)):
        done = run(*command, environ=environ)
        assert done.returncode == 2
        told = done.stdout if command == ("doctor",) else done.stderr
        assert variable.upper().encode() in told
        assert b"broke off" not in told
    assert done.stderr == b""
