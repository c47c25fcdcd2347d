"""Holdings with what they are worth, and a button to sell each."""

from __future__ import annotations

from core.domain.money import Lamports
from core.reply import Button, Item, Message, Row, T, t
from core.usecases.portfolio import Holding, Portfolio

SHOWN = 10


def portfolio_card(portfolio: Portfolio) -> Message:
    """data: wallet, holdings [{mint, ticker, atoms, worth}]."""
    holdings = portfolio.holdings
    total = Lamports(portfolio.lamports + sum(h.worth for h in holdings))
    body = () if holdings else (t("portfolio-empty"),)
    hidden = len(holdings) - SHOWN
    explained = t("portfolio-footer") if holdings else None
    return Message(
        title=t("portfolio-title"),
        body=body,
        rows=(
            Row(t("row-balance"), t("sol", amount=portfolio.lamports.sol(6))),
            Row(t("row-total"), t("sol-about", amount=total.sol(6))),
        ),
        items=tuple(_item(h) for h in holdings[:SHOWN]),
        footer=t("portfolio-more", count=hidden) if hidden > 0 else explained,
        data={
            "wallet": {"address": portfolio.address, "lamports": int(portfolio.lamports)},
            "holdings": [
                {"mint": h.coin.mint, "ticker": h.coin.ticker, "atoms": int(h.atoms), "worth": int(h.worth)}
                for h in holdings
            ],
        },
    )


def _item(h: Holding) -> Item:
    sell = Button(t("button-sell-all"), press=("sell", {"coin": h.coin.mint, "amount": "100%"}))
    title = t("holding", amount=h.atoms.tokens(2), ticker=h.coin.ticker, name=h.coin.name)
    return Item(title, detail=_detail(h), button=sell)


def _detail(h: Holding) -> T:
    if h.cost is None:
        return t("holding-worth-only", worth=h.worth.sol(6))
    gain = h.worth - h.cost
    sign = "+" if gain >= 0 else "-"
    return t("holding-worth", worth=h.worth.sol(6), gain=f"{sign}{Lamports(abs(gain)).sol(6)}")
