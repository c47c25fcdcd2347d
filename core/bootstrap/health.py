"""Whether this process works, and whether what it needs answers now: /healthz and /readyz."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import structlog
from aiohttp import web

from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.db.migrate import revisions
from core.adapters.db.store import SqlStore
from core.adapters.keys.client import SocketSigner
from core.adapters.queue.probe import ping
from core.adapters.queue.valkey import ValkeyAway
from core.bootstrap import places
from core.bootstrap.board import Board
from core.domain.money import Lamports
from core.ports.chain import ChainAway
from core.ports.meter import Meter
from core.ports.signer import SignerAway
from core.ports.store import StoreAway
from core.settings import Settings
from core.usecases.keeper_wallet import POOR, known_wallet

PATIENCE = 2.0  # seconds that a part may take to answer
FRESH = 1.0  # seconds that an answer is given again: whoever asks often must not ask our parts as often

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Part:
    """status: ok | degraded (we go on without it) | unready. detail: in our words, which anybody may read."""

    status: str
    detail: str = ""

    def json(self) -> dict[str, str]:
        return {"status": self.status} | ({"detail": self.detail} if self.detail else {})


_OK = Part("ok")


class Health:
    """`async with Health(settings, board()) as health: app.add_routes(health.routes())`.

    Opens nothing before a part is first asked.
    """

    def __init__(self, settings: Settings, board: Board) -> None:
        self._settings, self._board = settings, board
        self._opened = AsyncExitStack()
        self._one_asks = asyncio.Lock()
        self._asked_at = float("-inf")
        self._parts: dict[str, Part] = {}
        self._store: SqlStore | None = None
        self._platforms: set[str] = set()  # that anything has waited for

    async def __aenter__(self) -> Self:
        await self._opened.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)

    def routes(self) -> list[web.RouteDef]:
        """/healthz: 200 as long as the loop turns. /readyz: 200, or 503 while a role or what it needs is not
        ready; JSON that names each."""
        return [web.get("/healthz", _alive), web.get("/readyz", self._readyz)]

    async def parts(self) -> dict[str, Part]:
        """What the roles of this process need, by name."""
        async with self._one_asks:
            if time.monotonic() - self._asked_at > FRESH:
                names = sorted(self._board.needs)
                found = await asyncio.gather(*(self._asked(name) for name in names))
                self._parts = dict(zip(names, found, strict=True))
                self._asked_at = time.monotonic()
        return self._parts

    async def report(self) -> dict[str, Any]:
        """status (ready | degraded | unready), roles and parts."""
        parts, board = await self.parts(), self._board
        status = "ready"
        if any(part.status == "degraded" for part in parts.values()):
            status = "degraded"
        if any(part.status == "unready" for part in parts.values()) or not all(board.works().values()):
            status = "unready"
        return {
            "status": status,
            "roles": dict(board.states),
            "parts": {name: part.json() for name, part in parts.items()},
        }

    async def measure(self, meter: Meter) -> None:
        """Tells the meter what waits in inbox and outbox. A database that is away leaves it as it was."""
        now = int(time.time())
        try:
            async with self._database().read() as work:
                queues = {"inbox": await work.inbox.queues(), "outbox": await work.deliveries.queues()}
        except StoreAway as away:
            log.warning("metrics.store_away", error=str(away))
            return
        for name, found in queues.items():
            waiting = {queue.platform: (queue.number, max(0, now - queue.oldest)) for queue in found}
            self._platforms |= waiting.keys()
            for platform in self._platforms:
                meter.waiting(name, platform, *waiting.get(platform, (0, 0)))

    async def _readyz(self, request: web.Request) -> web.Response:
        report = await self.report()
        headers = {"Cache-Control": "no-store"}
        return web.json_response(
            report, status=503 if report["status"] == "unready" else 200, headers=headers
        )

    async def _asked(self, name: str) -> Part:
        ask: Callable[[], Awaitable[Part]] = getattr(self, f"_ask_{name}")
        try:
            async with asyncio.timeout(PATIENCE):
                return await ask()
        except TimeoutError:
            return Part("unready", f"did not answer in {PATIENCE:.0f} s")

    async def _ask_database(self) -> Part:
        head = revisions()[-1]
        try:
            found = await self._database().revision()
        except StoreAway:
            return Part("unready", "does not answer")
        if found != head:
            return Part("unready", f"schema {found or 'missing'}, this version needs {head}: pumpbox migrate")
        return _OK

    async def _ask_valkey(self) -> Part:
        try:
            await ping(places.redis_url(self._settings))
        except ValkeyAway:
            return Part("degraded", "does not answer: limits and bells are each process's own")
        return _OK

    async def _ask_chain(self) -> Part:
        try:
            async with Rpc(places.rpc_url(self._settings)) as rpc:
                await rpc.call("getHealth")
        except ChainAway:
            return Part("unready", "does not answer")
        except RpcRefused:
            return Part("unready", "the node says that it is not healthy")
        return _OK

    async def _ask_signer(self) -> Part:
        signer = SocketSigner(self._settings.signer_socket)
        try:
            await signer.ping()
        except SignerAway:
            return Part("unready", "does not answer")
        finally:
            await signer.close()
        return _OK

    async def _ask_keeper(self) -> Part:
        """Whether its wallet can pay for what it does. Nobody's trade waits for that."""
        try:
            address = await known_wallet(self._database())
            if address is None:
                return Part("degraded", "has no wallet yet: the signer makes it when it answers")
            async with Rpc(places.rpc_url(self._settings)) as rpc:
                lamports = int((await rpc.call("getBalance", address))["value"])
        except (StoreAway, ChainAway, RpcRefused):
            return Part("degraded", "can't be looked at: database or chain does not answer")
        held = f"{address} holds {Lamports(lamports).sol()} SOL"
        return Part("ok", held) if lamports >= POOR else Part("degraded", f"{held}: send it some")

    def _database(self) -> SqlStore:
        if self._store is None:
            self._store = SqlStore(places.database_url(self._settings))
            self._opened.push_async_callback(self._store.close)
        return self._store


async def _alive(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "service": "pumpbox"}, headers={"Cache-Control": "no-store"})
