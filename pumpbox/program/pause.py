"""`pumpbox program pause`: the guardian stops launches and buys; selling goes on."""

from __future__ import annotations

from core.adapters.chain.program.pause import Pause
from core.domain.governance import PAUSE, PAUSE_GAP
from pumpbox.program.place import HERE, Ground, Place, run
from pumpbox.program.proposal_words import chamber
from pumpbox.program.signing import NOBODY, Signing, signed_or_printed
from pumpbox.program.words import moment
from pumpbox.refused import Refused


def pause(*, where: Place = HERE, signing: Signing = NOBODY) -> int:
    """Stops launches and buys of all coins for 7 days; nobody can stop sells. It ends by itself, or earlier by
    `config --set paused=no` and the council's approvals; the next one is possible 7 days after its end.

    Parameters
    ----------
    where
        The cluster and the program.
    signing
        The guardian.
    """

    async def work(ground: Ground) -> int:
        seen = await chamber(ground)
        if signing.signer != seen.config.guardian:
            raise Refused(f"only the guardian may: {seen.config.guardian}")
        if seen.now < seen.config.pause_allowed_at:
            raise Refused(f"the next pause is possible from {moment(seen.config.pause_allowed_at, seen.now)}")
        end = seen.now + PAUSE
        words = (
            f"Launches and buys of all coins stop until {moment(end, seen.now)}; sells go on.\n"
            f"The next pause is possible from {moment(end + PAUSE_GAP, seen.now)}."
        )
        instruction = Pause(signing.signer).build(ground.ids)
        await signed_or_printed(ground, signing, [instruction], words, "Pause now?")
        return 0

    return run(where, work)
