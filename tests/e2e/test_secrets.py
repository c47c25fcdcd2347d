"""The whole story is played; then everything that it left behind is searched for what must not leave.

The signer's own tests do the same around the signer; this one is about all the others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from bots.desk import Desk
from core.adapters.keys.master_key import obtain
from core.bootstrap import board as boards
from core.bootstrap.board import Board
from core.ports.rows import InboxItem
from core.reply import Reply
from pumpbox.ops import answering
from pumpbox.preflight import examine
from tests.fakes.installation import Home, button, installation
from tests.fakes.leaks import found, wallet_secrets

COLD = str(Keypair.from_seed(bytes(31) + b"\1").pubkey())


async def test_no_key_and_no_unopened_seed_is_left_anywhere(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    unused_tcp_port: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    async with installation(tmp_path, ops_port=unused_tcp_port) as home:
        await _story(home, said)
        seeds = await _unopened_seeds(home)
        valkey = await _dump(home)
        said += [repr(home.delivered), repr(home.app), repr(home.settings)]
        said += await _pages(home, monkeypatch)
        data = home.settings.data_dir
    logs = "".join(capsys.readouterr()) + caplog.text
    messages = "\n".join([*said, logs]).encode() + valkey

    key_file = data / "signer" / "master.key"
    master = obtain(key_file, known_fingerprint=None)
    keys = wallet_secrets(data / "signer" / "signer.db", master)
    assert len(keys) == 3 * 3  # data key, seed and keypair of Ann's wallet, Bob's, and the keeper's
    files = b"".join(path.read_bytes() for path in _files(data) if path != key_file)
    assert found([*keys, bytes.fromhex(key_file.read_text())], messages + files) == []

    # A sealed box's seed is in the database, which must know it, and nowhere that anybody is shown.
    assert found(seeds, files) != []
    assert found(seeds, messages) == []
    assert b"dispatch.refused" in messages  # the logs were searched: they hold what happened
    assert b"Enough of that" in files  # and so was the inbox


async def _story(home: Home, said: list[str]) -> None:
    """Launch, buy, sell, withdraw and a good deal of refusals."""

    def heard(reply: Reply) -> Reply:
        said.append(repr(reply))
        return reply

    sealed = heard(await home.say("ann", "/launch space cats"))
    opened = await home.outcome(sealed.subject)
    heard(await home.press("ann", button(opened, "Launch")))
    mint = (await home.outcome(sealed.subject)).data["coin"]["mint"]
    await home.until(lambda: home.has_coin(mint))
    for line, confirm in (
        (f"/buy {mint} 1", "Confirm buy"),
        (f"/sell {mint} all", "Confirm sale"),
        (f"/withdraw {COLD} 1", "Confirm withdrawal"),
    ):
        quote = heard(await home.say("bob", line))
        heard(await home.press("bob", button(quote.message, confirm)))
        await home.outcome(quote.subject)
    for line in (
        "/wallet",
        "/portfolio",
        "/help",
        "/start",
        f"/withdraw {COLD} 100",
        "/sell X 1",
        "/wallet 1",
    ):
        heard(await home.say("bob", line))
    # What goes wrong says a lot: a signer that is away, and one that is asked for nonsense.
    await home.stop("signer", "preparer")
    heard(await home.say("eve", "/wallet"))
    await home.start("signer")
    heard(await home.say("eve", "/launch nothing that is opened yet"))
    line = {"text": "Enough of that"}
    await Desk.of(home.app, "terminal").accept([InboxItem("terminal", "1", line, 1)])


async def _pages(home: Home, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What an operator's tools read, and a stranger may: figures, health, and what the preflight prints."""
    board = Board({"announcer": "ready"}, {"database", "valkey", "chain", "signer"})
    monkeypatch.setattr(boards, "board", lambda: board)
    pages = []
    async with answering(home.settings), aiohttp.ClientSession() as session:
        for page in ("metrics", "readyz", "healthz"):
            async with session.get(f"http://127.0.0.1:{home.settings.ops_port}/{page}") as response:
                pages.append(await response.text())
    assert "pumpbox_refusals_total" in pages[0]
    people = await _people(home)
    assert found(people, pages[0].encode()) == []  # who they are is in no label either
    return [*pages, "\n".join(check.line() for check in await examine(home.settings))]


async def _people(home: Home) -> list[bytes]:
    """Wallets' addresses, as their 32 bytes."""
    return [bytes(Pubkey.from_string(await home.wallet(user))) for user in ("ann", "bob")]


async def _unopened_seeds(home: Home) -> list[bytes]:
    async with home.app.store.read() as work:
        boxes = await work.boxes.open_of_person(await home.person("eve"))
    assert [box.state for box in boxes] == ["sealed"]
    return [bytes.fromhex(box.seed) for box in boxes]


async def _dump(home: Home) -> bytes:
    """Everything that Valkey holds."""
    client = Redis(unix_socket_path=str(home.settings.valkey_socket))
    async with client:
        keys = [key async for key in client.scan_iter()]
        return b"\n".join([*keys, *[await client.dump(key) or b"" for key in keys]])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
