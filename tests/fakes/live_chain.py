"""The embedded chain with the program set up, behind real JSON-RPC, and answers made worse on purpose."""

from __future__ import annotations

import asyncio
import copy
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from solders.compute_budget import set_compute_unit_limit
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK
from solders.transaction import Transaction as Signed

from core.adapters.chain.chain import SolanaChain
from core.adapters.chain.pools import Pools as RpcPools
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.graduate import COMPUTE_UNITS, Graduate
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET
from core.adapters.chain.program.token_account import create_token_account
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.setup import initialize
from core.bootstrap import embedded
from core.domain.money import Lamports, TokenAtoms
from pumpbox.bodies import localnet_config
from tests.fakes.installation import settings_of
from tests.program.forwarder import FORWARDER
from tests.program.harness import PROGRAMS
from workers.localnet.genesis import GenesisProgram
from workers.localnet.main import LocalNode

SOL = 10**9
Transaction = dict[str, Any]
RELAY = "Re1ayer11111111111111111111111111111111111"  # a program that only calls others


@asynccontextmanager
async def live_chain(folder: Path, now: Callable[[], float] = time.time) -> AsyncIterator[Rpc]:
    """A node with the program and its Config, and with programs/forwarder, which calls it for whoever asks. The
    program's id is `embedded.program_id()`. now: its clock."""
    config = localnet_config(settings_of(folder))
    forwarder = GenesisProgram(FORWARDER, PROGRAMS / "forwarder/artifacts/forwarder.so", FORWARDER)
    genesis = replace(config.genesis, programs=(*config.genesis.programs, forwarder))
    async with LocalNode.start(replace(config, genesis=genesis, now=now)) as node, Rpc(node.url) as rpc:
        await initialize(
            rpc,
            embedded.program_id(),
            authority=embedded.keypair("authority"),
            treasury=embedded.keypair("treasury").pubkey(),
            guardian=embedded.keypair("guardian").pubkey(),
            rewards=embedded.keypair("rewards").pubkey(),
            council=(embedded.keypair("council-1").pubkey(),),
            cents_per_sol=15_000,
        )
        yield rpc


async def land(rpc: Rpc, instructions: Sequence[Instruction], *signers: Keypair) -> tuple[str, object]:
    """Sends one transaction, paid by the first signer: its signature, and its error or None."""
    latest = Hash.from_string((await rpc.call("getLatestBlockhash"))["value"]["blockhash"])
    message = Message.new_with_blockhash(list(instructions), signers[0].pubkey(), latest)
    raw = bytes(Signed(list(signers), message, latest))
    options = {"encoding": "base64", "skipPreflight": True}
    signature: str = await rpc.call("sendTransaction", b64encode(raw).decode(), options)
    status = (await rpc.call("getSignatureStatuses", [signature]))["value"][0]
    return signature, status["err"]


async def graduate(rpc: Rpc, mint: str) -> None:
    """Somebody buys all that the curve has left, moves the coin to Raydium, and waits until its pool is open."""
    ids, somebody = ProgramIds(Pubkey.from_string(embedded.program_id())), Keypair()
    who, coin = somebody.pubkey(), Pubkey.from_string(mint)
    await rpc.call("requestAirdrop", str(who), 1_000 * SOL)
    state = await SolanaChain(rpc, str(ids.program)).curve(mint)
    assert state is not None
    buy = Buy(who, coin, Lamports(900 * SOL), TokenAtoms(1), 2**64 - 1).build(ids)
    bought = [create_token_account(who, who, coin), buy] if state.tokens_left else []
    moved = Graduate(who, coin, RAYDIUM_MAINNET).build(ids)
    _, err = await land(rpc, [set_compute_unit_limit(COMPUTE_UNITS), *bought, moved], somebody)
    assert err is None, err
    opened = await RpcPools(rpc, ids).pool(mint)
    assert opened is not None
    while await _time(rpc) < opened.state.open_time:  # noqa: ASYNC110 - the chain's clock, which wakes nobody
        await asyncio.sleep(0.05)


async def _time(rpc: Rpc) -> int:
    """Unix seconds of the chain's clock."""
    data = (await rpc.call("getAccountInfo", str(CLOCK), {"encoding": "base64"}))["value"]["data"][0]
    return int.from_bytes(b64decode(data)[32:40], "little")


def without_logs(transaction: Transaction) -> Transaction:
    """As a node tells it that keeps no logs."""
    return _with_logs(transaction, lambda _: None)


def cut_off(transaction: Transaction) -> Transaction:
    """As everybody tells it where somebody logged 10,000 bytes first."""
    return _with_logs(transaction, lambda _: ["Program log: aaaa", "Log truncated"])


def forged(transaction: Transaction) -> Transaction:
    """Another program logged our events first, each twice, and ours were cut off."""
    lines = [line for line in transaction["meta"]["logMessages"] if line.startswith("Program data: ")]
    frame = [f"Program {RELAY} invoke [1]", *lines, *lines, f"Program {RELAY} success", "Log truncated"]
    return _with_logs(transaction, lambda _: frame)


def relayed(transaction: Transaction) -> Transaction:
    """The same, all instructions called by one program: each with what it called, one level deeper."""
    made = copy.deepcopy(transaction)
    message, meta = made["transaction"]["message"], made["meta"]
    inner = {group["index"]: group["instructions"] for group in meta["innerInstructions"]}
    called = []
    for index, top in enumerate(message["instructions"]):
        called += [top | {"stackHeight": 2}]
        called += [step | {"stackHeight": step["stackHeight"] + 1} for step in inner.get(index, ())]
    relay = len(message["accountKeys"])
    message["accountKeys"].append(RELAY)
    message["instructions"] = [{"programIdIndex": relay, "accounts": [], "data": "", "stackHeight": None}]
    meta["innerInstructions"] = [{"index": 0, "instructions": called}]
    meta["preBalances"].append(1)
    meta["postBalances"].append(1)
    return made


def _with_logs(transaction: Transaction, change: Callable[[list[str]], list[str] | None]) -> Transaction:
    made = copy.deepcopy(transaction)
    made["meta"]["logMessages"] = change(made["meta"]["logMessages"])
    return made
