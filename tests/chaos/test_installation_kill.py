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
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.db.store import SqlStore
from core.bootstrap import places
from core.domain.order import Order, OrderKind, OrderState
from core.settings import Settings
from tests.chaos.running import Running, until
from tests.chaos.traders import Record, Trader
from workers.localnet.meta import unpack
from workers.localnet.node import FAUCET_LAMPORTS

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "1"))
SEED = int(os.environ.get("CHAOS_SEED", "20260101"))
ROLES = ("terminal", "app", "localnet", "signer", "valkey")
TRADERS, LAUNCHERS = 5, 2
SOL = 10**9
FIRST = 10 * SOL
HOLDING = 2_074_080  # lamports of rent for a first account of a coin
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
        _conserved(home.folder)
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


@dataclass(frozen=True)
class Books:
    """What the database says in the end."""

    orders: list[Order]
    wallets: list[str]
    ends: dict[str, list[str]]  # order -> types of its events
    boxes: list[tuple[str, str | None]]  # state, mint


async def _check(home: Running) -> None:
    store, settings = SqlStore(places.database_url(home.settings)), home.settings
    try:
        books = await _books(store, settings)
        async with Rpc(places.rpc_url(settings)) as rpc:
            chain = SolanaChain(rpc, places.program_id(settings))
            for wallet in books.wallets:
                await _wallet_agrees(rpc, chain, wallet, [o for o in books.orders if o.wallet == wallet])
            withdrawn = [o for o in books.orders if o.kind is OrderKind.WITHDRAW and o.result]
            assert await chain.balance(COLD) == sum(int(_fill(o)["lamports"]) for o in withdrawn)
            await until(lambda: _indexed(store, books.orders), "the index to have every coin and trade")
    finally:
        await store.close()
    _everybody_was_told(books, home.terminal.shown)
    _a_box_is_a_coin(books)


async def _books(store: SqlStore, settings: Settings) -> Books:
    with closing(sqlite3.connect(settings.data_dir / "pumpbox.db")) as database:
        ids = [order_id for (order_id,) in database.execute("SELECT id FROM orders")]
        wallets = [address for (address,) in database.execute("SELECT address FROM wallets")]
        boxes = database.execute("SELECT state, mint FROM boxes").fetchall()
    ends: defaultdict[str, list[str]] = defaultdict(list)
    async with store.read() as work:
        orders = await work.orders.get_many(ids)
        for event in await work.events.after(0, 1_000_000):
            if "order" in event.payload:
                ends[event.payload["order"]].append(event.type)
    return Books(orders, wallets, ends, boxes)


async def _wallet_agrees(rpc: Rpc, chain: SolanaChain, wallet: str, orders: list[Order]) -> None:
    """One gift of test money, one transaction for each order that was sent and did not expire, nothing else;
    lamports and atoms are what those make."""
    on_chain = [order for order in orders if order.state in (OrderState.LANDED, OrderState.FAILED)]
    history = await rpc.call("getSignaturesForAddress", wallet, {"limit": 1_000})
    signatures = Counter(entry["signature"] for entry in history)
    gifts = signatures - Counter(order.signature for order in on_chain)
    assert signatures.total() == len(on_chain) + 1
    assert gifts.total() == 1
    lamports, atoms = FIRST, Counter[str]()
    for order in on_chain:
        transaction = await rpc.call("getTransaction", order.signature, {"encoding": "json"})
        lamports -= int(transaction["meta"]["fee"])
        assert (transaction["meta"]["err"] is None) == (order.state is OrderState.LANDED)
        if order.state is OrderState.LANDED:
            lamports += _moved(order)
            atoms[order.mint or ""] += _atoms(order)
    coins = {order.mint for order in on_chain if order.kind is OrderKind.BUY and order.result}
    assert await chain.balance(wallet) == lamports - HOLDING * len(coins)
    for mint in coins:
        assert mint is not None
        assert await chain.token_balance(wallet, mint) == atoms[mint]


async def _indexed(store: SqlStore, orders: list[Order]) -> bool:
    """Whether the index has the coins that were launched and the trades that landed: those and no others."""
    landed = [order for order in orders if order.state is OrderState.LANDED]
    launched = {order.mint for order in landed if order.kind is OrderKind.LAUNCH}
    trades = {order.signature for order in landed if order.kind in (OrderKind.BUY, OrderKind.SELL)}
    found: list[str] = []
    async with store.read() as work:
        for mint in launched:
            assert mint is not None
            if await work.coins.get(mint) is None:
                return False
            found += [fill.signature for fill in await work.coins.fills(mint, 100_000)]
    assert len(found) == len(set(found))
    assert set(found) <= trades
    return set(found) == trades


def _everybody_was_told(books: Books, shown: list[Record]) -> None:
    """An order that was signed has ended, in one way, and whoever gave it has seen how. What was never signed
    moved nothing."""
    told = {(r["data"]["order"]["id"], r["data"]["order"]["state"]) for r in shown if "order" in r["data"]}
    for order in books.orders:
        if order.signature is None:
            assert order.state in (OrderState.QUOTED, OrderState.EXPIRED, OrderState.CANCELLED)
            continue
        assert order.state in (OrderState.LANDED, OrderState.FAILED, OrderState.EXPIRED)
        ends = [end for end in books.ends[order.id] if end != "order.unknown"]
        assert ends == [f"order.{order.state}"]
        assert (order.id, order.state.value) in told


def _a_box_is_a_coin(books: Books) -> None:
    """Each launch that landed has closed its box; every other box is open, and nothing is on its way."""
    landed = [order for order in books.orders if order.state is OrderState.LANDED]
    launched = Counter(order.mint for order in landed if order.kind is OrderKind.LAUNCH)
    assert Counter(mint for state, mint in books.boxes if state == "launched") == launched
    assert {state for state, _ in books.boxes} <= {"opened", "launched"}


def _fill(order: Order) -> dict[str, Any]:
    assert order.result is not None
    return order.result


def _moved(order: Order) -> int:
    """Lamports that a landed order brought to its wallet, without the chain's fee and rents of tokens."""
    return (1 if order.kind is OrderKind.SELL else -1) * int(_fill(order)["lamports"])


def _atoms(order: Order) -> int:
    return {OrderKind.BUY: 1, OrderKind.SELL: -1}.get(order.kind, 0) * int(_fill(order)["atoms"])


def _conserved(folder: Path) -> None:
    """All that any account holds, and the fees that were burnt: what the faucet began with."""
    with closing(sqlite3.connect(folder / "ledger.db")) as chain:
        (held,) = chain.execute("SELECT sum(lamports) FROM account").fetchone()
        fees = sum(unpack(meta)["fee"] for (meta,) in chain.execute("SELECT meta FROM tx"))
    assert held + fees == FAUCET_LAMPORTS


def _report(hit: dict[str, Counter[str]], home: Running) -> str:
    lines = [f"{name} was killed with {_words(states)}" for name, states in hit.items()]
    return "\n".join(["", *lines, f"in the end: {_words(_states(home.folder))}"])


def _words(states: Counter[str]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
