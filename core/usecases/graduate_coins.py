"""The keeper opens complete coins' pools, and finishes those that lack next to nothing and that nobody finishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.domain import curve
from core.domain.curve import FINAL_TOKENS, INITIAL_TOKENS, MIN_INITIAL_SOL, CurveState
from core.domain.intent import GraduateIntent
from core.ports.chain import Chain
from core.ports.ids import Clock
from core.ports.store import Store
from core.usecases.errands import Errands

MANY = 500  # coins looked at in one round: complete ones are few, as each is gone a moment later
AT_ONCE = 4  # begun in one round: a round is short, so that leadership is prolonged in time
LOOK_EVERY = 15  # seconds between looks at coins that are almost complete
LEFT_ALONE = 30  # seconds that one of them has been left alone by everybody before it is finished


@dataclass
class GraduateCoins:
    """top_up: lamports that a pool may cost the keeper beyond the coin's own cap. finish: lamports that the rest of a
    coin may cost it, fee included; 0: it finishes none."""

    store: Store
    chain: Chain
    errands: Errands
    clock: Clock
    top_up: int
    finish: int
    _gone: set[str] = field(
        default_factory=set
    )  # mints that have graduated; the index says so a moment later
    _stuck: dict[str, tuple[int, int]] = field(default_factory=dict)  # mint -> atoms left, since when
    _looked_at: int = 0  # unix second

    async def round(self) -> None:
        """The index says which coins to look at, the chain how they are. Raises `ChainAway`, `SignerAway`,
        `StoreAway`."""
        async with self.store.read() as work:
            complete = await work.coins.complete(MANY)
        await self._graduate(complete)
        if self.finish and self.clock.now() - self._looked_at >= LOOK_EVERY:
            async with self.store.read() as work:
                almost = await work.coins.almost_complete(FINAL_TOKENS + _atoms_for(self.finish), MANY)
            await self._finish(almost)
            self._looked_at = self.clock.now()

    async def _graduate(self, mints: Sequence[str]) -> None:
        found = await self._due(mints)
        self._gone = (self._gone & set(mints)) | {mint for mint, state in found.items() if state.graduated}
        ready = [mint for mint, state in found.items() if state.complete and not state.graduated]
        for mint in ready[:AT_ONCE]:
            await self._begin(mint)

    async def _finish(self, mints: Sequence[str]) -> None:
        found = await self._due(mints)
        now, slot, stuck = self.clock.now(), await self.chain.slot() if found else 0, self._stuck
        prices = {mint: price_of_rest(state, self.finish, slot) for mint, state in found.items()}
        lefts = {mint: int(found[mint].tokens_left) for mint, price in prices.items() if price is not None}
        self._stuck = {
            mint: stuck[mint] if mint in stuck and stuck[mint][0] == left else (left, now)
            for mint, left in lefts.items()
        }
        ready = [mint for mint, (_, since) in self._stuck.items() if now - since >= LEFT_ALONE]
        for mint in ready[:AT_ONCE]:
            await self._begin(mint, finish=lefts[mint], finish_max_in=prices[mint] or 0)

    async def _due(self, mints: Sequence[str]) -> dict[str, CurveState]:
        """Those that may be begun, as the chain has them."""
        names = {_name(mint): mint for mint in mints if mint not in self._gone}
        due = [names[name] for name in await self.errands.due(list(names))]
        found = await self.chain.coins(due) if due else {}
        return {mint: account.state for mint, account in found.items()}

    async def _begin(self, mint: str, **finish: int) -> None:
        config = await self.chain.config()
        if config is not None:
            intent = GraduateIntent(mint, config.raydium_set, self.top_up, **finish)
            await self.errands.begin(_name(mint), intent)


def price_of_rest(state: CurveState, most: int, slot: int) -> int | None:
    """Lamports, fee included, for all that the curve still sells; None if it sells nothing, or costs more than
    `most`."""
    if state.graduated or state.complete or most <= 0 or state.tokens_left == 0:
        return None
    try:
        fill = curve.quote_buy(state, most, slot)
    except curve.CurveError:
        return None  # `most` does not buy an atom
    return int(fill.spent) if fill.atoms == state.tokens_left else None


def _atoms_for(lamports: int) -> int:
    """More atoms than `lamports` buy at the end of the cheapest curve that there can be."""
    last_sol = MIN_INITIAL_SOL * INITIAL_TOKENS // FINAL_TOKENS
    return lamports * FINAL_TOKENS // last_sol


def _name(mint: str) -> str:
    return f"graduate:{mint}"
