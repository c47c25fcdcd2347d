"""What the tests of the Discord surface are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from bots.desk import Desk
from core.adapters.db.store import SqlStore
from core.commands.incoming import Invocation
from core.commands.spec import Access, ArgSpec
from core.ports.ids import SystemClock
from core.ports.rows import Delivery, LiveMessage
from core.reply import Message, Reply, Visibility, encode, t
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_world import Channel, User

Serving = Callable[[], AbstractAsyncContextManager[None]]
Act = Callable[[Invocation], Awaitable[Reply | None]]


NEWS = Message(t("discord-news"))


def delivery(where: Channel | None, user: User | None = None, **more: Any) -> Delivery:
    made = Delivery(
        id=7,
        key="7",
        platform="discord",
        kind="notice",
        chat_id=where.id if where else None,
        thread_id=None,
        user_id=user.id if user else None,
        subject=None,
        visibility="public",
        message=encode(NEWS),
        version=1,
        created_at=0,
    )
    return replace(made, **more)


async def result(store: SqlStore, desk: Desk, **more: Any) -> None:
    """An order of `/buy` has ended."""
    row = delivery(
        None,
        kind="result",
        subject="order:1",
        message=encode(Message(t("discord-open-form"))),
        key="r",
        **more,
    )
    async with store.begin() as work:
        await work.deliveries.add([replace(row, created_at=desk.clock.now())])
    await desk.bell.ring("deliveries:discord")


async def recorded(discord: FakeDiscord, store: SqlStore) -> list[LiveMessage]:
    """Until the surface has written down where it showed the order."""
    async with asyncio.timeout(10):
        while True:
            async with store.read() as work:
                live = await work.messages.of_subject("discord", "order:1")
            if live:
                return live
            await asyncio.sleep(0)


class Script:
    """A core that does what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Invocation] = []
        self.act: Act = self._nothing
        self.suggestions: list[tuple[str, str]] = []
        self.typed: list[tuple[str, str, str]] = []

    def answers(self, *replies: Reply | None) -> None:
        """One after the other; the last for ever."""
        left = list(replies)

        async def act(_: Invocation) -> Reply | None:
            return left.pop(0) if len(left) > 1 else left[0]

        self.act = act

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        self.asked.append(invocation)
        return await self.act(invocation)

    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]:
        self.typed.append((command, argument, typed))
        return self.suggestions

    async def _nothing(self, _: Invocation) -> Reply | None:
        raise AssertionError("the test gave the core nothing to say")


class RingBell:
    """Rings in this process only."""

    def __init__(self) -> None:
        self._rung: dict[str, asyncio.Event] = {}

    def _of(self, name: str) -> asyncio.Event:
        return self._rung.setdefault(name, asyncio.Event())

    async def ring(self, name: str) -> None:
        self._of(name).set()

    async def wait(self, name: str, timeout: float) -> bool:
        try:
            await asyncio.wait_for(self._of(name).wait(), timeout)
        except TimeoutError:
            return False
        self._of(name).clear()
        return True


class TestClock(SystemClock):
    """Ours; `later` moves it."""

    __test__ = False
    added = 0

    def now(self) -> int:
        return super().now() + self.added


def spec(
    name: str,
    *args: ArgSpec,
    visibility: Visibility = Visibility.PUBLIC,
    hidden: bool = False,
    access: Access = Access.VIEWER,
) -> Any:
    """What the surface reads of a declaration."""
    words = t("discord-open-form")
    return SimpleNamespace(
        name=name, args=args, visibility=visibility, hidden=hidden, help=words, access=access
    )


def arg(name: str, *, required: bool = True, **more: Any) -> ArgSpec:
    return ArgSpec(name, str, t("discord-news"), required, **more)


SPECS = {
    s.name: s
    for s in (
        spec("coin", arg("coin", suggest="coins")),
        spec("buy", arg("coin", suggest="coins"), arg("sol", presets=("0.1", "0.5"))),
        spec("wallet", visibility=Visibility.PRIVATE),
        spec("sealed", hidden=True),
        spec("home", arg("place"), access=Access.ADMIN),
    )
}


class Slow:
    """A core that answers when the test lets it."""

    def __init__(self, reply: Reply) -> None:
        self._reply, self.go = reply, asyncio.Event()

    async def __call__(self, _: Invocation) -> Reply:
        await self.go.wait()
        return self._reply
