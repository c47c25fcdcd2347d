"""Instructions of Solana's upgradeable loader, which holds every program that can be replaced.

Their numbers, accounts and limits are those of `solana-loader-v3-interface`. Each is a plain function: the loader
takes no arguments worth a type.
"""

from __future__ import annotations

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from solders.sysvar import CLOCK, RENT

from core.adapters.chain.program.ids import SYSTEM_PROGRAM, UPGRADEABLE_LOADER, ProgramIds
from core.adapters.chain.program.layout import u32, u64

PROGRAM_BYTES = 36  # tag u32, ProgramData's address
BUFFER_HEADER = 37  # tag u32, authority Option<Pubkey>: then the code
PROGRAM_DATA_HEADER = 45  # tag u32, slot u64, authority Option<Pubkey>: then the code, and room
MIN_EXTENSION = 10_240  # bytes: the least that one extension adds (SIMD-0431)

_INITIALIZE_BUFFER, _WRITE, _DEPLOY, _UPGRADE, _SET_AUTHORITY, _EXTEND = 0, 1, 2, 3, 4, 6


def initialize_buffer(buffer: Pubkey, authority: Pubkey) -> Instruction:
    """Makes an allocated account of the loader's a buffer. `authority` does not sign."""
    return _instruction(u32(_INITIALIZE_BUFFER), _writable(buffer), _read(authority))


def write(buffer: Pubkey, authority: Pubkey, offset: int, piece: bytes) -> Instruction:
    """Puts a piece of code at `offset`, counted from the buffer's header on."""
    data = u32(_WRITE) + u32(offset) + u64(len(piece)) + piece
    return _instruction(data, _writable(buffer), _signer(authority))


def deploy(payer: Pubkey, authority: Pubkey, program: Pubkey, buffer: Pubkey, room: int) -> Instruction:
    """The buffer's code becomes a program that can hold up to `room` bytes. `program` must be an allocated account
    of the loader's. The buffer's lamports go to the payer, who pays for ProgramData."""
    return _instruction(
        u32(_DEPLOY) + u64(room),
        AccountMeta(payer, is_signer=True, is_writable=True),
        _writable(ProgramIds(program).program_data),
        _writable(program),
        _writable(buffer),
        _read(RENT),
        _read(CLOCK),
        _read(SYSTEM_PROGRAM),
        _signer(authority),
    )


def upgrade(program: Pubkey, authority: Pubkey, buffer: Pubkey, spill: Pubkey) -> Instruction:
    """The buffer's code replaces the program's; the buffer's lamports go to `spill`."""
    return _instruction(
        u32(_UPGRADE),
        _writable(ProgramIds(program).program_data),
        _writable(program),
        _writable(buffer),
        _writable(spill),
        _read(RENT),
        _read(CLOCK),
        _signer(authority),
    )


def set_authority(account: Pubkey, authority: Pubkey, successor: Pubkey) -> Instruction:
    """Of a buffer, or of a program's ProgramData. The successor does not sign: a program's address can't."""
    return _instruction(u32(_SET_AUTHORITY), _writable(account), _signer(authority), _read(successor))


def extend(payer: Pubkey, program: Pubkey, more: int) -> Instruction:
    """Gives a program `more` bytes of room, at least `MIN_EXTENSION`. Anybody may, who pays for it."""
    return _instruction(
        u32(_EXTEND) + u32(more),
        _writable(ProgramIds(program).program_data),
        _writable(program),
        _read(SYSTEM_PROGRAM),
        AccountMeta(payer, is_signer=True, is_writable=True),
    )


def _instruction(data: bytes, *accounts: AccountMeta) -> Instruction:
    return Instruction(UPGRADEABLE_LOADER, data, list(accounts))


def _writable(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=True)


def _read(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=False, is_writable=False)


def _signer(key: Pubkey) -> AccountMeta:
    return AccountMeta(key, is_signer=True, is_writable=False)
