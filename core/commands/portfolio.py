"""/portfolio: what the caller holds, and what it is worth at the curve."""

from __future__ import annotations

from core.cards.portfolio import portfolio_card
from core.commands.spec import Context, command
from core.reply import Reply, Visibility
from core.usecases.portfolio import Portfolios


@command("portfolio", visibility=Visibility.PRIVATE)
class Portfolio:
    pass


async def handle(cmd: Portfolio, ctx: Context, *, portfolios: Portfolios) -> Reply:
    return Reply(portfolio_card(await portfolios.of(ctx.person_id)))
