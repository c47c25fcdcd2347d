"""The cluster, and the program on it."""

from __future__ import annotations

import hashlib
import time

from solders.pubkey import Pubkey

from core.adapters.chain.deployed import config_of, deployed
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.bootstrap import embedded, places
from core.ports.chain import ChainAway
from core.settings import Settings
from pumpbox.checks.check import FAIL, OK, WARN, Check

GENESIS = {
    "devnet": "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG",
    "mainnet": "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
}


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
            return [cluster, await _binary(rpc, program_id), await _config(rpc, program_id)]
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


async def _binary(rpc: Rpc, program_id: str) -> Check:
    """The same hash everywhere: what runs there is what was reviewed and tested here."""
    found = await deployed(rpc, program_id)
    if found is None:
        return Check("program", FAIL, f"no program at {program_id}", "deploy it; docs/program.md says how")
    binary = embedded.ARTIFACT.read_bytes()
    ours = hashlib.sha256(binary).hexdigest()
    if not found.is_(binary):
        theirs = hashlib.sha256(found.code.rstrip(b"\0")).hexdigest()
        seen = f"another binary is deployed: sha256 {theirs} (without fill), ours is {ours}"
        return Check("program", FAIL, seen, "upgrade the program, or install the version that it belongs to")
    if found.upgrade_authority is not None:
        seen = f"sha256 {ours}; {found.upgrade_authority} can change it"
        return Check("program", WARN, seen, "know who holds that key; a multisig is better than one person")
    return Check("program", OK, f"sha256 {ours}, and nobody can change it")


async def _config(rpc: Rpc, program_id: str) -> Check:
    config = await config_of(rpc, program_id)
    if config is None:
        return Check("config", FAIL, "the program has no Config", "send initialize; docs/program.md says how")
    if config.paused_until > time.time():
        return Check("config", WARN, "launching and buying are paused on chain", "ask the guardian")
    return Check("config", OK, f"version {config.config_version}, fee {int(config.fee)} bps")
