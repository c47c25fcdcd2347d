"""What a data folder says about its installation."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from core.settings import Settings
from pumpbox.state import (
    Taken,
    acquire,
    attached,
    private,
    read_status,
    running,
    with_ports,
    write_status,
)


def test_one_lock_a_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert not running(data)
    lock = acquire(data)
    try:
        assert running(data)
        write_status(data, {"pid": os.getpid()})
        with pytest.raises(Taken, match=f"already runs on {data}"):
            acquire(data, patience=0)
    finally:
        os.close(lock)
    assert not running(data)
    os.close(acquire(data, patience=0))


def test_two_folders_do_not_touch(tmp_path: Path) -> None:
    first, second = acquire(tmp_path / "a"), acquire(tmp_path / "b", patience=0)
    os.close(first)
    assert running(tmp_path / "b")
    os.close(second)
    assert Settings(data_dir=tmp_path / "a").run_dir != Settings(data_dir=tmp_path / "b").run_dir


def test_the_folder_is_for_its_user_only(tmp_path: Path) -> None:
    os.close(acquire(tmp_path / "data"))
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_ports_are_found_once_and_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    first = with_ports(settings)
    assert first.localnet_port
    assert first.http_port
    assert with_ports(settings) == first
    assert attached(settings) == first


def test_a_port_that_somebody_took_is_replaced(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    before = with_ports(settings)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", before.http_port))
        taken.listen()
        after = with_ports(settings)
    assert after.http_port != before.http_port
    assert after.localnet_port == before.localnet_port


def test_a_port_that_was_asked_for_is_not_looked_for(tmp_path: Path) -> None:
    asked = Settings(data_dir=tmp_path, localnet_port=12_345, http_port=12_347)
    assert with_ports(asked) == asked


def test_status_is_replaced_whole(tmp_path: Path) -> None:
    assert read_status(tmp_path) == {}
    write_status(tmp_path, {"roles": [1, 2]})
    write_status(tmp_path, {"roles": []})
    assert read_status(tmp_path) == {"roles": []}
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    private(tmp_path / "mine")
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "mine")
    for folder in (open_to_all, link):
        with pytest.raises(Taken, match="0700"):
            private(folder)
