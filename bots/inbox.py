"""The way in: what was accepted is handled, in order within a lane, and again after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from structlog.contextvars import bound_contextvars

from bots.desk import Desk, RetryAfter
from bots.together import Together
from core.ports.ids import reference
from core.ports.rows import InboxItem
from core.ports.store import StoreAway

log = structlog.get_logger()

GATHER = 0.01  # seconds in which what has been handled is noted together: the answer is out by then

Handle = Callable[[InboxItem], Awaitable[None]]
Lane = Callable[[InboxItem], str]


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
            lane = self._lane_of(item)
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

    def _lane_of(self, item: InboxItem) -> str:
        """One of a shape that the surface can't tell anything from has a lane of its own: its handler fails, and
        is heard of, alone."""
        try:
            return self._lane(item)
        except Exception:
            log.exception("inbox.no_lane", platform=item.platform, event_id=item.event_id)
            return item.event_id

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
        del self._lanes[lane]
        if not self._lanes:
            self._idle.set()

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
                if handled:
                    await asyncio.sleep(1)  # the database won't have it noted: not a thousand times a second
                    continue
                self._desk.meter.updates(item.platform, "failed")
                handled = True
