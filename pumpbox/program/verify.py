"""`pumpbox program verify`: whether a cluster runs exactly this binary, and who could replace it."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path

from core.adapters.chain.council import chain_time
from pumpbox.program.binary import read_binary
from pumpbox.program.found import look, verdicts
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.words import config_json, config_lines


def verify(*, where: Place = HERE, binary: Path | None = None, json: bool = False) -> int:
    """Compares what the cluster runs with a binary, byte by byte, fill aside; says who could replace it, and shows
    Config. Exit code 1 unless the binary is the same, only the program's own address can replace it, and Config is
    of this cluster.

    Parameters
    ----------
    where
        The cluster and the program.
    binary
        What should run; default the binary that came with this version.
    json
        One JSON object: program, cluster, passed, checks, config.
    """
    code = read_binary(binary).code

    async def work(ground: Ground) -> int:
        found = await look(ground.rpc, ground.ids)
        results = verdicts(found, ground.ids, code, ground.raydium_set)
        passed = all(result.well for result in results)
        if json:
            checks = [{"name": r.name, "passed": r.well, "seen": r.seen} for r in results]
            shown = {"program": str(ground.program), "cluster": ground.cluster, "passed": passed}
            config = found.config and config_json(found.config)
            print(jsonlib.dumps({**shown, "checks": checks, "config": config}))
        else:
            print(f"Program {ground.program} on {ground.cluster}")
            print("\n".join(result.line() for result in results))
            if found.config is not None:
                print("\n".join(config_lines(found.config, await chain_time(ground.rpc))))
        return 0 if passed else 1

    return run(where, work)
