"""/sell: a quote to confirm, for an amount or a share of what is held."""

from __future__ import annotations

from core.cards.links import Links
from core.cards.order import order_card
from core.commands.spec import Context, Rate, arg, command
from core.commands.values import CoinRef
from core.domain.portion import Portion
from core.reply import Reply, Visibility
from core.usecases.orders import subject_of
from core.usecases.quotes import Quotes


@command("sell", rate=Rate(20, per=10), visibility=Visibility.QUIET)
class Sell:
    coin: CoinRef = arg(suggest="coins")
    amount: Portion = arg(presets=("25%", "50%", "100%"))


async def handle(cmd: Sell, ctx: Context, *, quotes: Quotes, links: Links) -> Reply:
    order = await quotes.sell(cmd.coin, cmd.amount, ctx.asker)
    return Reply(order_card(order, links), subject=subject_of(order.id))
