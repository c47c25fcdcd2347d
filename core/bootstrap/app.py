"""The application, put together: the only place, with its neighbours, that names adapters."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import core.commands
from core.adapters.chain.chain import RpcFaucet, SolanaChain
from core.adapters.chain.rpc import Rpc
from core.adapters.db.migrate import check_head
from core.adapters.db.store import SqlStore
from core.adapters.keys.client import SocketSigner
from core.adapters.queue.bell import ValkeyBell
from core.adapters.queue.limiter import ValkeyLimiter
from core.adapters.storage.local import LocalPublisher
from core.bootstrap import places
from core.bootstrap.metrics import process_meter
from core.cards.links import Links
from core.commands.dispatch import Dispatcher
from core.commands.spec import REGISTRY, Spec
from core.ports.bell import Bell
from core.ports.chain import Chain, Faucet
from core.ports.ids import Clock, SystemClock, new_id
from core.ports.limiter import Limiter
from core.ports.meter import SILENT, Meter
from core.ports.publisher import Publisher
from core.ports.signer import Signer
from core.ports.store import Store
from core.settings import Settings
from core.usecases.cancel import CancelAll
from core.usecases.coins import Coins
from core.usecases.home import Homes
from core.usecases.launch_coin import LaunchCoin
from core.usecases.open_box import Boxes
from core.usecases.orders import Orders
from core.usecases.portfolio import Portfolios
from core.usecases.quotes import Quotes
from core.usecases.wallets import Wallets


@dataclass(frozen=True)
class App:
    """What roles and surfaces work with. `owner` names this process in leases; `faucet`: None off the embedded
    chain."""

    settings: Settings
    store: Store
    bell: Bell
    clock: Clock
    chain: Chain
    rpc: Rpc
    signer: Signer
    faucet: Faucet | None
    publisher: Publisher
    orders: Orders
    links: Links
    dispatcher: Dispatcher
    specs: Mapping[str, Spec]
    owner: str
    meter: Meter


def load_commands() -> Mapping[str, Spec]:
    """Every command: each module of `core.commands` that declares one registers it when imported."""
    for module in pkgutil.iter_modules(core.commands.__path__):
        importlib.import_module(f"core.commands.{module.name}")
    return REGISTRY


_open: dict[tuple[int, Settings], tuple[App, AsyncExitStack, int]] = {}  # -> the app, its end, its users
_entrances: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """The process's app: opened for its first user, closed after its last.

    The roles that share a process share one database writer (SQLite has one at a time anyway), one session
    to the chain and one subscription. Raises `SchemaMismatch` for a database of another version, `StoreAway`.
    """
    loop = asyncio.get_running_loop()
    key = (id(loop), settings)
    async with _entrances.setdefault(
        loop, asyncio.Lock()
    ):  # opening suspends: the second waits for the first
        if key not in _open:
            ending = AsyncExitStack()
            _open[key] = (await ending.enter_async_context(_opened(settings)), ending, 0)
        app, ending, users = _open[key]
        _open[key] = (app, ending, users + 1)
    try:
        yield app
    finally:
        app, ending, users = _open[key]
        _open[key] = (app, ending, users - 1)
        if users == 1:
            del _open[key]
            await ending.aclose()


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[App]:
    await check_head(places.database_url(settings))
    store = SqlStore(places.database_url(settings))
    bell = ValkeyBell(places.redis_url(settings))
    limiter = ValkeyLimiter(places.redis_url(settings))
    # Where nobody asks, nothing is counted, nor the library imported: a terminal is to be there at once.
    meter: Meter = process_meter() if settings.ops_port else SILENT
    signer = SocketSigner(settings.signer_socket, meter=meter)
    try:
        async with Rpc(places.rpc_url(settings), meter) as rpc:
            yield _assemble(settings, store, bell, limiter, signer, rpc, meter)
    finally:
        await signer.close()
        await limiter.close()
        await bell.close()
        await store.close()


def _assemble(
    settings: Settings,
    store: SqlStore,
    bell: ValkeyBell,
    limiter: Limiter,
    signer: SocketSigner,
    rpc: Rpc,
    meter: Meter,
) -> App:
    clock, owner = SystemClock(), new_id()
    chain = SolanaChain(rpc, places.program_id(settings))
    publisher = LocalPublisher(settings.files_dir, places.public_base(settings))
    faucet = RpcFaucet(rpc) if settings.embedded_chain else None
    wallets = Wallets(store, signer, faucet, clock)
    boxes, coins = Boxes(store, bell, clock), Coins(store)
    orders = Orders(store, chain, signer, bell, clock, owner, meter)
    links = Links(settings.cluster, places.rpc_url(settings))
    specs = load_commands()
    reachable = settings.embedded_chain or settings.public_url is not None
    needs = {
        "boxes": boxes,
        "cancel_all": CancelAll(store, bell, clock),
        "chain": chain,
        "coins": coins,
        "homes": Homes(store),
        "launch_coin": LaunchCoin(boxes, orders, wallets, publisher, chain, clock, reachable),
        "links": links,
        "orders": orders,
        "portfolios": Portfolios(store, chain, wallets),
        "quotes": Quotes(orders, coins, wallets, chain, signer, clock),
        "wallets": wallets,
    }
    dispatcher = Dispatcher(
        specs, needs, {"coins": coins.suggest}, store, limiter, clock, settings.trader_ids, meter
    )
    return App(
        settings=settings,
        store=store,
        bell=bell,
        clock=clock,
        chain=chain,
        rpc=rpc,
        signer=signer,
        faucet=faucet,
        publisher=publisher,
        orders=orders,
        links=links,
        dispatcher=dispatcher,
        specs=specs,
        owner=owner,
        meter=meter,
    )
