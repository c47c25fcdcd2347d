"""A backup becomes an installation or nothing does: what is refused, what a kill leaves, what replacing keeps."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from solders.keypair import Keypair

from core.adapters.db import migrate
from core.adapters.db.migrate import in_transaction, run_alembic
from core.adapters.db.store import SqlStore
from core.bootstrap.places import database_url
from core.domain.order import OrderState
from core.settings import Settings
from pumpbox import archive, unpack
from pumpbox.archive import BackupBroken, Reader
from pumpbox.backup import SCRATCH, backup, take
from pumpbox.frozen import Frozen
from pumpbox.refused import Refused
from pumpbox.restore import put_back
from pumpbox.state import UNFINISHED, Taken, acquire
from pumpbox.unpack import check_all
from tests.fakes.installation import settings_of
from tests.fakes.small_installation import new_wallet, small_installation
from workers.localnet.config import LocalnetConfig
from workers.localnet.main import LocalNode
from workers.signer import audit


@pytest.fixture(autouse=True)
def _private_files() -> Iterator[None]:
    before = os.umask(0o077)  # as `main` does
    yield
    os.umask(before)


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    settings = settings_of(tmp_path / "old")
    asyncio.run(small_installation(settings))
    return settings


@pytest.fixture
def new(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "new")


def taken(settings: Settings) -> bytes:
    out = io.BytesIO()
    take(settings, out, compressed=False)
    return out.getvalue()


def key_of(settings: Settings) -> Path:
    return settings.data_dir / "signer" / "master.key"


def restored(settings: Settings, data: bytes, key: Path | None, *, replace: bool = False) -> unpack.Stage:
    return put_back(settings, io.BytesIO(data), key, replace=replace)[0]


def contents(folder: Path) -> dict[str, Any]:
    """What is in an installation, whatever its files look like."""
    with closing(sqlite3.connect(folder / "pumpbox.db")) as database:
        tables = [t for (t,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: sorted(map(repr, database.execute(f"SELECT * FROM {table}"))) for table in tables}
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("files/*/*")}
    ledger, key = (folder / "ledger.db").read_bytes(), (folder / "signer" / "master.key").read_bytes()
    return {
        "rows": rows,
        "files": files,
        "ledger": ledger,
        "key": key,
        "audit": audit.head(folder / "signer" / "signer.db"),
    }


def test_a_backup_becomes_the_same_installation(old: Settings, new: Settings) -> None:
    restored(new, taken(old), key_of(old))
    names = {path.name for path in new.data_dir.iterdir()}
    assert names == {"pumpbox.db", "ledger.db", "signer", "files", "pumpbox.lock"}
    was, now = contents(old.data_dir), contents(new.data_dir)
    assert now["files"] == was["files"] != {}
    assert (now["key"], now["audit"]) == (was["key"], was["audit"])
    changed = {table for table in was["rows"] if was["rows"][table] != now["rows"][table]}
    assert changed == {"orders", "cursors"}  # see below; and which backup it was
    for path in new.data_dir.rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o077 == 0 or "files" in path.parts


async def test_quotes_are_over_and_leases_are_let_go(old: Settings, new: Settings) -> None:
    """On a chain that went on, a quote may have been confirmed after the backup: it must not be signed again."""
    await asyncio.to_thread(
        restored, new, taken_in_thread := await asyncio.to_thread(taken, old), key_of(old)
    )
    assert taken_in_thread
    store = SqlStore(database_url(new))
    async with store.read() as work:
        orders = {order.id: order for order in await work.orders.get_many([f"order-{s}" for s in OrderState])}
    async with store.begin() as work:
        claimed = await work.orders.claim_expired("keeper", 100, 120, 10)
    await store.close()
    assert orders["order-quoted"].state is OrderState.EXPIRED
    assert orders["order-quoted"].error == "quote-expired"
    assert [order.id for order in claimed] == ["order-sent"]
    assert orders["order-sent"].raw == bytes(range(256))
    assert orders["order-sent"].intent == {"lamports": 2**64 - 1}


def test_the_key_is_nowhere_in_a_backup(old: Settings) -> None:
    key = key_of(old).read_text().strip()
    assert key.encode() not in taken(old)
    assert bytes.fromhex(key) not in taken(old)


# ---------------------------------------------------------------------- refused


def test_a_backup_that_could_not_be_restored_is_not_made(old: Settings, new: Settings) -> None:
    with pytest.raises(Refused, match="no installation in"):
        taken(new)
    with closing(sqlite3.connect(old.data_dir / "pumpbox.db")) as database, database:
        database.execute("INSERT INTO persons (id) VALUES ('eve')")
        database.execute("UPDATE wallets SET person_id = 'eve'")
    with pytest.raises(Refused, match="1 wallets of the database were made for other people"):
        taken(old)
    (old.data_dir / "signer" / "signer.db").unlink()
    with pytest.raises(Refused, match="1 wallets of the database have no key"):
        taken(old)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cluster": "devnet", "rpc_url": "http://127.0.0.1:1", "program_id": "x"}, "settings name devnet"),
        ({"rpc_url": "http://127.0.0.1:1"}, "settings name localnet at SOLANA_RPC_URL"),
        ({"program_id": "11111111111111111111111111111111"}, "set PUMPBOX_PROGRAM_ID"),
    ],
)
def test_another_chain_is_refused(old: Settings, new: Settings, changes: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        restored(new.model_copy(update=changes), taken(old), key_of(old))
    assert [path.name for path in new.data_dir.iterdir()] == ["pumpbox.lock"]


async def test_another_chain_of_the_same_name_is_refused(tmp_path: Path) -> None:
    """Off the embedded chain the genesis hash tells chains apart, once the node says it."""
    async with (
        LocalNode.start(LocalnetConfig(tmp_path / "one.db")) as one,
        LocalNode.start(LocalnetConfig(tmp_path / "two.db")) as two,
    ):
        cluster = {"cluster": "devnet", "program_id": str(Keypair().pubkey())}
        old = settings_of(tmp_path / "old", rpc_url=one.url, **cluster)
        await small_installation(old)
        data = await asyncio.to_thread(taken, old)
        assert b"ledger.db" not in data
        for url, said in (
            (two.url, "their genesis differs"),
            ("http://127.0.0.1:1", "doesn't say which one it is"),
        ):
            new = settings_of(tmp_path / "new", rpc_url=url, **cluster)
            with pytest.raises(Refused, match=said):
                await asyncio.to_thread(restored, new, data, key_of(old))
        new = settings_of(tmp_path / "new", rpc_url=one.url, **cluster)
        await asyncio.to_thread(restored, new, data, key_of(old))


def test_the_right_key_is_asked_for(old: Settings, new: Settings, tmp_path: Path) -> None:
    data = taken(old)
    with pytest.raises(Refused, match=r"give it with --master-key FILE, or set MASTER_KEY_FILE"):
        restored(new, data, None)
    with pytest.raises(Refused, match="is missing but wallets exist"):
        restored(new, data, tmp_path / "nowhere")
    (tmp_path / "other").mkdir()
    new_wallet(tmp_path / "other", "eve")
    with pytest.raises(Refused, match="is not the one that the wallets were made under"):
        restored(new, data, tmp_path / "other" / "signer" / "master.key")
    elsewhere = new.model_copy(update={"master_key_file": key_of(old)})
    with pytest.raises(Refused, match="give one of them"):
        restored(elsewhere, data, key_of(old))
    assert [path.name for path in new.data_dir.iterdir()] == ["pumpbox.lock"]
    restored(elsewhere, data, None)
    assert not key_of(new).exists()  # it stays where the setting says


def test_a_folder_in_use_or_not_empty_is_refused(old: Settings, new: Settings) -> None:
    data = taken(old)
    with pytest.raises(Refused, match="is not empty: give another --data, or --replace"):
        restored(old, data, None)
    lock = acquire(new.data_dir)
    with pytest.raises(Taken, match="already runs on"):
        restored(new, data, key_of(old))
    os.close(lock)


def test_a_database_that_is_not_empty_is_refused(old: Settings, new: Settings, tmp_path: Path) -> None:
    url = SecretStr(f"sqlite:///{tmp_path / 'mine.db'}")
    with closing(sqlite3.connect(tmp_path / "mine.db")) as mine:
        mine.execute("CREATE TABLE mine (x)")
    with pytest.raises(Refused, match="not empty: give an empty one; nothing in it was changed"):
        restored(new.model_copy(update={"database_url": url}), taken(old), key_of(old))
    assert [path.name for path in new.data_dir.iterdir()] == ["pumpbox.lock"]


def remade(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A backup with one file changed, and sums that agree with it: as one who writes backups could make it."""
    out = io.BytesIO()
    writer = archive.Writer(out, 1, compressed=False)
    for member in Reader(io.BytesIO(data)):
        blob = change(member.whole()) if member.name == name else member.whole()
        writer.add(member.name, len(blob), [blob], rows=None if member.table is None else 1)
    writer.end()
    return out.getvalue()


def test_what_lies_about_itself_is_refused(old: Settings, new: Settings) -> None:
    data = taken(old)
    cases: list[tuple[str, Callable[[bytes], bytes], str]] = [
        ("backup.json", lambda _: b"[]", "does not say what it is a backup of"),
        ("backup.json", lambda b: b.replace(b'"format": 1', b'"format": 2'), "install a newer pumpbox"),
        ("signer.db", lambda b: bytes(len(b)), "not a signer's database"),
        ("ledger.db", lambda b: bytes(len(b)), "it is no ledger"),
        ("database/orders/000001.jsonl", lambda b: b[:-9], "orders: not rows of ours"),
        ("database/orders/000001.jsonl", lambda b: b.replace(b'"sent"', b'"lost"'), "refuses its rows"),
        ("database/persons/000001.jsonl", lambda _: b'["id"]\n', "which are missing"),
    ]
    for name, change, said in cases:
        with pytest.raises(BackupBroken, match=said):
            restored(new, remade(data, name, change), key_of(old))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        picture = next(name for name in tar.getnames() if name.startswith("files/i/"))
    with pytest.raises(BackupBroken, match="is not what its name says"):
        check_all(Reader(io.BytesIO(remade(data, picture, lambda b: b + b"!"))))
    newer = remade(data, "backup.json", lambda b: b.replace(b'"schema": "0', b'"schema": "9'))
    with pytest.raises(Refused, match="install a newer pumpbox"):
        restored(new, newer, key_of(old))
    restored(new, data, key_of(old))


def test_a_signer_that_would_forget_what_it_signed_is_refused(
    old: Settings, new: Settings, tmp_path: Path
) -> None:
    """A trigger in the archive's file, with sums that agree: the first signature would be signed again."""

    def forgetful(data: bytes) -> bytes:
        path = tmp_path / "signer.db"
        path.write_bytes(data)
        with closing(sqlite3.connect(path)) as database:
            database.executescript(
                "DROP TRIGGER signatures_kept; "
                "CREATE TRIGGER forgets AFTER INSERT ON audit BEGIN DELETE FROM signatures; END;"
            )
        return path.read_bytes()

    with pytest.raises(BackupBroken, match="somebody changed it"):
        restored(new, remade(taken(old), "signer.db", forgetful), key_of(old))
    assert [path.name for path in new.data_dir.iterdir()] == ["pumpbox.lock"]


def test_a_wallet_given_to_somebody_else_is_refused(old: Settings, new: Settings) -> None:
    """Rows alone say whose a wallet is; the signer knows for whom it made it."""
    database = SqlStore(database_url(old))

    async def eve() -> tuple[str, str]:
        async with database.begin() as work:
            ann = await work.accounts.ensure("terminal", "ann", "Ann", None)
            eve = await work.accounts.ensure("terminal", "eve", "Eve", None)
        await database.close()
        return ann.person_id, eve.person_id

    victim, thief = (person.encode() for person in asyncio.run(eve()))
    data = taken(old)
    changed = remade(data, "database/wallets/000001.jsonl", lambda rows: rows.replace(victim, thief))
    with pytest.raises(BackupBroken, match="was made for somebody else"):
        restored(new, changed, key_of(old))
    restored(new, data, key_of(old))


def test_a_disk_without_room_is_refused(
    old: Settings, new: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "_SPARE", 2**80)
    with pytest.raises(Refused, match="make room"):
        restored(new, taken(old), key_of(old))
    assert [path.name for path in new.data_dir.iterdir()] == ["pumpbox.lock"]


def test_rows_of_an_older_schema_are_migrated(
    tmp_path: Path, new: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken in by the tables of their time, then brought forward."""
    first = migrate.revisions()[0]
    old = settings_of(tmp_path / "older")
    asyncio.run(small_installation(old))
    data = taken(old)
    # What a backup of the first revision holds: the columns that its tables had.
    url = f"sqlite:///{tmp_path / 'first.db'}"
    asyncio.run(in_transaction(url, lambda connection: run_alembic(connection, first)))
    with closing(sqlite3.connect(tmp_path / "first.db")) as database:
        tables = [t for (t,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        known = {t: {c[1] for c in database.execute(f"PRAGMA table_info({t})")} for t in tables}
    aged = remade(data, "backup.json", lambda b: b.replace(migrate.revisions()[-1].encode(), first.encode()))
    for table, columns in known.items():
        aged = remade(aged, f"database/{table}/000001.jsonl", lambda b, kept=columns: narrowed(b, kept))
    restored(new, aged, key_of(old))
    asyncio.run(migrate.check_head(database_url(new)))


def narrowed(data: bytes, kept: set[str]) -> bytes:
    names, *rows = [json.loads(line) for line in data.splitlines()]
    indexes = [index for index, name in enumerate(names) if name in kept]
    lines = [[row[index] for index in indexes] for row in (names, *rows)]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


# ---------------------------------------------------------------------- replaced


def test_replacing_moves_aside_and_keeps_a_signer_that_went_on(old: Settings) -> None:
    data, key = taken(old), key_of(old).read_text()
    new_wallet(old.data_dir, "a person who came after the backup")
    (old.data_dir / "files" / "m" / "later").write_text("later")
    stage = restored(old, data, None, replace=True)
    assert stage.newer == 1
    assert stage.aside is not None
    assert (old.data_dir / stage.aside / "files" / "m" / "later").exists()
    assert key_of(old).read_text() == key
    assert audit.verify(old.data_dir / "signer" / "signer.db") == 2
    assert not (old.data_dir / "files" / "m" / "later").exists()


def test_a_signer_of_another_installation_is_not_kept(old: Settings, new: Settings) -> None:
    asyncio.run(small_installation(new))
    new_wallet(new.data_dir, "somebody")
    stage = restored(new, taken(old), key_of(old), replace=True)
    assert stage.newer == 0
    assert contents(new.data_dir)["audit"] == contents(old.data_dir)["audit"]


# ---------------------------------------------------------------------- killed

CALLS = ("rename", "replace", "fsync", "sync", "open", "mkdir", "unlink", "rmdir", "chmod")


def dies(work: Callable[[], object], at: int) -> bool:
    """Runs `work` in a process that is killed before its `at`th change to the disk; whether it came to that."""
    child = os.fork()
    if child == 0:
        left = at
        try:
            for name in CALLS:
                setattr(os, name, _fatal(getattr(os, name), lambda: _count()))

            def _count() -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            work()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, "it failed by itself"
    return os.WIFSIGNALED(status)


def _fatal(real: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        count()
        return real(*args, **kwargs)

    return call


@pytest.mark.parametrize("replace", [False, True])
def test_killed_anywhere_it_leaves_nothing_that_starts_or_all(
    old: Settings, tmp_path: Path, replace: bool
) -> None:
    data, key, ends = taken(old), key_of(old), set()
    at, left = 0, True
    while left:
        new = settings_of(tmp_path / f"new-{at}")
        if replace:
            asyncio.run(small_installation(new))
        before = contents(new.data_dir) if replace else None
        left = dies(lambda new=new: restored(new, data, key, replace=replace), at)  # type: ignore[misc]  # no cell
        ends.add(found := _state(new, before))
        if found != "complete":
            restored(new, data, key, replace=replace or (new.data_dir / UNFINISHED).exists())
        assert contents(new.data_dir)["audit"] == contents(old.data_dir)["audit"]
        assert contents(new.data_dir)["files"] == contents(old.data_dir)["files"]
        if replace:
            (aside,) = [path for path in new.data_dir.iterdir() if path.name.startswith("before-")]
            assert contents(aside) == before
        at += 7 if replace else 4
    assert ends == {"as before", "does not start", "complete"}


def test_a_backup_that_is_killed_leaves_no_file_of_its_name(old: Settings, tmp_path: Path) -> None:
    file, at, left = tmp_path / "it.tar", 0, True
    while left:
        left = dies(lambda: backup(str(file), data=old.data_dir), at)
        if file.exists():
            with file.open("rb") as source:
                check_all(Reader(source))
            file.unlink()
        at += 3
    assert at > 9
    taken(old)
    assert not (old.data_dir / SCRATCH).exists()


def test_one_backup_at_a_time(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, refused = Frozen.copy, []

    def meanwhile(self: Frozen, to: Path) -> None:
        with pytest.raises(Refused, match=r"another backup of .* is being made"):
            take(old, io.BytesIO(), compressed=False)
        refused.append(to)
        copy(self, to)

    monkeypatch.setattr(Frozen, "copy", meanwhile)
    taken(old)
    assert len(refused) == 2


def _state(settings: Settings, before: dict[str, Any] | None) -> str:
    """What a start would find."""
    try:
        os.close(acquire(settings.data_dir))
    except Taken as refusal:
        assert "run the same `pumpbox restore` again" in str(refusal)  # noqa: PT017 - a helper, not a test
        return "does not start"
    if before is None:
        if not (settings.data_dir / "pumpbox.db").exists():
            assert {path.name for path in settings.data_dir.iterdir()} <= {
                "pumpbox.lock",
                ".restore",
                ".restore.json",
            }
            return "as before"
    elif contents(settings.data_dir) == before:
        return "as before"
    asyncio.run(migrate.check_head(database_url(settings)))
    assert not (settings.data_dir / ".restore").exists()
    return "complete"


def test_a_database_that_was_filled_before_the_kill_is_not_filled_again(
    old: Settings, new: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = taken(old)
    server = new.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path / 'server.db'}")})

    def cut_off() -> None:
        raise KeyboardInterrupt

    calls = iter([lambda: None, cut_off])  # before anything is moved, and after the database is filled
    with monkeypatch.context() as patched:
        patched.setattr(os, "sync", lambda: next(calls)())
        with pytest.raises(KeyboardInterrupt):
            restored(server, data, key_of(old))
    with pytest.raises(Taken, match="was cut off"):
        acquire(new.data_dir)
    new_wallet(old.data_dir, "later")
    with pytest.raises(Refused, match="filled from another backup"):
        restored(server, taken(old), key_of(old))
    restored(server, data, key_of(old))
    os.close(acquire(new.data_dir))
