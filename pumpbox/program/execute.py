"""`pumpbox program execute N`: carries out what the council has approved, once its lock is over. Anybody may."""

from __future__ import annotations

from core.adapters.chain.council import execution
from core.adapters.chain.deploy import sha256
from core.adapters.chain.deployed import deployed
from core.adapters.chain.program.action import ReplaceCode
from pumpbox.program.binary import read_binary
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import chamber, code_of, proposal_lines, state, wanted
from pumpbox.program.signing import NOBODY, Signing, sender_for, signed_or_printed
from pumpbox.program.words import config_lines
from pumpbox.refused import Refused


def execute(number: int, *, where: Place = HERE, signing: Signing = NOBODY) -> int:
    """Carries the proposal out and shows what holds afterwards. Whoever does it pays the fee and nothing else.

    Parameters
    ----------
    number
        The proposal's.
    where
        The cluster and the program.
    signing
        Anybody.
    """

    async def work(ground: Ground) -> int:
        seen, proposal = await chamber(ground), await wanted(ground, number)
        how, words = state(proposal, seen)
        if how != "ready":
            raise Refused(words)
        code = None
        if isinstance(proposal.action, ReplaceCode):
            code = await code_of(ground, proposal.action, read_binary(None))
            if not code.sound:
                raise Refused("; ".join(code.lines))
        text = "\n".join(proposal_lines(proposal, seen, code.lines if code else []))
        sent = await signed_or_printed(
            ground, signing, [execution(proposal, ground.ids)], text, "Execute this?"
        )
        if not sent:
            return 0
        if code is not None:
            return await _replaced(ground, signing, code.binary)
        after = await chamber(ground)
        print("\n".join(config_lines(after.config, after.now)))
        return 0

    return run(where, work)


async def _replaced(ground: Ground, signing: Signing, binary: bytes) -> int:
    """Whether the chain runs it now; exit code."""
    assert signing.keypair is not None  # it was sent
    await (await sender_for(ground, signing.keypair, 0)).next_slot()
    found = await deployed(ground.rpc, str(ground.ids.program))
    if found is None or not found.is_(binary):
        raise Refused("the node does not show the new binary yet: pumpbox program verify --binary FILE")
    print(f"The program runs sha256 {sha256(binary)} now.")
    return 0
