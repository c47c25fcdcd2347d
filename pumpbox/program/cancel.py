"""`pumpbox program cancel N`: closes a proposal that shall not be executed, or can't be any more."""

from __future__ import annotations

from core.adapters.chain.program.cancel import Cancel
from core.adapters.chain.program.proposal import Proposal
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import Chamber, chamber, state, wanted
from pumpbox.program.proposals import described
from pumpbox.program.signing import NOBODY, Signing, signed_or_printed
from pumpbox.refused import Refused


def cancel(number: int, *, where: Place = HERE, signing: Signing = NOBODY) -> int:
    """Closes the proposal; its rent goes back to who paid for it. The guardian may until it is executed (not if it is
    about the guardian, or ends the guardian's pause), the proposer until it is approved, anybody once it is void or
    over.

    Parameters
    ----------
    number
        The proposal's.
    where
        The cluster and the program.
    signing
        Guardian, proposer, or anybody.
    """

    async def work(ground: Ground) -> int:
        seen, proposal = await chamber(ground), await wanted(ground, number)
        _check(proposal, seen, signing)
        instruction = Cancel(signing.signer, number, proposal.payer).build(ground.ids)
        words = "\n".join(await described(ground, proposal, seen))
        await signed_or_printed(ground, signing, [instruction], words, "Cancel this?")
        return 0

    return run(where, work)


def _check(proposal: Proposal, seen: Chamber, signing: Signing) -> None:
    """Raises `Refused` if the program would refuse it, with the reason."""
    how, words = state(proposal, seen)
    if how in ("void", "over"):
        return
    if signing.signer == seen.config.guardian:
        if not proposal.action.VETOABLE:
            raise Refused("the guardian can't veto this one: it is about the guardian's own power")
        return
    if signing.signer != proposal.proposer:
        raise Refused(
            f"only the guardian {seen.config.guardian} and the proposer {proposal.proposer} may: {words}"
        )
    if how != "open":
        raise Refused(f"the council has approved it, so its proposer can't take it back: {words}")
