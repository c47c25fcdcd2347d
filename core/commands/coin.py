"""/coin: a coin's card; also what a pasted mint address gives."""

from __future__ import annotations

from core.cards.coin import coin_card
from core.commands.spec import Context, arg, command
from core.commands.values import CoinRef
from core.reply import Reply
from core.usecases.coins import Coins


@command("coin")
class CoinCommand:
    coin: CoinRef = arg(suggest="coins")


async def handle(cmd: CoinCommand, ctx: Context, *, coins: Coins) -> Reply:
    coin = await coins.find(cmd.coin)
    return Reply(coin_card(coin))
