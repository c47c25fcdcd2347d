"""The first message, and the list of commands."""

from __future__ import annotations

from collections.abc import Sequence

from core.cards.media import sealed_picture
from core.reply import Button, Item, Message, Style, T, t


def start_card(*, private: bool) -> Message:
    return Message(
        title=t("start-title"),
        body=(t("start-body"), t("start-private" if private else "start-group")),
        media=sealed_picture(small=True),
        buttons=(
            (
                Button(t("button-launch-box"), press=("launch", {}), style=Style.SUCCESS),
                Button(t("button-new"), press=("new", {})),
                Button(t("button-wallet"), press=("wallet", {})),
                Button(t("button-help"), press=("help", {})),
            ),
        ),
        footer=t("start-footer"),
    )


def help_card(commands: Sequence[tuple[str, T]]) -> Message:
    """commands: usage and what it does."""
    items = tuple(Item(t("value", value=usage), detail=what) for usage, what in commands)
    return Message(title=t("help-title"), items=items, footer=t("help-footer"))
