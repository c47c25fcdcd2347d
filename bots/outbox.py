"""The way out: deliveries that were promised, sent under a lease, edited into the messages that are on show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bots.desk import Desk, Gone, MessageGone, RetryAfter, lane
from bots.inbox import InboxRunner
from core.ports.bell import deliveries
from core.ports.ids import new_id
from core.ports.rows import Delivery, LiveMessage
from core.ports.store import StoreAway
from core.reply import Message, Visibility, decode

log = structlog.get_logger()

LEASE = 30  # seconds that one attempt to send may take
POLL = 2.0  # seconds between looks when no bell rings
EDITS = ("result", "progress")  # kinds of deliveries that change a message which is there
WAITING = 64  # deliveries that wait for the answers they follow, beside those that are being sent
PATIENCE = 60  # seconds to wait for the live message that an edit is meant for

Send = Callable[[Delivery, Message, LiveMessage | None], Awaitable[LiveMessage | None]]


async def run_outbox(
    desk: Desk, send: Send, stop: asyncio.Event, *, inbox: InboxRunner | None = None, parallel: int = 8
) -> None:
    """Sends deliveries of the desk's platform until `stop` is set.

    inbox: an edit waits for the user's press that is being answered, so that the answer can't cover the
    result. send(delivery, message, live):
    `live` is the message to edit, or None to send a new one to `delivery.chat_id` (None: the private chat
    with `delivery.user_id`). It returns where a new message went (recorded if the delivery has a subject).
    """
    owner = new_id()
    slots, waiting = asyncio.Semaphore(parallel), asyncio.Semaphore(WAITING)
    tasks: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        try:
            # No more than can be begun soon: a lease must not run out while its delivery waits for its turn,
            # and a kill must not leave many in dead hands.
            batch = await _claim(desk, owner, parallel)
        except StoreAway as away:
            log.warning("outbox.store_away", error=str(away))
            batch = []
        for delivery in batch:
            behind = lane(delivery.chat_id, delivery.user_id or "")
            if inbox is not None and delivery.kind in EDITS and inbox.busy(behind):
                # Without a slot: a chat whose answers are stalled for an hour holds up nobody else's results.
                await waiting.acquire()
                task = asyncio.create_task(_after_answers(desk, delivery, send, inbox, behind, slots))
                task.add_done_callback(lambda _: waiting.release())
            else:
                await slots.acquire()
                task = asyncio.create_task(_deliver(desk, delivery, send))
                task.add_done_callback(lambda _: slots.release())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if not batch:
            await desk.bell.wait(deliveries(desk.platform), POLL)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _claim(desk: Desk, owner: str, limit: int) -> list[Delivery]:
    now = desk.clock.now()
    async with desk.store.read() as work:
        if not await work.deliveries.open_count(desk.platform):
            return []
    async with desk.store.begin() as work:
        return await work.deliveries.claim(desk.platform, owner, now, now + LEASE, limit)


async def _after_answers(
    desk: Desk, delivery: Delivery, send: Send, inbox: InboxRunner, behind: str, slots: asyncio.Semaphore
) -> None:
    await inbox.lane_idle(behind, timeout=5)
    async with slots:
        await _deliver(desk, delivery, send)


async def _deliver(desk: Desk, delivery: Delivery, send: Send) -> None:
    try:
        await _try_to_deliver(desk, delivery, send)
    except StoreAway as away:
        log.warning("outbox.store_away", error=str(away))  # the lease runs out and the row comes again


async def _try_to_deliver(desk: Desk, delivery: Delivery, send: Send) -> None:
    def noted(outcome: str) -> None:
        desk.meter.delivered(desk.platform, delivery.kind, outcome)

    try:
        finished = await _attempt(desk, delivery, send)
        noted("sent" if finished else "later")
        async with desk.store.begin() as work:
            if finished:
                await work.deliveries.done(delivery.id)
            else:
                await work.deliveries.retry(delivery.id, desk.clock.now() + 1)
    except RetryAfter as wait:
        noted("limited")
        async with desk.store.begin() as work:
            await work.deliveries.retry(delivery.id, desk.clock.now() + max(1, round(wait.seconds + 0.5)))
    except Gone:
        noted("gone")
        async with desk.store.begin() as work:
            await work.deliveries.drop(delivery.id, "gone")
            if delivery.chat_id is not None:
                await work.chats.set_active(desk.platform, delivery.chat_id, False)
    except StoreAway:
        raise
    except Exception:
        log.exception("outbox.failed", delivery=delivery.id, attempts=delivery.attempts)
        noted("failed")
        async with desk.store.begin() as work:
            if delivery.attempts >= 8:
                await work.deliveries.drop(delivery.id, "failed")
            else:
                await work.deliveries.retry(delivery.id, desk.clock.now() + 2**delivery.attempts)


async def _attempt(desk: Desk, delivery: Delivery, send: Send) -> bool:
    """Whether the delivery is finished; False: its live message is not recorded yet, look again soon."""
    message = desk.with_files(decode(delivery.message))
    if delivery.subject is None or delivery.kind in ("notice", "home"):
        await _send_new(desk, delivery, message, send)
        return True
    async with desk.store.read() as work:
        live = await work.messages.of_subject(desk.platform, delivery.subject)
    if not live:
        if desk.clock.now() - delivery.created_at < PATIENCE:
            return False
        if delivery.kind == "result":
            await _send_new(desk, delivery, message, send)
        return True
    for place in live:
        if place.version >= delivery.version:
            continue  # a newer look is shown already
        try:
            await _reach(desk, delivery, message, place, send)
            async with desk.store.begin() as work:
                await work.messages.shown(place, delivery.version)
        except MessageGone:
            async with desk.store.begin() as work:
                await work.messages.forget(desk.platform, place.chat_id, place.message_id)
            if delivery.kind == "result":
                await _send_new(desk, delivery, message, send)
    return True


async def _send_new(desk: Desk, delivery: Delivery, message: Message, send: Send) -> None:
    where = await _reach(desk, delivery, message, None, send)
    if where is not None and delivery.subject is not None:
        async with desk.store.begin() as work:
            await work.messages.record(replace(where, subject=delivery.subject, version=delivery.version))


async def _reach(
    desk: Desk, delivery: Delivery, message: Message, live: LiveMessage | None, send: Send
) -> LiveMessage | None:
    """As `send`. If a group was closed to us between somebody's press and what came of it, they hear of it in
    private all the same. Raises `Gone` where that is closed too."""
    try:
        return await send(delivery, message, live)
    except Gone:
        if delivery.kind != "result" or delivery.chat_id is None or delivery.user_id is None:
            raise
    own = replace(delivery, chat_id=None, thread_id=None, visibility=Visibility.PRIVATE.value)
    where = await send(own, message, None)
    await desk.active(delivery.chat_id, False)
    return where
