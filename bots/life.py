"""How a surface lives: it takes up what was left, listens and sends, and stops without losing what is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from bots.desk import Desk
from bots.inbox import InboxRunner
from bots.outbox import Send, run_outbox
from bots.patience import patiently
from core.ports.bell import deliveries
from core.ports.store import StoreAway

Result = TypeVar("Result")

GRACE = 5.0  # seconds for answers that are under way when we are told to stop; the rest comes after a restart


async def live(
    desk: Desk,
    inbox: InboxRunner,
    listen: Coroutine[Any, Any, None],
    send: Send,
    stop: asyncio.Event,
    *beside: Coroutine[Any, Any, None],
) -> None:
    """Works until `stop` is set. `listen` feeds the inbox, for ever; `beside` is done meanwhile, and may end.

    Raises what ends one of them before.
    """
    # Before listening: what is fed by both would be handled twice.
    try:
        await unless(stop, patiently("inbox.resume", StoreAway, inbox.resume, longest=5.0))
    except BaseException:
        for unbegun in (listen, *beside):
            unbegun.close()
        raise
    stopped = asyncio.create_task(stop.wait())
    listening = asyncio.create_task(listen)
    sending = asyncio.create_task(run_outbox(desk, send, stop, inbox=inbox))
    others = [asyncio.create_task(one) for one in beside]
    try:
        await _first_end({listening, sending, stopped}, others)
        listening.cancel()  # nothing new comes in; what is being answered is answered
        inbox.end()
        with suppress(TimeoutError):
            await asyncio.wait_for(inbox.idle(), GRACE)
        await inbox.close()  # what has not been answered by now holds up no result
        await desk.bell.ring(deliveries(desk.platform))  # wakes the outbox, so that it sees the stop
        await asyncio.wait({sending}, timeout=GRACE)
    finally:
        for task in (listening, sending, stopped, *others):
            if not task.cancelling():  # else it is closing what it has opened, and must not be disturbed
                task.cancel()
        await asyncio.gather(listening, sending, stopped, *others, return_exceptions=True)
        await inbox.close()


async def _first_end(until: set[asyncio.Task[Any]], others: Iterable[asyncio.Task[None]]) -> None:
    """Returns when one of `until` ends. Raises what any task raised."""
    waiting = {*until, *others}
    while waiting >= until:
        ended, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """What `work` gives; None if we are told to stop first."""
    task, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, stopped):
            one.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)
