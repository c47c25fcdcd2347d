"""`pumpbox program deploy`: the program on a cluster, from nothing to verified; again after any interruption."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from pathlib import Path

from solders.keypair import Keypair
from solders.pubkey import Pubkey

from core.adapters.chain import deploy as chain
from core.adapters.chain.buffer import address_of, missing, piece_size, read_buffer, write_buffer
from core.adapters.chain.program.accounts import Config
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.initialize import Initialize
from core.adapters.chain.rpc import RpcRefused
from core.adapters.chain.sender import POLL, Sender
from core.ports.chain import ChainAway
from pumpbox.program.ask import agreed, progress
from pumpbox.program.binary import check_format, read_binary
from pumpbox.program.found import Found, look, verdicts
from pumpbox.program.keyfile import make_keypair, read_keypair
from pumpbox.program.place import HERE, Ground, Place, run, usual_price
from pumpbox.program.terms import as_config, read_terms
from pumpbox.program.words import sol, terms_lines
from pumpbox.refused import Refused

AIRDROP_LOOKS = 60  # at the balance, before an airdrop is given up


def deploy(
    *,
    keypair: Path,
    terms: Path | None = None,
    program_keypair: Path | None = None,
    where: Place = HERE,
    room: int | None = None,
    priority_fee: int | None = None,
    yes: bool = False,
) -> int:
    """Puts this version's program on a cluster: writes it into a buffer, deploys it, makes its Config and hands the
    right to replace it to the program itself, in one step, then verifies all of it. Shows what it will do and cost,
    and asks. Stopped anywhere, it goes on when it is run again; what is done already is not done twice.

    Parameters
    ----------
    keypair
        Who pays, and may upgrade until the last step; a file of solana-keygen's.
    terms
        What Config will say (docs/operations.md, deploy/terms.toml); not needed if it is there.
    program_keypair
        Of the program's address; default one that is made in the data folder.
    where
        The cluster and the program.
    room
        Bytes that the program may grow to without another cost; default half of its size more.
    priority_fee
        Micro-lamports a compute unit; default what most paid lately.
    yes
        Don't ask.
    """
    binary = read_binary(None).code
    payer = read_keypair(keypair)

    async def work(ground: Ground) -> int:
        sender = Sender(ground.rpc, payer, price=priority_fee or 0)
        if priority_fee is None:
            sender.price = await usual_price(sender)
        address, new = _address(ground, where, program_keypair)
        plan = await _plan(ground, sender, ProgramIds(address), binary, room, terms)
        if plan.steps:
            await _say(plan, sender, ground)
            short = await _short(plan, sender)
            if short and ground.cluster == "mainnet":
                raise _unfunded(sender, short)
            agreed("Go on?", yes=yes)
            if short:
                await _airdrop(sender, ground, short)
            await _carry_out(plan, sender, new)
        return await _end(ground, plan)

    return run(where, work)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do. room: of the program to be made, None: it is there. more: bytes that it must be extended by.
    left: pieces still to be written. in_buffer: lamports. initialize: None: Config is there."""

    ids: ProgramIds
    binary: bytes
    found: Found
    room: int | None
    more: int
    left: int
    in_buffer: int
    initialize: Initialize | None
    costs: chain.Costs

    @property
    def writes(self) -> bool:
        """Whether the binary must get there."""
        return not self.found.runs(self.binary)

    @property
    def hands_over(self) -> bool:
        return self.found.authority != str(self.ids.upgrade_authority)

    @property
    def steps(self) -> list[str]:
        """In words."""
        kind = "deploy it" if self.room is not None else "put it in the place of the program that is there"
        wanted = [
            (self.writes, f"write the binary into a buffer: {self.left} transactions"),
            (self.more > 0, f"give the program {self.more:,} bytes more room"),
            (self.writes, kind),
            (self.initialize is not None, "make Config, and hand the right to replace the program to itself"),
            (self.initialize is None and self.hands_over, "hand the right to replace the program to itself"),
        ]
        return [words for needed, words in wanted if needed]


def _address(ground: Ground, where: Place, file: Path | None) -> tuple[Pubkey, Keypair | None]:
    """The program's address, and its keypair if we have it. Makes one if nothing says which."""
    given = where.program_id or ground.settings.program_id
    made = ground.keypair_file
    if file is None and given is None and not made.exists():
        keypair = make_keypair(made)
        print(f"The program's address is {keypair.pubkey()}; its keypair is in {made}")
        return keypair.pubkey(), keypair
    if file is None and made.exists():
        file = made
    keypair_there = read_keypair(file) if file is not None else None
    if given is None:
        assert keypair_there is not None  # one of the three is there
        return keypair_there.pubkey(), keypair_there
    if keypair_there is not None and str(keypair_there.pubkey()) != given:
        raise Refused(f"{file} is the keypair of {keypair_there.pubkey()}, not of {given}")
    return Pubkey.from_string(given), keypair_there


async def _plan(
    ground: Ground, sender: Sender, ids: ProgramIds, binary: bytes, room: int | None, terms: Path | None
) -> Plan:
    found = await look(ground.rpc, ids)
    await _check_possible(sender, ids, binary, found)
    initialize = None
    if found.config is None:
        if terms is None:
            raise Refused(
                "the program is not set up yet: give --terms FILE (deploy/terms.toml is one to begin with)"
            )
        initialize = read_terms(terms).initialize(sender.address, ground.raydium_set)
    elif terms is not None:
        _compare(found.config, read_terms(terms).initialize(sender.address, ground.raydium_set))
    new_room = None
    if found.deployed is None:
        new_room = room or len(binary) * chain.GROWTH[0] // chain.GROWTH[1]
        if new_room < len(binary):
            raise Refused(f"--room {new_room} is less than the binary has: {len(binary)}")
    more = chain.missing_room(len(found.deployed.code), len(binary)) if found.deployed else 0
    left, in_buffer = 0, 0
    if not found.runs(binary):
        address, piece = address_of(sender.address, ids.program, binary), piece_size(sender.address)
        there = await read_buffer(sender.ask, address)
        left = len(missing(binary, there.code if there else b"", piece))
        in_buffer = await chain.balance(sender, address)
    costs = await chain.costs(
        sender, len(binary), left, room=new_room, more=more, config=initialize is not None
    )
    return Plan(ids, binary, found, new_room, more, left, in_buffer, initialize, costs)


def _compare(there: Config, wanted: Initialize) -> None:
    """Says where Config, which is made once, is not what the terms file says."""
    pairs = zip(terms_lines(there), terms_lines(as_config(wanted)), strict=False)
    differs = [f"  {old.strip()}  (the file: {new.strip()})" for old, new in pairs if old != new]
    if differs:
        print("Config is there, and says otherwise than the terms file; the council can change it:")
        print("\n".join(differs))


async def _check_possible(sender: Sender, ids: ProgramIds, binary: bytes, found: Found) -> None:
    """Raises `Refused` for what would fail after money was spent."""
    me, own = str(sender.address), str(ids.upgrade_authority)
    if found.deployed is None:
        if await chain.is_taken(sender, ids.program):
            raise Refused(f"no program can be made at {ids.program} any more: take another --program-keypair")
    elif not found.runs(binary):
        if found.authority == own:
            raise Refused(
                "another binary runs there, and only a proposal can replace it: pumpbox program upgrade"
            )
        if found.authority != me:
            raise Refused(f"another binary runs there, and {found.authority} may replace it, not {me}")
    elif found.authority not in (me, own):
        raise Refused(f"the program is there, and {found.authority or 'nobody'} may replace it, not {me}")
    if not found.runs(binary):
        await check_format(sender, binary)


async def _say(plan: Plan, sender: Sender, ground: Ground) -> None:
    has, price = await chain.balance(sender, sender.address), sender.price
    needed = plan.costs.needed(plan.in_buffer, await chain.rent(sender, 0))
    lines = [
        f"Cluster    {ground.cluster}",
        f"Program    {plan.ids.program}",
        f"Binary     sha256 {chain.sha256(plan.binary)}, {len(plan.binary):,} bytes"
        + (f", with room for {plan.room:,}" if plan.room is not None else ""),
        f"Payer      {sender.address}, has {sol(has)}",
        *(f"Step {n}     {step}" for n, step in enumerate(plan.steps, 1)),
        f"Costs      {sol(plan.costs.stays)} of rent and about {sol(plan.costs.fees)} of fees (priority {price})",
    ]
    if plan.costs.returns:
        lines.append(f"           {sol(plan.costs.returns)} for the buffer come back when it is deployed")
    lines.append(f"           so {sol(needed)} must be there now, with what any wallet must keep")
    if plan.initialize is not None:
        lines += ["Config will say", *(f"  {line}" for line in terms_lines(as_config(plan.initialize)))]
    print("\n".join(lines), flush=True)


async def _short(plan: Plan, sender: Sender) -> int:
    """Lamports that the payer lacks."""
    needed = plan.costs.needed(plan.in_buffer, await chain.rent(sender, 0))
    return max(0, needed - await chain.balance(sender, sender.address))


async def _airdrop(sender: Sender, ground: Ground, short: int) -> None:
    """Asks the node's faucet. Raises `Refused`, with how much to send where, if it gives nothing."""
    wanted = short + await chain.balance(sender, sender.address)
    try:
        await ground.rpc.call("requestAirdrop", str(sender.address), short)
    except (RpcRefused, ChainAway):
        raise _unfunded(
            sender, short, " (the node's faucet gives nothing; https://faucet.solana.com may)"
        ) from None
    for _ in range(AIRDROP_LOOKS):
        if await chain.balance(sender, sender.address) >= wanted:
            return
        await asyncio.sleep(POLL)
    raise _unfunded(sender, short, " (the node's faucet promised it, and it has not come)")


def _unfunded(sender: Sender, short: int, why: str = "") -> Refused:
    return Refused(
        f"send {sol(short)} more to {sender.address}{why}, then run the same again. Nothing was spent."
    )


async def _carry_out(plan: Plan, sender: Sender, keypair: Keypair | None) -> None:
    ids = plan.ids
    if plan.writes:
        if plan.room is not None and keypair is None:
            raise Refused(f"no program is at {ids.program}: to make it there, give --program-keypair")
        told = functools.partial(progress, "pieces written")
        buffer = await write_buffer(sender, ids.program, plan.binary, told)
        if plan.room is not None:
            assert keypair is not None  # refused above
            print(f"deployed: {await chain.put(sender, keypair, buffer, plan.room)}")
        else:
            if plan.more:
                await chain.extend(sender, ids.program, plan.more)
            print(f"replaced: {await chain.replace(sender, ids.program, buffer)}")
        await sender.next_slot()  # a program can be called from the slot after its deployment
    if plan.initialize is not None:
        done = await chain.initialize_and_hand_over(sender, plan.initialize, ids)
        print(f"set up, and handed over: {done}")
    elif plan.hands_over:
        print(f"handed over: {await chain.hand_over(sender, ids)}")


async def _end(ground: Ground, plan: Plan) -> int:
    """Looks once more at all of it."""
    results = verdicts(await look(ground.rpc, plan.ids), plan.ids, plan.binary, ground.raydium_set)
    print("\n".join(result.line() for result in results))
    if not all(result.well for result in results):
        return 1
    print(f"All is well. Set PUMPBOX_PROGRAM_ID={plan.ids.program}, then run pumpbox preflight.")
    return 0
