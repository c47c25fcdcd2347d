"""The box goes with the order that launches it."""

from __future__ import annotations

from core.domain.errors import UserError
from core.domain.order import Order, OrderKind, OrderState
from core.ports.store import Work


async def launching(work: Work, order: Order) -> None:
    """The box of a launch goes with it, and only while it holds what was signed: not twice, and not after a
    reroll that came between. Raises `UserError("box-closed")`."""
    if order.kind is not OrderKind.LAUNCH or order.box_id is None:
        return
    box = await work.boxes.get(order.box_id)
    same = box is not None and box.uri == order.intent["uri"]  # names the contents by their hash
    if not same or not await work.boxes.update(order.box_id, ("opened",), state="launching", mint=order.mint):
        raise UserError("box-closed")


async def box_follows(work: Work, order: Order, after: OrderState) -> None:
    """A launched coin closes its box; a launch that certainly did not happen opens it again."""
    if order.kind is not OrderKind.LAUNCH or order.box_id is None or after is OrderState.UNKNOWN:
        return
    state = "launched" if after is OrderState.LANDED else "opened"
    await work.boxes.update(order.box_id, ("launching",), state=state)
