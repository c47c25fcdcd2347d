"""The terms file: what a new installation's Config says. deploy/terms.toml is one to begin with."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from solders.pubkey import Pubkey

from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.initialize import Initialize
from core.domain.address import is_address
from core.domain.curve import MAX_FEE, MAX_INITIAL_SOL, MAX_SCHEDULE_FEE, MIN_INITIAL_SOL, r0_for
from core.domain.governance import HOUR, MAX_COUNCIL, MAX_LOCK, MIN_LOCK
from core.domain.money import Bps, Lamports
from pumpbox.refused import Refused

MAX_SCHEDULE_SLOTS = 9_000
MAX_GRADUATION_CAP = Lamports(1_000_000_000)
MIN_LOCK_HOURS, MAX_LOCK_HOURS = MIN_LOCK // HOUR, MAX_LOCK // HOUR


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"{text[:60]!r} is no address")
    return text


def _sol(text: str) -> str:
    Lamports.parse(text)  # raises a ValueError that has the text in it
    return text


Address = Annotated[str, AfterValidator(_address)]
Sol = Annotated[str, AfterValidator(_sol)]


class Terms(BaseModel):
    """Every bound here is compiled into the program too, which would refuse it later and with fewer words."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cents_per_sol: int | None = Field(None, gt=0)
    initial_sol: Sol | None = None
    fee_bps: int = Field(ge=0, le=MAX_FEE)
    creator_fee_bps: int = Field(ge=0)
    schedule_slots: int = Field(0, ge=0, le=MAX_SCHEDULE_SLOTS)
    schedule_fee_bps: int = Field(0, ge=0, le=MAX_SCHEDULE_FEE)
    graduation_cap_sol: Sol
    time_lock_hours: int = Field(ge=MIN_LOCK_HOURS, le=MAX_LOCK_HOURS)
    council: list[Address] = Field(min_length=1, max_length=MAX_COUNCIL)
    threshold: int = Field(ge=1)
    guardian: Address
    treasury: Address
    rewards: Address

    @model_validator(mode="after")
    def _fits(self) -> Terms:
        if (self.cents_per_sol is None) == (self.initial_sol is None):
            raise ValueError("give cents_per_sol or initial_sol, one of them")
        if not MIN_INITIAL_SOL <= self.r0 <= MAX_INITIAL_SOL:
            raise ValueError(f"the first market is {self.r0.sol()} SOL; it must be 5 to 500")
        if self.creator_fee_bps > self.fee_bps:
            raise ValueError("creator_fee_bps is a part of fee_bps, so it can't be more")
        if self.schedule_slots and self.schedule_fee_bps < self.fee_bps:
            raise ValueError("schedule_fee_bps is where the fee begins, so it can't be below fee_bps")
        if not self.schedule_slots and self.schedule_fee_bps:
            raise ValueError("schedule_fee_bps without schedule_slots")
        if Lamports.parse(self.graduation_cap_sol) > MAX_GRADUATION_CAP:
            raise ValueError("graduation_cap_sol is at most 1")
        if len(set(self.council)) < len(self.council):
            raise ValueError("a council member is there twice")
        if self.threshold > len(self.council):
            raise ValueError("threshold is more than the council has members")
        return self

    @property
    def r0(self) -> Lamports:
        """Virtual SOL of a new coin."""
        if self.initial_sol is not None:
            return Lamports.parse(self.initial_sol)
        assert self.cents_per_sol is not None  # held by the validator
        return r0_for(self.cents_per_sol)

    def initialize(self, authority: Pubkey, raydium_set: int) -> Initialize:
        """The instruction that sets them, paid and signed by the upgrade authority."""
        return Initialize(
            payer=authority,
            authority=authority,
            time_lock=self.time_lock_hours * HOUR,
            initial_sol=self.r0,
            graduation_cap=Lamports.parse(self.graduation_cap_sol),
            fee=Bps(self.fee_bps),
            creator_fee=Bps(self.creator_fee_bps),
            guardian=Pubkey.from_string(self.guardian),
            treasury=Pubkey.from_string(self.treasury),
            rewards=Pubkey.from_string(self.rewards),
            council=tuple(Pubkey.from_string(member) for member in self.council),
            threshold=self.threshold,
            raydium_set=raydium_set,
            schedule_slots=self.schedule_slots,
            schedule_fee=Bps(self.schedule_fee_bps),
        )


def read_terms(file: Path) -> Terms:
    """Raises `Refused` with every line that is wrong."""
    try:
        return Terms(**tomllib.loads(file.read_text()))
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{file} is no TOML: {error}") from None
    except ValidationError as error:
        raise Refused(f"{file} is not right: {complaints(error)}") from None


def complaints(error: ValidationError) -> str:
    """What is wrong, in one line."""
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'together'}: {each['msg'].removeprefix('Value error, ')}"
        for each in found
    )


def as_config(made: Initialize) -> Config:
    """The Config that will be there."""
    return Config(
        config_version=1,
        sequence=1,
        next_proposal=0,
        next_epoch=0,
        time_lock=made.time_lock,
        paused_until=0,
        pause_allowed_at=0,
        initial_sol=made.initial_sol,
        graduation_cap=made.graduation_cap,
        schedule_slots=made.schedule_slots,
        fee=made.fee,
        creator_fee=made.creator_fee,
        schedule_fee=made.schedule_fee,
        threshold=made.threshold,
        raydium_set=made.raydium_set,
        bump=0,
        guardian=made.guardian,
        treasury=made.treasury,
        rewards=made.rewards,
        council=made.council,
    )
