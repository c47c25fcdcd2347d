"""A coin: picture, market, progress to the milestones, and buttons to trade it."""

from __future__ import annotations

from collections.abc import Sequence

from core.cards.media import coin_picture
from core.cards.order import trade_buttons
from core.domain import curve
from core.domain.address import short
from core.domain.money import BPS, Bps, Lamports, TokenAtoms
from core.ports.rows import Coin
from core.reply import Button, Item, Json, Message, Row, Tone, t

BAR = 12


def market_cap(coin: Coin) -> Lamports:
    """Lamports, at the indexed reserves (of the curve, later of the pool), rounded down."""
    return curve.market_cap(coin.virtual_sol, coin.virtual_tokens)


def progress(coin: Coin) -> Bps:
    """How much of what the curve sells is sold."""
    return Bps(BPS) if coin.pool is not None else curve.progress_bps(coin.virtual_tokens)


def coin_card(coin: Coin, pool_links: tuple[Button, ...] = ()) -> Message:
    """pool_links: of a coin on Raydium, where the reader can follow them (`Links.pool`).

    data: coin {mint, name, ticker, market_cap, progress_bps, holders, volume, pool}.
    """
    return Message(
        title=t("coin-title", name=coin.name, ticker=coin.ticker),
        body=(t("coin-complete"),) if coin.complete and coin.pool is None else (),
        rows=(
            Row(t("row-market-cap"), t("sol", amount=market_cap(coin).sol(2))),
            _where(coin),
            Row(t("row-holders"), t("value", value=f"{coin.holders:,}")),
            Row(t("row-volume"), t("sol", amount=Lamports(coin.volume).sol(3))),
            Row(t("row-mint"), t("value", value=coin.mint)),
        ),
        media=coin_picture(coin.image, coin.name, small=True),
        buttons=(
            trade_buttons(coin.mint),
            (
                Button(t("button-refresh"), press=("coin", {"coin": coin.mint}), open=True),
                Button(t("button-buy-other"), press=("buy", {"coin": coin.mint}), open=True),
                Button(t("button-copy-mint"), copy=coin.mint),
            ),
            *((pool_links,) if pool_links else ()),
        ),
        tone=Tone.NEUTRAL,
        data={"coin": _data(coin)},
    )


def _where(coin: Coin) -> Row:
    """How far the curve is; then where the coin went."""
    if coin.pool is not None:
        return Row(t("row-trades-on"), t("venue-pool"))
    done = progress(coin)
    return Row(t("row-progress"), t("progress", bar=bar(done), percent=done.percent()))


def bought_card(coin: Coin, lamports: int, atoms: int, trader: str) -> Message:
    """Somebody bought a good deal. data: coin, fill {side, lamports, atoms, trader}."""
    sol, tokens = Lamports(lamports), TokenAtoms(atoms)
    fill = {"side": "buy", "lamports": lamports, "atoms": atoms, "trader": trader}
    return Message(
        title=t("coin-bought", ticker=coin.ticker, sol=sol.sol(3)),
        body=(t("coin-bought-detail", tokens=tokens.tokens(0), ticker=coin.ticker, trader=short(trader)),),
        rows=(Row(t("row-market-cap"), t("sol", amount=market_cap(coin).sol(2))),),
        buttons=(trade_buttons(coin.mint),),
        tone=Tone.GOOD,
        data={"coin": _data(coin), "fill": fill},
    )


def complete_card(coin: Coin) -> Message:
    """The curve has sold everything. data: coin."""
    return Message(
        title=t("coin-completed", name=coin.name, ticker=coin.ticker),
        body=(t("coin-complete"),),
        media=coin_picture(coin.image, coin.name),
        tone=Tone.GOOD,
        data={"coin": _data(coin)},
    )


def graduated_card(coin: Coin, pool_links: tuple[Button, ...] = ()) -> Message:
    """The coin's liquidity is in its pool for good. data: coin."""
    look = Button(t("button-look", ticker=coin.ticker), press=("coin", {"coin": coin.mint}), open=True)
    return Message(
        title=t("coin-graduated", name=coin.name, ticker=coin.ticker),
        body=(t("coin-graduated-detail"),),
        rows=(
            Row(t("row-market-cap"), t("sol", amount=market_cap(coin).sol(2))),
            Row(t("row-liquidity"), t("sol", amount=Lamports(coin.virtual_sol).sol(2))),
        ),
        media=coin_picture(coin.image, coin.name),
        buttons=(trade_buttons(coin.mint), (look, *pool_links)),
        tone=Tone.GOOD,
        data={"coin": _data(coin)},
    )


def bar(done: Bps) -> str:
    """A bar of blocks; full only when complete."""
    filled = done * BAR // BPS
    return "▰" * filled + "▱" * (BAR - filled)


def coins_card(coins: Sequence[Coin], *, page: int, more: bool) -> Message:
    """A page of coins, newest first. data: coins [...]."""
    if not coins and not page:
        return Message(
            title=t("new-title"),
            body=(t("new-empty"),),
            buttons=((Button(t("button-launch-box"), press=("launch", {})),),),
            data={"coins": []},
        )
    pages = []
    if page:
        pages.append(Button(t("button-newer"), press=("new", {"page": str(page - 1)}), open=True))
    if more:
        pages.append(Button(t("button-older"), press=("new", {"page": str(page + 1)}), open=True))
    return Message(
        title=t("new-title"),
        body=() if coins else (t("new-end"),),
        items=tuple(_item(coin) for coin in coins),
        buttons=(tuple(pages),) if pages else (),
        data={"coins": [_data(coin) for coin in coins]},
    )


def _item(coin: Coin) -> Item:
    cap = market_cap(coin).sol(2)
    on_curve = t("coin-line", cap=cap, percent=progress(coin).percent(), holders=coin.holders)
    detail = on_curve if coin.pool is None else t("coin-line-pool", cap=cap, holders=coin.holders)
    look = Button(t("button-look", ticker=coin.ticker), press=("coin", {"coin": coin.mint}), open=True)
    return Item(t("coin-title", name=coin.name, ticker=coin.ticker), detail=detail, button=look)


def _data(coin: Coin) -> dict[str, Json]:
    return {
        "mint": coin.mint,
        "name": coin.name,
        "ticker": coin.ticker,
        "uri": coin.uri,
        "market_cap": int(market_cap(coin)),
        "progress_bps": int(progress(coin)),
        "holders": coin.holders,
        "volume": coin.volume,
        "complete": coin.complete,
        "pool": coin.pool,
    }
