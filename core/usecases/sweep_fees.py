"""The keeper sends coins' fees to whom they belong, once they have come to enough."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from core.domain.curve import CurveState
from core.domain.intent import SweepIntent
from core.ports.chain import Chain
from core.ports.ids import Clock
from core.ports.store import Store
from core.usecases.errands import Errands

PAGE = 100  # coins looked at in one round: one question to the chain, one more for their payees
REST = 20  # seconds between the end of one look at all coins and the next
AT_ONCE = 4  # begun in one round: a round is short, so that leadership is prolonged in time


@dataclass
class SweepFees:
    """threshold: lamports that a sweep must bring, both shares together."""

    store: Store
    chain: Chain
    errands: Errands
    clock: Clock
    threshold: int
    _offset: int = 0
    _rest_until: int = 0
    _waiting: deque[SweepIntent] = field(default_factory=deque)

    async def round(self) -> None:
        """Begins a few sweeps, or looks at the next coins. Raises `ChainAway`, `SignerAway`, `StoreAway`."""
        if not self._waiting and self.clock.now() >= self._rest_until:
            await self._look()
        for _ in range(min(AT_ONCE, len(self._waiting))):
            intent = self._waiting.popleft()
            name = f"sweep:{intent.mint}"
            if await self.errands.due([name]):
                await self.errands.begin(name, intent)

    async def _look(self) -> None:
        """Coins launched meanwhile come first, so that those behind them move back: some are seen twice, none is
        passed over."""
        async with self.store.read() as work:
            coins = await work.coins.newest(PAGE, self._offset)
        accounts = await self.chain.coins([coin.mint for coin in coins])
        rich = {mint: a for mint, a in accounts.items() if _accrued(a.state) >= self.threshold}
        config = await self.chain.config() if rich else None
        if config is not None:
            payees = sorted({config.treasury, *(account.fee_recipient for account in rich.values())})
            held = await self.chain.balances(payees)
            minimum = await self.chain.rent_minimum()
            for mint, account in rich.items():
                intent = SweepIntent(mint, config.treasury, account.fee_recipient)
                if payable(account.state, intent, held, minimum) >= self.threshold:
                    self._waiting.append(intent)
        if len(coins) == PAGE:
            self._offset += PAGE
        else:
            self._offset, self._rest_until = 0, self.clock.now() + REST


def payable(state: CurveState, intent: SweepIntent, held: dict[str, int], minimum: int) -> int:
    """Lamports that the program's `sweep_fees` would pay out now: a share stays accrued while its payee, which
    holds so many lamports, would end below the rent minimum. An account with data holds its own minimum already."""
    protocol, creator = int(state.protocol_fees), int(state.creator_fees)
    same = intent.treasury == intent.fee_recipient
    to_treasury, to_recipient = (protocol + creator, protocol + creator) if same else (protocol, creator)
    paid = protocol if held[intent.treasury] + to_treasury >= minimum else 0
    return paid + (creator if held[intent.fee_recipient] + to_recipient >= minimum else 0)


def _accrued(state: CurveState) -> int:
    return int(state.protocol_fees) + int(state.creator_fees)
