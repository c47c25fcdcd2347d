"""A coin's pool read from its accounts, as `core.domain.pool` quotes on it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.raydium.accounts import AmmConfig, Pool
from core.adapters.chain.raydium.addresses import PoolKeys
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.domain.money import Lamports, TokenAtoms
from core.domain.pool import PoolState, Rates
from core.ports.chain import ChainAway

_TOKEN_AMOUNT = slice(64, 72)


def accounts_of(keys: PoolKeys) -> list[Pubkey]:
    """What `pool_state` needs, in its order: pool, fee tier, SOL vault, coin vault."""
    return [keys.pool, keys.cpmm.config(), keys.wsol_vault, keys.coin_vault]


def pool_state(keys: PoolKeys, accounts: Sequence[bytes]) -> PoolState:
    """What swaps see, from the data of `accounts_of`. Raises LayoutError for what is no pool of this coin."""
    pool, config = Pool.decode(accounts[0]), AmmConfig.decode(accounts[1])
    if pool.mints != keys.mints or pool.amm_config != keys.cpmm.config():
        raise LayoutError("another coin's pool")
    wsol, coins = (int.from_bytes(data[_TOKEN_AMOUNT], "little") for data in accounts[2:4])
    reserves = pool.reserves((wsol, coins) if keys.wsol_first else (coins, wsol))
    sol, tokens = reserves if keys.wsol_first else reversed(reserves)
    return PoolState(
        sol=Lamports(sol),
        tokens=TokenAtoms(tokens),
        rates=Rates(config.trade_fee_rate, config.protocol_fee_rate, config.fund_fee_rate),
        open_time=pool.open_time,
        stopped=pool.swaps_stopped,
    )


async def pool_of(rpc: Rpc, keys: PoolKeys) -> PoolState | None:
    """The pool as confirmed now, all of one slot; None if it doesn't exist.

    Raises `ChainAway`, LayoutError for what is no pool of this coin.
    """
    listed = [str(address) for address in accounts_of(keys)]
    options = {"encoding": "base64", "commitment": "confirmed"}
    try:
        found = (await rpc.call("getMultipleAccounts", listed, options))["value"]
    except RpcRefused as refused:
        raise ChainAway(f"getMultipleAccounts: {refused.code}") from refused
    if found[0] is None or found[0]["owner"] != str(keys.cpmm.program):
        return None
    if None in found:
        raise LayoutError("a pool without its vaults or its fee tier")
    return pool_state(keys, [b64decode(account["data"][0]) for account in found])
