"""A terminal on a real store, with a dispatcher that answers as the test says."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.desk import Desk
from bots.terminal.jsonlines import JsonScreen, serve
from bots.terminal.surface import Terminal
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.commands.dispatch import Dispatcher, tokenized
from core.commands.incoming import Invocation
from core.ports.bell import deliveries
from core.ports.ids import SystemClock
from core.ports.rows import Delivery
from core.reply import Message, Reply, encode

Answer = Callable[[Invocation], Reply | None]


class ScriptedDispatcher(Dispatcher):
    """Answers by the test's function; gives buttons their tokens as the real one does."""

    def __init__(self, store: SqlStore, answer: Answer) -> None:
        super().__init__({}, {}, {}, store, NoLimit(), SystemClock())
        self.answer = answer
        self.asked: list[Invocation] = []

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        self.asked.append(invocation)
        reply = self.answer(invocation)
        return None if reply is None else await self._with_tokens(reply, invocation.caller)

    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]:
        return [("CAT", "Space Cat")] if "CAT".startswith(typed) else []


class NoLimit:
    async def hit(self, key: str, times: int, per: int) -> int:
        return 0


class Bench:
    """One installation's store with terminals on it."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store, self.folder, self.bell = store, folder, LocalBell()

    def desk(self, answer: Answer) -> Desk:
        dispatcher = ScriptedDispatcher(self.store, answer)
        return Desk("terminal", self.store, dispatcher, self.bell, SystemClock(), self.folder / "files")

    @asynccontextmanager
    async def terminal(self, answer: Answer) -> AsyncIterator[JsonTerminal]:
        out = Out()
        screen = JsonScreen(out)
        async with Terminal(self.desk(answer), screen, self.folder / "run") as terminal:
            yield JsonTerminal(terminal, screen, out)

    async def deliver(self, message: Message, subject: str, kind: str = "result", **changes: Any) -> None:
        """What the announcer does: the new look of a subject."""
        tokenised, buttons = tokenized(
            message,
            platform="terminal",
            user_id="you",
            chat_id=None,
            subject=subject,
            now=SystemClock().now(),
        )
        delivery = Delivery(
            id=0,
            key=f"{subject}:{changes.get('version', 1)}",
            platform="terminal",
            kind=kind,
            chat_id=None,
            thread_id=None,
            user_id="you",
            subject=subject,
            visibility="public",
            message=encode(tokenised),
            version=1,
            created_at=SystemClock().now(),
        )
        async with self.store.begin() as work:
            await work.buttons.add(buttons)
            await work.deliveries.add([replace(delivery, **changes)])
        await self.bell.ring(deliveries("terminal"))


class Out(io.BytesIO):
    """What was written, and a sign when there is more."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = asyncio.Event()

    def flush(self) -> None:
        self.flushed.set()


class JsonTerminal:
    """Speaks the JSON interface."""

    def __init__(self, terminal: Terminal, screen: JsonScreen, out: Out) -> None:
        self.terminal, self._screen, self._out = terminal, screen, out

    async def say(self, *given: dict[str, Any] | bytes) -> list[dict[str, Any]]:
        """Sends lines to their end, and returns what was written since the start."""
        lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in given]
        await serve(self.terminal, self._screen, io.BytesIO(b"\n".join(lines)), "you")
        return self.written()

    def written(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._out.getvalue().splitlines()]

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Waits until `count` records are written."""
        async with asyncio.timeout(10):
            while len(self.written()) < count:
                self._out.flushed.clear()
                await self._out.flushed.wait()
        return self.written()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    store = SqlStore(url)
    yield Bench(store, tmp_path)
    await store.close()
