"""Where coins of a chat get their threads."""

from __future__ import annotations

from core.domain.home import HERE
from core.reply import Message, t


def home_card(home: str | None) -> Message:
    """data: home."""
    if home is None:
        return Message(t("home-off"), body=(t("home-off-next"),), data={"home": None})
    where = t("home-here") if home == HERE else t("home-there", place=home)
    return Message(where, body=(t("home-on-next"),), data={"home": home})
