"""Key material stays inside: nothing the signer writes, prints, answers or shows holds a seed or a key.

Wallets are made, orders signed, every refusal and fault provoked; then everything that came out is
searched for every secret in every form that people write keys in.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from solders.keypair import Keypair

from core.adapters.keys import wire
from core.adapters.keys.client import SocketSigner
from core.adapters.keys.envelope import EnvelopeBroken, new_key
from core.adapters.keys.master_key import MasterKey, MasterKeyRefused, obtain
from core.domain.errors import UserError
from core.domain.intent import BuyIntent, Intent, LaunchIntent, SellIntent, WithdrawIntent
from core.ports.chain import Blockhash, Compute
from core.ports.signer import SignerAway
from tests.fakes.leaks import found, wallet_secrets
from tests.fakes.signer_process import SignerProcess, signer_process
from tests.unit.signer.desk import BLOCKHASH, OUTSIDE, Desk
from workers.signer.store import open_store
from workers.signer.vault import Vault

AT = Blockhash(BLOCKHASH, 1_000)
COMPUTE = Compute(1_000, 5)
INTENTS: list[Intent] = [
    BuyIntent(OUTSIDE, 5, 1, 1_000),
    SellIntent(OUTSIDE, 5, 1, 1_000),
    LaunchIntent("Cats", "CAT", "http://x/m.json", "ab" * 32, 1, 5),
    WithdrawIntent(OUTSIDE, 5),
]
REFUSED: list[Intent] = [
    BuyIntent(OUTSIDE, 10**18, 1, 1_000),
    SellIntent(OUTSIDE, 5, 1, 1),
    WithdrawIntent(OUTSIDE, 10**18),
    WithdrawIntent("nowhere", 5),
    WithdrawIntent(OUTSIDE, -5),
]


@pytest.mark.parametrize(
    "wrap", [bytes.hex, repr, lambda b: str(Keypair.from_seed(b)), lambda b: str(list(b))]
)
def test_the_search_finds_a_secret_when_there_is_one(wrap: Any) -> None:
    seed = bytes(range(7, 39))
    assert found([seed, bytes(Keypair.from_seed(seed))], f"log: {wrap(seed)}!".encode())
    assert found([seed], base64.b64encode(b"xy" + seed + b"z"))
    assert not found([seed], base64.b64encode(bytes(reversed(seed))))


async def _use(process: SignerProcess, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Wallets, signatures, refusals and nonsense through the real socket; everything that came back."""
    heard: list[str] = []
    read = wire.read_frame

    async def listen(reader: asyncio.StreamReader) -> dict[str, Any] | None:
        frame = await read(reader)
        heard.append(json.dumps(frame))
        return frame

    monkeypatch.setattr(wire, "read_frame", listen)
    client = SocketSigner(process.socket)
    wallets = [await client.create_wallet(f"person-{number}") for number in range(3)]
    for number, intent in enumerate(INTENTS):
        signed = await client.sign(f"good-{number}", wallets[0], intent, AT, COMPUTE)
        heard += [repr(signed), signed.raw.hex()]
    for number, intent in enumerate(REFUSED):
        with pytest.raises(UserError) as refused:
            await client.sign(f"bad-{number}", wallets[0], intent, AT, COMPUTE)
        heard.append(repr(refused.value) + "".join(traceback.format_exception(refused.value)))
    heard += [repr(client), repr(vars(client)), repr(await client.withdrawn_today(wallets[0]))]
    await client.close()
    return "\n".join(heard).encode()


async def test_nothing_that_leaves_the_process_holds_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signer_process(tmp_path) as process:
        out = await _use(process, monkeypatch)
        # a fault inside: a row that its key can't open
        connection = open_store(process.database)
        (sealed,) = connection.execute(
            "SELECT sealed_seed FROM wallets WHERE request_id = ?", ("person-2",)
        ).fetchone()
        connection.execute(
            "UPDATE wallets SET sealed_seed = zeroblob(72) WHERE request_id = ?", ("person-2",)
        )
        connection.close()
        client = SocketSigner(process.socket)
        broken = await client.create_wallet("person-2")
        with pytest.raises(SignerAway) as fault:
            await client.sign("broken", broken, INTENTS[3], AT, COMPUTE)
        await client.close()
        out += "".join(traceback.format_exception(fault.value)).encode()
        files = b"".join(path.read_bytes() for path in _files(process))
    assert b"EnvelopeBroken" in process.output.encode()  # the log was captured, fault and all
    key_file = process.directory / "master.key"
    master = obtain(key_file, known_fingerprint=None)
    connection = open_store(process.database)
    connection.execute("UPDATE wallets SET sealed_seed = ? WHERE request_id = 'person-2'", (sealed,))
    connection.close()
    secrets = [*wallet_secrets(process.database, master), bytes.fromhex(key_file.read_text())]
    assert len(secrets) == 3 * 3 + 1
    assert found(secrets, out + process.output.encode() + files) == []


def _files(process: SignerProcess) -> list[Path]:
    """Database, write-ahead log and all else that the signer wrote, except the key file."""
    paths = [*process.directory.iterdir(), *process.socket.parent.iterdir()]
    files = [path for path in paths if path.is_file() and path.name != "master.key"]
    assert {path.name for path in files} >= {"signer.db", "signer.db-wal"}
    return files


def test_no_object_shows_a_key(desk: Desk, tmp_path: Path) -> None:
    key = new_key()
    master = MasterKey(key)
    vault = Vault(desk.connection, master)
    desk.service._vault = vault
    address = desk.wallet()
    desk.withdraw("o1", address, 5)
    secrets = [*wallet_secrets(desk.database, master), key]
    shown = [repr(thing) + str(thing) for thing in gc.get_objects() if _ours(thing)]
    assert any("MasterKey(" in text for text in shown)
    assert found(secrets, "\n".join(shown).encode()) == []


def _ours(thing: object) -> bool:
    module = getattr(type(thing), "__module__", None)
    return isinstance(module, str) and module.startswith(
        ("core.adapters", "core.ports", "core.domain", "workers.signer")
    )


def test_no_error_quotes_a_key(desk: Desk, tmp_path: Path) -> None:
    key = new_key()
    desk.service._vault = Vault(desk.connection, MasterKey(key))
    address = desk.wallet()
    secrets = [*wallet_secrets(desk.database, MasterKey(key)), key]
    said = []
    with pytest.raises(EnvelopeBroken) as broken:
        Vault(desk.connection, MasterKey(new_key())).sign(address, b"x")
    said.append(broken.value)
    path = tmp_path / "master.key"
    for text in (key.hex() + "0", key.hex()[:-1], key.hex(), "ab" + key.hex()):
        path.write_text(text)
        path.chmod(0o600)
        with pytest.raises(MasterKeyRefused) as refused:
            obtain(path, known_fingerprint="of another")
        said.append(refused.value)
    words = "\n".join(line for error in said for line in traceback.format_exception(error))
    assert found(secrets, words.encode()) == []
    assert key.hex()[:16] not in words
