"""The way on from an order that the chain would refuse: often a new quote."""

from __future__ import annotations

from core.domain.errors import UserError
from core.domain.order import Order
from core.ports.chain import Simulation

_NEW_QUOTE_HELPS = ("slippage", "quote-expired", "curve-complete", "coin-graduated", "pool-closed")


def refusal_of(simulation: Simulation, order: Order) -> UserError:
    """What a simulation found, as the user is told it."""
    code = simulation.error or "internal"
    # A price that moved is mended by a new quote; the rest by what the error's own next step says.
    another = again(order) if code in _NEW_QUOTE_HELPS else None
    refusal = UserError(code, again=another)
    refusal.arguments = dict(simulation.error_args or {})
    return refusal


def again(order: Order) -> tuple[str, dict[str, str]] | None:
    """Command and arguments of a button that asks for the same once more, at today's price."""
    arguments = order.quote.get("again")
    return (order.kind.value, dict(arguments)) if arguments else None
