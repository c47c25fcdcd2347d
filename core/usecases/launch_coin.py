"""Deploying an opened box's coin: one press, one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.errors import UserError
from core.domain.intent import LaunchIntent, to_json
from core.domain.money import Lamports
from core.domain.order import Order, OrderKind, OrderState
from core.ports.chain import Chain
from core.ports.ids import Clock
from core.ports.publisher import Publisher
from core.ports.rows import BoxRow
from core.usecases.asker import Asker
from core.usecases.open_box import Boxes
from core.usecases.orders import Orders
from core.usecases.wallets import Wallets

LAUNCH_COST = Lamports(10_000_000)  # rent of mint, curve and vault with fees, rounded up
PATIENCE = 30  # seconds a confirmed launch may take to be signed


@dataclass(frozen=True)
class LaunchCoin:
    """reachable: what we publish can be fetched by those who see the chain."""

    boxes: Boxes
    orders: Orders
    wallets: Wallets
    publisher: Publisher
    chain: Chain
    clock: Clock
    reachable: bool

    async def __call__(self, box_id: str, asker: Asker) -> Order:
        """Launches the box's coin from the asker's wallet, as far as `sent`.

        A box makes one coin: the mint's address follows from its contents, and the box is taken by one order.
        Raises public-url-missing, box-unknown, box-closed, metadata-away (what the mint would name does not resolve),
        balance-too-low, launch-paused, program-missing and what the simulation finds.
        """
        if not self.reachable:
            raise UserError("public-url-missing")
        begun = await self.orders.find(asker.row_id)
        if begun is not None:  # a kill cut this press off, and it has come again
            return await self.orders.confirm(begun.id, asker.person_id, asker.event_id)
        box = await self.boxes.get(box_id, asker.person_id)
        if box.state != "opened":
            raise UserError("box-closed")
        wallet = await self.wallets.ensure(asker.person_id)
        config = await self.chain.config()
        if config is None:
            raise UserError("program-missing")
        if config.launch_paused:
            raise UserError("launch-paused")
        if not await self.publisher.resolves(box.uri or ""):
            raise UserError("metadata-away")
        have = await self.chain.balance(wallet.address)
        if have < LAUNCH_COST:
            raise UserError(
                "balance-too-low", private=True, have=Lamports(have).sol(4), need=LAUNCH_COST.sol(4)
            )
        intent = LaunchIntent(
            box.name or "", box.ticker or "", box.uri or "", box.commitment, config.config_version
        )
        order = await self.orders.add(self._order(box, wallet.address, intent, asker))
        return await self.orders.confirm(order.id, asker.person_id, asker.event_id)

    def _order(self, box: BoxRow, wallet: str, intent: LaunchIntent, asker: Asker) -> Order:
        now = self.clock.now()
        return Order(
            id=asker.row_id,
            kind=OrderKind.LAUNCH,
            person_id=asker.person_id,
            wallet=wallet,
            mint=self.chain.mint_address(wallet, intent),
            box_id=box.id,
            intent=to_json(intent),
            quote={"name": box.name, "ticker": box.ticker, "image": box.image, "seconds": PATIENCE},
            state=OrderState.QUOTED,
            platform=asker.platform,
            chat_id=box.chat_id,
            thread_id=box.thread_id,
            user_id=asker.user_id,
            created_at=now,
            quote_expires_at=now + PATIENCE,
            cause=asker.event_id,
        )
