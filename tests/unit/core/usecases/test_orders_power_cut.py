"""The plug is pulled: what was sent must be known afterwards, or it would be called undone and bought again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.domain.money import Lamports
from core.domain.order import OrderState
from core.ports.store import StoreAway
from core.usecases.orders import LEASE
from tests.fakes.house import House, Process

SOL = Lamports(10**9)


async def test_a_transaction_is_on_the_disk_before_it_is_sent(
    home: House, process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await process.quotes.buy(home.mint, SOL, await home.asker("ann"))
    log = (tmp_path / "house.db-wal").stat().st_ino
    synced: list[tuple[int, int]] = []  # the file, and how much had been sent by then
    sync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append((os.fstat(descriptor).st_ino, len(home.chain.sent)))
        sync(descriptor)

    monkeypatch.setattr("core.adapters.db.engine.os.fsync", watched)
    await process.orders.confirm(order.id, order.person_id, "a press")
    assert (log, 0) in synced
    assert len(home.chain.sent) == 1


async def test_what_the_disk_does_not_take_is_not_sent(home: House, process: Process) -> None:
    order = await process.quotes.buy(home.mint, SOL, await home.asker("ann"))

    async def full() -> None:
        raise StoreAway("the disk: no space left")

    home.store.synced = full  # type: ignore[method-assign]  # the disk fills up just now
    held = await process.orders.confirm(order.id, order.person_id, "a press")
    assert held.state is OrderState.SIGNED
    assert home.chain.sent == []
    del home.store.synced  # type: ignore[method-assign]  # and there is room again
    home.passes(LEASE + 1)
    await home.process().keeper.round()
    assert len(home.chain.sent) == 1
