"""Who goes on with an installation when the terminal that ran it has ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.settings import Settings
from pumpbox.engine import HOST, inherit, orphaned
from pumpbox.state import running
from pumpbox.supervisor import Supervisor
from tests.fakes.role_child import ROLES
from tests.unit.pumpbox.test_supervisor import Watch, command


def supervisor(data: Path, watch: Watch, host: str = HOST) -> Supervisor:
    return Supervisor(Settings(data_dir=data), roles=ROLES, command=command, on_change=watch, host=host)


async def ran(data: Path, host: str) -> None:
    """An installation that came up and has ended."""
    watch, stop = Watch(), asyncio.Event()
    task = asyncio.create_task(supervisor(data, watch, host).run(stop))
    await watch.ready()
    assert not orphaned(data)
    stop.set()
    await task


async def test_a_terminal_goes_on_where_the_one_that_it_joined_has_ended(tmp_path: Path) -> None:
    first, end_first = Watch(), asyncio.Event()
    running_first = asyncio.create_task(supervisor(tmp_path, first).run(end_first))
    await first.ready()
    second, end_second = Watch(), asyncio.Event()
    heir = asyncio.create_task(inherit(tmp_path, end_second, lambda: supervisor(tmp_path, second)))
    end_first.set()
    await running_first
    await second.ready()
    assert running(tmp_path)
    end_second.set()
    await heir
    assert not running(tmp_path)


async def test_what_an_operator_ran_is_left_to_the_operator(tmp_path: Path) -> None:
    await ran(tmp_path / "served", "run")
    assert not orphaned(tmp_path / "served")
    await ran(tmp_path / "tried", HOST)
    assert orphaned(tmp_path / "tried")
    assert not orphaned(tmp_path / "nothing")
