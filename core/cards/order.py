"""An order: the quote to confirm, what is happening, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from core.cards.links import Links
from core.cards.media import coin_picture
from core.domain.money import ATOMS_PER_TOKEN, Bps, Lamports, TokenAtoms
from core.domain.order import Order, OrderKind, OrderState
from core.localize import text
from core.reply import Button, Json, Media, Message, Row, Style, T, Tone, t
from core.usecases.markets import picosol

_TONES = {
    OrderState.LANDED: Tone.GOOD,
    OrderState.FAILED: Tone.BAD,
    OrderState.EXPIRED: Tone.BAD,
    OrderState.UNKNOWN: Tone.WARN,
    OrderState.SIGNED: Tone.BUSY,
    OrderState.SENT: Tone.BUSY,
}


def order_card(order: Order, links: Links) -> Message:
    """The order as it is now. data: order, quote and, once landed, fill; coin where it has one."""
    quoted = order.state is OrderState.QUOTED
    landed = order.state is OrderState.LANDED
    return Message(
        title=_title(order),
        body=_body(order),
        rows=_quote_rows(order) if quoted else _result_rows(order) if landed else (),
        media=_picture(order) if landed else None,
        footer=t("quote-footer", seconds=order.quote["seconds"]) if quoted else None,
        buttons=_buttons(order, links),
        tone=_TONES.get(order.state, Tone.NEUTRAL),
        data=_data(order),
    )


def _names(order: Order) -> dict[str, str]:
    return {"ticker": str(order.quote.get("ticker", "")), "name": str(order.quote.get("name", ""))}


def _title(order: Order) -> T:
    return T(f"{order.kind}-{order.state}", _names(order))


def _body(order: Order) -> tuple[T, ...]:
    if order.error is not None and order.state is not OrderState.LANDED:
        args = order.error_args or {}
        refused = T(f"error-{order.error}", args), T(f"error-{order.error}.next", args)
        # Failed: the chain ran it, and whoever runs one is paid. Expired: it was never run.
        return (*refused, t("order-fee-kept")) if order.state is OrderState.FAILED else refused
    lines: list[T] = []
    if order.state is OrderState.QUOTED and order.quote.get("partial"):
        lines.append(t("quote-partial", most=Lamports(order.intent["max_in"]).sol()))
    if order.state in (OrderState.SIGNED, OrderState.SENT):
        lines.append(t("order-following"))
    return tuple(lines)


def _sol(lamports: int) -> T:
    return t("sol", amount=Lamports(lamports).sol())


def _tokens(atoms: int, order: Order) -> T:
    return t("tokens", amount=TokenAtoms(atoms).tokens(2), ticker=_names(order)["ticker"])


def _quote_rows(order: Order) -> tuple[Row, ...]:
    q = order.quote
    if order.kind is OrderKind.WITHDRAW:
        return (
            Row(t("row-amount"), _sol(q["lamports"])),
            Row(t("row-to"), t("value", value=q["destination"])),
            Row(t("row-left-today"), _sol(q["left_today"])),
        )
    if order.kind is OrderKind.CLAIM:
        return (Row(t("row-receive"), _sol(q["lamports"])), *_page(q.get("deposit", 0)))
    buying = order.kind is OrderKind.BUY
    pays, gets = _sol(q["lamports"]), _tokens(q["atoms"], order)
    minimum = _tokens(q["min_out"], order) if buying else _sol(q["min_out"])
    # Orders of before this was kept have no deposit.
    most = Lamports(q.get("deposit", 0))
    deposit = (Row(t("row-deposit"), t("deposit-most", amount=most.sol())),) if most else ()
    return (
        Row(t("row-pay") if buying else t("row-sell"), pays if buying else gets),
        Row(t("row-receive"), gets if buying else pays),
        *((Row(t("row-trades-on"), t("venue-pool")),) if q.get("venue") == "pool" else ()),
        Row(t("row-price"), t("price", sol=q["price"], ticker=_names(order)["ticker"])),
        Row(t("row-impact"), t("percent", value=Bps(q["impact_bps"]).percent())),
        Row(t("row-fee"), t("fee", amount=_plain(_fee(q, order)), percent=Bps(q["fee_bps"]).percent())),
        Row(t("row-minimum"), t("minimum", amount=_plain(minimum), percent=Bps(q["slippage_bps"]).percent())),
        *deposit,
    )


def _fee(quoted: Mapping[str, int], order: Order) -> T:
    """In SOL, or in the coin: a pool takes its fee from what is given to it."""
    in_coin = quoted.get("fee_atoms", 0)
    return _tokens(in_coin, order) if in_coin else _sol(quoted["fee"])


def _plain(value: T) -> str:
    return (
        " ".join(str(v) for v in value.args.values())
        if value.id == "tokens"
        else f"{value.args['amount']} SOL"
    )


def _result_rows(order: Order) -> tuple[Row, ...]:
    r = order.result or {}
    sol = _sol(r["lamports"])
    network = Row(t("row-network-fee"), _sol(r["network_fee"]))
    if order.kind is OrderKind.WITHDRAW:
        return (
            Row(t("row-amount"), sol),
            Row(t("row-to"), t("value", value=order.quote["destination"])),
            network,
        )
    if order.kind is OrderKind.CLAIM:
        return (Row(t("row-received"), sol), network, *_page(r.get("deposit", 0)))
    if order.kind is OrderKind.LAUNCH:
        return (
            Row(t("row-mint"), t("value", value=order.mint or "")),
            Row(t("row-cost"), _sol(r["lamports"] + r["network_fee"])),
        )
    tokens = _tokens(r["atoms"], order)
    buying = order.kind is OrderKind.BUY
    return (
        Row(t("row-paid") if buying else t("row-sold"), sol if buying else tokens),
        Row(t("row-received"), tokens if buying else sol),
        Row(t("row-average"), t("price", sol=_average(r, buying), ticker=_names(order)["ticker"])),
        Row(t("row-fee"), _fee(r, order)),
        network,
        *((Row(t("row-deposit"), _sol(r["deposit"])),) if r.get("deposit") else ()),
    )


def _page(deposit: int) -> tuple[Row, ...]:
    """What the account took in which claims are noted; the first of a thousand to claim pays it."""
    return (Row(t("row-deposit"), t("deposit-page", amount=Lamports(deposit).sol())),) if deposit else ()


def _average(result: Mapping[str, int], buying: bool) -> str:
    """SOL per token that curve or pool took or gave, the fee apart; rounded down to 10^-12 SOL."""
    lamports = result["lamports"] - result["fee"] if buying else result["lamports"] + result["fee"]
    atoms = result["atoms"] - result.get("fee_atoms", 0)
    return picosol(lamports * ATOMS_PER_TOKEN * 1_000 // atoms)


def _picture(order: Order) -> Media | None:
    """A coin that is new is looked at; of one that was traded the numbers are."""
    small = order.kind is not OrderKind.LAUNCH
    return coin_picture(order.quote.get("image"), _names(order)["name"], small=small)


def _buttons(order: Order, links: Links) -> tuple[tuple[Button, ...], ...]:
    if order.state is OrderState.QUOTED:
        confirm = Button(
            t(f"button-confirm-{order.kind}"), press=("confirm", {"order": order.id}), style=Style.SUCCESS
        )
        cancel = Button(t("button-cancel"), press=("order_cancel", {"order": order.id}), style=Style.DANGER)
        return ((confirm, cancel),)
    rows: list[tuple[Button, ...]] = []
    # Of one that expired the chain has nothing to show.
    if order.signature is not None and order.state not in (OrderState.CANCELLED, OrderState.EXPIRED):
        rows.append((links.transaction(order.signature, order.platform),))
    if order.state is OrderState.LANDED and order.mint is not None:
        rows.insert(0, trade_buttons(order.mint))
        if order.kind is OrderKind.LAUNCH:
            rows[-1] += (Button(t("button-copy-mint"), copy=order.mint),)
    if order.state in (OrderState.FAILED, OrderState.EXPIRED):
        rows += _retry(order)
    return tuple(rows)


def _retry(order: Order) -> list[tuple[Button, ...]]:
    """The way on from an order that did not happen."""
    if order.kind is OrderKind.LAUNCH and order.box_id is not None:
        box = {"box": order.box_id}
        launch = Button(t("button-again"), press=("box_launch", box), style=Style.PRIMARY)
        return [(launch, Button(t("button-cancel"), press=("box_cancel", box), style=Style.DANGER))]
    again = order.quote.get("again")
    if again is None:
        return []
    label = t("button-new-quote")
    return [(Button(label, press=(order.kind.value, dict(again)), style=Style.PRIMARY),)]


def trade_buttons(mint: str) -> tuple[Button, ...]:
    """Open buttons: whoever presses gets a quote of their own."""
    buys = [
        Button(
            t("button-buy", sol=sol),
            press=("buy", {"coin": mint, "sol": sol}),
            open=True,
            style=Style.SUCCESS,
        )
        for sol in ("0.1", "0.5", "1")
    ]
    sells = [
        Button(t("button-sell", share=share), press=("sell", {"coin": mint, "amount": share}), open=True)
        for share in ("50%", "100%")
    ]
    return (*buys, *sells)


def _data(order: Order) -> dict[str, Json]:
    hidden = ("again", "seconds", "image")
    data: dict[str, Json] = {
        "order": {
            "id": order.id,
            "kind": order.kind.value,
            "state": order.state.value,
            "signature": order.signature,
        },
    }
    if order.kind is not OrderKind.LAUNCH:  # its box is shown to be confirmed, no price
        data["quote"] = {
            "atoms": 0,  # as in the fill of a withdrawal or a claim, which has neither
            "fee": 0,
            **{key: value for key, value in order.quote.items() if key not in hidden},
            "signature": order.signature,
            "state": order.state.value,
        }
    if order.result is not None:
        data["fill"] = {**order.result, "state": order.state.value}
    if order.mint is not None:
        data["coin"] = {"mint": order.mint, **_names(order)}
    if order.error is not None:
        data["error"] = {
            "code": order.error,
            "next": text(T(f"error-{order.error}.next", order.error_args or {})),
        }
    return data
