"""The keeper's wallet: whether it can pay for what the keeper does."""

from __future__ import annotations

from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.db.engine import BadDatabaseUrl
from core.adapters.db.store import SqlStore
from core.bootstrap import places
from core.domain.money import Lamports
from core.ports.chain import ChainAway
from core.ports.store import StoreAway
from core.settings import Settings
from core.usecases.keeper_wallet import POOR, known_wallet
from pumpbox.checks.check import OK, WARN, Check


async def keeper(settings: Settings) -> list[Check]:
    if settings.embedded_chain:
        return [Check("keeper", OK, "has test money")]
    address = await _address(settings)
    if address is None:
        return [
            Check("keeper", WARN, "has no wallet yet", "start, and run the preflight again: it says where")
        ]
    try:
        async with Rpc(places.rpc_url(settings)) as rpc:
            lamports = int((await rpc.call("getBalance", address))["value"])
    except (places.SettingMissing, ChainAway, RpcRefused):
        return []  # the settings' or the chain's own check says it
    seen = f"{address} holds {Lamports(lamports).sol()} SOL"
    if lamports < POOR:
        return [Check("keeper", WARN, seen, "send it 0.05 SOL: it graduates coins and sweeps fees")]
    return [Check("keeper", OK, seen)]


async def _address(settings: Settings) -> str | None:
    """None before there is a wallet, or where the database can't say: its own check does then."""
    if settings.database_url is None and not (settings.data_dir / "pumpbox.db").exists():
        return None
    try:
        store = SqlStore(places.database_url(settings))
    except BadDatabaseUrl:
        return None
    try:
        return await known_wallet(store)
    except StoreAway:
        return None
    finally:
        await store.close()
