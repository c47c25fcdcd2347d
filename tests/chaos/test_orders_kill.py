"""`kill -9` at every step of an order, a launch, a withdrawal, a wallet: restart, and all is as if nothing
had happened.

Each case is a person with a database of their own on one chain and one signer. Their process is killed at its
n-th step; a second one takes over, later by the leases of the first. An ordinary run kills once at each kind
of step, and at those between which an order's money is in each scenario; `CHAOS_EVERY=1` at every step of each.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from solders.keypair import Keypair

from core.adapters.db.store import SqlStore
from core.domain.order import Order, OrderKind, OrderState
from core.ports.store import Event, Wallet
from tests.chaos.crashing import PLATFORM, Life, Wish, live, seen
from tests.fakes.installation import Home, installation
from workers.localnet.meta import unpack
from workers.localnet.node import FAUCET_LAMPORTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY = int(os.environ.get("CHAOS_EVERY", "0"))
VITAL = (
    "Orders.",
    "FollowOrders.",
    "Wallets.",
    "Boxes.",
    "PrepareBox._open",
    "the signer",
    "the chain answered sendTransaction",
    "the chain answered requestAirdrop",
)
QUESTIONS = tuple(
    f"the chain answered get{what}"
    for what in (
        "Slot",
        "Balance",
        "AccountInfo",
        "LatestBlockhash",
        "RecentPrio",
        "BlockHeight",
        "MinimumBal",
    )
)
AT_ONCE = 3  # cases
LATER = 31  # seconds: the longest lease, of a delivery, and one
SOL = 10**9
FIRST = 10 * SOL  # what the embedded chain gives a new wallet
HOLDING = 2_074_080  # lamports of rent for a first account of a coin
COLD = str(Keypair.from_seed(bytes(31) + b"\4").pubkey())

WALLET = Wish("/wallet")
LANDED = OrderState.LANDED.value
_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(["tests.chaos.crashing"])


@dataclass(frozen=True)
class Scenario:
    """`wish.say` and `before` may name the coin."""

    wish: Wish
    before: tuple[Wish, ...] = ()
    orders: int = 1  # that land in all
    opened: bool = False  # no order is made: a box is opened, after one reroll


BUY = Wish("/buy {mint} 0.01", "Confirm buy", LANDED)
SCENARIOS = {
    "wallet": Scenario(WALLET, orders=0),
    "buy": Scenario(BUY),
    "sell": Scenario(Wish("/sell {mint} 50%", "Confirm sale", LANDED), (BUY,), orders=2),
    "withdraw": Scenario(Wish(f"/withdraw {COLD} 0.5", "Confirm withdrawal", LANDED), (WALLET,)),
    "launch": Scenario(Wish("/launch space cats", "Launch", LANDED), (WALLET,)),
    "reroll": Scenario(Wish("/launch moon dogs", "Reroll", "opened 1"), orders=0, opened=True),
}


@dataclass(frozen=True)
class Case:
    """One person of a scenario; `die_at` None: nobody is killed."""

    scenario: Scenario
    life: Life

    @property
    def steps(self) -> list[str]:
        return (self.life.folder / "steps").read_text().splitlines()


class Stage:
    """The chain and the signer, with one coin on it, and a database that knows nobody but who launched it."""

    def __init__(self, home: Home, mint: str, folder: Path) -> None:
        self.home, self.mint, self._folder, self._cases = home, mint, folder, 0
        self._kinds: set[str] = set()  # of steps at which somebody was killed
        self._template = folder / "template.db"
        _copy(home.settings.data_dir / "pumpbox.db", self._template)

    def case(self, scenario: Scenario, die_at: int | None) -> Case:
        self._cases += 1
        folder = self._folder / f"case-{self._cases}"
        folder.mkdir()
        _copy(self._template, folder / "pumpbox.db")
        url = SecretStr(f"sqlite:///{folder / 'pumpbox.db'}")
        settings = self.home.settings.model_copy(update={"database_url": url})
        wishes = [
            Wish(w.say.format(mint=self.mint), w.press, w.done) for w in (*scenario.before, scenario.wish)
        ]
        user = f"user-{self._cases}"
        return Case(scenario, Life(settings, folder, user, wishes[-1], tuple(wishes[:-1]), die_at))

    def choose(self, steps: list[str]) -> list[int]:
        """The steps to be killed at, from 1."""
        chosen = []
        for at, step in enumerate(steps, 1):
            undone = step.endswith(" wrote")  # what a kill there leaves is what the step before left
            idle = step.startswith(QUESTIONS)
            new = step not in self._kinds and (_is_vital(step) or not (undone or idle))
            if EVERY or new or (_is_vital(step) and not undone):
                chosen.append(at)
                self._kinds.add(step)
        return chosen

    async def check(self, case: Case) -> None:
        store = SqlStore(f"sqlite:///{case.life.folder / 'pumpbox.db'}")
        try:
            found = await _found(store, case.life.user)
        finally:
            await store.close()
        shown = seen(case.life.folder / "screen")
        landed = [order for order in found.orders if order.state is OrderState.LANDED]
        assert len(landed) == case.scenario.orders
        _each_ended_once(found, shown)
        if case.scenario.opened:
            assert [(state, rerolls) for state, rerolls, _ in found.boxes] == [("opened", 1)]
        if case.scenario.wish.say.startswith("/launch") and not case.scenario.opened:
            assert [(state, mint) for state, _, mint in found.boxes] == [("launched", landed[-1].mint)]
        if found.wallet is not None:
            await self._chain_agrees(found.wallet.address, landed)
        else:
            assert case.scenario.opened

    async def _chain_agrees(self, wallet: str, landed: list[Order]) -> None:
        """One gift and one transaction an order; the balance is what they make."""
        history = await self.home.app.rpc.call("getSignaturesForAddress", wallet, {"limit": 1_000})
        assert all(entry["err"] is None for entry in history)
        assert len(history) == 1 + len(landed)
        assert {order.signature for order in landed} < {entry["signature"] for entry in history}
        expected = FIRST + sum(_lamports(order) for order in landed)
        assert await self.home.app.chain.balance(wallet) == expected
        atoms = sum(_atoms(order) for order in landed)
        assert await self.home.app.chain.token_balance(wallet, self.mint) == atoms


@dataclass(frozen=True)
class Found:
    """What a database says of its person. boxes: state, rerolls, mint."""

    orders: list[Order]
    boxes: list[tuple[str, int, str | None]]
    wallet: Wallet | None
    events: list[Event]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("orders")
    async with installation(folder, valkey=False) as home:
        coin = await home.coin("ann")
        await home.stop("indexer", "announcer", "keeper", "preparer", "chat")
        yield Stage(home, coin["mint"], folder)
        await home.start("chat", "announcer", "keeper", "preparer", "indexer")


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(
    stage: Stage, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = SCENARIOS[name]
    undisturbed = stage.case(scenario, None)
    assert await _lived(undisturbed.life) == 0
    await stage.check(undisturbed)
    steps = undisturbed.steps
    cases = [stage.case(scenario, at) for at in stage.choose(steps)]
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> str:
        async with slots:
            return await _killed_and_taken_over(stage, case)

    states = Counter(await asyncio.gather(*(one(case) for case in cases)))
    died = {case.steps[(case.life.die_at or 0) - 1] for case in cases}
    assert died >= {step for step in steps if _is_vital(step) and not step.endswith(" wrote")}
    with capsys.disabled():
        hit = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        print(f"\n{name}: {len(cases)} kills at {len(died)} kinds of step, with {hit}")


async def test_lamports_are_conserved(stage: Stage) -> None:
    """All that any account holds, and the fees that were burnt: what the faucet began with."""
    await stage.home.stop("chain")
    ledger = stage.home.settings.data_dir / "ledger.db"
    with closing(sqlite3.connect(ledger)) as chain:
        (held,) = chain.execute("SELECT sum(lamports) FROM account").fetchone()
        fees = sum(unpack(meta)["fee"] for (meta,) in chain.execute("SELECT meta FROM tx"))
    await stage.home.start("chain")
    assert held + fees == FAUCET_LAMPORTS


async def _killed_and_taken_over(stage: Stage, case: Case) -> str:
    """What state the order was in when its process died."""
    life = case.life
    assert await _lived(life) == -signal.SIGKILL, f"step {life.die_at} never came"
    state = _state(life.folder / "pumpbox.db", life.user)
    successor = Life(life.settings, life.folder, life.user, life.wish, life.before, None, LATER)
    where = f"killed at step {life.die_at}: {case.steps[-1]}"
    assert await _lived(successor) == 0, where
    try:
        await stage.check(case)
    except AssertionError as error:
        error.add_note(where)
        raise
    return state


async def _lived(life: Life) -> int | None:
    """A process's life; its exit code."""
    process = _FORK.Process(target=live, args=(life,))
    await asyncio.to_thread(process.start)
    await asyncio.to_thread(process.join)
    return process.exitcode


def _is_vital(step: str) -> bool:
    """Whether an order, or what it is about, is on its way then."""
    return step.startswith(VITAL)


def _state(database: Path, user: str) -> str:
    """Of the last thing that the user has begun."""
    with closing(sqlite3.connect(database)) as connection:
        for table in ("orders", "boxes"):
            query = f"SELECT state FROM {table} WHERE user_id = ? ORDER BY created_at DESC LIMIT 1"
            row = connection.execute(query, (user,)).fetchone()
            if row is not None:
                return f"an order {row[0]}" if table == "orders" else f"a box {row[0]}"
    return "nothing yet"


async def _found(store: SqlStore, user: str) -> Found:
    async with store.read() as work:
        account = await work.accounts.get(PLATFORM, user)
        assert account is not None
        person = account.person_id
        orders = await work.orders.of_person(person, 100)
        wallet = await work.wallets.of_person(person)
        events = await work.events.after(0, 10_000)
        ids = {event.payload["box"] for event in events if "box" in event.payload}
        boxes = [box for box in [await work.boxes.get(i) for i in ids] if box and box.person_id == person]
    return Found(
        sorted(orders, key=lambda order: (order.created_at, order.id)),
        [(box.state, box.rerolls, box.mint) for box in boxes],
        wallet,
        events,
    )


def _each_ended_once(found: Found, shown: list[dict[str, Any]]) -> None:
    """What landed has one event that says so, and whoever asked saw it. What did not is a quote that nobody
    took or that ran out: it was never sent."""
    for order in found.orders:
        ends = [event.type for event in found.events if event.payload.get("order") == order.id]
        told = {record["data"]["order"]["state"] for record in shown if _is_of(record, order)}
        if order.state is OrderState.LANDED:
            assert ends == ["order.landed"]
            assert LANDED in told
        else:
            assert order.state in (OrderState.QUOTED, OrderState.EXPIRED)
            assert order.signature is None


def _is_of(record: dict[str, Any], order: Order) -> bool:
    return bool(record["data"].get("order", {}).get("id") == order.id)


def _lamports(order: Order) -> int:
    """What a landed order did to its wallet."""
    fill = order.result
    assert fill is not None
    if order.kind is OrderKind.SELL:
        return int(fill["lamports"] - fill["network_fee"])
    rent = HOLDING if order.kind is OrderKind.BUY else 0
    return -int(fill["lamports"] + fill["network_fee"] + rent)


def _atoms(order: Order) -> int:
    assert order.result is not None
    return {OrderKind.BUY: 1, OrderKind.SELL: -1}.get(order.kind, 0) * int(order.result["atoms"])


def _copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
