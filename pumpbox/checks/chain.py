"""The cluster, and the program on it."""

from __future__ import annotations

import hashlib
import time

from solders.pubkey import Pubkey

from core.adapters.chain.deployed import config_of, deployed
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_DEVNET, RAYDIUM_MAINNET
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.bootstrap import embedded, places
from core.ports.chain import ChainAway
from core.settings import Settings
from pumpbox.checks.check import FAIL, OK, WARN, Check

GENESIS = {
    "devnet": "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG",
    "mainnet": "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
}

RAYDIUM_SETS = {"devnet": RAYDIUM_DEVNET, "mainnet": RAYDIUM_MAINNET}


async def chain(settings: Settings) -> list[Check]:
    if settings.embedded_chain:
        return [Check("chain", OK, "embedded, starts with the others")]
    try:
        url, program_id = places.rpc_url(settings), places.program_id(settings)
        Pubkey.from_string(program_id)
    except (places.SettingMissing, ValueError):
        return []  # the settings' own check says it
    try:
        async with Rpc(url) as rpc:
            cluster = await _cluster(rpc, settings)
            binary = await _binary(rpc, program_id, settings.cluster)
            return [cluster, binary, *await _config(rpc, program_id, settings.cluster)]
    except ChainAway as away:
        return [
            Check("chain", FAIL, f"SOLANA_RPC_URL does not answer ({away})", "check it, and your plan there")
        ]


async def _cluster(rpc: Rpc, settings: Settings) -> Check:
    try:
        await rpc.call("getHealth")
        genesis = await rpc.call("getGenesisHash")
    except RpcRefused as refused:
        return Check("chain", FAIL, f"the node is not healthy: {refused.code}", "wait, or take another node")
    expected = GENESIS.get(settings.cluster)
    if expected is not None and genesis != expected:
        seen = f"the node's genesis is {str(genesis)[:44]}, which is not {settings.cluster}'s"
        return Check("chain", FAIL, seen, "set SOLANA_CLUSTER or SOLANA_RPC_URL: they name two clusters")
    return Check("chain", OK, f"{settings.cluster}, healthy")


async def _binary(rpc: Rpc, program_id: str, cluster: str) -> Check:
    """The same hash everywhere: what runs there is what was reviewed and tested here."""
    found = await deployed(rpc, program_id)
    if found is None:
        seen = f"no program at {program_id}"
        return Check("program", FAIL, seen, "pumpbox program deploy; docs/operations.md goes through it")
    binary = embedded.ARTIFACT.read_bytes()
    ours = hashlib.sha256(binary).hexdigest()
    if not found.is_(binary):
        theirs = hashlib.sha256(found.code.rstrip(b"\0")).hexdigest()
        seen = f"another binary is deployed: sha256 {theirs} (without fill), ours is {ours}"
        do = "pumpbox program upgrade, or install the version of pumpbox that it belongs to"
        return Check("program", FAIL, seen, do)
    if found.upgrade_authority is None:
        return Check("program", OK, f"sha256 {ours}, and nobody can change it")
    if found.upgrade_authority == str(ProgramIds(Pubkey.from_string(program_id)).upgrade_authority):
        return Check("program", OK, f"sha256 {ours}, and only a proposal that has passed can change it")
    seen = f"sha256 {ours}; {found.upgrade_authority} can change it alone, without a vote and without delay"
    do = "whoever holds that key: pumpbox program deploy hands it to the program itself"
    return Check("program", FAIL if cluster == "mainnet" else WARN, seen, do)


async def _config(rpc: Rpc, program_id: str, cluster: str) -> list[Check]:
    config = await config_of(rpc, program_id)
    if config is None:
        seen = "the program has no Config"
        return [Check("config", FAIL, seen, "run pumpbox program deploy again: it goes on with initialize")]
    if config.raydium_set != RAYDIUM_SETS.get(cluster, config.raydium_set):
        seen = f"Config names the Raydium of another cluster than {cluster}: no coin could graduate"
        return [Check("config", FAIL, seen, "deploy anew under another address: it can't be changed")]
    checks = [Check("config", OK, f"version {config.config_version}, fee {int(config.fee)} bps")]
    if config.paused_until > time.time():
        checks = [
            Check("config", WARN, "launching and buying are paused on chain", "ask guardian or council")
        ]
    has = int((await rpc.call("getBalance", str(config.treasury), {"commitment": "confirmed"}))["value"])
    if not has:
        seen = f"{config.treasury} is empty, so small fees stay with the coins"
        checks.append(Check("treasury", WARN, seen, "send it 0.001 SOL, and know who holds its key"))
    return checks
