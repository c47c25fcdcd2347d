"""/new: the newest coins."""

from __future__ import annotations

from core.cards.coin import coins_card
from core.commands.spec import Context, arg, command
from core.commands.values import Count
from core.reply import Reply
from core.usecases.coins import Coins

PAGE = 5


@command("new")
class New:
    page: Count = arg(default=Count(0))


async def handle(cmd: New, ctx: Context, *, coins: Coins) -> Reply:
    found = await coins.newest(PAGE + 1, cmd.page * PAGE)
    return Reply(coins_card(found[:PAGE], page=cmd.page, more=len(found) > PAGE), edit=cmd.page > 0)
