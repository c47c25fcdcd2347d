"""The curve's fee, told from what a trade moved: for who sees a landed trade but not the state before it.

A buy of max_in pays ceil(max_in * bps / 10^4) of it; a clamped one pays sol + ceil(sol * bps / (10^4 - bps)) =
ceil(sol * 10^4 / (10^4 - bps)), so that in both the fee is ceil(spent * bps / 10^4). A sell is paid
gross - ceil(gross * bps / 10^4) = floor(gross * (10^4 - bps) / 10^4), which two gross amounts may share.
"""

from __future__ import annotations

from core.domain.money import BPS, Bps, Lamports


def fee_of_spent(spent: int, fee: Bps) -> Lamports:
    """The fee in what a buy paid, lamports; `fee`: the buy fee of its slot."""
    return Lamports(-(-spent * fee // BPS))


def fees_of_paid(paid: int, fee: Bps) -> range:
    """The fees, lamports, that leave a seller with `paid`: one, or two that follow each other."""
    lowest = -(-paid * BPS // (BPS - fee))
    above = -(-(paid + 1) * BPS // (BPS - fee))
    return range(lowest - paid, above - paid)
