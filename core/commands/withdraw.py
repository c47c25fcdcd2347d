"""/withdraw: SOL out of the custodial wallet, after a confirmation."""

from __future__ import annotations

from core.cards.links import Links
from core.cards.order import order_card
from core.commands.spec import Context, Rate, arg, command
from core.commands.values import Address
from core.domain.money import Lamports
from core.reply import Reply, Visibility
from core.usecases.orders import subject_of
from core.usecases.quotes import Quotes


@command("withdraw", rate=Rate(5, per=60), visibility=Visibility.PRIVATE)
class Withdraw:
    address: Address = arg()
    sol: Lamports = arg(minimum="0.001")


async def handle(cmd: Withdraw, ctx: Context, *, quotes: Quotes, links: Links) -> Reply:
    order = await quotes.withdraw(cmd.address, cmd.sol, ctx.asker)
    return Reply(order_card(order, links), subject=subject_of(order.id))
