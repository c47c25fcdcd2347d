"""A whole installation under load, each of its processes killed with `kill -9`, then all of them at once.

Everything is real: `pumpbox run`, `pumpbox terminal --json`, people who launch, buy, sell and withdraw without
pause. Afterwards the chain, the database and what people were shown must tell one story. `CHAOS_ROUNDS=20`
kills each process twenty times; `CHAOS_SEED` makes other moments.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from solders.keypair import Keypair

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.db.store import SqlStore
from core.bootstrap import places
from core.domain.order import OrderKind, OrderState
from core.settings import load_settings
from tests.chaos.books import (
    Books,
    conserved,
    everybody_was_told,
    fill_of,
    indexed,
    read_books,
    wallet_agrees,
)
from tests.chaos.running import Running, until
from tests.chaos.traders import Record, Trader

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "1"))
SEED = int(os.environ.get("CHAOS_SEED", "20260101"))
ROLES = ("terminal", "app", "localnet", "signer", "valkey")
TRADERS, LAUNCHERS = 5, 2
COLD = str(Keypair.from_seed(bytes(31) + b"\5").pubkey())


@pytest.mark.timeout(120 + 60 * ROUNDS)
async def test_killed_one_by_one_and_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance, home = random.Random(SEED), Running(tmp_path / "data")
    hit: dict[str, Counter[str]] = {}
    try:
        await home.start()
        await home.terminal.start()
        crowd = await _crowd(home, chance)
        for _ in range(ROUNDS):
            for name in chance.sample(ROLES, len(ROLES)):
                await _some_time(home, chance)
                hit.setdefault(name, Counter()).update(_states(home.folder))
                await home.kill(name)
        await _some_time(home, chance)
        hit["everything"] = _states(home.folder)
        await home.kill_all()
        await _ended(crowd)
        await home.start()
        await home.terminal.start()
        assert await home.terminal.finish() == 0
        await _check(home)
        assert await home.stop() == 0
        conserved(load_settings(home.folder))
    finally:
        await home.close()
    with capsys.disabled():
        print(_report(hit, home))


async def _crowd(home: Running, chance: random.Random) -> list[asyncio.Task[None]]:
    """Everybody, at work; the first coin is there."""
    mints: list[str] = []
    names = [f"launcher-{n}" for n in range(LAUNCHERS)] + [f"trader-{n}" for n in range(TRADERS)]
    people = [Trader(name, home.terminal, mints, random.Random(chance.random())) for name in names]
    crowd = [asyncio.create_task(p.work(launches=True, cold=COLD)) for p in people[:LAUNCHERS]]
    await until(lambda: bool(mints), "the first coin")
    return crowd + [asyncio.create_task(p.work(launches=False, cold=COLD)) for p in people[LAUNCHERS:]]


async def _ended(crowd: list[asyncio.Task[None]]) -> None:
    for task in crowd:
        task.cancel()
    for outcome in await asyncio.gather(*crowd, return_exceptions=True):
        assert isinstance(outcome, asyncio.CancelledError), outcome


async def _some_time(home: Running, chance: random.Random) -> None:
    """Until people have been shown a few more things, at least one of them an order that landed."""
    shown = home.terminal.shown
    since, more = len(shown), chance.randint(5, 40)
    await until(
        lambda: len(shown) - since >= more and any(_landed(record) for record in shown[since:]),
        "people to go on trading",
    )


def _landed(record: Record) -> bool:
    return bool(record["data"].get("order", {}).get("state") == OrderState.LANDED.value)


def _states(folder: Path) -> Counter[str]:
    """How many orders, and boxes that are on their way, were in which state. Counts none twice."""
    with closing(sqlite3.connect(folder / "pumpbox.db")) as database:
        orders = database.execute("SELECT state, count(*) FROM orders GROUP BY state").fetchall()
        boxes = database.execute("SELECT state, count(*) FROM boxes GROUP BY state").fetchall()
    return Counter({**dict(orders), **{f"box {state}": count for state, count in boxes}})


# ---------------------------------------------------------------------- afterwards


async def _check(home: Running) -> None:
    store, settings = SqlStore(places.database_url(home.settings)), home.settings
    try:
        books = await read_books(store, settings)
        async with Rpc(places.rpc_url(settings)) as rpc:
            chain = SolanaChain(rpc, places.program_id(settings))
            for wallet in books.wallets:
                await wallet_agrees(rpc, chain, wallet, [o for o in books.orders if o.wallet == wallet])
            withdrawn = [o for o in books.orders if o.kind is OrderKind.WITHDRAW and o.result]
            assert await chain.balance(COLD) == sum(int(fill_of(o)["lamports"]) for o in withdrawn)
            await until(lambda: indexed(store, books.orders), "the index to have every coin and trade")
    finally:
        await store.close()
    everybody_was_told(books, home.terminal.shown)
    _a_box_is_a_coin(books)


def _a_box_is_a_coin(books: Books) -> None:
    """Each launch that landed has closed its box; every other box is open, and nothing is on its way."""
    landed = [order for order in books.orders if order.state is OrderState.LANDED]
    launched = Counter(order.mint for order in landed if order.kind is OrderKind.LAUNCH)
    assert Counter(mint for state, mint in books.boxes if state == "launched") == launched
    assert {state for state, _ in books.boxes} <= {"opened", "launched"}


def _report(hit: dict[str, Counter[str]], home: Running) -> str:
    lines = [f"{name} was killed with {_words(states)}" for name, states in hit.items()]
    return "\n".join(["", *lines, f"in the end: {_words(_states(home.folder))}"])


def _words(states: Counter[str]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
