"""`pumpbox program approve N`: a council member agrees to a proposal, having seen what it does."""

from __future__ import annotations

from pathlib import Path

from core.adapters.chain.program.action import ReplaceCode, digest
from core.adapters.chain.program.approve import Approve
from core.adapters.chain.program.proposal import Proposal
from pumpbox.program.binary import Binary, read_binary
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import Chamber, chamber, code_of, proposal_lines, state, wanted
from pumpbox.program.signing import NOBODY, Signing, signed_or_printed
from pumpbox.refused import Refused


def approve(
    number: int, *, binary: Path | None = None, where: Place = HERE, signing: Signing = NOBODY
) -> int:
    """Shows what the proposal does, asks, and approves exactly that: the approval names the content, so that it
    approves nothing else under this number. Another binary is approved only if it is one that you have here: its
    bytes on the chain are compared with yours.

    Parameters
    ----------
    number
        The proposal's.
    binary
        The binary that you reviewed or built, if the proposal is about one; default this version's.
    where
        The cluster and the program.
    signing
        The member.
    """
    mine = read_binary(binary)

    async def work(ground: Ground) -> int:
        seen = await chamber(ground)
        proposal = await wanted(ground, number)
        _check_member(proposal, seen, signing)
        lines: list[str] = []
        if isinstance(proposal.action, ReplaceCode):
            lines = await _checked(ground, proposal.action, mine)
        named = digest(proposal.config_version, proposal.action)
        if named != proposal.digest:
            raise Refused("what the proposal says is not what it would do: this version can't read it right")
        instruction = Approve(signing.signer, number, named).build(ground.ids)
        words = "\n".join(proposal_lines(proposal, seen, lines))
        if await signed_or_printed(ground, signing, [instruction], words, "Approve this?"):
            now = await chamber(ground)
            print(state(await wanted(ground, number), now)[1])
        return 0

    return run(where, work)


def _check_member(proposal: Proposal, seen: Chamber, signing: Signing) -> None:
    member = signing.signer
    how, words = state(proposal, seen)
    if how in ("void", "over"):
        raise Refused(words)
    if member not in seen.config.council:
        raise Refused(f"{member} is no member of the council")
    if member in proposal.approved_by(seen.config):
        raise Refused(f"{member} has approved it already; {words}")


async def _checked(ground: Ground, action: ReplaceCode, mine: Binary) -> list[str]:
    """What the buffer holds. Raises `Refused` unless that is the file's bytes, and nobody can change it."""
    code = await code_of(ground, action, mine)
    if not code.sound:
        raise Refused("; ".join(code.lines))
    if not code.known:
        raise Refused(
            f"the binary that is proposed (sha256 {action.sha256.hex()}) is not {mine.name}: build it from sources that "
            "you trust and give it with --binary"
        )
    return code.lines
