"""`pumpbox program config`: what a cluster's program works by."""

from __future__ import annotations

import json as jsonlib

from core.adapters.chain.deployed import config_of
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.words import config_json, config_lines
from pumpbox.refused import Refused


def config(*, where: Place = HERE, json: bool = False) -> int:
    """Shows the terms that new coins copy, who can do what after which delay, and whether launches are paused.

    Parameters
    ----------
    where
        The cluster and the program.
    json
        One JSON object; lamports, basis points, seconds, slots.
    """

    async def work(ground: Ground) -> int:
        found = await config_of(ground.rpc, str(ground.ids.program))
        if found is None:
            raise Refused(f"{ground.program} on {ground.cluster} has no Config: it was never set up")
        if json:
            shown = {"program": str(ground.program), "cluster": ground.cluster, **config_json(found)}
            print(jsonlib.dumps(shown))
        else:
            print("\n".join([f"Program {ground.program} on {ground.cluster}", *config_lines(found)]))
        return 0

    return run(where, work)
