"""What Raydium's CPMM needs on a chain that we start ourselves."""

from __future__ import annotations

from solders.account import Account
from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import u32, u64
from core.adapters.chain.raydium.accounts import AmmConfig
from core.adapters.chain.raydium.addresses import TOKEN_PROGRAM, WSOL, Cpmm

_RENT_PER_BYTE, _ACCOUNT_OVERHEAD = 6_960, 128
_WSOL_DECIMALS = 9
_INITIALIZED = 1
_NOBODY = Pubkey.default()

TIER_0 = AmmConfig(
    bump=255,  # of the mainnet address; nothing reads it
    disable_create_pool=False,
    index=0,
    trade_fee_rate=2_500,
    protocol_fee_rate=120_000,
    fund_fee_rate=40_000,
    create_pool_fee=150_000_000,
    protocol_owner=_NOBODY,
    fund_owner=_NOBODY,
    creator_fee_rate=500,
)
"""Tier 0 as mainnet has it in September 2026, but nobody can collect its fees here."""


def raydium_accounts(cpmm: Cpmm) -> dict[Pubkey, Account]:
    """WSOL's mint, the fee tier that our pools use, and the account that takes the fee for a new pool."""
    return {
        WSOL: _account(_wsol_mint(), TOKEN_PROGRAM),
        cpmm.config(): _account(TIER_0.encode(), cpmm.program),
        cpmm.fee_receiver: _account(_wsol_account(_NOBODY), TOKEN_PROGRAM),
    }


def _wsol_mint() -> bytes:
    """No mint authority, no supply, no freeze authority."""
    return u32(0) + bytes(32) + u64(0) + bytes([_WSOL_DECIMALS, _INITIALIZED]) + u32(0) + bytes(32)


def _wsol_account(owner: Pubkey) -> bytes:
    """Empty, without delegate or closer; native: the rest of its lamports than this rent is its amount."""
    state = bytes(WSOL) + bytes(owner) + u64(0) + u32(0) + bytes(32) + bytes([_INITIALIZED])
    return state + u32(1) + u64(_rent(165)) + u64(0) + u32(0) + bytes(32)


def _account(data: bytes, owner: Pubkey) -> Account:
    return Account(_rent(len(data)), data, owner)


def _rent(size: int) -> int:
    return (size + _ACCOUNT_OVERHEAD) * _RENT_PER_BYTE
