"""Coins' pools on Raydium, found by their mints."""

from __future__ import annotations

from base64 import b64decode

from solders.pubkey import Pubkey

from core.adapters.chain.history import ask
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.raydium.accounts import AmmConfig
from core.adapters.chain.raydium.addresses import BY_SET, PoolKeys
from core.adapters.chain.raydium.pool import pool_of
from core.adapters.chain.rpc import Rpc
from core.domain.pool import Rates
from core.ports.chain import ChainAway, CoinPool

_EMPTY = {"offset": 0, "length": 0}
_SET_OF = {str(cpmm.program): number for number, cpmm in BY_SET.items()}


class Pools:
    """Every method raises `ChainAway`, also for accounts that are not what they should be."""

    def __init__(self, rpc: Rpc, ids: ProgramIds) -> None:
        self._rpc, self._ids = rpc, ids
        self._sets: dict[str, int] = {}  # mint to the deployment that its pool is of, which never changes

    async def keys(self, mint: str) -> PoolKeys | None:
        """None if the coin has no pool."""
        deployment = await self._deployment(mint)
        return None if deployment is None else self._keys(mint, deployment)

    async def pool(self, mint: str) -> CoinPool | None:
        """As confirmed now; None if the coin has no pool."""
        deployment = await self._deployment(mint)
        if deployment is None:
            return None
        try:
            state = await pool_of(self._rpc, self._keys(mint, deployment))
        except LayoutError as wrong:
            raise ChainAway(f"the pool of {mint}: {wrong}") from wrong
        return None if state is None else CoinPool(state, deployment)

    async def rates(self, keys: PoolKeys) -> Rates:
        """The fee tier of our pools as it is now. Raydium could change it."""
        data = await self._data(keys.cpmm.config())
        if data is None:
            raise ChainAway("no fee tier of Raydium's")
        try:
            config = AmmConfig.decode(data)
        except LayoutError as wrong:
            raise ChainAway(f"the fee tier: {wrong}") from wrong
        return Rates(config.trade_fee_rate, config.protocol_fee_rate, config.fund_fee_rate)

    async def _deployment(self, mint: str) -> int | None:
        """Whose program owns the account at our pool's address, where only graduation can have put one."""
        if mint not in self._sets:
            options = {"encoding": "base64", "commitment": "confirmed", "dataSlice": _EMPTY}
            address = str(self._ids.pool(Pubkey.from_string(mint)))
            value = (await ask(self._rpc, "getAccountInfo", address, options))["value"]
            deployment = None if value is None else _SET_OF.get(str(value["owner"]))
            if deployment is None:
                return None  # nothing, or lamports that somebody sent there
            self._sets[mint] = deployment
        return self._sets[mint]

    def _keys(self, mint: str, deployment: int) -> PoolKeys:
        coin = Pubkey.from_string(mint)
        return PoolKeys(BY_SET[deployment], self._ids.pool(coin), coin)

    async def _data(self, address: Pubkey) -> bytes | None:
        options = {"encoding": "base64", "commitment": "confirmed"}
        value = (await ask(self._rpc, "getAccountInfo", str(address), options))["value"]
        return None if value is None else b64decode(value["data"][0])
