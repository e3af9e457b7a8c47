"""Files for the person: new ones only, whole or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qconn_tui.catalogue.view import View
from qconn_tui.errors import UsageError
from qconn_tui.ui.controllers.export_job import ExportJob
from qconn_tui.ui.export_file import free_path, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_each_line_ends_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    assert write_lines(path, ["id,name", "1,東京", ""]) == 3
    assert path.read_bytes() == "id,name\n1,東京\n\n".encode()


def test_no_lines_are_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    assert write_lines(path, []) == 0
    assert path.read_bytes() == b""


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("precious")
    with pytest.raises(UsageError, match=r"list\.csv was not written: File exists\. Choose"):
        write_lines(path, ["x"])
    assert path.read_text() == "precious"


def test_a_link_to_a_file_is_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "precious", tmp_path / "list.csv"
    link.symlink_to(target)
    with pytest.raises(UsageError):
        write_lines(link, ["x"])
    assert not target.exists()


@pytest.mark.parametrize("name", ["none/list.csv", "file/list.csv", f"{'x' * 300}.csv"])
def test_a_place_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="was not written") as caught:
        write_lines(tmp_path / name, ["x"])
    assert caught.value.advice


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        write_lines(tmp_path / "list.csv", ["x"])


def test_when_the_disk_is_full_nothing_is_left_behind(tmp_path: Path) -> None:
    def lines() -> Iterator[str]:
        yield "x"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "list.csv"
    with pytest.raises(UsageError, match="No space left"):
        write_lines(path, lines())
    assert not path.exists()


def test_when_the_disk_is_full_at_the_end_nothing_is_left_behind(tmp_path: Path) -> None:
    program = """
import resource, signal, sys
from pathlib import Path
from qconn_tui.errors import UsageError
from qconn_tui.ui.export_file import write_lines

# A limit for files of this process in the place of a full disk; what is written shows it when it is flushed.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    write_lines(Path(sys.argv[1]), ["x" * 100])
except UsageError as error:
    print(error)
"""
    path = tmp_path / "list.csv"
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert "list.csv was not written: File too large." in done.stdout
    assert not path.exists()


def test_a_name_is_free_also_where_it_cannot_be_looked_at(tmp_path: Path) -> None:
    link = tmp_path / "list.csv"
    assert free_path(link) == link
    link.symlink_to("nowhere")
    assert free_path(link) == tmp_path / "list-2.csv"
    long = tmp_path / f"{'x' * 300}.csv"
    assert free_path(long) == long


def test_where_the_current_folder_is_gone_the_home_is_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "gone")
    assert ExportJob.of(View()).proposed_path().parent == tmp_path / "gone"
    (tmp_path / "gone").rmdir()
    assert ExportJob.of(View()).proposed_path().parent == tmp_path
    with pytest.raises(UsageError, match="was not written: No such file"):
        write_lines(Path("list.csv"), ["x"])


def test_the_name_in_the_error_is_safe(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_lines(tmp_path / "\x1b[31m" / "list.csv", ["x"])
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["a\0b.csv", "\ud800.csv"], ids=ascii)
def test_a_name_that_no_file_can_have_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_lines(tmp_path / name, ["x"])
