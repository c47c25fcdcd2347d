"""`pumpbox program config`: what a cluster's program works by; with `--set`, the proposal to change it."""

from __future__ import annotations

import json as jsonlib
from typing import Annotated

from cyclopts import Parameter

from core.adapters.chain.program.propose import Propose
from pumpbox.program.changes import change_of
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import KINDS, Chamber, action_lines, chamber, state, wanted
from pumpbox.program.signing import NOBODY, Signing, signed_or_printed
from pumpbox.program.words import config_json, config_lines, duration
from pumpbox.refused import Refused


def config(
    *,
    set_: Annotated[list[str] | None, Parameter(name="--set")] = None,
    where: Place = HERE,
    signing: Signing = NOBODY,
    json: bool = False,
) -> int:
    """Shows the terms that new coins copy, who can do what after which delay, and whether launches are paused. With
    --set it proposes a change, which a council member signs; the others approve it by its number.

    Parameters
    ----------
    set_
        NAME=VALUE, as often as the change needs; names are those of deploy/terms.toml, and paused=no.
    where
        The cluster and the program.
    signing
        With --set: the member.
    json
        One JSON object; lamports, basis points, seconds, slots.
    """

    async def work(ground: Ground) -> int:
        seen = await chamber(ground)
        if set_:
            return await _propose(ground, seen, set_, signing)
        if json:
            shown = {"program": str(ground.program), "cluster": ground.cluster, **config_json(seen.config)}
            print(jsonlib.dumps(shown))
        else:
            print(f"Program {ground.program} on {ground.cluster}")
            print("\n".join(config_lines(seen.config, seen.now)))
        return 0

    return run(where, work)


async def _propose(ground: Ground, seen: Chamber, pairs: list[str], signing: Signing) -> int:
    action, member, number = change_of(pairs, seen.config), signing.signer, seen.config.next_proposal
    if member not in seen.config.council:
        raise Refused(f"{member} is no member of the council, which alone proposes")
    proposal = Propose(member, member, number, seen.config.config_version, action)
    wait = duration(action.delay.under(seen.config.time_lock))
    lines = [
        f"Proposal {number}: {KINDS[type(action)]}",
        *(f"  {line}" for line in action_lines(action, seen.config)),
        f"  in force {wait} after the last of {seen.config.threshold} approvals, this one counted",
    ]
    if await signed_or_printed(
        ground, signing, [proposal.build(ground.ids)], "\n".join(lines), "Propose this?"
    ):
        made, now = await wanted(ground, number), await chamber(ground)
        print(f"Proposal {number}: {state(made, now)[1]}")
        print(
            f"Members: pumpbox program approve {number} --keypair FILE. Then: pumpbox program execute {number}"
        )
    return 0
