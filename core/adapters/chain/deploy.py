"""Putting a program on a cluster: what it costs, the steps, and what may stand in the way.

Each step is one transaction or nothing, and looking at the chain says which are left: see `core.adapters.chain.buffer`.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import dataclass

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import AllocateParams, AssignParams, TransferParams, allocate, assign, transfer

from core.adapters.chain import loader
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.ids import UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.program.initialize import Initialize
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.sender import Sender

GROWTH = (
    3,
    2,
)  # a new program has room for this part of the binary's size; more is bought when an upgrade needs it
SIGNATURE_FEE = 5_000  # lamports
WRITE_UNITS = 4_000  # compute units of a write, budget instructions included, rounded up
OTHER_TRANSACTIONS = 6  # beside the writes, generously

# SIMD-0500: where this is active, the loader takes no new code below SBPF v3. What is deployed goes on running.
NEEDS_SBPF_V3 = Pubkey.from_string("B8JJXCy5amZyWG9r7EnUYLwzXSXTxG7GZ1qZ1qggo83g")
_FEATURE_PROGRAM = "Feature111111111111111111111111111111111111"
_E_FLAGS = slice(48, 52)  # of a 64-bit ELF header: the SBPF version
_V3 = 3


@dataclass(frozen=True, slots=True)
class Costs:
    """Lamports. `stays` is rent of what remains on the chain, `returns` the buffer's, which is paid back, `peak` what of
    both is paid at the same time."""

    stays: int
    returns: int
    peak: int
    fees: int

    def needed(self, in_buffer: int, floor: int) -> int:
        """What the payer must have. in_buffer: lamports that the buffer holds already. floor: what a wallet must keep."""
        return max(0, self.peak - in_buffer) + self.fees + floor


async def rent(sender: Sender, *sizes: int) -> int:
    """Lamports that keep accounts of these sizes."""
    return sum([int(await sender.ask("getMinimumBalanceForRentExemption", each)) for each in sizes])


async def balance(sender: Sender, address: Pubkey) -> int:
    return int((await sender.ask("getBalance", str(address), {"commitment": "confirmed"}))["value"])


async def costs(
    sender: Sender,
    size: int,
    writes: int,
    *,
    room: int | None,
    more: int = 0,
    config: bool = False,
    proposal: bool = False,
) -> Costs:
    """size: the binary's. writes: pieces still to be written. room: of the program to be made; None: it is there.
    more: bytes to extend it by. config, proposal: whether that is to be made."""
    made = [loader.PROGRAM_BYTES, loader.PROGRAM_DATA_HEADER + room] if room is not None else []
    made += [Config.SIZE] * config + [Proposal.SIZE] * proposal
    price = sender.price * WRITE_UNITS // 1_000_000
    stays = await rent(sender, *made) + await rent(sender, more) - await rent(sender, 0)
    returns = await rent(sender, loader.BUFFER_HEADER + size) if writes or room is not None else 0
    return Costs(
        stays=stays,
        returns=returns,
        # A deploy empties the buffer before it pays for the program; an upgrade has both for a while.
        peak=stays + returns if room is None else max(stays, returns),
        fees=(writes + OTHER_TRANSACTIONS) * (SIGNATURE_FEE + price),
    )


def sbpf_version(binary: bytes) -> int:
    """The virtual machine that a binary was built for."""
    return int.from_bytes(binary[_E_FLAGS], "little")


async def refuses_format(sender: Sender, binary: bytes) -> bool:
    """Whether the cluster's loader takes no code in this binary's SBPF version any more."""
    if sbpf_version(binary) >= _V3:
        return False
    options = {"encoding": "base64", "commitment": "confirmed"}
    value = (await sender.ask("getAccountInfo", str(NEEDS_SBPF_V3), options))["value"]
    if value is None or value["owner"] != _FEATURE_PROGRAM:
        return False
    return b64decode(value["data"][0])[:1] == b"\x01"  # Some(slot since which it is active)


async def is_taken(sender: Sender, program: Pubkey) -> bool:
    """Whether no program can be made at this address any more: it was closed, is something else, or somebody paid
    into the account that its code would get."""
    options = {"encoding": "base64", "commitment": "confirmed", "dataSlice": {"offset": 0, "length": 0}}
    for key in (program, ProgramIds(program).program_data):
        value = (await sender.ask("getAccountInfo", str(key), options))["value"]
        if value is not None and (key != program or value["owner"] == str(UPGRADEABLE_LOADER)):
            return True
    return False


async def put(sender: Sender, program: Keypair, buffer: Pubkey, room: int) -> str:
    """Makes the program of the buffer's code, upgradeable by the payer. Raises `TransactionFailed`, `ChainAway`."""
    payer, key = sender.address, program.pubkey()
    lamports = await rent(sender, loader.PROGRAM_BYTES) - await balance(sender, key)
    account = [  # not CreateAccount, which an address that was paid into refuses
        transfer(TransferParams(from_pubkey=payer, to_pubkey=key, lamports=max(0, lamports))),
        allocate(AllocateParams(pubkey=key, space=loader.PROGRAM_BYTES)),
        assign(AssignParams(pubkey=key, owner=UPGRADEABLE_LOADER)),
    ]
    return await sender.send([*account, loader.deploy(payer, payer, key, buffer, room)], program)


async def replace(sender: Sender, program: Pubkey, buffer: Pubkey) -> str:
    """Upgrades a program that the payer may upgrade. Raises `TransactionFailed`, `ChainAway`."""
    return await sender.send([loader.upgrade(program, sender.address, buffer, sender.address)])


async def initialize_and_hand_over(sender: Sender, initialize: Initialize, ids: ProgramIds) -> str:
    """Config, and the upgrade authority to the program itself, in one transaction: at no moment is there a program
    that people can use and a single key can replace. Raises `TransactionFailed`, `ChainAway`."""
    assert initialize.authority == sender.address
    return await sender.send([initialize.build(ids), _hand_over(sender, ids)])


async def hand_over(sender: Sender, ids: ProgramIds) -> str:
    """The upgrade authority to the program itself. Raises `TransactionFailed`, `ChainAway`."""
    return await sender.send([_hand_over(sender, ids)])


async def extend(sender: Sender, program: Pubkey, more: int) -> None:
    """Gives a program `more` bytes of room, whoever may replace it; returns when it can be replaced again.

    Raises `TransactionFailed`, `ChainAway`."""
    await sender.send([loader.extend(sender.address, program, more)])
    await sender.next_slot()


def missing_room(room: int, size: int) -> int:
    """Bytes to add, so that code of `size` fits into `room`; not fewer than the loader adds at once."""
    return max(size - room, loader.MIN_EXTENSION) if size > room else 0


def sha256(binary: bytes) -> str:
    return hashlib.sha256(binary).hexdigest()


def _hand_over(sender: Sender, ids: ProgramIds) -> Instruction:
    return loader.set_authority(ids.program_data, sender.address, ids.upgrade_authority)
