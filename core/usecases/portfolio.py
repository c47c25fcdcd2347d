"""What a person holds: read from the chain, valued at the curve."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.money import Lamports, TokenAtoms
from core.ports.chain import Chain
from core.ports.rows import Coin, FillRow
from core.ports.store import Store
from core.usecases.wallets import Wallets


@dataclass(frozen=True, slots=True)
class Holding:
    """worth: lamports that selling all would move at the present reserves, before the fee, rounded down.
    cost: lamports paid less lamports received in its trades; it may be negative. None where the trades that
    we know of don't add up to what is held: some came or went another way, or the index is a moment behind."""

    coin: Coin
    atoms: TokenAtoms
    worth: Lamports
    cost: int | None


@dataclass(frozen=True, slots=True)
class Portfolio:
    address: str
    lamports: Lamports
    holdings: tuple[Holding, ...]


@dataclass(frozen=True)
class Portfolios:
    store: Store
    chain: Chain
    wallets: Wallets

    async def of(self, person_id: str) -> Portfolio:
        """Raises `ChainAway`, `SignerAway`."""
        wallet = await self.wallets.ensure(person_id)
        lamports = Lamports(await self.chain.balance(wallet.address))
        balances = await self.chain.token_balances(wallet.address)
        async with self.store.read() as work:
            fills = await work.coins.fills_of_trader(wallet.address)
            coins = [(await work.coins.get(mint), atoms) for mint, atoms in balances.items()]
        holdings = [_holding(coin, atoms, fills) for coin, atoms in coins if coin is not None]
        return Portfolio(wallet.address, lamports, tuple(sorted(holdings, key=lambda h: -h.worth)))


def _holding(coin: Coin, atoms: int, fills: list[FillRow]) -> Holding:
    worth = coin.virtual_sol * atoms // (coin.virtual_tokens + atoms)
    ours = [f for f in fills if f.mint == coin.mint]
    traded = sum(f.atoms if f.side == "buy" else -f.atoms for f in ours)
    cost = sum(f.lamports if f.side == "buy" else -f.lamports for f in ours)
    return Holding(coin, TokenAtoms(atoms), Lamports(worth), cost if traded == atoms else None)
