"""What every surface is given: the way in (inbox), the way through (dispatch), the way out (deliveries).

A surface turns native updates into `InboxItem`s and calls `accept`, which writes them down before the
platform is told that we have them. `run_inbox` hands them to the surface's `handle`, in order within a
chat, side by side between chats, and again after a restart if they were not done. `run_outbox` hands
deliveries to the surface's `send`. So no surface holds anything that a kill could lose.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from structlog.contextvars import bound_contextvars

from bots.together import Together
from core.bootstrap.app import App
from core.commands.dispatch import Dispatcher
from core.commands.incoming import Invocation
from core.ports.bell import Bell, deliveries
from core.ports.ids import Clock, new_id, reference
from core.ports.meter import SILENT, Meter
from core.ports.rows import Delivery, InboxItem, LiveMessage
from core.ports.store import Store, StoreAway
from core.reply import Message, Reply, decode

log = structlog.get_logger()


def lane(chat_id: str | None, user_id: str) -> str:
    """What is handled in order: one user's doings in one chat."""
    return f"{chat_id or ''}\n{user_id}"


LEASE = 30  # seconds that one attempt to send may take
POLL = 2.0  # seconds between looks when no bell rings
GATHER = 0.01  # seconds in which what has been handled is noted together: the answer is out by then
EDITS = ("result", "progress")  # kinds of deliveries that change a message which is there
WAITING = 64  # deliveries that wait for the answers they follow, beside those that are being sent
PATIENCE = 60  # seconds to wait for the live message that an edit is meant for


class RetryAfter(Exception):
    """The platform asks us to wait `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class Gone(Exception):
    """The chat is closed to us: blocked, kicked, deleted. The chat is unsubscribed."""


class MessageGone(Exception):
    """The message to edit is not there any more; a result is sent anew instead."""


Handle = Callable[[InboxItem], Awaitable[None]]
Send = Callable[[Delivery, Message, LiveMessage | None], Awaitable[LiveMessage | None]]
Lane = Callable[[InboxItem], str]


@dataclass(frozen=True)
class Desk:
    """One surface's access to the core.

    platform: telegram, discord, terminal, ... files: the folder that pictures' paths are relative to.
    """

    platform: str
    store: Store
    dispatcher: Dispatcher
    bell: Bell
    clock: Clock
    files: Path
    meter: Meter = SILENT

    @classmethod
    def of(cls, app: App, platform: str) -> Desk:
        files = app.settings.files_dir
        return cls(platform, app.store, app.dispatcher, app.bell, app.clock, files, app.meter)

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        """Runs the invocation; None for text that is nothing to us. Never raises a user's error."""
        reply = await self.dispatcher.dispatch(invocation)
        return None if reply is None else replace(reply, message=self.with_files(reply.message))

    def with_files(self, message: Message) -> Message:
        """The message with its picture's path made whole."""
        media = message.media
        return (
            message
            if media is None
            else replace(message, media=replace(media, path=str(self.files / media.path)))
        )

    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]:
        """Typeahead: (value, label) pairs, at most 25."""
        return await self.dispatcher.suggest(command, argument, typed)

    async def glance(self, typed: str, limit: int) -> list[Message]:
        """Cards of the coins that begin with what was typed, the newest for nothing; without tokens, and
        their pictures' paths as they are published. Raises `StoreAway`."""
        return await self.dispatcher.glance(typed, limit)

    async def shown(self, reply: Reply, where: LiveMessage) -> None:
        """The surface has shown `reply` there; what becomes of its subject is edited into that message."""
        if reply.subject is None:
            return
        async with self.store.begin() as work:
            shown = await work.messages.of_subject(self.platform, reply.subject)
            here = [
                m.version for m in shown if (m.chat_id, m.message_id) == (where.chat_id, where.message_id)
            ]
            # The version stays, so that an older look still on its way does not cover this one.
            await work.messages.record(replace(where, subject=reply.subject, version=max(here, default=0)))
        await self.bell.ring(deliveries(self.platform))

    async def accept(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        """Writes updates down. When this returns the platform may be told that we have them.

        Returns those that are new. Raises `StoreAway`: then the platform must deliver them again.
        """
        async with self.store.begin() as work:
            new = await work.inbox.put(items)
        self.meter.updates(self.platform, "accepted", len(new))
        self.meter.updates(self.platform, "repeated", len(items) - len(new))
        return new

    async def done(self, items: Sequence[InboxItem]) -> None:
        """They have been handled, and are not handled again. Raises `StoreAway`."""
        async with self.store.begin() as work:
            await work.inbox.done(self.platform, [item.event_id for item in items], self.clock.now())


class InboxRunner:
    """Feeds accepted items to `handle`: one lane (`lane`) a user and chat, so that the slow delay only
    themselves."""

    def __init__(self, desk: Desk, handle: Handle, lane: Lane) -> None:
        self._desk, self._handle, self._lane = desk, handle, lane
        self._accepted = Together(self._write)
        self._done = Together(self._note, pause=GATHER)
        self.ended = False  # by `end`
        self._held: set[str] = set()  # events that were fed and are not done
        self._doubt = False  # an answer of the store was lost: it may have written what nobody was fed
        self._lanes: dict[str, asyncio.Queue[InboxItem]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def resume(self) -> None:
        """Takes up what an earlier process had accepted and not finished."""
        async with self._desk.store.read() as work:
            pending = await work.inbox.pending(self._desk.platform)
        self.feed(pending)

    async def accept(self, item: InboxItem) -> bool:
        """`take` for one that came alone, written with others that come meanwhile; whether it is new."""
        return await self._accepted.add(item)

    async def take(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        """Writes down what came together, and feeds what is new. When this returns the platform may be told
        that we have it. Not twice at a time. Raises `StoreAway`."""
        try:
            new = await self._desk.accept(items)
            if self._doubt:
                new = await self._unfed()
        except StoreAway:
            self._doubt = True
            raise
        self._doubt = False
        if not self.ended:
            self.feed(new)
        return new

    async def _unfed(self) -> list[InboxItem]:
        """What is written down and in nobody's hands. A commit whose answer was lost may have happened, and
        what it wrote is not new when it is delivered again."""
        held = set(self._held)  # before we look: what is done meanwhile is not handled again
        async with self._desk.store.read() as work:
            pending = await work.inbox.pending(self._desk.platform)
        return [item for item in pending if item.event_id not in held]

    async def _write(self, items: list[InboxItem]) -> list[bool]:
        new = await self.take(items)
        fresh = {item.event_id for item in new}
        found = []
        for item in items:
            found.append(item.event_id in fresh)
            fresh.discard(item.event_id)  # of two that came together as one event the first is the new one
        return found

    async def _note(self, items: list[InboxItem]) -> list[None]:
        await self._desk.done(items)
        return [None] * len(items)

    def end(self) -> None:
        """What is accepted from now on is left for the next process."""
        self.ended = True

    def feed(self, items: Sequence[InboxItem]) -> None:
        for item in items:
            lane = self._lane(item)
            self._open += 1
            self._held.add(item.event_id)
            self._idle.clear()
            if lane in self._lanes:
                self._lanes[lane].put_nowait(item)
                continue
            queue: asyncio.Queue[InboxItem] = asyncio.Queue()
            queue.put_nowait(item)
            self._lanes[lane] = queue
            task = asyncio.create_task(self._drain(lane, queue), name=lane)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def busy(self, lane: str) -> bool:
        """Whether something in that lane is being handled."""
        return lane in self._lanes

    async def lane_idle(self, lane: str, timeout: float) -> None:
        """Until nothing in that lane is being handled, at most `timeout` seconds."""
        task = next((t for t in self._tasks if t.get_name() == lane), None)
        if task is not None:
            await asyncio.wait([task], timeout=timeout)

    async def idle(self) -> None:
        """Until everything that was fed is handled."""
        await self._idle.wait()

    async def close(self) -> None:
        """Stops; what was not finished is taken up by `resume` next time."""
        self.end()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _drain(self, lane: str, queue: asyncio.Queue[InboxItem]) -> None:
        while not queue.empty():
            item = queue.get_nowait()
            # What is logged meanwhile carries the reference that the user sees if something fails.
            with bound_contextvars(ref=reference(item.platform, item.event_id), event_id=item.event_id):
                await self._one(item)
            self._held.discard(item.event_id)
            self._open -= 1
            if self._open == 0:
                self._idle.set()
        del self._lanes[lane]

    async def _one(self, item: InboxItem) -> None:
        handled = False
        while True:
            try:
                if not handled:
                    await self._handle(item)
                    handled = True
                    self._desk.meter.updates(item.platform, "handled")
                await self._done.add(item)
                return
            except StoreAway as away:
                log.warning("inbox.store_away", error=str(away))
                await asyncio.sleep(1)
            except RetryAfter as wait:
                await asyncio.sleep(wait.seconds)
            except Exception:
                # A fault in rendering or sending: the update must not come back for ever.
                log.exception("inbox.failed", platform=item.platform, event_id=item.event_id)
                self._desk.meter.updates(item.platform, "failed")
                handled = True


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
            await send(delivery, message, place)
            async with desk.store.begin() as work:
                await work.messages.shown(place, delivery.version)
        except MessageGone:
            async with desk.store.begin() as work:
                await work.messages.forget(desk.platform, place.chat_id, place.message_id)
            if delivery.kind == "result":
                await _send_new(desk, delivery, message, send)
    return True


async def _send_new(desk: Desk, delivery: Delivery, message: Message, send: Send) -> None:
    where = await send(delivery, message, None)
    if where is not None and delivery.subject is not None:
        async with desk.store.begin() as work:
            await work.messages.record(replace(where, subject=delivery.subject, version=delivery.version))
