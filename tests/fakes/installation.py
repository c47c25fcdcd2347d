"""A whole installation in this process: chain, signer behind its socket, Valkey, database, every role.

    async with installation(tmp_path) as home:
        sealed = await home.say("ann", "/launch space cats")
        opened = await home.outcome(sealed.subject)
        await home.press("ann", button(opened, "Launch"))
        launched = await home.outcome(sealed.subject)

Everything is the real thing but the chat platform, which is this file: what it is told to show is kept in
`delivered`. Each part can be stopped and started by name, as the supervisor and a power cut do.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.bootstrap import app as bootstrap
from core.bootstrap import roles, valkey, web
from core.bootstrap.app import App, open_app
from core.bootstrap.prepare import prepare
from core.commands.incoming import Caller, Invocation, Line, Press, Submit
from core.localize import text
from core.ports.bell import deliveries
from core.ports.rows import Delivery
from core.reply import Button, Message, Reply, decode
from core.settings import Settings, load_settings
from pumpbox.bodies import localnet_config, signer_config
from tests.fakes.away import SwitchedStore
from workers.localnet.main import LocalNode
from workers.localnet.node import Node
from workers.signer import main as signer

PLATFORM = "terminal"
PATIENCE = 30.0  # seconds after which a test says what it waited for, instead of hanging
ROLES = ("indexer", "announcer", "keeper", "preparer", "web")
Body = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Running:
    task: asyncio.Task[None]
    stop: asyncio.Event


@dataclass
class Home:
    """`app`: what the roles work with. `node`: the chain's inside. `store`: `store.away = True` is a database
    that can't be reached. `delivered`: what the chat was told to show, oldest first."""

    settings: Settings
    app: App = field(init=False)
    node: Node = field(init=False)
    delivered: list[Delivery] = field(default_factory=list)
    _running: dict[str, _Running] = field(default_factory=dict)
    _seen: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _events: int = 0

    # ------------------------------------------------------------------ people

    async def say(self, user: str, line: str, chat: str | None = None) -> Reply:
        """What the bot answers when `user` types `line`; `chat` None is their private chat with it."""
        return await self._dispatch(user, chat, Line(line))

    async def press(self, user: str, token: str, chat: str | None = None) -> Reply:
        return await self._dispatch(user, chat, Press(token))

    async def submit(self, user: str, token: str, chat: str | None = None, **fields: str) -> Reply:
        return await self._dispatch(user, chat, Submit(token, fields))

    async def outcome(self, subject: str | None) -> Message:
        """The next result that is shown for a subject (a box that opened, an order that ended)."""
        assert subject is not None, "that reply is about nothing that goes on"
        return decode((await self.delivery(subject)).message)

    async def delivery(self, subject: str) -> Delivery:
        """As `outcome`, with where it was shown and to whom."""

        def ready() -> bool:
            return len(self._results(subject)) > self._seen[subject]

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(ready), PATIENCE)
            except TimeoutError:
                raise AssertionError(f"no outcome of {subject}; shown: {self.delivered}") from None
        self._seen[subject] += 1
        return self._results(subject)[self._seen[subject] - 1]

    async def coin(self, user: str, theme: str = "space cats") -> dict[str, str]:
        """A coin that `user` launched, as the index has it: mint and ticker."""
        sealed = await self.say(user, f"/launch {theme}")
        opened = await self.outcome(sealed.subject)
        await self.press(user, button(opened, "Launch"))
        coin: dict[str, str] = (await self.outcome(sealed.subject)).data["coin"]
        await self.until(lambda: self.has_coin(coin["mint"]))
        return coin

    async def has_coin(self, mint: str) -> bool:
        async with self.app.store.read() as work:
            return await work.coins.get(mint) is not None

    async def person(self, user: str) -> str:
        """The id of the person behind a user."""
        async with self.app.store.read() as work:
            account = await work.accounts.get(PLATFORM, user)
        assert account, f"{user} has never said anything"
        return account.person_id

    async def wallet(self, user: str) -> str:
        """The address of a user's custodial wallet."""
        person = await self.person(user)
        async with self.app.store.read() as work:
            wallet = await work.wallets.of_person(person)
        assert wallet, f"{user} has no wallet"
        return wallet.address

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Looks again, a few times in a slot, until `holds`: for what no bell announces."""
        async with asyncio.timeout(PATIENCE):
            while not await holds():  # noqa: ASYNC110 - asks the database, which wakes nobody
                await asyncio.sleep(0.02)

    async def _dispatch(self, user: str, chat: str | None, what: Line | Press | Submit) -> Reply:
        self._events += 1
        caller = Caller(PLATFORM, user, f"name of {user}", chat)
        reply = await self.app.dispatcher.dispatch(Invocation(f"event-{self._events}", caller, what))
        assert reply is not None, f"nobody answered {what}"
        return reply

    def _results(self, subject: str) -> list[Delivery]:
        return [d for d in self.delivered if d.subject == subject and d.kind == "result"]

    # ------------------------------------------------------------------ parts

    @property
    def store(self) -> SwitchedStore:
        assert isinstance(self.app.store, SwitchedStore)
        return self.app.store

    async def start(self, *names: str) -> None:
        """Starts parts by name, each when the one before it is ready: chain, valkey, signer, or a role."""
        for name in names:
            stop, ready = asyncio.Event(), asyncio.Event()
            running = self._body(name)(self.settings, ready=lambda _="", r=ready: r.set(), stop=stop)
            task = asyncio.ensure_future(running)
            waiting = asyncio.ensure_future(ready.wait())
            await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if not ready.is_set():
                task.result()  # raises what kept it from starting
            self._running[name] = _Running(task, stop)

    async def stop(self, *names: str) -> None:
        """Stops parts in order; a part that has crashed raises here."""
        for name in names:
            part = self._running.pop(name)
            part.stop.set()
            await part.task

    async def kill(self, name: str) -> None:
        """Ends a part in the middle of whatever it is doing."""
        part = self._running.pop(name)
        part.task.cancel()
        await asyncio.wait([part.task])

    def _body(self, name: str) -> Body:
        bodies: Mapping[str, Body] = {
            "chain": self._chain,
            "valkey": valkey.run,
            "signer": _signer,
            "web": web.run,
            "chat": self._chat,
        }
        return bodies.get(name) or getattr(roles, name)

    async def _chain(self, settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
        async with LocalNode.start(localnet_config(settings)) as running:
            self.node = running.node
            ready(running.url)
            await stop.wait()

    async def _chat(self, settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
        """The surface: shows what it is told to, at once."""
        ready("")
        while not stop.is_set():
            now = self.app.clock.now()
            shown: list[Delivery] = []
            if not self.store.away:
                async with self.app.store.begin() as work:
                    shown = await work.deliveries.claim(PLATFORM, "chat", now, now + 30, 50)
                    for delivery in shown:
                        await work.deliveries.done(delivery.id)
            async with self._news:
                self.delivered += shown
                self._news.notify_all()
            if not shown:
                await self.app.bell.wait(deliveries(PLATFORM), 0.2)


async def _signer(settings: Settings, *, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    await signer.serve(signer_config(settings), ready=ready, stop=stop)


@asynccontextmanager
async def installation(
    tmp_path: Path, *, valkey: bool = True, without: tuple[str, ...] = (), **overrides: Any
) -> AsyncIterator[Home]:
    """A running installation whose data are in `tmp_path`; all of it has ended when the block is left.

    valkey False: bells ring in this process only, as when Valkey is away. without: roles not to start.
    overrides: settings by name.
    """
    settings = settings_of(tmp_path, **overrides)
    home = Home(settings)
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    hardened, signer.harden = signer.harden, lambda: None  # this process has tests to run after it
    stored, bootstrap.SqlStore = bootstrap.SqlStore, SwitchedStore  # type: ignore[misc]  # a real one, with a switch
    try:
        await home.start("chain", *(["valkey"] if valkey else []))
        await prepare(settings, ready=lambda _: None, stop=asyncio.Event())
        async with open_app(settings) as home.app:
            await home.start("signer", *(role for role in ROLES if role not in without), "chat")
            try:
                yield home
            finally:
                home.store.away = False
                upper = [name for name in home._running if name not in ("chain", "valkey")]
                await home.stop(*reversed(upper))
        await home.stop(*home._running)
    finally:
        signer.harden, bootstrap.SqlStore = hardened, stored  # type: ignore[misc]  # as it was
        for part in home._running.values():
            part.task.cancel()
        shutil.rmtree(settings.run_dir, ignore_errors=True)


def button(message: Message, label: str) -> str:
    """The token of the button that people read as `label`."""
    labels = {text(b.label): b for b in all_buttons(message)}
    assert label in labels, f"no button {label!r} among {sorted(labels)}"
    token = labels[label].token
    assert token is not None, f"{label!r} is no button to press"
    return token


def all_buttons(message: Message) -> list[Button]:
    """Those below the card, and those of its items."""
    return [
        *(b for row in message.buttons for b in row),
        *(item.button for item in message.items if item.button is not None),
    ]


def words(message: Message) -> str:
    """All that people read on a card, a line each."""
    lines = [message.title, *message.body]
    for row in message.rows:
        lines += [row.label, row.value]
    for item in message.items:
        lines += [item.title] if item.detail is None else [item.title, item.detail]
    return "\n".join(text(line) for line in [*lines, *([message.footer] if message.footer else [])])


def settings_of(folder: Path, **overrides: Any) -> Settings:
    """Settings of an embedded installation, whatever the environment says. Fees stay where a test can count them."""
    changes: dict[str, Any] = {n: None for n, field in Settings.model_fields.items() if field.default is None}
    changes |= {
        "keeper_sweep_sol": "1000000",
        "cluster": "localnet",
        "http_port": _free_port(),
        "localnet_port": _free_port(),
    }
    return load_settings(folder / "data").model_copy(update=changes | overrides)


def _free_port() -> int:
    """A port that is free now and whose next is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
