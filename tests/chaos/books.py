"""What the database says in the end, and whether the chain tells the same to the lamport."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from solders.pubkey import Pubkey

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.db.store import SqlStore
from core.domain.order import Order, OrderKind, OrderState
from core.settings import Settings
from pumpbox.bodies import localnet_config
from tests.chaos.traders import Record
from workers.localnet.genesis import program_accounts
from workers.localnet.meta import unpack
from workers.localnet.node import FAUCET_LAMPORTS

SOL = 10**9
FIRST = 10 * SOL
HOLDING = 2_074_080  # lamports of rent for a first account of a coin


@dataclass(frozen=True)
class Books:
    """What the database says in the end."""

    orders: list[Order]
    wallets: list[str]
    ends: dict[str, list[str]]  # order -> types of its events
    boxes: list[tuple[str, str | None]]  # state, mint


async def read_books(store: SqlStore, settings: Settings) -> Books:
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


async def wallet_agrees(rpc: Rpc, chain: SolanaChain, wallet: str, orders: list[Order]) -> None:
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


async def indexed(store: SqlStore, orders: list[Order]) -> bool:
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


def everybody_was_told(books: Books, shown: Sequence[Record]) -> None:
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


def fill_of(order: Order) -> dict[str, Any]:
    assert order.result is not None
    return order.result


def _moved(order: Order) -> int:
    """Lamports that a landed order brought to its wallet, without the chain's fee and rents of tokens."""
    return (1 if order.kind is OrderKind.SELL else -1) * int(fill_of(order)["lamports"])


def _atoms(order: Order) -> int:
    return {OrderKind.BUY: 1, OrderKind.SELL: -1}.get(order.kind, 0) * int(fill_of(order)["atoms"])


def conserved(settings: Settings) -> None:
    """All that any account holds, and the fees that were burnt: what faucet and genesis began with. The chain is
    stopped."""
    genesis = localnet_config(settings).genesis
    given = dict(genesis.accounts)
    for program in genesis.programs:
        given |= program_accounts(program)
    with closing(sqlite3.connect(settings.data_dir / "ledger.db")) as chain:
        held = {Pubkey.from_bytes(key): n for key, n in chain.execute("SELECT key, lamports FROM account")}
        fees = sum(unpack(meta)["fee"] for (meta,) in chain.execute("SELECT meta FROM tx"))
    # A program's accounts are rows only once something changed them.
    began = FAUCET_LAMPORTS + sum(account.lamports for key, account in given.items() if key in held)
    assert sum(held.values()) + fees == began
