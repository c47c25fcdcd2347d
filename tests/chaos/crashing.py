"""One life of a process that serves one person at the terminal, and can be killed at any step of it.

Everything in it is the product: dispatcher, keeper, announcer, preparer, terminal; the chain and the signer
are other processes' or the test's. The ports are the real adapters with one thing added: each says when it has
done something, and the process dies there by SIGKILL if the test wants it so.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from bots.desk import Desk
from bots.terminal.jsonlines import JsonScreen
from bots.terminal.surface import Shown, Terminal
from core.adapters.ai.offline_namer import OfflineNamer
from core.adapters.chain.log import RpcChainLog
from core.adapters.chain.rpc import Rpc
from core.adapters.db.store import SqlStore, SqlWork
from core.adapters.keys.client import SocketSigner
from core.adapters.storage.local import LocalPublisher
from core.bootstrap import app as bootstrap
from core.bootstrap import places
from core.bootstrap.app import App
from core.bootstrap.roles import looks
from core.domain.intent import Intent
from core.ports.chain import Blockhash, ChainAway, Compute
from core.ports.ids import SystemClock
from core.ports.signer import Signed
from core.settings import Settings
from core.usecases.announce import Announce
from core.usecases.follow_orders import FollowOrders
from core.usecases.index_chain import IndexChain
from core.usecases.prepare_box import PrepareBox
from tests.fakes.box_stage import FakeBoxStage
from tests.fakes.renderer import FakeRenderer

PLATFORM = "terminal"
bootstrap.load_commands()  # once, in the process that all lives are forked from
TRIES = 4  # times that a person tries before the test says that they never got what they wanted


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person types, and the button that they press when they see it. done: the order's or the box's
    state on the card that they wait for; None: any answer will do."""

    say: str
    press: str | None = None
    done: str | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """folder: the database, and the files that outlive a kill: `steps` (what was done) and `screen` (what was
    shown). before: wishes that come true undisturbed. die_at: the step that is its last one, `what was done#how
    often`; None: it lives. later: seconds by which its clock is ahead, so that leases of the dead have
    run out; 0: nobody lived before it."""

    settings: Settings
    folder: Path
    user: str
    wish: Wish
    before: tuple[Wish, ...] = ()
    die_at: str | None = None
    later: int = 0


class Steps:
    """Counts what this process does to the world outside it, once it is `armed`."""

    def __init__(self, record: Path, die_at: str | None) -> None:
        self.armed = False
        self._die_at, self._counts = die_at, Counter[str]()
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def took(self, name: str) -> None:
        if not self.armed:
            return
        self._counts[name] += 1
        step = f"{name}#{self._counts[name]}"
        os.write(self._record, f"{step}\n".encode())
        if step == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class CrashingStore(SqlStore):
    """Each unit of work can be the last thing: when all of it is written, and when it is committed."""

    steps: Steps

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlWork]:
        async with super().begin() as work:
            yield work
            whose = _caller()
            self.steps.took(f"{whose} wrote")
        self.steps.took(f"{whose} committed")


class CrashingRpc(Rpc):
    steps: Steps

    async def call(self, method: str, *params: Any) -> Any:
        answer = await super().call(method, *params)
        self.steps.took(f"the chain answered {method}")
        return answer


class CrashingSigner(SocketSigner):
    steps: Steps

    async def create_wallet(self, request_id: str) -> str:
        address = await super().create_wallet(request_id)
        self.steps.took("the signer made a wallet")
        return address

    async def sign(
        self, order_id: str, wallet: str, intent: Intent, blockhash: Blockhash, compute: Compute
    ) -> Signed:
        signed = await super().sign(order_id, wallet, intent, blockhash, compute)
        self.steps.took("the signer signed")
        return signed


class CrashingPublisher(LocalPublisher):
    steps: Steps

    async def publish(self, blob: bytes, media_type: str) -> str:
        uri = await super().publish(blob, media_type)
        self.steps.took(f"{media_type} published")
        return uri


class LaterClock(SystemClock):
    later = 0

    def now(self) -> int:
        return super().now() + self.later


# What bootstrap makes, by the names that it knows them by.
MADE: dict[str, type[object]] = {
    "SqlStore": CrashingStore,
    "Rpc": CrashingRpc,
    "SocketSigner": CrashingSigner,
    "LocalPublisher": CrashingPublisher,
    "SystemClock": LaterClock,
}


class Screen(JsonScreen):
    """What a person saw, also in earlier lives."""

    def __init__(self, file: Path, steps: Steps) -> None:
        self._file, self._steps = file, steps
        super().__init__(io.BufferedWriter(io.FileIO(file, "ab")))

    def show(self, shown: Shown) -> None:
        super().show(shown)
        self._steps.took("the screen showed it")

    def seen(self) -> list[dict[str, Any]]:
        return seen(self._file)


def seen(file: Path) -> list[dict[str, Any]]:
    """The records of a screen, oldest first. A kill may have cut the last one short."""
    lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def live(life: Life) -> None:
    """The process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    steps = Steps(life.folder / "steps", life.die_at)
    CrashingStore.steps = CrashingRpc.steps = CrashingSigner.steps = CrashingPublisher.steps = steps
    LaterClock.later = life.later
    for name, made in MADE.items():
        setattr(bootstrap, name, made)
    asyncio.run(_live(life, steps))


async def _live(life: Life, steps: Steps) -> None:
    screen = Screen(life.folder / "screen", steps)
    steps.armed = life.later > 0
    async with bootstrap.open_app(life.settings) as app:
        desk = Desk.of(app, PLATFORM)
        async with Terminal(desk, screen, life.settings.run_dir) as terminal:
            person = Person(life.user, terminal, screen, _Roles(app, terminal))
            for wish in life.before:
                await person.get(wish)
            steps.armed = True
            await person.get(life.wish)
            if life.later:
                await person.press_again(life.wish)


class Person:
    """Somebody who wants one thing, looks at what is there, and does what is left to do."""

    def __init__(self, user: str, terminal: Terminal, screen: Screen, roles: _Roles) -> None:
        self._user, self._terminal, self._screen, self._roles = user, terminal, screen, roles

    async def get(self, wish: Wish) -> None:
        """Does what is left to do until the wish has come true."""
        await self._roles.settle()
        for _ in range(TRIES):
            shown = self._screen.seen()
            if any(came_true(wish, record) for record in shown):
                return
            tokens = _buttons(shown, wish.press)
            # A quote runs out while nobody is there, or the price moves; a box stays open.
            stale = bool(shown) and shown[-1]["kind"] == "error" and not wish.say.startswith("/launch")
            await self._do({"press": tokens[-1]} if tokens and not stale else {"text": wish.say})
        assert any(came_true(wish, record) for record in self._screen.seen()), "it never came true"

    async def press_again(self, wish: Wish) -> None:
        """Presses the first button that there was, as the impatient do."""
        for token in _buttons(self._screen.seen(), wish.press)[:1]:
            await self._do({"press": token})

    async def _do(self, asked: dict[str, str]) -> None:
        await self._terminal.accept([{"id": 1, "as": self._user, "chat": None, **asked}])
        await self._roles.settle()


def came_true(wish: Wish, record: dict[str, Any]) -> bool:
    """Whether this is the card that the person waits for."""
    said = wish.say.split()[0].removeprefix("/")
    data = record["data"]
    if wish.done is None:
        return said in data
    order, box = data.get("order"), data.get("box")
    if order is not None:
        return bool(order["state"] == wish.done and order["kind"] == said)
    return box is not None and f"{box['state']} {box.get('rerolls')}" == wish.done


def _buttons(shown: list[dict[str, Any]], label: str | None) -> list[str]:
    """Ids of the buttons whose label begins so, oldest first."""
    buttons = [button for record in shown for button in record["buttons"]]
    return [b["id"] for b in buttons if label is not None and b["label"].startswith(label)]


class _Roles:
    """The processes without a face, one step after the other, so that a step's name and count say which it is."""

    def __init__(self, app: App, terminal: Terminal) -> None:
        self._terminal = terminal
        self._keeper = FollowOrders(app.store, app.orders, app.clock, app.owner)
        log = RpcChainLog(app.rpc, places.program_id(app.settings))
        self._index = IndexChain(app.store, log, app.bell, app.clock)
        self._announce = Announce(app.store, app.bell, app.clock, looks(app))
        namer, renderer = OfflineNamer(), FakeRenderer()
        self._prepare = PrepareBox(
            app.store, namer, renderer, FakeBoxStage(), app.publisher, app.bell, app.clock, app.owner
        )

    async def settle(self) -> None:
        """Until every line is answered and what was begun has ended."""
        await self._terminal.idle()
        while not await self._terminal.settled():
            await self._keeper.round()
            await self._prepare.next()
            with suppress(ChainAway):  # the indexer looks again
                await self._index.next()
            await self._announce.next()
            await asyncio.sleep(0.005)


def _caller() -> str:
    """Which code's unit of work this is: the first that is neither this file's nor contextlib's."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.endswith(("crashing.py", "contextlib.py")):
        frame = frame.f_back
    return frame.f_code.co_qualname
