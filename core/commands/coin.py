"""/coin: a coin's card; also what a pasted mint address gives."""

from __future__ import annotations

from core.cards.coin import coin_card
from core.cards.links import Links
from core.commands.spec import Context, arg, command
from core.commands.values import CoinRef
from core.reply import Reply
from core.usecases.coins import Coins


@command("coin")
class CoinCommand:
    coin: CoinRef = arg(suggest="coins")


async def handle(cmd: CoinCommand, ctx: Context, *, coins: Coins, links: Links) -> Reply:
    coin = await coins.find(cmd.coin)
    pool_links = () if coin.pool is None else links.pool(coin.pool, coin.mint, ctx.asker.platform)
    return Reply(coin_card(coin, pool_links))
