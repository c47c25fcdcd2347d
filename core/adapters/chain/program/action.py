"""What a proposal does: a Borsh enum, `Action` in the IDL, whose variants have these names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import LayoutError, Reader, u16, u32, u64
from core.domain.governance import NO_DELAY, ONE_LOCK, TWO_LOCKS, Delay
from core.domain.money import Bps, Lamports


@dataclass(frozen=True, slots=True)
class SetTerms:
    """What coins launched from now on copy; coins that exist keep what they copied."""

    TAG: ClassVar[int] = 0
    VETOABLE: ClassVar[bool] = True

    initial_sol: Lamports  # R0
    graduation_cap: Lamports
    schedule_slots: int
    fee: Bps
    creator_fee: Bps
    schedule_fee: Bps

    @property
    def delay(self) -> Delay:
        """One lock."""
        return ONE_LOCK

    def fields(self) -> bytes:
        """Raises OverflowError where a value does not fit its field."""
        rates = (self.schedule_slots, self.fee, self.creator_fee, self.schedule_fee)
        return u64(self.initial_sol) + u32(self.graduation_cap) + b"".join(map(u16, rates))

    @classmethod
    def read(cls, r: Reader) -> SetTerms:
        """From its fields."""
        return cls(
            initial_sol=Lamports(r.uint(8)),
            graduation_cap=Lamports(r.uint(4)),
            schedule_slots=r.uint(2),
            fee=Bps(r.uint(2)),
            creator_fee=Bps(r.uint(2)),
            schedule_fee=Bps(r.uint(2)),
        )


@dataclass(frozen=True, slots=True)
class SetKeys:
    """Who gets the protocol's fees, and who may open reward epochs."""

    TAG: ClassVar[int] = 1
    VETOABLE: ClassVar[bool] = True

    treasury: Pubkey
    rewards: Pubkey

    @property
    def delay(self) -> Delay:
        """One lock."""
        return ONE_LOCK

    def fields(self) -> bytes:
        """Both keys."""
        return bytes(self.treasury) + bytes(self.rewards)

    @classmethod
    def read(cls, r: Reader) -> SetKeys:
        """From its fields."""
        return cls(treasury=r.key(), rewards=r.key())


@dataclass(frozen=True, slots=True)
class SetTimeLock:
    """Seconds, 48 hours to 30 days."""

    TAG: ClassVar[int] = 2
    VETOABLE: ClassVar[bool] = True

    time_lock: int

    @property
    def delay(self) -> Delay:
        """The longer of the old lock and this."""
        return Delay(1, self.time_lock)

    def fields(self) -> bytes:
        """Raises OverflowError outside 64 bits."""
        return u64(self.time_lock)

    @classmethod
    def read(cls, r: Reader) -> SetTimeLock:
        """From its fields."""
        return cls(time_lock=r.uint(8))


@dataclass(frozen=True, slots=True)
class RotateCouncil:
    """Another council: 1 to 9 distinct keys, and how many of them decide."""

    TAG: ClassVar[int] = 3
    VETOABLE: ClassVar[bool] = True

    threshold: int
    council: tuple[Pubkey, ...]

    @property
    def delay(self) -> Delay:
        """One lock."""
        return ONE_LOCK

    def fields(self) -> bytes:
        """Threshold and a list."""
        return bytes([self.threshold]) + u32(len(self.council)) + b"".join(map(bytes, self.council))

    @classmethod
    def read(cls, r: Reader) -> RotateCouncil:
        """From its fields."""
        threshold = r.uint(1)
        return cls(threshold=threshold, council=tuple(r.key() for _ in range(r.uint(4))))


@dataclass(frozen=True, slots=True)
class RotateGuardian:
    """Another guardian. The one in office can't veto it, and it waits two locks."""

    TAG: ClassVar[int] = 4
    VETOABLE: ClassVar[bool] = False

    guardian: Pubkey

    @property
    def delay(self) -> Delay:
        """Two locks."""
        return TWO_LOCKS

    def fields(self) -> bytes:
        """The key."""
        return bytes(self.guardian)

    @classmethod
    def read(cls, r: Reader) -> RotateGuardian:
        """From its fields."""
        return cls(guardian=r.key())


@dataclass(frozen=True, slots=True)
class EndPause:
    """Ends the guardian's pause, who can't veto that."""

    TAG: ClassVar[int] = 5
    VETOABLE: ClassVar[bool] = False

    @property
    def delay(self) -> Delay:
        """None."""
        return NO_DELAY

    def fields(self) -> bytes:
        """None."""
        return b""

    @classmethod
    def read(cls, r: Reader) -> EndPause:
        """From nothing."""
        return cls()


@dataclass(frozen=True, slots=True)
class ReplaceCode:
    """The code in `buffer`, if its sha256 is this one, becomes the program's."""

    TAG: ClassVar[int] = 6
    VETOABLE: ClassVar[bool] = True

    buffer: Pubkey
    sha256: bytes

    @property
    def delay(self) -> Delay:
        """One lock."""
        return ONE_LOCK

    def fields(self) -> bytes:
        """Address and hash."""
        return bytes(self.buffer) + self.sha256

    @classmethod
    def read(cls, r: Reader) -> ReplaceCode:
        """From its fields."""
        return cls(buffer=r.key(), sha256=r.take(32))


Action = SetTerms | SetKeys | SetTimeLock | RotateCouncil | RotateGuardian | EndPause | ReplaceCode
ACTIONS = (SetTerms, SetKeys, SetTimeLock, RotateCouncil, RotateGuardian, EndPause, ReplaceCode)
_BY_TAG = {kind.TAG: kind for kind in ACTIONS}
_DIGEST_TAG = b"pumpbox:proposal:1"


def encode_action(action: Action) -> bytes:
    """The bytes that a proposal stores. Raises OverflowError where a value does not fit its field."""
    return bytes([action.TAG]) + action.fields()


def read_action(r: Reader) -> Action:
    """Takes one action off the front. Raises LayoutError."""
    tag = r.uint(1)
    if tag not in _BY_TAG:
        raise LayoutError(f"no action has the tag {tag}")
    return _BY_TAG[tag].read(r)


def digest(config_version: int, action: Action) -> bytes:
    """What an approval names, 32 bytes: compute it from what you mean, don't copy it from the proposal.

    sha256("pumpbox:proposal:1" || config_version u64 || the action's bytes).
    """
    return hashlib.sha256(_DIGEST_TAG + u64(config_version) + encode_action(action)).digest()
