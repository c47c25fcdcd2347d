"""A box's Launch button: one press deploys the coin."""

from __future__ import annotations

from core.cards.links import Links
from core.cards.order import order_card
from core.commands.spec import Access, Context, Rate, arg, command
from core.commands.values import RowId
from core.reply import Reply
from core.usecases.launch_coin import LaunchCoin
from core.usecases.open_box import subject_of


@command("box_launch", access=Access.TRADER, rate=Rate(6, per=60), hidden=True)
class BoxLaunch:
    box: RowId = arg()


async def handle(cmd: BoxLaunch, ctx: Context, *, launch_coin: LaunchCoin, links: Links) -> Reply:
    order = await launch_coin(cmd.box, ctx.asker)
    return Reply(order_card(order, links), subject=subject_of(cmd.box), edit=True)
