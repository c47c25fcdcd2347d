"""What a proposal's account says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.action import Action, read_action
from core.adapters.chain.program.layout import LayoutError, Reader, discriminator
from core.domain.governance import Ballot, Window


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that the council votes on. It is void once Config has another version. Times: unix seconds."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("account", "Proposal")
    SIZE: ClassVar[int] = 440

    number: int
    config_version: int
    created_at: int
    ballot: Ballot
    payer: Pubkey  # gets the account's lamports when it closes
    proposer: Pubkey
    digest: bytes  # as the program computed it; `action.digest` computes it from what you mean
    action: Action

    @classmethod
    def decode(cls, data: bytes) -> Proposal:
        """Raises LayoutError."""
        if len(data) != cls.SIZE:
            raise LayoutError(f"{len(data)} bytes, a proposal has {cls.SIZE}")
        r = Reader(data, cls.DISCRIMINATOR)
        number, config_version = r.uint(8), r.uint(8)
        created_at, approved_at, approvals = r.int64(), r.int64(), r.uint(2)
        r.take(6)  # reserved
        payer, proposer, named = r.key(), r.key(), r.take(32)
        action = read_action(r)
        if any(r.rest()):
            raise LayoutError("bytes after the action")
        return cls(
            number=number,
            config_version=config_version,
            created_at=created_at,
            ballot=Ballot(approvals, approved_at),
            payer=payer,
            proposer=proposer,
            digest=named,
            action=action,
        )

    def window(self, config: Config) -> Window | None:
        """When it may be executed; None while it is not approved, or void."""
        if self.config_version != config.config_version:
            return None
        return self.ballot.window(config.threshold, self.action.delay.under(config.time_lock))

    def approved_by(self, config: Config) -> tuple[Pubkey, ...]:
        """The members who approved, in the council's order. Means nothing for another version of Config."""
        return tuple(key for at, key in enumerate(config.council) if self.ballot.approvals >> at & 1)
