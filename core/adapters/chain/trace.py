"""What ran in a landed transaction: its instructions with those that programs called, in order.

The truth about a transaction: the runtime keeps these whole, while logs are cut after 10,000 bytes, so that
anyone who calls our program can flood them away, and while programs may log what they like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.adapters.chain.program.ids import SYSTEM_PROGRAM, TOKEN_2022_PROGRAM
from core.adapters.chain.raydium.addresses import TOKEN_PROGRAM
from core.domain import base58

_TOKEN_PROGRAMS = frozenset({str(TOKEN_PROGRAM), str(TOKEN_2022_PROGRAM)})
_TRANSFER_CHECKED = 12  # tag u8, amount u64, decimals u8; source, mint, destination, authority
_SYSTEM_TRANSFER = (2).to_bytes(4, "little")  # tag u32, lamports u64; from, to


class NotTold(LookupError):
    """The node's answer lacks a part without which nothing may be said of the transaction."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction. Addresses base58; `encoded`: its data, base58. outer: the transaction's instruction
    in which it ran, from 0."""

    program: str
    accounts: tuple[str, ...]
    encoded: str
    outer: int

    @property
    def data(self) -> bytes:
        return base58.decode(self.encoded)


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer of lamports or atoms between two accounts."""

    source: str
    destination: str
    amount: int


def keys_of(transaction: dict[str, Any]) -> list[str]:
    """The addresses that a getTransaction answer's indexes mean: its own, then those of lookup tables."""
    loaded = transaction["meta"].get("loadedAddresses") or {}
    own = transaction["transaction"]["message"]["accountKeys"]
    return [*own, *loaded.get("writable", ()), *loaded.get("readonly", ())]


def steps_of(transaction: dict[str, Any]) -> list[Step]:
    """Every instruction of a getTransaction answer (encoding json), in the order in which they began.

    Raises `NotTold` for a node that keeps no inner instructions: it would hide what a program called.
    """
    recorded = transaction["meta"].get("innerInstructions")
    if recorded is None:
        raise NotTold("the node keeps no inner instructions; use one that does")
    keys = keys_of(transaction)
    inner: dict[int, list[dict[str, Any]]] = {group["index"]: group["instructions"] for group in recorded}
    return [
        Step(keys[found["programIdIndex"]], tuple(keys[i] for i in found["accounts"]), found["data"], outer)
        for outer, top in enumerate(transaction["transaction"]["message"]["instructions"])
        for found in (top, *inner.get(outer, ()))
    ]


def token_transfer(step: Step) -> Moved | None:
    """What a TransferChecked of either token program moved; None for anything else."""
    if step.program not in _TOKEN_PROGRAMS or len(step.accounts) < 4:
        return None
    data = step.data
    if len(data) != 10 or data[0] != _TRANSFER_CHECKED:
        return None
    return Moved(step.accounts[0], step.accounts[2], int.from_bytes(data[1:9], "little"))


def system_transfer(step: Step) -> Moved | None:
    """What a System transfer moved; None for anything else."""
    data = step.data if step.program == str(SYSTEM_PROGRAM) else b""
    if len(data) != 12 or data[:4] != _SYSTEM_TRANSFER:
        return None
    return Moved(step.accounts[0], step.accounts[1], int.from_bytes(data[4:], "little"))


def lamports_gained(transaction: dict[str, Any], address: str) -> int:
    """How many more lamports `address` has after the transaction; negative for fewer."""
    meta, index = transaction["meta"], keys_of(transaction).index(address)
    return int(meta["postBalances"][index]) - int(meta["preBalances"][index])


def atoms_after(transaction: dict[str, Any], address: str) -> int:
    """What a token account holds after the transaction. Raises `NotTold` if the node does not say."""
    index = keys_of(transaction).index(address)
    for balance in transaction["meta"].get("postTokenBalances") or ():
        if balance["accountIndex"] == index:
            return int(balance["uiTokenAmount"]["amount"])
    raise NotTold("the node keeps no token balances")


def following(steps: list[Step], at: int) -> Iterator[Step]:
    """The steps after `at` that ran in the same instruction of the transaction."""
    for step in steps[at + 1 :]:
        if step.outer != steps[at].outer:
            return
        yield step
