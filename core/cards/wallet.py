"""A wallet: its address, what is in it, and how to take it out."""

from __future__ import annotations

from core.domain.money import Lamports
from core.reply import Button, Message, Row, Style, Tone, t


def wallet_card(address: str, lamports: int | None, *, test_money: bool) -> Message:
    """lamports None: the chain did not answer. data: wallet {address, lamports}."""
    balance = t("wallet-balance-away") if lamports is None else t("sol", amount=Lamports(lamports).sol())
    return Message(
        title=t("wallet-title"),
        body=(t("wallet-test-money") if test_money else t("wallet-deposit"),),
        rows=(Row(t("row-address"), t("value", value=address)), Row(t("row-balance"), balance)),
        footer=t("wallet-custody"),
        buttons=(
            (
                Button(t("button-copy-address"), copy=address),
                Button(t("button-portfolio"), press=("portfolio", {}), style=Style.PRIMARY),
                Button(t("button-withdraw"), press=("withdraw", {})),
            ),
        ),
        tone=Tone.NEUTRAL if lamports is not None else Tone.WARN,
        data={"wallet": {"address": address, "lamports": lamports}},
    )
