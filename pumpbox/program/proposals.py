"""`pumpbox program proposals`: what the council has before it."""

from __future__ import annotations

import json as jsonlib

from core.adapters.chain.council import open_proposals
from core.adapters.chain.program.action import ReplaceCode
from core.adapters.chain.program.proposal import Proposal
from pumpbox.program.binary import read_binary
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import Chamber, chamber, code_of, proposal_json, proposal_lines


def proposals(*, where: Place = HERE, json: bool = False) -> int:
    """Lists proposals that were neither executed nor cancelled: what each would change, who approved, what comes
    next and when. A binary that is proposed is hashed on the chain and compared with the one of this version.

    Parameters
    ----------
    where
        The cluster and the program.
    json
        One JSON list; times are unix seconds.
    """

    async def work(ground: Ground) -> int:
        seen = await chamber(ground)
        found = await open_proposals(ground.rpc, ground.ids, seen.config.next_proposal)
        if json:
            print(jsonlib.dumps([proposal_json(each, seen) for each in found]))
            return 0
        for each in found:
            print("\n".join(await described(ground, each, seen)))
        if not found:
            print("There are no proposals.")
        return 0

    return run(where, work)


async def described(ground: Ground, proposal: Proposal, seen: Chamber) -> list[str]:
    """In words, with what its buffer holds now."""
    code: list[str] = []
    if isinstance(proposal.action, ReplaceCode):
        code = (await code_of(ground, proposal.action, read_binary(None))).lines
    return proposal_lines(proposal, seen, code)
