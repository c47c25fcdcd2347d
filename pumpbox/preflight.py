"""`pumpbox preflight`: whether this installation may trade with real money, each reason by its own line."""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from pathlib import Path

from core.settings import Settings, load_settings
from pumpbox.checks.check import FAIL, OK, WARN, Check, Look
from pumpbox.refused import Refused


def preflight(*, data: Path | None = None, json: bool = False) -> int:
    """Looks at everything that a start needs and says of each part what to do. Changes nothing.

    Exit code 1 if something would not work; warnings are for you to judge. `pumpbox run` refuses mainnet as long
    as something fails. Run it before the first start, and again when all runs: then the signer and the public
    address are seen too.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    json
        One JSON object: cluster, passed, checks.
    """
    settings = load_settings(data)
    checks = asyncio.run(examine(settings))
    passed = not failures(checks)
    if json:
        shown = {"cluster": settings.cluster, "passed": passed, "checks": [check.json() for check in checks]}
        print(jsonlib.dumps(shown))
    else:
        print("\n".join([*(check.line() for check in checks), summary(checks)]))
    return 0 if passed else 1


class PreflightFailed(Exception):
    """Something that would not work, on a cluster where that costs people money. One line a check."""


def clear(settings: Settings) -> None:
    """`cleared`, for a verb before it starts anything. Raises `Refused`."""
    try:
        asyncio.run(cleared(settings))
    except PreflightFailed as refusal:
        raise Refused(str(refusal)) from None


async def cleared(settings: Settings) -> None:
    """Raises `PreflightFailed` on mainnet as long as a check fails; elsewhere failures are only said, to stderr.
    Asks nobody on the embedded chain."""
    if settings.embedded_chain:
        return
    failed = failures(await examine(settings, starting=True))
    if not failed:
        return
    lines = "\n".join(check.line() for check in failed)
    if settings.cluster == "mainnet":
        raise PreflightFailed(f"mainnet is refused until the preflight passes:\n{lines}")
    print(lines, file=sys.stderr)


async def examine(settings: Settings, *, starting: bool = False) -> list[Check]:
    """All checks, side by side, in the order of the list. Raises nothing: a check of ours that breaks has failed.

    starting: without what nobody can see yet: the signer, which looks at its key itself, and the public address.
    """
    from pumpbox.checks import (  # late: a second of imports, for one verb
        chain,
        here,
        keeper,
        outside,
        servers,
    )

    looks: list[Look] = [
        here.settings,
        here.folder,
        servers.database,
        servers.valkey,
        chain.chain,
        keeper.keeper,
    ]
    looks += [] if starting else [here.signer, outside.public]
    looks += [outside.chats]
    found = await asyncio.gather(*(_tried(look, settings) for look in looks))
    return [check for checks in found for check in checks]


def failures(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.status == FAIL]


def summary(checks: list[Check]) -> str:
    counts = {status: sum(check.status == status for check in checks) for status in (OK, WARN, FAIL)}
    return ", ".join(f"{number} {status}" for status, number in counts.items())


async def _tried(look: Look, settings: Settings) -> list[Check]:
    try:
        return await look(settings)
    except Exception as fault:  # noqa: BLE001 - one check that breaks must not hide what the others found
        # Its words may hold a URL with a key in it.
        seen = f"the check itself failed: {type(fault).__name__}"
        return [Check(look.__name__, FAIL, seen, "report it, with the log")]
