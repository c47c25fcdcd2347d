"""An order's Cancel button."""

from __future__ import annotations

from core.cards.links import Links
from core.cards.order import order_card
from core.commands.spec import Context, arg, command
from core.commands.values import RowId
from core.reply import Reply, Visibility
from core.usecases.orders import Orders, subject_of, visibility_of


@command("order_cancel", visibility=Visibility.QUIET, hidden=True)
class OrderCancel:
    order: RowId = arg()


async def handle(cmd: OrderCancel, ctx: Context, *, orders: Orders, links: Links) -> Reply:
    order = await orders.cancel(cmd.order, ctx.person_id)
    return Reply(
        order_card(order, links),
        visibility=visibility_of(order),
        subject=subject_of(order.id),
        edit=True,
    )
