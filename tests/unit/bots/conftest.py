"""A surface that shows what it is given, on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bots.desk import Desk, lane
from bots.inbox import InboxRunner
from bots.outbox import run_outbox
from core.commands.dispatch import Dispatcher
from core.ports.bell import deliveries
from core.ports.rows import Delivery, InboxItem, LiveMessage
from core.reply import Message, Reply, encode, t
from tests.fakes.house import House, house
from tests.fakes.rows import a_delivery, a_message

PLATFORM = "terminal"


@dataclass
class Surface:
    """A chat platform: `shown` is what it shows, `raises` what it answers the next sendings with."""

    desk: Desk
    home: House
    shown: list[tuple[str, str | None]] = field(default_factory=list)  # text, id of the edited message
    raises: list[Exception] = field(default_factory=list)

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        if self.raises:
            raise self.raises.pop(0)
        self.shown.append((str(message.title.args["value"]), live and live.message_id))
        if live is not None:
            return None
        return a_message(f"new-{len(self.shown)}", chat_id=delivery.chat_id, subject=delivery.subject or "")

    async def deliver(self, text: str, **changes: Any) -> None:
        """What the announcer writes."""
        row = a_delivery(
            text, subject="box:1", kind="result", message=encode(said(text)), created_at=self.home.clock.now()
        )
        async with self.home.store.begin() as work:
            await work.deliveries.add([replace(row, **changes)])
        await self.desk.bell.ring(deliveries(PLATFORM))

    async def live(self, message_id: str = "m1", **changes: Any) -> None:
        """A message of the subject is in the chat."""
        await self.desk.shown(Reply(said("reply"), subject="box:1"), a_message(message_id, **changes))

    async def later(self, seconds: int) -> None:
        self.home.passes(seconds)
        await self.desk.bell.ring(deliveries(PLATFORM))

    async def open(self) -> int:
        async with self.home.store.read() as work:
            return await work.deliveries.open_count(PLATFORM)

    async def settled(self, number: int = 0) -> None:
        """Until so many rows are left open."""
        async with asyncio.timeout(10):
            while await self.open() != number:  # noqa: ASYNC110 - asks the database, which wakes nobody
                await asyncio.sleep(0)

    async def time_until_settled(self, step: int) -> None:
        """Lets time pass, `step` seconds at a time, until no row is left open."""
        async with asyncio.timeout(10):
            while await self.open():
                for _ in range(50):  # what was taken is tried before the clock goes on
                    await asyncio.sleep(0)
                await self.later(step)


def said(text: str) -> Message:
    return Message(t("value", value=text))


@pytest.fixture
async def surface(tmp_path: Path) -> AsyncIterator[Surface]:
    async with house(tmp_path) as home:
        dispatcher = Dispatcher({}, {}, {}, home.store, _NoLimit(), home.clock)
        yield Surface(Desk(PLATFORM, home.store, dispatcher, home.bell, home.clock, tmp_path / "files"), home)


class _NoLimit:
    async def hit(self, key: str, times: int, per: int) -> int:
        return 0


@asynccontextmanager
async def outbox(surface: Surface, inbox: InboxRunner | None = None) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_outbox(surface.desk, surface.send, stop, inbox=inbox))
    try:
        yield
    finally:
        stop.set()
        await surface.desk.bell.ring(deliveries(PLATFORM))
        await task


def an_item(number: int, user: str = "ann", chat: str = "c1") -> InboxItem:
    return InboxItem(PLATFORM, str(number), {"user": user, "chat": chat}, 1)


def lane_of(item: InboxItem) -> str:
    return lane(item.payload["chat"], item.payload["user"])
