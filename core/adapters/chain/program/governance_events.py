"""Events about proposals and the pause; `events` reads them. Times are unix seconds, `sequence` is Config's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import Reader, discriminator


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """The council has something to decide. `action` is its tag; `sequence` counts Config's events."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "ProposalMade")

    sequence: int
    number: int
    config_version: int
    proposer: Pubkey
    digest: bytes
    action: int

    @classmethod
    def read(cls, r: Reader) -> ProposalMade:
        """From its fields."""
        return cls(
            sequence=r.uint(8),
            number=r.uint(8),
            config_version=r.uint(8),
            proposer=r.key(),
            digest=r.take(32),
            action=r.uint(1),
        )


@dataclass(frozen=True, slots=True)
class ProposalApproved:
    """A member approved; `approved` from the k-th on."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "ProposalApproved")

    sequence: int
    number: int
    member: Pubkey
    approvals: int  # a bit a member
    approved: bool
    time: int

    @classmethod
    def read(cls, r: Reader) -> ProposalApproved:
        """From its fields."""
        return cls(
            sequence=r.uint(8),
            number=r.uint(8),
            member=r.key(),
            approvals=r.uint(2),
            approved=r.uint(1) == 1,
            time=r.int64(),
        )


@dataclass(frozen=True, slots=True)
class ProposalExecuted:
    """A change was made; Config is at `config_version` since."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "ProposalExecuted")

    sequence: int
    number: int
    action: int
    config_version: int

    @classmethod
    def read(cls, r: Reader) -> ProposalExecuted:
        """From its fields."""
        return cls(sequence=r.uint(8), number=r.uint(8), action=r.uint(1), config_version=r.uint(8))


@dataclass(frozen=True, slots=True)
class ProposalCancelled:
    """A proposal was vetoed, withdrawn, or was void."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "ProposalCancelled")

    sequence: int
    number: int
    by: Pubkey

    @classmethod
    def read(cls, r: Reader) -> ProposalCancelled:
        """From its fields."""
        return cls(sequence=r.uint(8), number=r.uint(8), by=r.key())


@dataclass(frozen=True, slots=True)
class Paused:
    """The guardian stopped launches and buys until then; the next pause may begin at `next_at`."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "Paused")

    sequence: int
    until: int
    next_at: int

    @classmethod
    def read(cls, r: Reader) -> Paused:
        """From its fields."""
        return cls(sequence=r.uint(8), until=r.int64(), next_at=r.int64())
