"""What Raydium's accounts say. Little-endian, packed; lengths are those of the whole account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import Reader, discriminator, u16, u64

_NO_SWAP = 4  # the bit of `status` by which Raydium stops swaps


@dataclass(frozen=True, slots=True)
class AmmConfig:
    """A fee tier. Rates are parts of 1,000,000: trade of the input, protocol and fund of the trade fee."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "AmmConfig")
    SIZE: ClassVar[int] = 236

    bump: int
    disable_create_pool: bool
    index: int
    trade_fee_rate: int
    protocol_fee_rate: int
    fund_fee_rate: int
    create_pool_fee: int  # lamports
    protocol_owner: Pubkey
    fund_owner: Pubkey
    creator_fee_rate: int

    @classmethod
    def decode(cls, data: bytes) -> AmmConfig:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        found = cls(
            bump=r.uint(1),
            disable_create_pool=bool(r.uint(1)),
            index=r.uint(2),
            trade_fee_rate=r.uint(8),
            protocol_fee_rate=r.uint(8),
            fund_fee_rate=r.uint(8),
            create_pool_fee=r.uint(8),
            protocol_owner=r.key(),
            fund_owner=r.key(),
            creator_fee_rate=r.uint(8),
        )
        r.take(120)  # reserved
        r.finish()
        return found

    def encode(self) -> bytes:
        """The account's bytes, for a chain of our own. Raises OverflowError."""
        fields = (
            self.DISCRIMINATOR,
            bytes([self.bump, self.disable_create_pool]),
            u16(self.index),
            u64(self.trade_fee_rate),
            u64(self.protocol_fee_rate),
            u64(self.fund_fee_rate),
            u64(self.create_pool_fee),
            bytes(self.protocol_owner),
            bytes(self.fund_owner),
            u64(self.creator_fee_rate),
        )
        return b"".join(fields).ljust(self.SIZE, b"\0")


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool. Pairs are of token 0 and token 1; fees were taken and not yet collected."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "PoolState")
    SIZE: ClassVar[int] = 637

    amm_config: Pubkey
    pool_creator: Pubkey
    vaults: tuple[Pubkey, Pubkey]
    lp_mint: Pubkey
    mints: tuple[Pubkey, Pubkey]
    token_programs: tuple[Pubkey, Pubkey]
    observation: Pubkey
    auth_bump: int
    status: int
    lp_decimals: int
    decimals: tuple[int, int]
    lp_supply: int
    protocol_fees: tuple[int, int]
    fund_fees: tuple[int, int]
    open_time: int  # unix seconds; no swap before it
    recent_epoch: int
    creator_fee_on: int
    enable_creator_fee: bool
    creator_fees: tuple[int, int]

    @property
    def swaps_stopped(self) -> bool:
        """Whether Raydium has stopped swaps in this pool."""
        return bool(self.status & _NO_SWAP)

    def reserves(self, amounts: tuple[int, int]) -> tuple[int, int]:
        """What of the vaults' amounts is the pool's."""
        first, second = (
            amounts[side] - self.protocol_fees[side] - self.fund_fees[side] - self.creator_fees[side]
            for side in (0, 1)
        )
        return first, second

    @classmethod
    def decode(cls, data: bytes) -> Pool:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        amm_config, pool_creator = r.key(), r.key()
        vaults = (r.key(), r.key())
        lp_mint = r.key()
        mints, token_programs = (r.key(), r.key()), (r.key(), r.key())
        observation = r.key()
        auth_bump, status, lp_decimals = (r.uint(1) for _ in range(3))
        decimals = (r.uint(1), r.uint(1))
        lp_supply = r.uint(8)
        protocol_fees, fund_fees = (r.uint(8), r.uint(8)), (r.uint(8), r.uint(8))
        open_time, recent_epoch = r.uint(8), r.uint(8)
        creator_fee_on, enable_creator_fee = r.uint(1), bool(r.uint(1))
        r.take(6)  # padding
        creator_fees = (r.uint(8), r.uint(8))
        r.take(224)  # reserved
        r.finish()
        return cls(
            amm_config=amm_config,
            pool_creator=pool_creator,
            vaults=vaults,
            lp_mint=lp_mint,
            mints=mints,
            token_programs=token_programs,
            observation=observation,
            auth_bump=auth_bump,
            status=status,
            lp_decimals=lp_decimals,
            decimals=decimals,
            lp_supply=lp_supply,
            protocol_fees=protocol_fees,
            fund_fees=fund_fees,
            open_time=open_time,
            recent_epoch=recent_epoch,
            creator_fee_on=creator_fee_on,
            enable_creator_fee=enable_creator_fee,
            creator_fees=creator_fees,
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """A pool's price history; what we read of it. The stand-in keeps no entries."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "ObservationState")
    SIZE: ClassVar[int] = 4_075

    initialized: bool
    index: int
    pool: Pubkey

    @classmethod
    def decode(cls, data: bytes) -> Observation:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        found = cls(initialized=bool(r.uint(1)), index=r.uint(2), pool=r.key())
        r.take(4_032)  # 100 entries of 40 bytes, the last update, padding
        r.finish()
        return found
