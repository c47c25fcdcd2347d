"""A data folder as an installation leaves it, made in milliseconds: a person with a wallet, orders, a coin with its
picture, a signer with its log, a chain. Nothing runs on it."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.keys.master_key import obtain
from core.adapters.storage.local import LocalPublisher
from core.bootstrap.places import database_url
from core.domain.order import Order, OrderKind, OrderState
from core.ports.rows import InboxItem, Wallet
from core.settings import Settings
from workers.localnet.ledger import Ledger
from workers.signer import audit, store
from workers.signer.vault import Vault


async def small_installation(settings: Settings) -> None:
    """Makes it where the settings say."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    ledger = Ledger(settings.data_dir / "ledger.db", time.time())
    ledger.close()
    publisher = LocalPublisher(settings.files_dir, "http://127.0.0.1:1")
    await publisher.publish(b"a picture", "image/webp")
    await publisher.publish(b'{"name":"Cat"}', "application/json")
    await upgrade(database_url(settings))
    database = SqlStore(database_url(settings))
    async with database.begin() as work:
        account = await work.accounts.ensure("terminal", "ann", "Ann", None)
        address = new_wallet(settings.data_dir, account.person_id)
        await work.wallets.add(Wallet(address, account.person_id, 1))
        await work.inbox.put([InboxItem("terminal", f"event-{n}", {"text": "hi"}, 1) for n in range(5)])
        for state in (OrderState.QUOTED, OrderState.SENT, OrderState.LANDED):
            await work.orders.add(_order(state, account.person_id, address))
    await database.close()


def new_wallet(data_dir: Path, person: str) -> str:
    """A wallet that the signer made, as its log tells; its address."""
    folder = data_dir / "signer"
    folder.mkdir(exist_ok=True, mode=0o700)
    with closing(store.open_store(folder / "signer.db")) as connection:
        master = obtain(folder / "master.key", known_fingerprint=store.known_fingerprint(connection))
        with store.transaction(connection):
            store.remember_fingerprint(connection, master.fingerprint)
            address = Vault(connection, master).create(person, 1)
            audit.append(connection, "wallet-created", 1.0, wallet=address, request_id=person)
    return address


def _order(state: OrderState, person: str, wallet: str) -> Order:
    signed = state is not OrderState.QUOTED
    return Order(
        id=f"order-{state}",
        kind=OrderKind.BUY,
        person_id=person,
        wallet=wallet,
        mint="mint",
        box_id=None,
        intent={"lamports": 2**64 - 1},
        quote={},
        state=state,
        platform="terminal",
        chat_id=None,
        thread_id=None,
        user_id="ann",
        created_at=1,
        quote_expires_at=2**40,
        signature=f"signature-{state}" if signed else None,
        raw=bytes(range(256)) if signed else None,
        lease_owner="somebody",
        lease_until=2**40,
    )
