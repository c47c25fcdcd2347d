"""Where the lives of `crashing` take place: one chain, one signer, a database for each person; and what must
be true of a person when all is over."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from core.adapters.db.store import SqlStore
from core.adapters.keys.client import SocketSigner
from core.domain.intent import SellIntent
from core.domain.order import Order, OrderKind, OrderState
from core.ports.chain import Compute
from core.ports.rows import Event, Wallet
from tests.chaos.crashing import PLATFORM, Life, Wish, live, seen
from tests.fakes.installation import Home

EVERY = int(os.environ.get("CHAOS_EVERY", "0"))
VITAL = (  # steps at which an order, or what it is about, is on its way
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
LATER = 31  # seconds: the longest lease, of a delivery, and one
SOL = 10**9
FIRST = 10 * SOL  # what the embedded chain gives a new wallet
HOLDING = 2_074_080  # lamports of rent for a first account of a coin
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


@dataclass(frozen=True)
class Case:
    """One person of a scenario; `die_at` None: nobody is killed."""

    scenario: Scenario
    life: Life

    @property
    def steps(self) -> list[str]:
        return (self.life.folder / "steps").read_text().splitlines()

    def told(self, order: Order) -> set[str]:
        """The states of an order that its person has seen."""
        shown = [record["data"].get("order", {}) for record in seen(self.life.folder / "screen")]
        return {said["state"] for said in shown if said.get("id") == order.id}

    def successor(self, later: int = LATER, die_at: str | None = None) -> Life:
        """Who takes over when the first life is dead."""
        return replace(self.life, later=later, die_at=die_at)


class Stage:
    """The chain and the signer, with one coin on it, and a database that knows nobody but who launched it."""

    def __init__(self, home: Home, mint: str, folder: Path) -> None:
        self.home, self.mint, self._folder, self._cases = home, mint, folder, 0
        self._kinds: set[str] = set()  # of steps at which somebody was killed
        self._template = folder / "template.db"
        _copy(home.settings.data_dir / "pumpbox.db", self._template)

    def case(self, scenario: Scenario, die_at: str | None) -> Case:
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

    def choose(self, steps: list[str]) -> list[str]:
        """The steps to be killed at."""
        chosen = []
        for step in steps:
            quiet = step.startswith(QUESTIONS) or is_undone(step)
            new = kind(step) not in self._kinds and (is_vital(step) or not quiet)
            if EVERY or new or (is_vital(step) and not is_undone(step)):
                chosen.append(step)
                self._kinds.add(kind(step))
        return chosen

    async def check(self, case: Case) -> None:
        found = await self.found(case)
        landed = [order for order in found.orders if order.state is OrderState.LANDED]
        assert len(landed) == case.scenario.orders
        _each_ended_once(case, found)
        if case.scenario.opened:
            assert [(state, rerolls) for state, rerolls, _ in found.boxes] == [("opened", 1)]
        if case.scenario.wish.say.startswith("/launch") and not case.scenario.opened:
            assert [(state, mint) for state, _, mint in found.boxes] == [("launched", landed[-1].mint)]
        if found.wallet is not None:
            await self.chain_agrees(found, landed)
        else:
            assert case.scenario.opened

    async def found(self, case: Case) -> Found:
        store = SqlStore(f"sqlite:///{case.life.folder / 'pumpbox.db'}")
        try:
            return await _found(store, case.life.user)
        finally:
            await store.close()

    async def sells(self, wallet: str, atoms: int) -> str:
        """A sale by other software that may ask the signer; its signature."""
        chain, signer = self.home.app.chain, SocketSigner(self.home.settings.signer_socket)
        intent = SellIntent(self.mint, atoms, 0, await chain.slot() + 100)
        at, compute = await chain.latest_blockhash(), Compute(200_000, 0)
        signed = await signer.sign(f"elsewhere-{wallet[:8]}", wallet, intent, at, compute)
        await chain.send(signed.raw)
        await signer.close()
        return signed.signature

    async def chain_agrees(self, found: Found, landed: list[Order]) -> None:
        """One gift and one transaction an order; the balance is what they make."""
        assert found.wallet is not None
        wallet = found.wallet.address
        history = await self.home.app.rpc.call("getSignaturesForAddress", wallet, {"limit": 1_000})
        assert all(entry["err"] is None for entry in history)
        assert len(history) == 1 + len(landed)
        assert {order.signature for order in landed} < {entry["signature"] for entry in history}
        expected = FIRST + sum(_lamports(order) for order in landed)
        assert await self.home.app.chain.balance(wallet) == expected
        atoms = sum(atoms_of(order) for order in landed)
        assert await self.home.app.chain.token_balance(wallet, self.mint) == atoms


@dataclass(frozen=True)
class Found:
    """What a database says of its person. boxes: state, rerolls, mint."""

    orders: list[Order]
    boxes: list[tuple[str, int, str | None]]
    wallet: Wallet | None
    events: list[Event]

    def ends(self, order: Order) -> list[str]:
        return [event.type for event in self.events if event.payload.get("order") == order.id]


async def lived(life: Life) -> int | None:
    """A process's life; its exit code. One thread looks after all of them: two would read a code twice."""
    process = _FORK.Process(target=live, args=(life,))
    process.start()
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    await ended.wait()
    loop.remove_reader(process.sentinel)
    process.join()
    return process.exitcode


def kind(step: str) -> str:
    return step.rpartition("#")[0]


def is_vital(step: str) -> bool:
    """Whether an order, or what it is about, is on its way then."""
    return step.startswith(VITAL)


def is_undone(step: str) -> bool:
    """A kill there leaves what the step before left."""
    return " wrote#" in step


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


def _each_ended_once(case: Case, found: Found) -> None:
    """What landed has one event that says so, and whoever asked saw it. What did not is a quote that nobody
    took or that ran out: it was never sent."""
    for order in found.orders:
        if order.state is OrderState.LANDED:
            assert found.ends(order) == ["order.landed"]
            assert LANDED in case.told(order)
        else:
            assert order.state in (OrderState.QUOTED, OrderState.EXPIRED)
            assert order.signature is None


def _lamports(order: Order) -> int:
    """What a landed order did to its wallet."""
    fill = order.result
    assert fill is not None
    if order.kind is OrderKind.SELL:
        return int(fill["lamports"] - fill["network_fee"])
    rent = HOLDING if order.kind is OrderKind.BUY else 0
    return -int(fill["lamports"] + fill["network_fee"] + rent)


def atoms_of(order: Order) -> int:
    assert order.result is not None
    return {OrderKind.BUY: 1, OrderKind.SELL: -1}.get(order.kind, 0) * int(order.result["atoms"])


def _copy(database: Path, to: Path) -> None:
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
