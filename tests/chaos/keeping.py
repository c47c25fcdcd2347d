"""One life of a keeper, which can be killed at any step of it: the role itself, on a database, a chain and a signer
that outlive it."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.db.store import SqlStore
from core.bootstrap import app as bootstrap
from core.bootstrap import places, roles
from core.settings import Settings
from tests.chaos.crashing import (
    MADE,
    CrashingPublisher,
    CrashingRpc,
    CrashingSigner,
    CrashingStore,
    LaterClock,
    Steps,
)

LEASE = 2  # seconds
LATER = 31  # seconds: longer than any lease
SWEPT_TO = 10_000_000  # lamports of fees below which a coin is left in peace
PATIENCE = 30.0  # seconds
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.chaos.keeping"])


@dataclass(frozen=True, slots=True)
class Keeping:
    """folder: the database and the record of steps. die_at: the last step; None: it lives until all is done for the
    coin. later: seconds by which its clock is ahead. alone: nobody was there before it, or is beside it."""

    settings: Settings
    folder: Path
    mint: str
    die_at: str | None = None
    later: int = 0
    alone: bool = False


def keep(life: Keeping) -> None:
    """The process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    steps = Steps(life.folder / "steps", life.die_at)
    steps.armed = True
    CrashingStore.steps = CrashingRpc.steps = CrashingSigner.steps = CrashingPublisher.steps = steps
    LaterClock.later = life.later
    for name, made in MADE.items():
        setattr(bootstrap, name, made)
    roles.KEEP_EVERY = 0.05
    roles.LEADER_LEASE = LEASE
    asyncio.run(_keep(life))


async def _keep(life: Keeping) -> None:
    stop = asyncio.Event()
    role = asyncio.create_task(roles.keeper(life.settings, ready=lambda _: None, stop=stop))
    store = SqlStore(places.database_url(life.settings))
    async with Rpc(places.rpc_url(life.settings)) as rpc, asyncio.timeout(PATIENCE):
        chain = SolanaChain(rpc, places.program_id(life.settings))
        while not await _done(chain, store, life) and not role.done():  # noqa: ASYNC110 - asks chain and database, which wake nobody
            await asyncio.sleep(0.02)
    await store.close()
    stop.set()
    await role


async def _done(chain: SolanaChain, store: SqlStore, life: Keeping) -> bool:
    """All is on chain, and a keeper alone knows that it is. The note that a dead one left is read by whoever has
    something to do for the coin again."""
    state = await chain.curve(life.mint)
    if state is None or not state.graduated or state.protocol_fees + state.creator_fees >= SWEPT_TO:
        return False
    async with store.read() as work:
        errands = [await work.cursors.get(f"keeper:{kind}:{life.mint}") for kind in ("graduate", "sweep")]
    return not life.alone or all(errand is not None and not errand["raw"] for errand in errands)


async def kept(life: Keeping) -> int | None:
    """A keeper's life; its process's exit code."""
    process = _FORK.Process(target=keep, args=(life,))
    process.start()
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    await ended.wait()
    loop.remove_reader(process.sentinel)
    process.join()
    return process.exitcode
