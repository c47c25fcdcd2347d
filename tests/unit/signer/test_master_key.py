"""The master key's file: made once, and refused in one clear line when it can't be trusted."""

from __future__ import annotations

import copy
import os
import pickle
import secrets
from pathlib import Path

import pytest

from core.adapters.keys.envelope import new_key
from core.adapters.keys.master_key import MasterKey, MasterKeyRefused, obtain


def _file(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_is_made_for_its_owner_only_before_the_first_wallet(tmp_path: Path) -> None:
    path = tmp_path / "signer" / "master.key"
    made = obtain(path, known_fingerprint=None)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert obtain(path, known_fingerprint=made.fingerprint).fingerprint == made.fingerprint


def test_two_installations_have_two_keys(tmp_path: Path) -> None:
    one, two = (obtain(tmp_path / name, known_fingerprint=None) for name in ("one", "two"))
    assert one.fingerprint != two.fingerprint


def test_is_never_made_anew_once_a_wallet_exists(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with pytest.raises(MasterKeyRefused, match=r"missing but wallets exist; restore"):
        obtain(path, known_fingerprint="ab" * 16)
    assert not path.exists()


def test_another_key_than_the_wallets_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path / "master.key", secrets.token_hex(32))
    with pytest.raises(MasterKeyRefused, match="not the one that the wallets were made under"):
        obtain(path, known_fingerprint=MasterKey(new_key()).fingerprint)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "exactly 64"),
        ("ab" * 16, "exactly 64"),
        ("5c" * 33, "exactly 64"),
        ("changeme", "exactly 64"),
        ("g" * 64, "exactly 64"),
        ("5c" * 16 + "\n" + "c5" * 16, "exactly 64"),
        ("00" * 32, "weak"),
        ("ff" * 32, "weak"),
        ("0123456789abcdef" * 4, "weak"),
        (bytes(range(32)).hex(), "weak"),
        (bytes(range(255, 223, -1)).hex(), "weak"),
        ("00" * 31 + "01", "weak"),
        ("3fa9c04e71d25b86e8017cd94a36f25b" * 2, "weak"),
        (b"correct horse battery staple 123".hex(), "weak"),
    ],
)
def test_short_default_and_weak_keys_are_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(MasterKeyRefused, match=why) as refused:
        obtain(_file(tmp_path / "master.key", text), known_fingerprint=None)
    assert "\n" not in str(refused.value)
    assert len(text) < 8 or text not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = _file(tmp_path / "master.key", secrets.token_hex(32), mode)
    with pytest.raises(MasterKeyRefused, match="chmod 600"):
        obtain(path, known_fingerprint=None)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(MasterKeyRefused, match="not a regular file"):
            obtain(path, known_fingerprint=None)


def test_a_key_is_not_copied_out_by_accident() -> None:
    key = MasterKey(new_key())
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        copy.copy(key)
