"""The use cases on a real database, with a chain, a signer and a clock that the test owns.

async with house(tmp_path) as home:
    order = await home.quotes.buy(home.mint, Lamports(10**9), home.asker("ann"))
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solders.keypair import Keypair

from core.adapters.db.migrate import upgrade
from core.adapters.queue.bell import LocalBell
from core.domain.order import Order
from core.ports.rows import BoxRow
from core.usecases.asker import Asker
from core.usecases.coins import Coins
from core.usecases.errands import Errands
from core.usecases.follow_orders import FollowOrders
from core.usecases.graduate_coins import GraduateCoins
from core.usecases.keeper_wallet import KeeperWallet
from core.usecases.launch_coin import LaunchCoin
from core.usecases.open_box import Boxes
from core.usecases.orders import Orders
from core.usecases.portfolio import Portfolios
from core.usecases.prepare_box import PrepareBox
from core.usecases.quotes import Quotes
from core.usecases.sweep_fees import SweepFees
from core.usecases.wallets import Wallets
from tests.fakes.away import SwitchedStore
from tests.fakes.box_stage import FakeBoxStage
from tests.fakes.chain import FakeChain
from tests.fakes.mortal import Fuse, MortalPort, MortalStore
from tests.fakes.namer import FakeNamer
from tests.fakes.publisher import FakePublisher
from tests.fakes.renderer import FakeRenderer
from tests.fakes.rows import a_coin
from tests.fakes.signer import FakeSigner

PLATFORM = "terminal"
FINISH = 2_000_000  # lamports
SWEEP_FROM = 10_000_000  # lamports
MINT = str(Keypair.from_seed(bytes(31) + b"\3").pubkey())


@dataclass
class Clock:
    """Unix seconds that pass when the test says so."""

    seconds: int = 1_700_000_000

    def now(self) -> int:
        return self.seconds


class Process:
    """One process's use cases. Its fuse kills it; another `Process` on the same house is its successor."""

    def __init__(self, house: House, owner: str) -> None:
        self.fuse = fuse = Fuse()
        store, chain = MortalStore(house.store, fuse), MortalPort(house.chain, fuse)
        signer, bell, clock = MortalPort(house.signer, fuse), house.bell, house.clock
        faucet = chain if house.funded else None
        self.coins = Coins(store)
        self.wallets = Wallets(store, signer, faucet, clock)
        self.orders = Orders(store, chain, signer, bell, clock, owner)
        self.quotes = Quotes(self.orders, self.coins, self.wallets, chain, signer, clock)
        self.boxes = Boxes(store, bell, clock)
        publisher = MortalPort(house.publisher, fuse)
        self.launch = LaunchCoin(self.boxes, self.orders, self.wallets, publisher, chain, clock, True)
        self.prepare = PrepareBox(
            store, FakeNamer(), house.renderer, house.stage, publisher, bell, clock, owner
        )
        self.portfolios = Portfolios(store, chain, self.wallets)
        self.keeper = FollowOrders(store, self.orders, clock, owner)
        self.keeper_wallet = KeeperWallet(store, signer, faucet, chain, clock)
        self.errands = Errands(store, chain, signer, clock)
        self.graduate = GraduateCoins(store, chain, self.errands, clock, top_up=0, finish=FINISH)
        self.sweep = SweepFees(store, chain, self.errands, clock, house.sweep_from)

    async def keep(self) -> None:
        """A round of what the leading keeper does of its own accord."""
        self.errands.wallet = await self.keeper_wallet.address()
        await self.errands.follow()
        await self.graduate.round()
        await self.sweep.round()


class Drawn:
    """Draws each picture once: the same asked again is the same picture."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._known: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Any:
        async def draw(*args: Any) -> Any:
            key = (name, repr(args))
            if key not in self._known:
                self._known[key] = await getattr(self._real, name)(*args)
            return self._known[key]

        return draw


class House:
    """One installation. `funded`: a new wallet gets test money."""

    def __init__(self, store: SwitchedStore, signer: FakeSigner, clock: Clock) -> None:
        self.store, self.signer, self.clock = store, signer, clock
        self.chain, self.publisher = FakeChain(signer.program_id), FakePublisher()
        self.renderer, self.stage = Drawn(FakeRenderer()), Drawn(FakeBoxStage())
        self.bell, self.funded, self.sweep_from = LocalBell(), True, SWEEP_FROM
        self.mint, self._events, self._processes = MINT, 0, 0

    def process(self) -> Process:
        """A new process, which knows nothing but what is in the database."""
        self._processes += 1
        return Process(self, f"process-{self._processes}")

    async def asker(self, user: str, chat: str | None = None) -> Asker:
        """A user as a use case knows them; each call is another update of theirs."""
        self._events += 1
        async with self.store.begin() as work:
            account = await work.accounts.ensure(PLATFORM, user, user, None)
        return Asker(account.person_id, PLATFORM, user, chat, None, f"event-{self._events}")

    async def order(self, order_id: str) -> Order:
        async with self.store.read() as work:
            order = await work.orders.get(order_id)
        assert order is not None
        return order

    async def box(self, box_id: str) -> BoxRow:
        async with self.store.read() as work:
            box = await work.boxes.get(box_id)
        assert box is not None
        return box

    async def index(self, mint: str | None) -> None:
        """What the indexer does when it sees a coin: it is listed."""
        assert mint is not None
        state = self.chain.books.curves[mint]
        reserves = {
            "virtual_sol": int(state.virtual_sol),
            "virtual_tokens": int(state.virtual_tokens),
            "initial_virtual_sol": int(state.initial_sol),
            "complete": state.complete,
        }
        async with self.store.begin() as work:
            await work.coins.put(a_coin(mint, sequence=1, **reserves))

    async def events(self) -> list[str]:
        """Types of all events, oldest first."""
        async with self.store.read() as work:
            return [event.type for event in await work.events.after(0, 10_000)]

    def passes(self, seconds: int) -> None:
        """Time, with the blocks of it."""
        self.clock.seconds += seconds
        self.chain.height += seconds * 5 // 2


_empty: list[bytes] = []  # made once a test run


async def _empty_database() -> bytes:
    """A database with our schema and nothing in it."""
    if not _empty:
        with tempfile.TemporaryDirectory() as folder:
            await upgrade(f"sqlite:///{folder}/empty.db")
            _empty.append(Path(folder, "empty.db").read_bytes())  # noqa: ASYNC240 - a test waits for nobody
    return _empty[0]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """A house with one coin, fresh on the chain and known to the index."""
    url = f"sqlite:///{folder / 'house.db'}"
    (folder / "house.db").write_bytes(await _empty_database())
    store, clock = SwitchedStore(url), Clock()
    signer = FakeSigner(folder, clock=clock.now)
    home = House(store, signer, clock)
    home.chain.coin(MINT)
    await home.index(MINT)
    try:
        yield home
    finally:
        signer.close()
        await store.close()
