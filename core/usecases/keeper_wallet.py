"""The keeper's own wallet, out of which it pays network fees: made once, looked at now and then."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from core.ports.chain import Chain, Faucet
from core.ports.ids import Clock
from core.ports.meter import SILENT, Meter
from core.ports.signer import KEEPER, Signer
from core.ports.store import Store

log = structlog.get_logger()

CURSOR = "keeper"
FIRST_LAMPORTS = 1_000_000_000  # of test money, on the embedded chain
POOR = 5_000_000  # lamports: a thousand transactions on an idle chain
LOOK_EVERY = 15  # seconds


@dataclass
class KeeperWallet:
    """faucet: where test money comes from; None off the embedded chain."""

    store: Store
    signer: Signer
    faucet: Faucet | None
    chain: Chain
    clock: Clock
    meter: Meter = SILENT
    _address: str = ""
    _looked_at: int = 0
    _poor: bool = False

    async def address(self) -> str:
        """Base58. Raises `SignerAway`, `ChainAway`, `StoreAway`; safe to repeat."""
        if not self._address:
            address = await self.signer.create_wallet(KEEPER)
            if self.faucet is not None:
                await self.faucet.drip(address, FIRST_LAMPORTS)
            async with self.store.begin() as work:  # where those look who have no signer to ask
                await work.cursors.set(CURSOR, {"wallet": address})
            self._address = address
            log.info("keeper.wallet", address=address)
        if self.clock.now() - self._looked_at >= LOOK_EVERY:
            await self._look(self._address)
        return self._address

    async def _look(self, address: str) -> None:
        """Tells the meter what the wallet holds, and says it once when that is too little."""
        lamports = await self.chain.balance(address)
        self._looked_at = self.clock.now()
        self.meter.keeper_holds(lamports)
        poor = lamports < POOR
        if poor and not self._poor:
            log.warning("keeper.poor", address=address, lamports=lamports, do="send SOL to this address")
        self._poor = poor


async def known_wallet(store: Store) -> str | None:
    """Address of the keeper's wallet, base58; None before a keeper has made it. Raises `StoreAway`."""
    async with store.read() as work:
        known = await work.cursors.get(CURSOR)
    return None if known is None else str(known["wallet"])
