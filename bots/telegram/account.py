"""Whose TELEGRAM_TOKEN is."""

from __future__ import annotations

from bots.account import Account
from core.settings import Settings


def account(settings: Settings) -> Account:
    """The token must be set."""
    assert settings.telegram_token is not None, "asked only where the surface would run"
    base, token = settings.telegram_api_base.rstrip("/"), settings.telegram_token.get_secret_value()
    return Account(f"{base}/bot{token}/getMe", ("result", "username"), "TELEGRAM_TOKEN", "@BotFather")
