"""A surface that is killed in the middle of its work leaves few deliveries in dead hands."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from bots.desk import Desk
from bots.outbox import run_outbox
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.commands.dispatch import Dispatcher
from core.ports.ids import SystemClock
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message, encode, t
from tests.fakes.rows import a_delivery

PARALLEL = 2


async def test_only_what_can_be_begun_is_claimed(tmp_path: Path) -> None:
    file = tmp_path / "pumpbox.db"
    await upgrade(f"sqlite:///{file}")
    store, begun = SqlStore(f"sqlite:///{file}"), asyncio.Semaphore(0)

    async def never_answers(delivery: Delivery, message: Message, live: LiveMessage | None) -> None:
        begun.release()
        await asyncio.Event().wait()

    async with store.begin() as work:
        card = encode(Message(t("value", value="a card")))
        await work.deliveries.add([a_delivery(f"key-{n}", message=card) for n in range(10 * PARALLEL)])
    nobody = cast(Dispatcher, None)  # nothing comes in
    desk = Desk("terminal", store, nobody, LocalBell(), SystemClock(), tmp_path)
    sending = asyncio.create_task(run_outbox(desk, never_answers, asyncio.Event(), parallel=PARALLEL))
    for _ in range(PARALLEL):
        await begun.acquire()
    with closing(sqlite3.connect(file)) as database:
        (held,) = database.execute("SELECT count(*) FROM deliveries WHERE lease_until > 0").fetchone()
    assert held <= 2 * PARALLEL  # those that are being sent, and the next ones
    sending.cancel()
    await asyncio.wait([sending])
    await store.close()
