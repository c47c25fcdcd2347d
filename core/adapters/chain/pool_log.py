"""The `PoolLog` port: what happened to a coin's pool, from the instructions and transfers of its transactions."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from solders.pubkey import Pubkey

from core.adapters.chain.history import History, ask
from core.adapters.chain.pools import Pools
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.raydium.addresses import PoolKeys
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.swaps import Swap, poured_at, swap_at
from core.adapters.chain.trace import steps_of
from core.domain.pool import RATE, Rates
from core.domain.pool_calls import PoolCall, PoolTransaction, Poured, Swapped
from core.ports.chain import ChainAway

_AMOUNT = {"offset": 64, "length": 8}  # in a token account


class RpcPoolLog:
    """`program_id`: ours, base58. Of a pool that is far behind it keeps the signatures in memory."""

    def __init__(self, rpc: Rpc, program_id: str) -> None:
        self._rpc, self._ids = rpc, ProgramIds(Pubkey.from_string(program_id))
        self._pools = Pools(rpc, self._ids)
        self._behind: dict[str, History] = {}  # by mint

    async def marks(self, mints: Sequence[str]) -> dict[str, int]:
        """What both their vaults hold. SOL alone could be as before after two swaps; fees make that impossible for both."""
        found = [(mint, keys) for mint in mints if (keys := await self._pools.keys(mint)) is not None]
        if not found:
            return {}
        options = {"encoding": "base64", "commitment": "confirmed", "dataSlice": _AMOUNT}
        vaults = [str(vault) for _, keys in found for vault in (keys.wsol_vault, keys.coin_vault)]
        accounts = (await ask(self._rpc, "getMultipleAccounts", vaults, options))["value"]
        if len(accounts) != len(vaults):
            raise ChainAway("getMultipleAccounts: not what was asked for")
        return {
            mint: int.from_bytes(b64decode(sol["data"][0]) + b64decode(coins["data"][0]), "little")
            for (mint, _), sol, coins in zip(found, accounts[::2], accounts[1::2], strict=True)
            if sol is not None and coins is not None
        }

    async def after(self, mint: str, signature: str, limit: int) -> list[PoolTransaction]:
        history = self._behind.pop(mint, None)
        if history is None:
            history = History(self._rpc, str(self._ids.pool(Pubkey.from_string(mint))))
        found = await history.after(signature, limit)
        if history.behind:
            self._behind[mint] = history
        if not found:
            return []
        keys = await self._pools.keys(mint)
        if keys is None:
            raise ChainAway(f"no pool of {mint}: a node that is behind")
        rates = await self._pools.rates(keys)
        return [_read(entry, answer, keys, rates) for entry, answer in found]

    async def reserves(self, mint: str) -> tuple[int, int] | None:
        found = await self._pools.pool(mint)
        return None if found is None else (int(found.state.sol), int(found.state.tokens))


def _read(
    entry: dict[str, Any], answer: dict[str, Any] | None, keys: PoolKeys, rates: Rates
) -> PoolTransaction:
    if answer is None:
        return PoolTransaction(entry["signature"], int(entry["slot"]), 0, ())
    try:
        calls = tuple(pool_calls_of(answer, keys, rates))
    except LookupError as missing:
        raise ChainAway(f"getTransaction {entry['signature']}: {missing}") from missing
    return PoolTransaction(entry["signature"], int(answer["slot"]), int(answer["blockTime"] or 0), calls)


def pool_calls_of(transaction: dict[str, Any], keys: PoolKeys, rates: Rates) -> list[PoolCall]:
    """What a getTransaction answer (encoding json) says that happened to the pool. Raises `NotTold`."""
    steps, calls = steps_of(transaction), list[PoolCall]()
    for at in range(len(steps)):
        swap, poured = swap_at(steps, at, keys), poured_at(steps, at, keys)
        if swap is not None:
            calls.append(_swapped(swap, rates))
        elif poured is not None:
            calls.append(Poured(*poured))
    return calls


def _swapped(swap: Swap, rates: Rates) -> Swapped:
    fee = swap.fee(rates)
    stays = swap.amount_in - fee * rates.protocol // RATE - fee * rates.fund // RATE
    if swap.side == "buy":
        return Swapped(swap.payer, "buy", swap.amount_in, swap.amount_out, stays, -swap.amount_out)
    return Swapped(swap.payer, "sell", swap.amount_out, swap.amount_in, -swap.amount_out, stays)
