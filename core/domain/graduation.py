"""Graduation's amounts, as the program computes them: what the pool starts with, and who pays for making it.

Whole lamports and atoms. The pool's price is the curve's last one to rounding; whatever anyone sent
beforehand to the accounts involved is kept out of it. docs/program.md says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.curve import CurveState
from core.domain.money import Lamports, TokenAtoms

MAX_BOUNTY = Lamports(5_000_000)
"""The most that whoever sends graduation gets of what is left."""

_ACCOUNT_OVERHEAD = 128
_TOKEN_ACCOUNT = 165
_POOL, _OBSERVATION, _LP_MINT = 637, 4_075, 82
_PAID_FOR = (_POOL, _OBSERVATION, _LP_MINT, *[_TOKEN_ACCOUNT] * 4)  # two of the four are closed again


class NotComplete(Exception):
    """The curve has not sold all it sells, or too much was sold back since. The program's NotComplete."""


@dataclass(frozen=True, slots=True)
class Split:
    """What graduation will do with a curve's SOL and its vault."""

    tokens: TokenAtoms  # atoms that the pool starts with
    burnt: TokenAtoms  # the vault's rest
    deposit: Lamports  # SOL handed to Raydium
    sol: Lamports  # SOL that the pool starts with: the deposit and what was donated to its vault
    cost: Lamports  # Raydium's fee, rents, and a float that comes back
    top_up: Lamports  # the caller's part of the cost


def rent(size: int, per_byte: int) -> Lamports:
    """What an account of `size` bytes must hold at `per_byte` lamports."""
    return Lamports((size + _ACCOUNT_OVERHEAD) * per_byte)


def cost(create_pool_fee: int, rent_per_byte: int) -> Lamports:
    """What a pool costs, lamports: Raydium's fee and the rent of all that is made on the way."""
    return Lamports(create_pool_fee + sum(rent(size, rent_per_byte) for size in _PAID_FOR))


def donated(pool_vault_lamports: int, rent_per_byte: int) -> Lamports:
    """SOL that lies in the pool's future vault beyond its rent: Raydium counts it as the pool's."""
    return Lamports(max(0, pool_vault_lamports - rent(_TOKEN_ACCOUNT, rent_per_byte)))


def split(state: CurveState, vault: int, cost: int, cap: int, donated: int = 0) -> Split:
    """What the pool gets of a complete curve whose vault holds `vault` atoms.

    The raised SOL bears at most `cap` of `cost`; what remains goes in with as many atoms as it buys at R / T,
    rounded down. If the vault holds fewer, all of them, and that much less SOL. Raises NotComplete, and
    OutOfRange if the cost is more than was raised.
    """
    if state.graduated or not state.complete:
        raise NotComplete
    borne = min(cost, cap)
    sol = Lamports(state.real_sol - borne)
    tokens = sol * state.virtual_tokens // state.virtual_sol
    if tokens > vault:
        tokens, sol = vault, Lamports(vault * state.virtual_sol // state.virtual_tokens)
    deposit = sol - min(donated, sol)
    return Split(
        tokens=TokenAtoms(tokens),
        burnt=TokenAtoms(vault - tokens),
        deposit=Lamports(deposit),
        sol=Lamports(deposit + donated),
        cost=Lamports(cost),
        top_up=Lamports(cost - borne),
    )


def share(left: int, needed: int = 0) -> tuple[Lamports, Lamports]:
    """Of what is left, lamports: the caller's part and the curve's, as protocol fees.

    `needed` is what the curve lacks to stay alive if rent has risen since the launch; it comes first.
    """
    bounty = min(left - min(needed, left), MAX_BOUNTY)
    return Lamports(bounty), Lamports(left - bounty)


def graduate(state: CurveState, protocol_fees: int) -> CurveState:
    """The curve afterwards: no market, no SOL but fees, to which `protocol_fees` lamports were added."""
    return replace(
        state,
        real_sol=Lamports(0),
        protocol_fees=Lamports(state.protocol_fees + protocol_fees),
        graduated=True,
    )
