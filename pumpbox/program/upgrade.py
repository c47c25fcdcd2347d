"""`pumpbox program upgrade`: another binary, written to the cluster and put before the council."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain import deploy as chain
from core.adapters.chain import loader
from core.adapters.chain.buffer import address_of, missing, piece_size, read_buffer, write_buffer
from core.adapters.chain.council import open_proposals
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.action import ReplaceCode
from core.adapters.chain.program.proposal import Proposal
from core.adapters.chain.program.propose import Propose
from core.adapters.chain.sender import Sender
from pumpbox.program.ask import agreed, progress
from pumpbox.program.binary import check_format, read_binary
from pumpbox.program.found import Found, look
from pumpbox.program.keyfile import read_keypair
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import chamber, state
from pumpbox.program.signing import NOBODY, Signing, sender_for, unsigned
from pumpbox.program.words import duration, sol
from pumpbox.refused import Refused


def upgrade(
    *, binary: Path | None = None, member: Path | None = None, where: Place = HERE, signing: Signing = NOBODY
) -> int:
    """Writes a binary into a buffer, gives the buffer to the program itself, so that nobody can change it any more, and
    proposes it to the council. Stopped anywhere, it goes on when it is run again.

    Parameters
    ----------
    binary
        What shall run; default the binary that came with this version.
    member
        Key file of the council member who proposes; default --keypair. With --print-transaction and --address, that
        wallet proposes, and gets the transaction to sign.
    where
        The cluster and the program.
    signing
        --keypair pays for the buffer.
    """
    code = read_binary(binary).code

    async def work(ground: Ground) -> int:
        if signing.keypair is None:
            raise Refused("give --keypair FILE: who pays for the buffer")
        sender = await sender_for(ground, signing.keypair, signing.priority_fee)
        seen = await chamber(ground)
        proposer = _proposer(signing, member, seen.config)
        plan = await _plan(ground, sender, code, seen.config)
        if plan is None:
            print("The program runs that binary already.")
            return 0
        await _say(plan, sender, ground)
        agreed("Go on?", yes=signing.yes)
        await _bring(plan, sender, ground)
        await _propose(plan, sender, ground, proposer)
        return 0

    return run(where, work)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do. more: bytes of room that the program lacks. left: pieces to be written. handed: the buffer
    is the program's already. in_buffer: lamports. proposed: the proposal that exists."""

    binary: bytes
    buffer: Pubkey
    more: int
    left: int
    handed: bool
    in_buffer: int
    proposed: Proposal | None
    costs: chain.Costs


def _proposer(signing: Signing, member: Path | None, config: Config) -> Keypair | Pubkey:
    """Who proposes: a key, or a wallet that signs elsewhere. Raises `Refused` before anything is spent."""
    if signing.print_transaction:
        if signing.address is None or member is not None:
            raise Refused("--print-transaction needs --address WALLET: the member who will sign the proposal")
        elsewhere = Signing(address=signing.address, print_transaction=True).signer
        if elsewhere not in config.council:
            raise Refused(f"{elsewhere} is no member of the council, which alone proposes")
        return elsewhere
    if signing.address is not None:
        raise Refused("--address signs nothing here: add --print-transaction, or give --member FILE")
    assert signing.keypair is not None  # asked before
    here = read_keypair(member or signing.keypair)
    if here.pubkey() not in config.council:
        raise Refused(
            f"{here.pubkey()} is no member of the council, which alone proposes: give --member FILE, or "
            "--print-transaction --address WALLET"
        )
    return here


async def _plan(ground: Ground, sender: Sender, binary: bytes, config: Config) -> Plan | None:
    """None if there is nothing to do. Raises `Refused` for what would fail after money was spent."""
    found: Found = await look(ground.rpc, ground.ids)
    if found.deployed is None or found.authority != str(ground.ids.upgrade_authority):
        raise Refused("only a program that may replace itself takes proposals: pumpbox program deploy")
    if found.runs(binary):
        return None
    await check_format(sender, binary)
    buffer, piece = address_of(sender.address, ground.ids.program, binary), piece_size(sender.address)
    there = await read_buffer(sender.ask, buffer)
    left = len(missing(binary, there.code if there else b"", piece))
    more = chain.missing_room(len(found.deployed.code), len(binary))
    return Plan(
        binary=binary,
        buffer=buffer,
        more=more,
        left=left,
        handed=there is not None and there.authority == ground.ids.upgrade_authority,
        in_buffer=await chain.balance(sender, buffer),
        proposed=await _existing(ground, config, buffer, binary),
        costs=await chain.costs(sender, len(binary), left, room=None, more=more, proposal=True),
    )


async def _existing(ground: Ground, config: Config, buffer: Pubkey, binary: bytes) -> Proposal | None:
    """The proposal of that buffer that still stands."""
    action = ReplaceCode(buffer, bytes.fromhex(chain.sha256(binary)))
    for each in await open_proposals(ground.rpc, ground.ids, config.next_proposal):
        if each.action == action and each.config_version == config.config_version:
            return each
    return None


async def _say(plan: Plan, sender: Sender, ground: Ground) -> None:
    """What will be done and cost. Raises `Refused` if the payer has not enough."""
    has, needed = (
        await chain.balance(sender, sender.address),
        plan.costs.needed(plan.in_buffer, await chain.rent(sender, 0)),
    )
    lines = [
        f"Program    {ground.ids.program} on {ground.cluster}",
        f"Binary     sha256 {chain.sha256(plan.binary)}, {len(plan.binary):,} bytes",
        f"Buffer     {plan.buffer}: {plan.left} transactions to write it",
        f"Payer      {sender.address}, has {sol(has)}",
        f"Costs      {sol(plan.costs.returns)} for the buffer, until the proposal is executed",
        f"           {sol(plan.costs.stays)} of rent and about {sol(plan.costs.fees)} of fees",
    ]
    if plan.more:
        lines.append(f"Room       the program gets {plan.more:,} bytes more, in that rent")
    print("\n".join(lines), flush=True)
    if has < needed:
        raise Refused(
            f"send {sol(needed - has)} more to {sender.address}, then run the same again. Nothing was spent."
        )


async def _bring(plan: Plan, sender: Sender, ground: Ground) -> None:
    """The binary to the cluster, and out of everybody's hands."""
    ids = ground.ids
    await write_buffer(sender, ids.program, plan.binary, functools.partial(progress, "pieces written"))
    if plan.more:
        await chain.extend(sender, ids.program, plan.more)
    if not plan.handed:
        await sender.send([loader.set_authority(plan.buffer, sender.address, ids.upgrade_authority)])


async def _propose(plan: Plan, sender: Sender, ground: Ground, proposer: Keypair | Pubkey) -> None:
    seen, proposed = await chamber(ground), plan.proposed
    if proposed is not None:
        print(f"Proposal {proposed.number} is about this binary: {state(proposed, seen)[1]}")
        return
    config, action = seen.config, ReplaceCode(plan.buffer, bytes.fromhex(chain.sha256(plan.binary)))
    number = config.next_proposal
    if isinstance(proposer, Pubkey):
        made = Propose(proposer, proposer, number, config.config_version, action)
        print(await unsigned(ground, proposer, [made.build(ground.ids)]))
        return
    made = Propose(sender.address, proposer.pubkey(), number, config.config_version, action)
    others = [] if proposer.pubkey() == sender.address else [proposer]
    await sender.send([made.build(ground.ids)], *others)
    lock = duration(action.delay.under(config.time_lock))
    print(
        f"Proposal {number} is made, and approved by {proposer.pubkey()}: 1 of {config.threshold}.\n"
        f"Each member now builds or fetches the binary, and compares it while approving:\n"
        f"  pumpbox program approve {number} --binary FILE --keypair FILE   (or --print-transaction --address WALLET)\n"
        f"{lock} after the last approval that is needed, anybody:\n"
        f"  pumpbox program execute {number} --keypair FILE"
    )
