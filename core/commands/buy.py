"""/buy: a quote to confirm."""

from __future__ import annotations

from core.cards.links import Links
from core.cards.order import order_card
from core.commands.spec import Access, Context, Rate, arg, command
from core.commands.values import CoinRef
from core.domain.money import Lamports
from core.reply import Reply, Visibility
from core.usecases.orders import subject_of
from core.usecases.quotes import Quotes


@command("buy", access=Access.TRADER, rate=Rate(20, per=10), visibility=Visibility.QUIET)
class Buy:
    coin: CoinRef = arg(suggest="coins")
    sol: Lamports = arg(minimum="0.0001", presets=("0.1", "0.5", "1"))


async def handle(cmd: Buy, ctx: Context, *, quotes: Quotes, links: Links) -> Reply:
    order = await quotes.buy(cmd.coin, cmd.sol, ctx.asker)
    return Reply(order_card(order, links), subject=subject_of(order.id))
