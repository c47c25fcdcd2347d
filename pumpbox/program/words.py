"""Config in words, and as JSON."""

from __future__ import annotations

import time
from typing import Any

from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.action import SetTerms
from core.adapters.chain.program.initialize import RAYDIUM_MAINNET
from core.domain.money import Bps, Lamports

SLOT_SECONDS = 0.4
_YEAR_10000 = 253_402_300_800  # unix second, from which on no calendar of ours goes


def config_lines(config: Config, now: int) -> list[str]:
    """What new coins copy, who can do what after which delay, and how it stands. now: the chain's unix second."""
    return [
        *terms_lines(config),
        "Now:",
        f"  paused          {_pause(config, now)}",
        f"  version         {config.config_version}; next proposal {config.next_proposal}, next epoch {config.next_epoch}",
    ]


def terms_lines(config: Config) -> list[str]:
    """What was decided."""
    lock = duration(config.time_lock)
    council = f"{config.threshold} of {len(config.council)} decide about everything here and about upgrades"
    return [
        "New coins:",
        f"  first market    {sol(config.initial_sol)} of virtual SOL",
        f"  fee             {bps(config.fee)} of each trade; of them the coin's creator gets {bps(config.creator_fee)}",
        f"  launch schedule {schedule(config)}",
        f"  graduation      costs up to {sol(config.graduation_cap)} are the coin's, the rest is its caller's",
        f"  Raydium         {'mainnet' if config.raydium_set == RAYDIUM_MAINNET else 'devnet'}'s addresses",
        "Who can do what:",
        f"  council         {council},",
        f"                  {lock} after the last approval that is needed, within 7 days",
        *(f"                  {member}" for member in config.council),
        f"  guardian        {config.guardian}",
        "                  pauses launches and buys for up to 7 days, never sells; vetoes proposals",
        f"  treasury        {config.treasury}",
        "                  is paid the protocol's share of fees",
        f"  rewards         {config.rewards}",
        "                  opens reward epochs, with its own SOL",
    ]


def config_json(config: Config) -> dict[str, Any]:
    """Lamports, basis points, seconds, slots."""
    return {
        "config_version": config.config_version,
        "initial_sol_lamports": int(config.initial_sol),
        "fee_bps": int(config.fee),
        "creator_fee_bps": int(config.creator_fee),
        "schedule_slots": config.schedule_slots,
        "schedule_fee_bps": int(config.schedule_fee),
        "graduation_cap_lamports": int(config.graduation_cap),
        "raydium_set": config.raydium_set,
        "time_lock_seconds": config.time_lock,
        "threshold": config.threshold,
        "council": [str(member) for member in config.council],
        "guardian": str(config.guardian),
        "treasury": str(config.treasury),
        "rewards": str(config.rewards),
        "paused_until": config.paused_until,
        "pause_allowed_at": config.pause_allowed_at,
        "next_proposal": config.next_proposal,
        "next_epoch": config.next_epoch,
    }


def sol(lamports: int) -> str:
    return f"{Lamports(lamports).sol()} SOL"


def bps(value: Bps) -> str:
    return f"{value.percent()} % ({int(value)} bps)"


def duration(seconds: int) -> str:
    """Whole days and hours where they fit: 2 days, 49 hours, 90 seconds."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count, rest = divmod(seconds, length)
        if count and not rest:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"


def moment(at: int, now: int) -> str:
    """A unix second in UTC, and how far away: `2026-11-25 03:00 UTC (in 2 days)`."""
    away = at - now
    near = abs(away)
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
    unit, length = next(((name, each) for name, each in units if near >= 2 * each), units[-1])
    words = f"{near // length} {unit}"
    if not 0 <= at < _YEAR_10000:
        return f"unix second {at}"
    stamp = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
    if near < 2:
        return f"{stamp} (now)"
    return f"{stamp} ({f'in {words}' if away > 0 else f'{words} ago'})"


def schedule(of: Config | SetTerms) -> str:
    """The launch schedule."""
    if not of.schedule_slots:
        return "none"
    seconds = duration(round(of.schedule_slots * SLOT_SECONDS))
    return (
        f"buys pay {bps(of.schedule_fee)} at first, falling to the fee over {of.schedule_slots} slots "
        f"(about {seconds})"
    )


def _pause(config: Config, now: int) -> str:
    if config.paused_until > now:
        return f"until {moment(config.paused_until, now)}; selling goes on"
    if config.pause_allowed_at > now:
        return f"no; the guardian may pause again from {moment(config.pause_allowed_at, now)}"
    return "no"
