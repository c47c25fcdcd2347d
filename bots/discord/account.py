"""Whose DISCORD_TOKEN is."""

from __future__ import annotations

from bots.account import Account
from core.settings import Settings


def account(settings: Settings) -> Account:
    """The token must be set."""
    assert settings.discord_token is not None, "asked only where the surface would run"
    return Account(
        f"{settings.discord_api_base.rstrip('/')}/users/@me",
        ("username",),
        "DISCORD_TOKEN",
        "the developer portal",
        f"Bot {settings.discord_token.get_secret_value()}",
    )
