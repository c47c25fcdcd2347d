"""The Discord surface on a real store, with a scripted core and a Discord that speaks the wire."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from discord.http import HTTPClient, Route

from bots.desk import Desk
from bots.discord import surface
from bots.discord.send import Outbox
from bots.discord.wire import MAX_WAIT, Buckets, Wire
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.settings import Settings
from tests.fakes.discord import TOKEN, FakeDiscord
from tests.surfaces.discord.parts import SPECS, RingBell, Script, Serving, TestClock


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def store(schema: Path, tmp_path: Path) -> AsyncIterator[SqlStore]:
    path = tmp_path / "pumpbox.db"
    shutil.copy(schema, path)
    made = SqlStore(f"sqlite:///{path}")
    yield made
    await made.close()


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as made:
        yield made


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def desk(store: SqlStore, script: Script, clock: TestClock, tmp_path: Path) -> Desk:
    core: Any = script
    return Desk("discord", store, core, RingBell(), clock, tmp_path)


@pytest.fixture
async def outbox(desk: Desk, discord: FakeDiscord) -> AsyncIterator[Outbox]:
    """The way out by itself, logged in."""
    Route.BASE = discord.api
    http = HTTPClient(asyncio.get_running_loop(), max_ratelimit_timeout=MAX_WAIT)
    http._buckets = Buckets()
    http._global_over = asyncio.Event()
    http._global_over.set()
    await http.static_login(TOKEN)
    yield Outbox(desk, Wire(SimpleNamespace(http=http)))
    await http.close()


@pytest.fixture
def settings(discord: FakeDiscord, tmp_path: Path) -> Settings:
    return Settings(DISCORD_TOKEN=TOKEN, DISCORD_API_BASE=discord.api, PUMPBOX_DATA=tmp_path)  # type: ignore[call-arg, arg-type]  # aliases as keywords; pydantic validates them


@pytest.fixture
def serving(desk: Desk, settings: Settings, discord: FakeDiscord) -> Serving:
    """`async with serving():` the surface runs, and stops cleanly at the end."""

    @asynccontextmanager
    async def run() -> AsyncIterator[None]:
        stop = asyncio.Event()
        before = discord.gateway.identified
        task = asyncio.create_task(surface.serve(desk, settings, stop=stop, specs=SPECS))
        connected = asyncio.create_task(discord.gateway.connected(identified=before + 1))
        await asyncio.wait({task, connected}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            connected.cancel()
            await task
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

    return run


@pytest.fixture(autouse=True)
def _discord_address() -> Iterator[None]:
    """The library's address is a global: put back."""
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Thinking" is shown at once."""
    monkeypatch.setattr(surface, "DEFER_AFTER", 0.0)
