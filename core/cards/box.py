"""A mystery box: sealed with its commitment, being prepared, opened, and what became of it."""

from __future__ import annotations

from core.cards.media import coin_picture, sealed_picture
from core.ports.rows import BoxRow
from core.reply import Button, Message, Row, Style, T, Tone, t

STEPS = {"name": 15, "art": 45, "publish": 85}  # per cent shown while a step is being done


def box_card(box: BoxRow, rerolls_left: int) -> Message:
    """The box as it is now. data: box {id, state, name, ticker, commitment, rarity, uri}."""
    make = {"sealed": _sealed, "opened": _opened, "cancelled": _cancelled, "failed": _failed}
    draw = make.get(box.state)
    return _launching(box) if draw is None else draw(box, rerolls_left)


def _data(box: BoxRow) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": box.id,
        "state": box.state,
        "theme": box.theme,
        "commitment": box.commitment,
    }
    if box.state not in ("sealed", "failed", "cancelled"):
        shown |= {
            "name": box.name,
            "ticker": box.ticker,
            "rarity": box.rarity,
            "uri": box.uri,
            "image": box.image_uri,
            "rerolls": box.rerolls,
        }
    return {"box": shown}


def _commitment(box: BoxRow) -> Row:
    return Row(t("box-commitment"), t("value", value=box.commitment[:16] + "…"))


def _cancel(box: BoxRow) -> Button:
    return Button(t("button-cancel"), press=("box_cancel", {"box": box.id}), style=Style.DANGER)


def _reroll(box: BoxRow) -> tuple[str, dict[str, str]]:
    """One button rerolls once, however often it is pressed."""
    return "box_reroll", {"box": box.id, "seen": str(box.rerolls)}


def _sealed(box: BoxRow, rerolls_left: int) -> Message:
    return Message(
        title=t("box-sealed", theme=box.theme),
        body=(t(f"box-step-{box.step}"),),
        rows=(_commitment(box),),
        media=coin_picture(box.image, box.theme) or sealed_picture(),
        progress=STEPS.get(box.step, 5),
        footer=t("box-sealed-footer"),
        buttons=((_cancel(box),),),
        tone=Tone.BUSY,
        data=_data(box),
    )


def _opened(box: BoxRow, rerolls_left: int) -> Message:
    actions = [Button(t("button-launch"), press=("box_launch", {"box": box.id}), style=Style.SUCCESS)]
    if rerolls_left > 0:
        label = t("button-reroll", left=rerolls_left)
        actions.append(Button(label, press=_reroll(box), style=Style.PRIMARY))
    return Message(
        title=_coin_title(box),
        body=(t("value", value=box.description or ""),),
        rows=(
            Row(t("box-rarity"), t(f"rarity-{box.rarity}")),
            Row(t("box-theme"), t("value", value=box.theme)),
            _commitment(box),
        ),
        media=coin_picture(box.image, box.name or "", box.image_uri),
        footer=t("box-opened-footer"),
        buttons=((*actions, _cancel(box)),),
        tone=Tone.GOOD,
        data=_data(box),
    )


def _coin_title(box: BoxRow) -> T:
    return t("coin-title", name=box.name or "", ticker=box.ticker or "")


def _launching(box: BoxRow) -> Message:
    return Message(
        title=_coin_title(box),
        body=(t(f"box-{box.state}"),),
        media=coin_picture(box.image, box.name or "", box.image_uri),
        tone=Tone.BUSY if box.state == "launching" else Tone.GOOD,
        data=_data(box),
    )


def _cancelled(box: BoxRow, rerolls_left: int) -> Message:
    return Message(
        title=t("box-cancelled", theme=box.theme), body=(t("box-cancelled-next"),), data=_data(box)
    )


def _failed(box: BoxRow, rerolls_left: int) -> Message:
    retry = Button(t("button-again"), press=_reroll(box), style=Style.PRIMARY)
    code = box.step if box.step.startswith(("box-", "names-")) else "box-failed"
    return Message(
        title=T(f"error-{code}"),
        body=(T(f"error-{code}.next"),),
        buttons=((retry, _cancel(box)),),
        tone=Tone.BAD,
        data=_data(box),
    )
