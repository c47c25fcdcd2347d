"""What others see of us: the public address, and the chat platforms' view of our tokens."""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from typing import Any

import aiohttp

from bots.account import Account
from core.settings import Settings
from pumpbox.checks.check import FAIL, OK, WARN, Check
from pumpbox.roles import wanted

TIMEOUT = aiohttp.ClientTimeout(total=8)
LIMIT = 64 * 2**10  # bytes of an answer that we look at


async def public(settings: Settings) -> list[Check]:
    """From this machine, which may see it otherwise than the world does; a proxy that is wrong shows all the same."""
    if settings.public_url is None:
        return []
    url = settings.public_url.rstrip("/")
    status, answer = await _get(f"{url}/healthz")
    if status == 200 and answer.get("service") == "pumpbox":
        return [Check("public", OK, f"{url} is ours")]
    if status == 200:
        return [Check("public", FAIL, f"{url} is answered by somebody else", "point it at the web role")]
    seen = f"{url} does not answer" + (f" (status {status})" if status else "")
    # Before the first start nobody can answer; once the signer runs, the web role should too.
    started = settings.signer_socket.exists()
    return [Check("public", FAIL if started else WARN, seen, "check name, proxy and that the web role runs")]


async def chats(settings: Settings) -> list[Check]:
    """Each platform that would run is asked whose its token is."""
    found = [role.name for role in wanted(settings).values() if role.remote]
    if not found:
        return [Check("chats", WARN, "no chat platform", "set a bot's token: .env.example lists them")]
    accounts = [(name, import_module(f"bots.{name}.account").account(settings)) for name in found]
    return await asyncio.gather(*(_owner(name, account) for name, account in accounts))


async def _owner(name: str, account: Account) -> Check:
    status, answer = await _get(account.url, account.authorization)
    value: Any = answer
    for key in account.name:
        value = value.get(key) if isinstance(value, dict) else None
    if status == 200 and isinstance(value, str):
        return Check(name, OK, f"is {value[:64]!a}")
    if status in (401, 403, 404):
        return Check(name, FAIL, f"{account.setting} is refused", f"copy it anew from {account.source}")
    seen = f"does not answer (status {status})" if status else "can't be reached"
    return Check(name, FAIL, seen, f"check the network, then {account.setting}")


async def _get(url: str, authorization: str | None = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON object; status 0 if there was no answer."""
    headers = {"User-Agent": "pumpbox preflight"} | (
        {"Authorization": authorization} if authorization else {}
    )
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            status, body = response.status, await response.content.read(LIMIT)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return 0, {}
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    return status, answer if isinstance(answer, dict) else {}
