"""`pumpbox health`: whether what runs here is ready, as its own process says; for container managers and people."""

from __future__ import annotations

import asyncio
import json as jsonlib
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from core.bootstrap.places import EVERYWHERE
from core.settings import Settings, load_settings
from pumpbox.refused import Refused
from pumpbox.roles import ROLES
from pumpbox.state import read_status

PATIENCE = 5.0  # seconds


def health(
    *, data: Path | None = None, role: str | None = None, live: bool = False, json: bool = False
) -> int:
    """Asks the process that runs here. Exit code 0 if it is ready, 1 if it is not or does not answer.

    Parameters
    ----------
    data
        Folder of the installation; default PUMPBOX_DATA, else ./data.
    role
        The role that runs alone, as in a container; default: what `pumpbox run` runs.
    live
        Ask only whether it works at all, not whether what it needs answers.
    json
        The process's answer as it is.
    """
    settings = load_settings(data)
    if role is not None and role not in ROLES:
        raise Refused(f"there is no role {role!r}; there are {', '.join(ROLES)}")
    offline = role is not None and not ROLES[role].network
    answer = _of_socket(settings) if offline else _of_http(settings, role, "healthz" if live else "readyz")
    print(jsonlib.dumps(answer) if json else _table(answer))
    return 0 if answer["status"] in ("ok", "ready", "degraded") else 1


def _of_socket(settings: Settings) -> dict[str, Any]:
    """The signer has no network: it is asked where the others ask it."""
    from core.adapters.keys.client import SocketSigner
    from core.ports.signer import SignerAway

    async def ask() -> None:
        signer = SocketSigner(settings.signer_socket, timeout=PATIENCE)
        try:
            await signer.ping()
        finally:
            await signer.close()

    try:
        asyncio.run(ask())
    except SignerAway as away:
        return {"status": "unready", "detail": str(away)}
    return {"status": "ready"}


def _of_http(settings: Settings, role: str | None, page: str) -> dict[str, Any]:
    url = f"{_address(settings, role)}/{page}"
    try:
        with urlopen(Request(url), timeout=PATIENCE) as response:  # noqa: S310 - an address of ours, http
            body = response.read()
    except HTTPError as refused:  # 503: the answer says why
        with refused:
            body = refused.read()
    except (OSError, HTTPException) as error:
        return {"status": "unready", "detail": f"{url} does not answer: {type(error).__name__}"}
    try:
        answer = jsonlib.loads(body)
    except ValueError:
        answer = None
    if isinstance(answer, dict) and "status" in answer:
        return answer
    return {"status": "unready", "detail": f"somebody else answers at {url}"}


def _address(settings: Settings, role: str | None) -> str:
    """Where the process answers. Raises `Refused` if it answers nowhere."""
    if settings.ops_port:
        host = "127.0.0.1" if settings.ops_host in EVERYWHERE else settings.ops_host
        return f"http://{host}:{settings.ops_port}"
    if role is not None:
        raise Refused(f"{role} answers nowhere: set OPS_PORT for it and for this command")
    found = read_status(settings.data_dir).get("http_url")
    if not isinstance(found, str):
        raise Refused(
            f"nothing runs on {settings.data_dir}; start it with: pumpbox run --data {settings.data_dir}"
        )
    return found


def _table(answer: dict[str, Any]) -> str:
    lines = [f"{answer['status']} {answer.get('detail', '')}".rstrip()]
    lines += [f"  {name:<10} {state}" for name, state in answer.get("roles", {}).items()]
    lines += [
        f"  {name:<10} {part['status']:<9} {part.get('detail', '')}".rstrip()
        for name, part in answer.get("parts", {}).items()
    ]
    return "\n".join(lines)
