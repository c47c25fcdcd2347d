"""The Telegram surface on a real store, with a scripted core and a Bot API that speaks the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import stamina
from aiohttp.test_utils import unused_port

from bots.desk import Desk
from bots.telegram import surface
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.commands.incoming import Call, Invocation, Line, Press, Submit
from core.commands.spec import Access, ArgSpec
from core.domain.money import Lamports
from core.ports.bell import deliveries
from core.ports.ids import SystemClock
from core.ports.rows import Delivery
from core.reply import Media, Message, Reply, Visibility, encode, t
from core.settings import Settings
from tests.fakes.telegram import TOKEN, FakeTelegram

HOOK_URL = "https://bot.example.org/telegram"
HOOK_SECRET = "the-operators-own-secret"  # of nobody

Answer = Reply | None | Callable[[Invocation], Awaitable[Reply | None]]


async def _no_coins(typed: str, limit: int) -> list[Message]:
    return []


class Script:
    """A core that does what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Invocation] = []
        self._answers: dict[str, Answer] = {}
        self.coins: list[tuple[str, str]] = []  # what the typeahead knows: (value, label)
        self.glance: Callable[[str, int], Awaitable[list[Message]]] = _no_coins

    def on(self, words: str, answer: Answer) -> None:
        """The answer to a line, or to the button or form with that token."""
        self._answers[words] = answer

    async def dispatch(self, invocation: Invocation) -> Reply | None:
        self.asked.append(invocation)
        answer = self._answers[said(invocation)]
        return await answer(invocation) if callable(answer) else answer

    async def suggest(self, command: str, argument: str, typed: str) -> list[tuple[str, str]]:
        return [
            (value, label) for value, label in self.coins if label.casefold().startswith(typed.casefold())
        ]

    @property
    def lines(self) -> list[str]:
        return [said(invocation) for invocation in self.asked]


def said(invocation: Invocation) -> str:
    what = invocation.what
    if isinstance(what, Line):
        return what.text
    assert not isinstance(what, Call)
    assert isinstance(what, Press | Submit)
    return what.token


def card(words: str, **more: Any) -> Message:
    """A card whose title is `words`."""
    return Message(title=t("value", value=words), **more)


def spec(
    name: str,
    *args: ArgSpec,
    visibility: Visibility = Visibility.PUBLIC,
    hidden: bool = False,
    access: Access = Access.VIEWER,
) -> Any:
    """What the surface reads of a declaration."""
    private = visibility is Visibility.PRIVATE
    words = t("telegram-open-button")
    return SimpleNamespace(name=name, args=args, private=private, hidden=hidden, help=words, access=access)


SPECS = {
    s.name: s
    for s in (
        spec("start"),
        spec("buy", ArgSpec("coin", str, t("telegram-open-button"), required=True)),
        spec(
            "pick",
            ArgSpec("coin", str, t("telegram-open-button"), required=True, suggest="coins"),
            hidden=True,
        ),
        spec("send", ArgSpec("sol", Lamports, t("telegram-open-button"), required=True), hidden=True),
        spec("wallet", visibility=Visibility.PRIVATE),
        spec("sealed", hidden=True),
    )
}


class Running:
    """A surface in a task, and what it works with."""

    def __init__(self, telegram: FakeTelegram, store: SqlStore, files: Path) -> None:
        self.telegram, self.store, self.files, self.core = telegram, store, files, Script()
        self.bell, self.clock = LocalBell(), SystemClock()
        self.more: dict[str, Any] = {}  # further settings
        self._serial = 0

    @property
    def desk(self) -> Desk:
        core: Any = self.core
        return Desk("telegram", self.store, core, self.bell, self.clock, self.files)

    @property
    def settings(self) -> Settings:
        return Settings(telegram_token=TOKEN, telegram_api_base=self.telegram.base, **self.more)

    @asynccontextmanager
    async def process(self, specs: Any = SPECS) -> AsyncIterator[None]:
        """The surface runs inside; it must end well, and soon, when it is told to stop."""
        stop = asyncio.Event()
        task = asyncio.create_task(surface.serve(self.desk, self.settings, stop=stop, specs=specs))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

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
        delivery = Delivery(
            id=0,
            key=f"test-{self._serial}",
            platform="telegram",
            message=encode(message),
            created_at=self.clock.now(),
            **values,
        )
        async with self.store.begin() as work:
            await work.deliveries.add([delivery])
        await self.bell.ring(deliveries("telegram"))


@pytest.fixture(autouse=True)
def _no_backoff() -> Iterator[None]:
    """Retries come at once."""
    with stamina.set_testing(True, attempts=1_000):
        yield


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    url = f"sqlite:///{tmp_path}/store.db"
    await upgrade(url)
    opened = SqlStore(url)
    yield opened
    await opened.close()


@pytest.fixture
def running(telegram: FakeTelegram, store: SqlStore, tmp_path: Path) -> Running:
    return Running(telegram, store, tmp_path)


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], Media]:
    """A picture on disk; equal names are equal pictures."""

    def make(name: str) -> Media:
        path = tmp_path / f"{name}.png"
        path.write_bytes(b"\x89PNG" + name.encode())
        return Media("image/png", path.name, name, t("value", value=name))

    return make


@pytest.fixture
def hooked(running: Running) -> Running:
    """A surface that listens where the fake posts to."""
    port = unused_port()
    running.telegram.hook.port = port
    running.more = {
        "telegram_webhook_url": HOOK_URL,
        "telegram_webhook_port": port,
        "telegram_webhook_secret": HOOK_SECRET,
    }
    running.core.on("/buy", Reply(card("A quote")))
    return running


async def listening(running: Running) -> str:
    """Where the surface listens, once Telegram has been told of it."""
    await running.telegram.until(lambda: running.telegram.webhook == HOOK_URL)
    return f"http://127.0.0.1:{running.telegram.hook.port}/telegram"
