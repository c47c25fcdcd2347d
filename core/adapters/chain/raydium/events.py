"""The event of a swap, as a `Program data:` line carries it. A cross-check only: logs can be cut or imitated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from solders.pubkey import Pubkey

from core.adapters.chain.program.layout import Reader, discriminator


@dataclass(frozen=True, slots=True)
class SwapEvent:
    """A swap; reserves are those before it, without fees that wait to be collected."""

    DISCRIMINATOR: ClassVar[bytes] = discriminator("event", "SwapEvent")

    pool: Pubkey
    input_reserve: int
    output_reserve: int
    amount_in: int  # fee included
    amount_out: int
    base_input: bool
    input_mint: Pubkey
    output_mint: Pubkey
    trade_fee: int  # of the input's token

    @classmethod
    def decode(cls, data: bytes) -> SwapEvent:
        """Raises LayoutError."""
        r = Reader(data, cls.DISCRIMINATOR)
        pool = r.key()
        input_reserve, output_reserve, amount_in, amount_out = (r.uint(8) for _ in range(4))
        r.take(16)  # both tokens' transfer fees: our coins have none
        base_input = bool(r.uint(1))
        input_mint, output_mint = r.key(), r.key()
        trade_fee = r.uint(8)
        r.take(9)  # the pool creator's fee, and on which side it is: our pools have none
        r.finish()
        return cls(
            pool=pool,
            input_reserve=input_reserve,
            output_reserve=output_reserve,
            amount_in=amount_in,
            amount_out=amount_out,
            base_input=base_input,
            input_mint=input_mint,
            output_mint=output_mint,
            trade_fee=trade_fee,
        )
