"""The processes without a face, as the supervisor runs them: each works until `stop` is set."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.adapters.chain.log import RpcChainLog
from core.adapters.chain.pool_log import RpcPoolLog
from core.bootstrap import places
from core.bootstrap.app import App, open_app
from core.cards.box import box_card
from core.cards.coin import bought_card, coin_card, complete_card, graduated_card
from core.cards.order import order_card
from core.cards.tokens import tokenized
from core.domain.money import Lamports
from core.ports.bell import BOXES, EVENTS, ORDERS
from core.ports.chain import ChainAway
from core.ports.rows import Coin, StoredButton
from core.ports.signer import SignerAway
from core.ports.store import StoreAway
from core.reply import Message
from core.settings import Settings
from core.usecases.announce import Announce, Looks, Target
from core.usecases.errands import Errands
from core.usecases.follow_orders import FollowOrders
from core.usecases.graduate_coins import GraduateCoins
from core.usecases.index_chain import IndexChain
from core.usecases.index_pools import IndexPools
from core.usecases.keeper_wallet import KeeperWallet
from core.usecases.open_box import MAX_REROLLS
from core.usecases.prepare_box import PrepareBox
from core.usecases.sweep_fees import SweepFees

log = structlog.get_logger()

Ready = Callable[[str], None]
Work = Callable[[], Awaitable[None]]

LEADER_LEASE = 10  # seconds after which a silent leader is replaced
POLL = 2.0  # seconds between looks when no bell rings
INDEX_EVERY = 0.4  # seconds: a slot
FOLLOW_EVERY = 0.2  # seconds between looks at orders in flight
KEEP_EVERY = 0.5  # seconds between the keeper's looks at coins
# Rounds keep a distance, so that under load one round serves many rather than each ring one.
ROUND_GAP = 0.2  # seconds
ANNOUNCE_GAP = 0.05  # seconds
FAULT = 10.0  # seconds between tries of what broke
OUTAGE = 1.0  # seconds between tries while the database is away


async def indexer(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    """Chain to database; one leader, others stand by."""
    async with open_app(settings) as app:
        program = places.program_id(settings)
        index = IndexChain(app.store, RpcChainLog(app.rpc, program), app.bell, app.clock)
        pools = IndexPools(app.store, RpcPoolLog(app.rpc, program), app.bell, app.clock)

        async def work() -> None:
            try:
                # Behind, the chain is asked how far; with nothing left to apply there is no lag.
                if await index.next():
                    app.meter.indexed(max(0, await app.chain.slot() - index.slot))
                    return
                app.meter.indexed(0)
                if await pools.next():
                    return
            except ChainAway as away:
                log.warning("indexer.chain_away", error=str(away))
                await asyncio.sleep(OUTAGE)
            # No bell: the only one that could ring is the keeper's, and a bell wakes whoever waits first.
            await asyncio.sleep(INDEX_EVERY)

        await _lead(app, "indexer", work, ready, stop)


async def announcer(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    """Events to deliveries; one leader, others stand by."""
    async with open_app(settings) as app:
        announce = Announce(app.store, app.bell, app.clock, looks(app))

        async def work() -> None:
            if not await announce.next():
                await app.bell.wait(EVENTS, POLL)
            await asyncio.sleep(ANNOUNCE_GAP)

        await _lead(app, "announcer", work, ready, stop)


async def keeper(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    """Orders in flight are followed to their end; quotes nobody confirmed end. Any number may run: leases
    share the orders out. One of them, the leader, graduates coins and sweeps fees; the others stand by for that."""
    async with open_app(settings) as app:
        follow = FollowOrders(app.store, app.orders, app.clock, app.owner)

        async def follow_orders() -> None:
            followed = await follow.round()
            await app.orders.expire_quotes()
            await asyncio.sleep(ROUND_GAP)
            await app.bell.wait(ORDERS, FOLLOW_EVERY if followed else POLL)

        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_until(stop, follow_orders))
                both.create_task(_lead(app, "keeper", _upkeep(app), ready, stop))
        except ExceptionGroup as crashed:
            raise crashed.exceptions[
                0
            ] from None  # `pumpbox status` says what it was, not that it was one of two


def _upkeep(app: App) -> Work:
    """A round of what the keeper does of its own accord, out of its own wallet."""
    settings = app.settings
    wallet = KeeperWallet(app.store, app.signer, app.faucet, app.chain, app.clock, app.meter)
    errands = Errands(app.store, app.chain, app.signer, app.clock, app.meter)
    graduate = GraduateCoins(
        app.store,
        app.chain,
        errands,
        app.clock,
        top_up=Lamports.parse(settings.keeper_top_up_sol),
        finish=Lamports.parse(settings.keeper_finish_sol),
    )
    threshold = Lamports.parse(settings.keeper_sweep_sol)
    sweep = SweepFees(app.store, app.chain, errands, app.clock, threshold)

    async def work() -> None:
        try:
            errands.wallet = await wallet.address()
            await errands.follow()
            for kind, part in (("graduate", graduate.round), ("sweep", sweep.round)):
                await _apart(app, kind, part)
        except (ChainAway, SignerAway) as away:
            log.warning("keeper.away", error=str(away))
            await asyncio.sleep(OUTAGE)
        await asyncio.sleep(KEEP_EVERY)

    return work


async def _apart(app: App, kind: str, part: Work) -> None:
    """A fault of ours in one thing that the keeper does must hold up neither the other nor anybody's orders."""
    try:
        await part()
    except (ChainAway, SignerAway, StoreAway):
        raise
    except Exception:
        log.exception("keeper.fault", kind=kind)
        app.meter.kept(kind, "fault")
        await asyncio.sleep(FAULT)


async def preparer(settings: Settings, *, ready: Ready, stop: asyncio.Event) -> None:
    """Sealed boxes are filled. Any number may run: leases share the boxes out."""
    from core.adapters.ai.offline_namer import OfflineNamer  # late: word lists, Pillow and numpy
    from core.adapters.ai.procedural_art import ProceduralRenderer
    from core.adapters.ai.sealed import BoxArtist

    async with open_app(settings) as app:
        prepare = PrepareBox(
            app.store,
            OfflineNamer(),
            ProceduralRenderer(),
            BoxArtist(),
            app.publisher,
            app.bell,
            app.clock,
            app.owner,
        )

        async def work() -> None:
            if not await prepare.next():
                await app.bell.wait(BOXES, POLL)

        ready("")
        await _until(stop, work)


def looks(app: App) -> Looks:
    """The cards that announcements show."""

    def token(message: Message, target: Target, now: int) -> tuple[Message, list[StoredButton]]:
        return tokenized(
            message,
            platform=target.platform,
            user_id=target.user_id,
            chat_id=target.chat_id,
            subject=target.subject,
            now=now,
        )

    def graduated(coin: Coin, platform: str) -> Message:
        pool = coin.pool
        return graduated_card(coin, () if pool is None else app.links.pool(pool, coin.mint, platform))

    return Looks(
        box=lambda box: box_card(box, MAX_REROLLS - box.rerolls),
        order=lambda order: order_card(order, app.links),
        coin=coin_card,
        bought=bought_card,
        complete=complete_card,
        graduated=graduated,
        token=token,
    )


async def _lead(app: App, role: str, work: Work, ready: Ready, stop: asyncio.Event) -> None:
    """Works while this process is the leader of `role`; else looks again until it is."""
    ready("")

    async def turn() -> None:
        now = app.clock.now()
        async with app.store.begin() as unit:
            leads = await unit.leaders.hold(role, app.owner, now, now + LEADER_LEASE)
        if not leads:
            await asyncio.sleep(1)
            return
        # One write for many rounds: the lease is prolonged when half of it is used.
        while app.clock.now() < now + LEADER_LEASE // 2 and not stop.is_set():
            await work()

    try:
        await _until(stop, turn)
    finally:
        async with app.store.begin() as unit:
            await unit.leaders.release(role, app.owner)


async def _until(stop: asyncio.Event, work: Work) -> None:
    """Repeats `work` until `stop`; a database that is away is waited for, another fault ends the role."""
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            turn = asyncio.ensure_future(work())
            await asyncio.wait([turn, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not turn.done():
                turn.cancel()
                await asyncio.wait([turn])
                return
            try:
                turn.result()
            except StoreAway as away:
                log.warning("role.store_away", error=str(away))
                await asyncio.sleep(OUTAGE)
    finally:
        stopping.cancel()
