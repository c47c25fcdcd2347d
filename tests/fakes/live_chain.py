"""The embedded chain with the program set up, behind real JSON-RPC, and answers made worse on purpose."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.adapters.chain.rpc import Rpc
from core.adapters.chain.setup import initialize
from core.bootstrap import embedded
from pumpbox.bodies import localnet_config
from tests.fakes.installation import settings_of
from workers.localnet.main import LocalNode

Transaction = dict[str, Any]
RELAY = "Re1ayer11111111111111111111111111111111111"  # a program that only calls others


@asynccontextmanager
async def live_chain(folder: Path) -> AsyncIterator[Rpc]:
    """A node with the program and its Config; the program's id is `embedded.program_id()`."""
    async with LocalNode.start(localnet_config(settings_of(folder))) as node, Rpc(node.url) as rpc:
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
