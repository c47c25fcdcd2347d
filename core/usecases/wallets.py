"""A person's custodial wallet: made when first needed, and on the embedded chain given its first SOL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

import structlog

from core.ports.chain import ChainAway, Faucet
from core.ports.ids import Clock
from core.ports.rows import Wallet
from core.ports.signer import Signer
from core.ports.store import Store

log = structlog.get_logger()

FIRST_LAMPORTS = 10_000_000_000  # 10 SOL of test money, so that the first line ever typed can launch


@dataclass(frozen=True)
class Wallets:
    """faucet: where test money comes from; None off the embedded chain."""

    store: Store
    signer: Signer
    faucet: Faucet | None
    clock: Clock
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, compare=False, repr=False
    )

    async def find(self, person_id: str) -> Wallet | None:
        async with self.store.read() as work:
            return await work.wallets.of_person(person_id)

    async def ensure(self, person_id: str) -> Wallet:
        """The wallet; a new one for a person who has none. Safe to repeat: the signer makes one wallet a
        person. Raises `SignerAway`, `StoreAway`; an absent chain only delays the test money."""
        wallet = await self.find(person_id)
        if wallet is None:
            address = await self.signer.create_wallet(person_id)
            wallet = Wallet(address, person_id, self.clock.now())
            async with self.store.begin() as work:
                known = await work.wallets.of_person(person_id)
                if known is None:
                    await work.wallets.add(wallet)
            wallet = known or wallet
        if self.faucet is not None and not wallet.funded:
            wallet = await self._fund(wallet, self.faucet)
        return wallet

    async def _fund(self, wallet: Wallet, faucet: Faucet) -> Wallet:
        """A kill, or an answer that was lost, can come between the gift and our note of it: then the chain is
        what knows, and the faucet asks it. Two commands of one person must not ask at the same time."""
        try:
            async with self._turns.setdefault(wallet.address, asyncio.Lock()):
                await faucet.drip(wallet.address, FIRST_LAMPORTS)
        except ChainAway as away:
            log.warning("wallet.not_funded", address=wallet.address, error=str(away))
            return wallet
        async with self.store.begin() as work:
            await work.wallets.mark_funded(wallet.address)
        return replace(wallet, funded=True)
