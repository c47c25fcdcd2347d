"""What waits, as whoever operates the installation sees it."""

from __future__ import annotations

from core.adapters.db.store import SqlStore
from core.ports.rows import InboxItem, Queue
from tests.fakes.rows import a_delivery


async def test_what_waits_in_the_inbox_is_counted_until_it_is_done(store: SqlStore) -> None:
    async with store.read() as work:
        assert await work.inbox.queues() == []
    async with store.begin() as work:
        await work.inbox.put([InboxItem("telegram", str(n), {}, 100 + n) for n in range(3)])
        await work.inbox.put([InboxItem("discord", "1", {}, 50)])
    async with store.begin() as work:
        await work.inbox.done("telegram", ["0"], 200)
        await work.inbox.done("discord", ["1"], 200)
    async with store.read() as work:
        assert await work.inbox.queues() == [Queue("telegram", number=2, oldest=101)]
        assert await work.inbox.received_at("telegram", "0") == 100  # done, and still known
        assert await work.inbox.received_at("terminal", "0") is None


async def test_what_waits_in_the_outbox_is_counted_until_it_is_sent_or_dropped(store: SqlStore) -> None:
    async with store.begin() as work:
        await work.deliveries.add([a_delivery(str(n), created_at=10 + n) for n in range(3)])
    async with store.begin() as work:
        claimed = await work.deliveries.claim("terminal", "me", 20, 30, 2)
        await work.deliveries.done(claimed[0].id)
        await work.deliveries.drop(claimed[1].id, "gone")
    async with store.read() as work:
        assert await work.deliveries.queues() == [Queue("terminal", number=1, oldest=12)]
