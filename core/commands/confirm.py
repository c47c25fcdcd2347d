"""An order's Confirm button."""

from __future__ import annotations

from core.cards.links import Links
from core.cards.order import order_card
from core.commands.spec import Context, Rate, arg, command
from core.commands.values import RowId
from core.domain.errors import UserError
from core.reply import Reply, Visibility
from core.usecases.orders import Orders, subject_of, visibility_of


@command("confirm", rate=Rate(20, per=10), visibility=Visibility.QUIET, hidden=True)
class Confirm:
    order: RowId = arg()


async def handle(cmd: Confirm, ctx: Context, *, orders: Orders, links: Links) -> Reply:
    asked = visibility_of(await orders.get(cmd.order, ctx.person_id))
    try:
        order = await orders.confirm(cmd.order, ctx.person_id, ctx.event_id)
    except UserError as refusal:
        refusal.private |= asked is Visibility.PRIVATE  # what is left of a daily limit, say
        raise
    return Reply(
        order_card(order, links),
        visibility=visibility_of(order),
        subject=subject_of(order.id),
        edit=True,
    )
