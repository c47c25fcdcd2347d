"""What can be seen without asking anybody: the settings, the data folder, the signer's key."""

from __future__ import annotations

import os
import stat

from solders.pubkey import Pubkey

from core.adapters.keys.client import SocketSigner
from core.adapters.storage.local import BASE_URL_LIMIT
from core.bootstrap import places
from core.domain.errors import UserError
from core.domain.money import Lamports
from core.ports.signer import SignerAway
from core.settings import Settings
from pumpbox.checks.check import FAIL, OK, WARN, Check
from pumpbox.state import Taken, trusted


async def settings(found: Settings) -> list[Check]:
    checks = [*_limits(found), _public(found), _program(found)]
    if found.cluster != "localnet" and found.database_url is None:
        seen = "SQLite: one machine, and its disk is the only copy"
        checks.append(Check("settings", WARN, seen, "set DATABASE_URL to a PostgreSQL, or back up often"))
    return [check for check in checks if check is not None] or [
        Check("settings", OK, f"complete for {found.cluster}")
    ]


def _limits(found: Settings) -> list[Check]:
    wrong = []
    for name, text in (
        ("TRADE_LIMIT_SOL", found.trade_limit_sol),
        ("WITHDRAW_DAILY_LIMIT_SOL", found.withdraw_daily_limit_sol),
        ("KEEPER_DAILY_SOL", found.keeper_daily_sol),
        ("KEEPER_TOP_UP_SOL", found.keeper_top_up_sol),
        ("KEEPER_FINISH_SOL", found.keeper_finish_sol),
        ("KEEPER_SWEEP_SOL", found.keeper_sweep_sol),
    ):
        try:
            Lamports.parse(text)
        except (UserError, ValueError):
            wrong.append(Check("settings", FAIL, f"{name} is no amount of SOL", f"set {name}=5, for example"))
    return wrong


def _public(found: Settings) -> Check | None:
    """A coin's metadata names its address for ever."""
    url = found.public_url
    if url is None:
        if found.embedded_chain:
            return None
        return Check("settings", FAIL, "PUBLIC_URL is not set", "set the https address that the web role has")
    if len(url.rstrip("/").encode()) > BASE_URL_LIMIT:
        seen = f"PUBLIC_URL has more than {BASE_URL_LIMIT} bytes: coins' addresses would not fit on chain"
        return Check("settings", FAIL, seen, "set a shorter one")
    if not found.embedded_chain and not url.startswith("https://"):
        return Check(
            "settings", FAIL, "PUBLIC_URL is not https", "put a proxy with TLS in front of the web role"
        )
    return None


def _program(found: Settings) -> Check | None:
    try:
        places.rpc_url(found)
        Pubkey.from_string(places.program_id(found))
    except places.SettingMissing as missing:
        return Check("settings", FAIL, str(missing), "see .env.example")
    except ValueError:
        return Check("settings", FAIL, "PUMPBOX_PROGRAM_ID is no address", "copy it from the deployment")
    return None


async def folder(found: Settings) -> list[Check]:
    path = found.data_dir
    if not path.exists():
        parent = next(parent for parent in path.resolve().parents if parent.exists())
        if os.access(parent, os.W_OK):
            return [Check("folder", OK, f"{path} is made at the first start")]
        return [Check("folder", FAIL, f"{path} can't be made", f"make {parent} this user's")]
    try:
        trusted(path)
    except Taken as taken:
        return [Check("folder", FAIL, str(taken), f"chmod 700 {path}")]
    if not os.access(path, os.W_OK):
        return [Check("folder", FAIL, f"{path} can't be written", f"chown it to user {os.getuid()}")]
    return [Check("folder", OK, str(path))]


async def signer(found: Settings) -> list[Check]:
    return [_key(found), await _socket(found)]


def _key(found: Settings) -> Check:
    """The key file as the signer will find it; its content is the signer's alone to read."""
    folder = found.data_dir / "signer"
    path = found.master_key_file or folder / "master.key"
    try:
        facts = path.stat()
    except FileNotFoundError:
        if (folder / "signer.db").exists():
            return Check("key", FAIL, f"{path} is missing but wallets exist", "restore it from its backup")
        if found.signer_socket.exists():
            return Check("key", OK, "not seen from here; the signer, which runs, has looked at it")
        seen = "no master key here yet: the signer makes it at its first start"
        return Check("key", WARN, seen, f"then keep a copy of {path} where no other backup is")
    except OSError as error:
        return Check("key", FAIL, f"{path}: {error.strerror}", f"run as the user who owns {path.parent}")
    if not stat.S_ISREG(facts.st_mode) or facts.st_mode & 0o077:
        return Check("key", FAIL, f"{path} is readable by others", f"chmod 600 {path}")
    return Check("key", OK, f"{path}, for its owner alone")


async def _socket(found: Settings) -> Check:
    if not found.signer_socket.exists():
        seen = "does not run yet, or its sockets' folder is not seen from here"
        return Check("signer", WARN, seen, "start it, then run the preflight again")
    client = SocketSigner(found.signer_socket)
    try:
        await client.ping()
    except SignerAway as away:
        return Check("signer", FAIL, str(away), "its log says why; it must run as this user")
    finally:
        await client.close()
    return Check("signer", OK, "answers")
