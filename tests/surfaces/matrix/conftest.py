"""The Matrix surface on a real store, with a scripted core and a homeserver that speaks the wire."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bots.desk import Desk
from bots.matrix import surface
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.commands.incoming import Invocation, Line, Press, Submit
from core.ports.bell import deliveries
from core.ports.ids import SystemClock
from core.ports.rows import Delivery
from core.reply import Button, Media, Message, Reply, Style, encode, t
from core.settings import Settings
from tests.fakes.matrix import FakeMatrix
from tests.fakes.matrix_people import Person, RealHomeserver

REAL = os.environ.get("MATRIX_TEST_HOMESERVER", "")
Server = FakeMatrix | RealHomeserver
Answer = Reply | None | Callable[[Invocation], Awaitable[Reply | None]]


class Script:
    """A core that does what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Invocation] = []
        self._answers: dict[str, Answer] = {"/start": Reply(card("Welcome"))}

    def on(self, words: str, answer: Answer) -> None:
        """The answer to a line, or to the button or form with that token."""
        self._answers[words] = answer

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        self.asked.append(invocation)
        answer = self._answers[said(invocation)]
        return await answer(invocation) if callable(answer) else answer

    @property
    def lines(self) -> list[str]:
        """What was asked, without the greetings."""
        return [words for words in map(said, self.asked) if words != "/start"]


def said(invocation: Invocation) -> str:
    what = invocation.what
    if isinstance(what, Line):
        return what.text
    assert isinstance(what, Press | Submit)
    return what.token


def card(words: str, **more: Any) -> Message:
    """A card whose title is `words`."""
    return Message(title=t("value", value=words), **more)


def button(label: str, token: str, style: Style = Style.SECONDARY) -> Button:
    return Button(t("value", value=label), press=("buy", {}), token=token, style=style)


def buttons(*pairs: tuple[str, str]) -> tuple[tuple[Button, ...], ...]:
    """One row of (label, token)."""
    return (tuple(button(label, token) for label, token in pairs),)


SPECS: Any = {name: SimpleNamespace(name=name, hidden=False) for name in ("start", "buy", "wallet", "help")}


class Running:
    """A surface in a task, and what it works with."""

    def __init__(self, base: str, bot: Person, store: SqlStore, files: Path) -> None:
        self.base, self.store, self.files = base, store, files
        self.core, self.bell, self.clock = Script(), LocalBell(), SystemClock()
        self.bot, self.token = bot.id, bot.token
        self._serial = 0

    @property
    def desk(self) -> Desk:
        core: Any = self.core
        return Desk("matrix", self.store, core, self.bell, self.clock, self.files)

    @property
    def settings(self) -> Settings:
        return Settings(matrix_homeserver=self.base, matrix_token=SecretStr(self.token))

    @asynccontextmanager
    async def process(self) -> AsyncIterator[None]:
        """The surface runs inside; it must end well, and soon, when it is told to stop."""
        stop = asyncio.Event()
        task = asyncio.create_task(surface.serve(self.desk, self.settings, stop=stop, specs=SPECS))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

    async def chat(self, person: Person) -> str:
        """A private chat with the bot, who has said hello there."""
        room = await person.room(self.bot, direct=True)
        await person.sees(room, "Welcome")
        return room

    async def group(self, *people: Person) -> str:
        """A room of these people and the bot."""
        first, *others = people
        room = await first.room(self.bot, *(other.id for other in others))
        for other in others:
            await other.join(room)
        await first.sees(room, "Welcome")
        return room

    async def deliver(self, message: Message, **row: Any) -> None:
        """What the announcer does: a row, and a ring."""
        self._serial += 1
        values: dict[str, Any] = {
            "chat_id": None,
            "thread_id": None,
            "user_id": None,
            "subject": None,
            "visibility": "public",
            "kind": "notice",
            "version": self._serial,
            **row,
        }
        key, now = f"test-{self._serial}", self.clock.now()
        delivery = Delivery(
            id=0, key=key, platform="matrix", message=encode(message), created_at=now, **values
        )
        async with self.store.begin() as work:
            await work.deliveries.add([delivery])
        await self.bell.ring(deliveries("matrix"))

    async def open_deliveries(self) -> int:
        async with self.store.read() as work:
            return await work.deliveries.open_count("matrix")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(params=["fake", "real"] if REAL else ["fake"])
async def server(
    request: pytest.FixtureRequest, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """Also a homeserver that others wrote, where one is given: docs/matrix.md says how."""
    if request.param == "real":
        monkeypatch.setattr("bots.matrix.answer.DWELL", 0)  # nobody here has to look first
        yield RealHomeserver(http, REAL, os.environ["MATRIX_TEST_SECRET"])
        return
    async with FakeMatrix(http) as fake:
        yield fake


@pytest.fixture
def homeserver(server: Server) -> FakeMatrix:
    """The fake one: for what no real one does when it is asked to."""
    if not isinstance(server, FakeMatrix):
        pytest.skip("a real homeserver refuses nothing by order")
    return server


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    opened = SqlStore(url)
    yield opened
    await opened.close()


@pytest.fixture
async def running(server: Server, store: SqlStore, tmp_path: Path) -> Running:
    return Running(server.base, await server.person("pumpbot"), store, tmp_path)


@pytest.fixture
async def ann(server: Server) -> Person:
    return await server.person("ann")


@pytest.fixture
async def bob(server: Server) -> Person:
    return await server.person("bob")


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], Media]:
    """A picture on disk; equal names are equal pictures."""

    def make(name: str) -> Media:
        path = tmp_path / f"{name}.png"
        path.write_bytes(b"\x89PNG" + name.encode())
        return Media("image/png", path.name, name, t("value", value=name))

    return make
