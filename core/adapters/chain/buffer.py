"""A binary on its way to a cluster: written into a buffer account, piece by piece, as often as it takes.

The buffer's address follows from the payer, the program and the binary, so nothing has to be remembered: whoever runs
the same again finds what was written before and writes only what is missing. docs/adr/0018.
"""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from solders.hash import Hash
from solders.instruction import Instruction
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import AllocateWithSeedParams, TransferParams, allocate_with_seed, transfer

from core.adapters.chain import loader
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER
from core.adapters.chain.sender import MAX_UNITS, POLL, Sender, TransactionFailed, with_budget
from core.adapters.chain.transactions import MAX_TRANSACTION, size
from core.ports.chain import ChainAway

ROUNDS = 20  # times that a buffer is looked at without anything new in it, before we give up
Ask = Callable[..., Awaitable[Any]]
_TAG = (1).to_bytes(4, "little")
_LARGEST = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Buffer:
    """What a buffer account holds. authority: who may write to it and use it; None: nobody."""

    code: bytes
    authority: Pubkey | None

    def sha256(self) -> str:
        return hashlib.sha256(self.code).hexdigest()


def seed_of(program: Pubkey, binary: bytes) -> str:
    """32 characters, the most that a seed can have: another for each binary and program."""
    return hashlib.sha256(bytes(program) + hashlib.sha256(binary).digest()).hexdigest()[:32]


def address_of(payer: Pubkey, program: Pubkey, binary: bytes) -> Pubkey:
    """Where this payer writes this binary for this program."""
    return Pubkey.create_with_seed(payer, seed_of(program, binary), UPGRADEABLE_LOADER)


def piece_size(payer: Pubkey) -> int:
    """Bytes of code that one transaction carries."""
    empty = with_budget([loader.write(payer, payer, _LARGEST, b"")], MAX_UNITS, 2**64 - 1)
    # `payer` stands for the buffer too, which is an account more; the length of what is written takes a byte more.
    return MAX_TRANSACTION - size(Message.new_with_blockhash(empty, payer, Hash.default())) - 32 - 1


async def read_buffer(ask: Ask, address: Pubkey) -> Buffer | None:
    """None if there is no buffer. ask: an `Rpc.call`, or a `Sender.ask`, which is more patient.

    Raises what `ask` does, and `TransactionFailed` if something else is there.
    """
    options = {"encoding": "base64", "commitment": "confirmed"}
    value = (await ask("getAccountInfo", str(address), options))["value"]
    if value is None or value["owner"] != str(UPGRADEABLE_LOADER):
        return None  # nothing, or lamports that somebody sent there
    data = b64decode(value["data"][0])
    if data[:4] != _TAG or len(data) < loader.BUFFER_HEADER:
        raise TransactionFailed(f"{address} is no buffer")
    authority = Pubkey.from_bytes(data[5 : loader.BUFFER_HEADER]) if data[4] else None
    return Buffer(data[loader.BUFFER_HEADER :], authority)


def missing(binary: bytes, there: bytes, piece: int) -> list[int]:
    """Where the pieces begin that are not yet as they must be."""
    return [at for at in range(0, len(binary), piece) if binary[at : at + piece] != there[at : at + piece]]


async def write_buffer(
    sender: Sender, program: Pubkey, binary: bytes, progress: Callable[[int, int], None]
) -> Pubkey:
    """The buffer, with all of the binary in it. progress: told pieces there and pieces in all.

    A buffer that is complete is taken as it is, whoever has it by now. Raises `TransactionFailed`, `ChainAway`.
    """
    payer, piece = sender.address, piece_size(sender.address)
    address = address_of(payer, program, binary)
    if await read_buffer(sender.ask, address) is None:
        await sender.send(await _creation(sender, program, binary))
    total = len(range(0, len(binary), piece))
    least, idle = total + 1, 0
    while idle < ROUNDS:
        there = await read_buffer(sender.ask, address)
        if there is None:  # a node that has not seen it yet
            idle += 1
            await asyncio.sleep(POLL)
            continue
        left = missing(binary, there.code, piece)
        if not left:
            return address
        if there.authority != payer:
            raise TransactionFailed(f"{address} is incomplete, and {there.authority} writes to it")
        if len(left) >= least:  # a node that is behind shows what it was before: what we sent may be there
            idle += 1
            await asyncio.sleep(POLL)
        else:
            idle = 0
        least = min(least, len(left))

        def landed(count: int, before: int = total - len(left)) -> None:
            progress(before + count, total)

        await sender.send_each([_write(address, payer, binary, at, piece) for at in left], landed)
    raise ChainAway("the buffer does not fill: the node is behind, or drops what it is sent")


def _write(buffer: Pubkey, payer: Pubkey, binary: bytes, at: int, piece: int) -> Instruction:
    return loader.write(buffer, payer, at, binary[at : at + piece])


async def _creation(sender: Sender, program: Pubkey, binary: bytes) -> list[Instruction]:
    """Works on an address to which somebody sent lamports beforehand, as `CreateAccountWithSeed` would not."""
    payer, space = sender.address, loader.BUFFER_HEADER + len(binary)
    seed, address = seed_of(program, binary), address_of(sender.address, program, binary)
    rent = int(await sender.ask("getMinimumBalanceForRentExemption", space))
    has = int((await sender.ask("getBalance", str(address), {"commitment": "confirmed"}))["value"])
    pay = TransferParams(from_pubkey=payer, to_pubkey=address, lamports=max(0, rent - has))
    take = AllocateWithSeedParams(
        address=address, base=payer, seed=seed, space=space, owner=UPGRADEABLE_LOADER
    )
    return [transfer(pay), allocate_with_seed(take), loader.initialize_buffer(address, payer)]
