"""A proposal in words: what it would change, how far it is, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.adapters.chain.buffer import Buffer, read_buffer
from core.adapters.chain.council import chain_time, proposal_at
from core.adapters.chain.deployed import config_of
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.action import (
    Action,
    EndPause,
    ReplaceCode,
    RotateCouncil,
    RotateGuardian,
    SetKeys,
    SetTerms,
    SetTimeLock,
)
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.sender import TransactionFailed
from pumpbox.program.binary import Binary
from pumpbox.program.place import Ground
from pumpbox.program.words import bps, duration, moment, schedule, sol
from pumpbox.refused import Refused

KINDS: dict[type, str] = {
    SetTerms: "terms of new coins",
    SetKeys: "treasury and rewards key",
    SetTimeLock: "time lock",
    RotateCouncil: "another council",
    RotateGuardian: "another guardian",
    EndPause: "end of the pause",
    ReplaceCode: "another binary",
}


@dataclass(frozen=True, slots=True)
class Chamber:
    """Config, and the chain's time by which its locks run."""

    config: Config
    now: int


async def chamber(ground: Ground) -> Chamber:
    """Raises `Refused` where there is no Config; `ChainAway`."""
    config = await config_of(ground.rpc, str(ground.ids.program))
    if config is None:
        raise Refused(f"{ground.program} on {ground.cluster} has no Config: it was never set up")
    return Chamber(config, await chain_time(ground.rpc))


async def wanted(ground: Ground, number: int) -> Proposal:
    """The proposal with this number. Raises `Refused` if it is none, or can't be read."""
    if not 0 <= number < 2**64:
        raise Refused("that is no number of a proposal")
    try:
        found = await proposal_at(ground.rpc, ground.ids, number)
    except LayoutError:
        raise Refused("this version can't read that proposal: use the one that it was made with") from None
    if found is None:
        raise Refused(f"there is no proposal {number}: it was never made, or executed, or cancelled")
    return found


def state(proposal: Proposal, seen: Chamber) -> tuple[str, str]:
    """One of void, open, locked, ready, over; and the words for it."""
    config = seen.config
    if proposal.config_version != config.config_version:
        made = f"made for version {proposal.config_version} of Config, which has {config.config_version}"
        return "void", f"{made}: it can't be executed; anybody may cancel it"
    window = proposal.window(config)
    have = len(proposal.approved_by(config))
    if window is None:
        return "open", f"{have} of {config.threshold} approvals; the last that is needed starts its lock"
    if window.is_over(seen.now):
        return "over", f"could be executed until {moment(window.closes, seen.now)}; anybody may cancel it"
    if seen.now < window.opens:
        return "locked", f"approved; to be executed from {moment(window.opens, seen.now)}"
    return "ready", f"anybody may execute it, until {moment(window.closes, seen.now)}"


def proposal_lines(proposal: Proposal, seen: Chamber, code: list[str]) -> list[str]:
    """code: what is known of the binary that it names."""
    config = seen.config
    current = proposal.config_version == config.config_version
    names = [f"{member} approved" for member in proposal.approved_by(config)] if current else []
    return [
        f"Proposal {proposal.number}: {KINDS[type(proposal.action)]}",
        *(f"  {line}" for line in action_lines(proposal.action, config)),
        *(f"  {line}" for line in code),
        f"  proposed by {proposal.proposer} at {moment(proposal.created_at, seen.now)}",
        *(f"  {name}" for name in names),
        f"  {state(proposal, seen)[1]}",
    ]


def proposal_json(proposal: Proposal, seen: Chamber) -> dict[str, Any]:
    """For scripts; times are unix seconds, null where there is none."""
    window = proposal.window(seen.config)
    current = proposal.config_version == seen.config.config_version
    shown: dict[str, Any] = {
        "number": proposal.number,
        "kind": type(proposal.action).__name__,
        "state": state(proposal, seen)[0],
        "config_version": proposal.config_version,
        "proposer": str(proposal.proposer),
        "created_at": proposal.created_at,
        "approved_by": [str(key) for key in proposal.approved_by(seen.config)] if current else [],
        "threshold": seen.config.threshold,
        "opens_at": window and window.opens,
        "closes_at": window and window.closes,
        "digest": proposal.digest.hex(),
    }
    if isinstance(proposal.action, ReplaceCode):
        shown |= {"buffer": str(proposal.action.buffer), "sha256": proposal.action.sha256.hex()}
    return shown


def action_lines(action: Action, config: Config) -> list[str]:
    """What it changes, as old -> new; what it leaves is not said."""
    match action:
        case SetTerms():
            return _terms(action, config)
        case SetKeys():
            pairs = [
                ("treasury", config.treasury, action.treasury),
                ("rewards", config.rewards, action.rewards),
            ]
            return [f"{name:<16}{old} -> {new}" for name, old, new in pairs if old != new] or [
                "changes nothing"
            ]
        case SetTimeLock():
            return [f"{'time lock':<16}{duration(config.time_lock)} -> {duration(action.time_lock)}"]
        case RotateCouncil():
            return _council(action, config)
        case RotateGuardian():
            return [f"{'guardian':<16}{config.guardian} -> {action.guardian}"]
        case EndPause():
            return ["launches and buys go on, and the guardian can't pause again for 7 days"]
        case ReplaceCode():
            return [f"{'sha256':<16}{action.sha256.hex()}", f"{'buffer':<16}{action.buffer}"]


def _terms(new: SetTerms, old: Config) -> list[str]:
    pairs = [
        ("first market", sol(old.initial_sol), sol(new.initial_sol)),
        ("fee", bps(old.fee), bps(new.fee)),
        ("creator's part", bps(old.creator_fee), bps(new.creator_fee)),
        ("launch schedule", schedule(old), schedule(new)),
        ("graduation cap", sol(old.graduation_cap), sol(new.graduation_cap)),
    ]
    changed = [f"{name:<16}{before} -> {after}" for name, before, after in pairs if before != after]
    return [*(changed or ["changes nothing"]), "coins that exist keep theirs"]


def _council(new: RotateCouncil, old: Config) -> list[str]:
    out = [f"{'leaves':<16}{key}" for key in old.council if key not in new.council]
    into = [f"{'joins':<16}{key}" for key in new.council if key not in old.council]
    stays = [f"{'stays':<16}{key}" for key in new.council if key in old.council]
    was, will = f"{old.threshold} of {len(old.council)}", f"{new.threshold} of {len(new.council)}"
    return [*out, *into, *stays, f"{'decide':<16}{was} -> {will}"]


@dataclass(frozen=True, slots=True)
class Code:
    """What a proposal's buffer holds, looked at now. known: it is a binary that is here. sound: it is
    what is proposed, and only the program itself can use it."""

    binary: bytes
    lines: list[str]
    known: bool
    sound: bool


async def code_of(ground: Ground, action: ReplaceCode, mine: Binary) -> Code:
    """Hashes the buffer on the chain, and says whether it is `mine`. Raises `ChainAway`."""
    try:
        buffer = await read_buffer(ground.rpc.call, action.buffer)
    except TransactionFailed as wrong:  # any account can be proposed; it must not hide what else is
        return Code(b"", [f"{wrong}: this can't be executed"], known=False, sound=False)
    if buffer is None:
        return Code(b"", ["the buffer is gone: this can't be executed"], known=False, sound=False)
    return judge(buffer, action, mine, ground.ids)


def judge(buffer: Buffer, action: ReplaceCode, mine: Binary, ids: ProgramIds) -> Code:
    """See `code_of`."""
    if buffer.sha256() != action.sha256.hex():
        seen = f"THE BUFFER HOLDS SOMETHING ELSE: sha256 {buffer.sha256()}; this can't be executed as it is"
        return Code(buffer.code, [seen], known=False, sound=False)
    lines = [f"the buffer holds exactly that, {len(buffer.code):,} bytes (hashed just now)"]
    known = buffer.code == mine.code
    lines.append(f"it is {mine.name}, byte by byte" if known else f"it is not {mine.name}")
    sound = buffer.authority == ids.upgrade_authority
    if not sound:
        lines.append(
            f"{buffer.authority} can still change it: this can't be executed until it is handed over"
        )
    return Code(buffer.code, lines, known=known, sound=sound)
