"""Swaps on Raydium's CPMM, read from what a transaction moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.adapters.chain.program.layout import discriminator
from core.adapters.chain.raydium.addresses import WSOL, PoolKeys
from core.adapters.chain.raydium.swap import Side, SwapBaseInput, SwapBaseOutput
from core.adapters.chain.trace import (
    Moved,
    NotTold,
    Step,
    following,
    keys_of,
    lamports_gained,
    steps_of,
    token_transfer,
)
from core.domain.pool import RATE, Rates
from core.ports.chain import Fill

_SWAPS = (SwapBaseInput.DISCRIMINATOR, SwapBaseOutput.DISCRIMINATOR)
_LIQUIDITY = (discriminator("global", "deposit"), discriminator("global", "withdraw"))


@dataclass(frozen=True, slots=True)
class Swap:
    """What went in, fee included, and what came out: lamports and atoms, or atoms and lamports."""

    payer: str
    side: Side
    amount_in: int
    amount_out: int

    def fee(self, rates: Rates) -> int:
        """Of what went in. Both instructions round it so: an exact output costs ceil(n * 10^6 / (10^6 - rate))."""
        return -(-self.amount_in * rates.trade // RATE)


def swap_at(steps: list[Step], at: int, keys: PoolKeys) -> Swap | None:
    """The swap on this pool that a step is; None if it is something else.

    Raises `NotTold` for a swap whose transfers are missing.
    """
    step = steps[at]
    if not _is(step, _SWAPS, 3, keys):
        return None
    given, taken = step.accounts[6], step.accounts[7]  # the pool's vaults
    moved = list(_transfers(steps, at))
    # The first of each: what a caller moves afterwards is not the swap's.
    paid = next((move.amount for move in moved if move.destination == given), None)
    got = next((move.amount for move in moved if move.source == taken), None)
    if paid is None or got is None:
        raise NotTold("a swap without its transfers")
    return Swap(step.accounts[0], "buy" if step.accounts[10] == str(WSOL) else "sell", paid, got)


def poured_at(steps: list[Step], at: int, keys: PoolKeys) -> tuple[int, int] | None:
    """By how many lamports and atoms a step changed the pool's liquidity, if it put some in or took some out."""
    if not _is(steps[at], _LIQUIDITY, 2, keys):
        return None
    changes = [0, 0]
    for move in _transfers(steps, at):
        for side, vault in enumerate((str(keys.wsol_vault), str(keys.coin_vault))):
            changes[side] += move.amount * ((move.destination == vault) - (move.source == vault))
    return changes[0], changes[1]


def _is(step: Step, kinds: tuple[bytes, ...], pool_at: int, keys: PoolKeys) -> bool:
    """Whether it is such a call about this pool, which stands at `pool_at` among its accounts."""
    if step.program != str(keys.cpmm.program) or step.data[:8] not in kinds:
        return False
    return step.accounts[pool_at : pool_at + 1] == (str(keys.pool),)


def _transfers(steps: list[Step], at: int) -> Iterator[Moved]:
    """Token transfers after a call of Raydium's, its own first: up to the next call in the same instruction."""
    for step in following(steps, at):
        if step.program == steps[at].program:
            return
        moved = token_transfer(step)
        if moved is not None:
            yield moved


def pool_fill_of(
    transaction: dict[str, Any], signature: str, wallet: str, keys: PoolKeys, rates: Rates
) -> Fill:
    """What our swap did; `transaction` as for `fill_of`. Raises `NotTold`."""
    if keys_of(transaction)[0] != wallet:
        raise NotTold("another wallet's transaction")
    steps = steps_of(transaction)
    found = [(at, swap_at(steps, at, keys)) for at in range(len(steps))]
    ours = [(at, swap) for at, swap in found if swap is not None and swap.payer == wallet]
    if len(ours) != 1:
        raise NotTold(f"{len(ours)} swaps where one was sent")
    ((at, swap),) = ours
    slot, network_fee = int(transaction["slot"]), int(transaction["meta"]["fee"])
    fee = swap.fee(rates)
    if swap.side == "buy":
        deposit = max(
            0, lamports_gained(transaction, steps[at].accounts[5])
        )  # the buyer's account of the coin
        return Fill(signature, slot, swap.amount_in, swap.amount_out, fee, network_fee, deposit=deposit)
    return Fill(signature, slot, swap.amount_out, swap.amount_in, 0, network_fee, fee_atoms=fee)
