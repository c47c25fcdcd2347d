"""`config --set NAME=VALUE`: the change of Config that the words mean, which the council then decides about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.action import (
    Action,
    EndPause,
    RotateCouncil,
    RotateGuardian,
    SetKeys,
    SetTerms,
    SetTimeLock,
)
from core.domain.governance import HOUR
from pumpbox.program.terms import MAX_LOCK_HOURS, MIN_LOCK_HOURS, Terms, complaints
from pumpbox.refused import Refused

# What one proposal can change, by the names of the terms file; and the pause, which is no term.
KINDS = {
    "terms": (
        "initial_sol",
        "cents_per_sol",
        "fee_bps",
        "creator_fee_bps",
        "schedule_slots",
        "schedule_fee_bps",
        "graduation_cap_sol",
    ),
    "keys": ("treasury", "rewards"),
    "lock": ("time_lock_hours",),
    "council": ("council", "threshold"),
    "guardian": ("guardian",),
    "pause": ("paused",),
}
_TEXTS = ("initial_sol", "graduation_cap_sol", "treasury", "rewards", "guardian", "paused")


def change_of(pairs: Sequence[str], config: Config) -> Action:
    """pairs: `fee_bps=50`, `council=A,B,C`, `paused=no`.

    Raises `Refused` for what the program would refuse, and for what would take two proposals.
    """
    given = dict(_pair(pair) for pair in pairs)
    kind = next((kind for kind, names in KINDS.items() if given.keys() <= set(names)), None)
    if kind is None:
        kinds = "; ".join(", ".join(names) for names in KINDS.values())
        raise Refused(f"one proposal changes one of these groups: {kinds}")
    if kind == "pause":
        if given["paused"] != "no":
            raise Refused("only paused=no can be proposed; pausing is the guardian's: pumpbox program pause")
        return EndPause()
    try:
        new = Terms(**_merged(config, given)).initialize(config.guardian, config.raydium_set)
    except ValidationError as error:
        raise Refused(complaints(error)) from None
    match kind:
        case "terms":
            return SetTerms(
                initial_sol=new.initial_sol,
                graduation_cap=new.graduation_cap,
                schedule_slots=new.schedule_slots,
                fee=new.fee,
                creator_fee=new.creator_fee,
                schedule_fee=new.schedule_fee,
            )
        case "keys":
            return SetKeys(treasury=new.treasury, rewards=new.rewards)
        case "lock":
            return SetTimeLock(new.time_lock)
        case "council":
            return RotateCouncil(new.threshold, new.council)
        case _:
            return RotateGuardian(new.guardian)


def _pair(pair: str) -> tuple[str, Any]:
    name, equals, text = pair.partition("=")
    name, text = name.strip(), text.strip()
    if not equals or not any(name in names for names in KINDS.values()):
        raise Refused(f"{pair[:60]!r}: say NAME=VALUE; names are those of deploy/terms.toml, and paused")
    if name == "council":
        return name, [member.strip() for member in text.split(",")]
    if name in _TEXTS:
        return name, text
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise Refused(f"{name} is a whole number, not {text[:30]!r}")
    return name, int(text)


def _merged(config: Config, given: dict[str, Any]) -> dict[str, Any]:
    """The terms file that describes Config, with what is given in its place."""
    now: dict[str, Any] = {
        "initial_sol": config.initial_sol.sol(),
        "fee_bps": int(config.fee),
        "creator_fee_bps": int(config.creator_fee),
        "schedule_slots": config.schedule_slots,
        "schedule_fee_bps": int(config.schedule_fee),
        "graduation_cap_sol": config.graduation_cap.sol(),
        # A lock of broken hours can't be written in the file, and is changed by a proposal of its own only.
        "time_lock_hours": min(max(config.time_lock // HOUR, MIN_LOCK_HOURS), MAX_LOCK_HOURS),
        "council": [str(member) for member in config.council],
        "threshold": config.threshold,
        "guardian": str(config.guardian),
        "treasury": str(config.treasury),
        "rewards": str(config.rewards),
    }
    if "cents_per_sol" in given:
        del now["initial_sol"]
    return {**now, **given}
