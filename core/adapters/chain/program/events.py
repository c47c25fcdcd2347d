"""The program's events, as `Program data:` lines carry them.

A cross-check only: logs can be cut off or imitated by other programs. Believe an event only inside our
own program's invoke frame, and take instructions for the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.governance_events import (
    Paused,
    ProposalApproved,
    ProposalCancelled,
    ProposalExecuted,
    ProposalMade,
)
from core.adapters.chain.program.layout import LayoutError, Reader, discriminator
from core.domain.money import Bps, Lamports, TokenAtoms


@dataclass(frozen=True, slots=True)
class Initialized:
    """Config was made."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "Initialized")

    sequence: int
    config_version: int

    @classmethod
    def read(cls, r: Reader) -> Initialized:
        """From its fields."""
        return cls(sequence=r.uint(8), config_version=r.uint(8))


@dataclass(frozen=True, slots=True)
class Launched:
    """A coin was made; number 1 of its events."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "Launched")

    mint: Pubkey
    sequence: int
    creator: Pubkey
    config_version: int
    launch_slot: int
    initial_sol: Lamports
    rent_deposit: Lamports
    graduation_cap: Lamports
    schedule_slots: int
    fee: Bps
    creator_fee: Bps
    schedule_fee: Bps

    @classmethod
    def read(cls, r: Reader) -> Launched:
        """From its fields."""
        return cls(
            mint=r.key(),
            sequence=r.uint(8),
            creator=r.key(),
            config_version=r.uint(8),
            launch_slot=r.uint(8),
            initial_sol=Lamports(r.uint(8)),
            rent_deposit=Lamports(r.uint(8)),
            graduation_cap=Lamports(r.uint(4)),
            schedule_slots=r.uint(2),
            fee=Bps(r.uint(2)),
            creator_fee=Bps(r.uint(2)),
            schedule_fee=Bps(r.uint(2)),
        )


@dataclass(frozen=True, slots=True)
class Traded:
    """A buy or a sell; reserves are those after it."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "Traded")

    mint: Pubkey
    sequence: int
    trader: Pubkey
    is_buy: bool
    atoms: TokenAtoms
    sol: Lamports  # between trader and reserve, fees apart
    protocol_fee: Lamports
    creator_fee: Lamports
    virtual_sol: Lamports
    virtual_tokens: TokenAtoms
    real_sol: Lamports
    slot: int

    @classmethod
    def read(cls, r: Reader) -> Traded:
        """From its fields."""
        return cls(
            mint=r.key(),
            sequence=r.uint(8),
            trader=r.key(),
            is_buy=r.uint(1) == 1,
            atoms=TokenAtoms(r.uint(8)),
            sol=Lamports(r.uint(8)),
            protocol_fee=Lamports(r.uint(8)),
            creator_fee=Lamports(r.uint(8)),
            virtual_sol=Lamports(r.uint(8)),
            virtual_tokens=TokenAtoms(r.uint(8)),
            real_sol=Lamports(r.uint(8)),
            slot=r.uint(8),
        )


@dataclass(frozen=True, slots=True)
class FeesSwept:
    """Fees were paid out; a share that its payee could not keep is 0 here and stays accrued."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "FeesSwept")

    mint: Pubkey
    sequence: int
    treasury: Pubkey
    protocol_fees: Lamports
    fee_recipient: Pubkey
    creator_fees: Lamports

    @classmethod
    def read(cls, r: Reader) -> FeesSwept:
        """From its fields."""
        return cls(
            mint=r.key(),
            sequence=r.uint(8),
            treasury=r.key(),
            protocol_fees=Lamports(r.uint(8)),
            fee_recipient=r.key(),
            creator_fees=Lamports(r.uint(8)),
        )


@dataclass(frozen=True, slots=True)
class FeeRecipientSet:
    """The creator's share goes to another account from now on."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "FeeRecipientSet")

    mint: Pubkey
    sequence: int
    fee_recipient: Pubkey

    @classmethod
    def read(cls, r: Reader) -> FeeRecipientSet:
        """From its fields."""
        return cls(mint=r.key(), sequence=r.uint(8), fee_recipient=r.key())


@dataclass(frozen=True, slots=True)
class Graduated:
    """The coin trades on `pool` from now on. The pool starts with `sol` and `atoms`."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "Graduated")

    mint: Pubkey
    sequence: int
    caller: Pubkey
    pool: Pubkey
    sol: Lamports
    atoms: TokenAtoms
    atoms_burnt: TokenAtoms
    lp_burnt: int  # liquidity tokens, all that there were
    cost: Lamports  # Raydium's fee, rents and float
    top_up: Lamports  # the caller's part of the cost
    bounty: Lamports  # what the caller got of what was left
    protocol_fees: Lamports  # what was left besides, added to the curve's

    @classmethod
    def read(cls, r: Reader) -> Graduated:
        """From its fields."""
        return cls(
            mint=r.key(),
            sequence=r.uint(8),
            caller=r.key(),
            pool=r.key(),
            sol=Lamports(r.uint(8)),
            atoms=TokenAtoms(r.uint(8)),
            atoms_burnt=TokenAtoms(r.uint(8)),
            lp_burnt=r.uint(8),
            cost=Lamports(r.uint(8)),
            top_up=Lamports(r.uint(8)),
            bounty=Lamports(r.uint(8)),
            protocol_fees=Lamports(r.uint(8)),
        )


@dataclass(frozen=True, slots=True)
class EpochOpened:
    """Rewards were promised and paid in; number 1 of the epoch's events. Times are unix seconds."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "EpochOpened")

    epoch: int
    sequence: int
    root: bytes
    leaves_sha256: bytes
    count: int
    total: Lamports
    opened_at: int
    claims_from: int
    expires_at: int
    rent_deposit: Lamports
    funder: Pubkey

    @classmethod
    def read(cls, r: Reader) -> EpochOpened:
        """From its fields."""
        return cls(
            epoch=r.uint(8),
            sequence=r.uint(8),
            root=r.take(32),
            leaves_sha256=r.take(32),
            count=r.uint(8),
            total=Lamports(r.uint(8)),
            opened_at=r.uint(8),
            claims_from=r.uint(8),
            expires_at=r.uint(8),
            rent_deposit=Lamports(r.uint(8)),
            funder=r.key(),
        )


@dataclass(frozen=True, slots=True)
class EpochVoided:
    """The guardian sent everything back before the first claim; the epoch's account is gone."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "EpochVoided")

    epoch: int
    sequence: int
    funder: Pubkey
    refunded: Lamports  # the account's rent too

    @classmethod
    def read(cls, r: Reader) -> EpochVoided:
        """From its fields."""
        return cls(epoch=r.uint(8), sequence=r.uint(8), funder=r.key(), refunded=Lamports(r.uint(8)))


@dataclass(frozen=True, slots=True)
class RewardClaimed:
    """A leaf was paid. `paid`: of the epoch so far, this leaf included."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "RewardClaimed")

    epoch: int
    sequence: int
    index: int
    recipient: Pubkey
    amount: Lamports
    paid: Lamports

    @classmethod
    def read(cls, r: Reader) -> RewardClaimed:
        """From its fields."""
        return cls(
            epoch=r.uint(8),
            sequence=r.uint(8),
            index=r.uint(8),
            recipient=r.key(),
            amount=Lamports(r.uint(8)),
            paid=Lamports(r.uint(8)),
        )


@dataclass(frozen=True, slots=True)
class EpochClosed:
    """After the expiry the rest went back to the funder; the epoch's account is gone."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "EpochClosed")

    epoch: int
    sequence: int
    paid: Lamports
    funder: Pubkey
    refunded: Lamports  # the account's rent too

    @classmethod
    def read(cls, r: Reader) -> EpochClosed:
        """From its fields."""
        return cls(
            epoch=r.uint(8),
            sequence=r.uint(8),
            paid=Lamports(r.uint(8)),
            funder=r.key(),
            refunded=Lamports(r.uint(8)),
        )


Event = (
    Initialized
    | Launched
    | Traded
    | FeesSwept
    | FeeRecipientSet
    | Graduated
    | ProposalMade
    | ProposalApproved
    | ProposalExecuted
    | ProposalCancelled
    | Paused
    | EpochOpened
    | EpochVoided
    | RewardClaimed
    | EpochClosed
)
EVENTS = (
    Initialized,
    Launched,
    Traded,
    FeesSwept,
    FeeRecipientSet,
    Graduated,
    ProposalMade,
    ProposalApproved,
    ProposalExecuted,
    ProposalCancelled,
    Paused,
    EpochOpened,
    EpochVoided,
    RewardClaimed,
    EpochClosed,
)
_BY_DISCRIMINATOR = {kind.DISCRIMINATOR: kind for kind in EVENTS}


def decode_event(data: bytes) -> Event:
    """One event's bytes. Raises LayoutError for anything else."""
    kind = _BY_DISCRIMINATOR.get(data[:8])
    if kind is None:
        raise LayoutError("no event of ours")
    reader = Reader(data, kind.DISCRIMINATOR)
    event = kind.read(reader)
    reader.finish()
    return event
