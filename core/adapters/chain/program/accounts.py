"""What the program's accounts say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import Reader, discriminator
from core.domain.curve import CurveState
from core.domain.merkle import LEAVES_A_PAGE
from core.domain.money import Bps, Lamports, TokenAtoms

_GRADUATED = 1
_MAX_COUNCIL = 9


@dataclass(frozen=True, slots=True)
class Config:
    """The installation's one Config. Times are unix seconds."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "Config")
    SIZE: ClassVar[int] = 512

    config_version: int
    sequence: int
    next_proposal: int
    next_epoch: int
    time_lock: int
    paused_until: int
    pause_allowed_at: int
    initial_sol: Lamports
    graduation_cap: Lamports
    schedule_slots: int
    fee: Bps
    creator_fee: Bps
    schedule_fee: Bps
    threshold: int
    raydium_set: int
    bump: int
    guardian: Pubkey
    treasury: Pubkey
    rewards: Pubkey
    council: tuple[Pubkey, ...]

    @classmethod
    def decode(cls, data: bytes) -> Config:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        version, sequence, next_proposal, next_epoch = (r.uint(8) for _ in range(4))
        time_lock, paused_until, pause_allowed_at = (r.uint(8) for _ in range(3))
        initial_sol, graduation_cap = Lamports(r.uint(8)), Lamports(r.uint(4))
        schedule_slots = r.uint(2)
        fee, creator_fee, schedule_fee = (Bps(r.uint(2)) for _ in range(3))
        council_len, threshold, raydium_set, bump = (r.uint(1) for _ in range(4))
        r.take(40)  # reserved
        guardian, treasury, rewards = (r.key() for _ in range(3))
        council = tuple(r.key() for _ in range(_MAX_COUNCIL))[:council_len]
        r.finish()
        return cls(
            config_version=version,
            sequence=sequence,
            next_proposal=next_proposal,
            next_epoch=next_epoch,
            time_lock=time_lock,
            paused_until=paused_until,
            pause_allowed_at=pause_allowed_at,
            initial_sol=initial_sol,
            graduation_cap=graduation_cap,
            schedule_slots=schedule_slots,
            fee=fee,
            creator_fee=creator_fee,
            schedule_fee=schedule_fee,
            threshold=threshold,
            raydium_set=raydium_set,
            bump=bump,
            guardian=guardian,
            treasury=treasury,
            rewards=rewards,
            council=council,
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """One coin's market: `state` is what trades work on, the rest identifies it."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "Curve")
    SIZE: ClassVar[int] = 200
    MINT_OFFSET: ClassVar[int] = 104  # for a memcmp filter
    CREATOR_OFFSET: ClassVar[int] = 136

    state: CurveState
    rent_deposit: Lamports
    sequence: int
    graduation_cap: Lamports
    bump: int
    vault_bump: int
    mint: Pubkey
    creator: Pubkey
    fee_recipient: Pubkey

    @classmethod
    def decode(cls, data: bytes) -> Curve:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        virtual_sol, virtual_tokens = Lamports(r.uint(8)), TokenAtoms(r.uint(8))
        real_sol, protocol_fees, creator_fees, completed_sol, rent_deposit = (
            Lamports(r.uint(8)) for _ in range(5)
        )
        launch_slot, sequence = r.uint(8), r.uint(8)
        graduation_cap, schedule_slots = Lamports(r.uint(4)), r.uint(2)
        fee, creator_fee, schedule_fee = (Bps(r.uint(2)) for _ in range(3))
        flags, bump, vault_bump = (r.uint(1) for _ in range(3))
        r.take(1)  # reserved
        initial_sol = Lamports(r.uint(8))
        mint, creator, fee_recipient = (r.key() for _ in range(3))
        r.finish()
        state = CurveState(
            initial_sol=initial_sol,
            virtual_sol=virtual_sol,
            virtual_tokens=virtual_tokens,
            real_sol=real_sol,
            protocol_fees=protocol_fees,
            creator_fees=creator_fees,
            completed_sol=completed_sol,
            fee=fee,
            creator_fee=creator_fee,
            schedule_fee=schedule_fee,
            schedule_slots=schedule_slots,
            launch_slot=launch_slot,
            graduated=bool(flags & _GRADUATED),
        )
        return cls(
            state=state,
            rent_deposit=rent_deposit,
            sequence=sequence,
            graduation_cap=graduation_cap,
            bump=bump,
            vault_bump=vault_bump,
            mint=mint,
            creator=creator,
            fee_recipient=fee_recipient,
        )


@dataclass(frozen=True, slots=True)
class RewardEpoch:
    """A distribution of rewards. Times are unix seconds; claims are paid from `claims_from` to before `expires_at`."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "RewardEpoch")
    SIZE: ClassVar[int] = 176

    number: int
    sequence: int
    count: int
    total: Lamports
    paid: Lamports
    rent_deposit: Lamports
    opened_at: int
    claims_from: int
    expires_at: int
    root: bytes
    leaves_sha256: bytes
    funder: Pubkey

    @classmethod
    def decode(cls, data: bytes) -> RewardEpoch:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        number, sequence, count = (r.uint(8) for _ in range(3))
        total, paid, rent_deposit = (Lamports(r.uint(8)) for _ in range(3))
        opened_at, claims_from, expires_at = (r.uint(8) for _ in range(3))
        root, leaves_sha256, funder = r.take(32), r.take(32), r.key()
        r.finish()
        return cls(
            number=number,
            sequence=sequence,
            count=count,
            total=total,
            paid=paid,
            rent_deposit=rent_deposit,
            opened_at=opened_at,
            claims_from=claims_from,
            expires_at=expires_at,
            root=root,
            leaves_sha256=leaves_sha256,
            funder=funder,
        )


@dataclass(frozen=True, slots=True)
class ClaimPage:
    """Which leaves of an epoch have been paid, 1,024 of them. `payer` gets the account's rent back."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "ClaimPage")
    SIZE: ClassVar[int] = 176

    epoch: int
    number: int
    payer: Pubkey
    claimed: bytes

    @classmethod
    def decode(cls, data: bytes) -> ClaimPage:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        epoch, number, payer = r.uint(4), r.uint(4), r.key()
        claimed = r.take(LEAVES_A_PAGE // 8)
        r.finish()
        return cls(epoch=epoch, number=number, payer=payer, claimed=claimed)

    def has(self, index: int) -> bool:
        """Whether this leaf, of this page, has been paid."""
        bit = index % LEAVES_A_PAGE
        return bool(self.claimed[bit // 8] >> bit % 8 & 1)
