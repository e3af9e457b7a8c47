"""Files for the person: new ones only, whole or not at all."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from qconn_tui.errors import UsageError
from qconn_tui.ui.export_file import write_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_the_name_in_the_error_is_safe(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write_lines(tmp_path / "\x1b[31m" / "list.csv", ["x"])
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["a\0b.csv", "\ud800.csv"], ids=ascii)
def test_a_name_that_no_file_can_have_is_an_error_of_ours(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_lines(tmp_path / name, ["x"])
