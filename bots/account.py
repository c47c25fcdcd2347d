"""Whose a platform's token is: what the preflight asks before a surface is started. No SDK is needed for it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """A question that changes nothing. url, authorization: may hold the token, so they are never shown.
    name: the path in the JSON answer to the account's name. setting: where the token comes from. source: where
    people get one."""

    url: str = field(repr=False)
    name: tuple[str, ...]
    setting: str
    source: str
    authorization: str | None = field(default=None, repr=False)
