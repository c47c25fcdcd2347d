"""Whose MATRIX_TOKEN is."""

from __future__ import annotations

from bots.account import Account
from core.settings import Settings


def account(settings: Settings) -> Account:
    """The token must be set."""
    assert settings.matrix_token is not None, "asked only where the surface would run"
    return Account(
        f"{(settings.matrix_homeserver or '').rstrip('/')}/_matrix/client/v3/account/whoami",
        ("user_id",),
        "MATRIX_TOKEN",
        "the account's client",
        f"Bearer {settings.matrix_token.get_secret_value()}",
    )
