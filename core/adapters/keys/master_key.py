"""The master key: 32 random bytes in a file that only its owner can read, as 64 hexadecimal digits.

Behind the `KeyWrapper` protocol, so that a KMS can take its place: the rest of the signer wraps and
unwraps data keys and never sees the master key.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from core.adapters.keys.envelope import KEY_BYTES, seal, unseal

_HEX = re.compile(rb"[0-9a-fA-F]{64}")
_MAX_FILE = 1_024  # bytes; more than the digits and any white space
_MIN_DISTINCT = 12  # 32 random bytes have fewer than 12 distinct values once in 10^20 keys


class MasterKeyRefused(Exception):
    """The key file is missing, wrong or weak. The message is one line and says what to do; never the key."""


class KeyWrapper(Protocol):
    """Encrypts data keys: a file's master key today, a KMS where there is one."""

    @property
    def fingerprint(self) -> str:
        """Names the key without helping to find it; equal for equal keys."""
        ...

    def wrap(self, data_key: bytes, associated: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, associated: bytes) -> bytes:
        """Raises `EnvelopeBroken`."""
        ...


class MasterKey:
    """The master key in memory. Shows its fingerprint only."""

    __slots__ = ("_key", "fingerprint")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.fingerprint = hashlib.blake2b(key=key, digest_size=16, person=b"pumpbox-finger-1").hexdigest()

    def wrap(self, data_key: bytes, associated: bytes) -> bytes:
        return seal(data_key, self._key, associated)

    def unwrap(self, wrapped: bytes, associated: bytes) -> bytes:
        """Raises `EnvelopeBroken`."""
        return unseal(wrapped, self._key, associated)

    def __repr__(self) -> str:
        return f"MasterKey({self.fingerprint})"

    def __reduce__(self) -> str:
        raise TypeError("a master key is not copied or pickled")


def obtain(path: Path, *, known_fingerprint: str | None) -> MasterKey:
    """The key in `path`; made there (0600) if it is missing and no wallet exists yet.

    known_fingerprint: of the key that the existing wallets were made under, None if there is no wallet.
    Raises `MasterKeyRefused`.
    """
    if not path.exists() and known_fingerprint is None:
        _create(path)
    key = _read(path)
    if known_fingerprint is not None and key.fingerprint != known_fingerprint:
        raise MasterKeyRefused(
            f"the master key in {path} is not the one that the wallets were made under; restore that file"
        )
    return key


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)  # the name too, before any wallet depends on it
        finally:
            os.close(directory)
    except OSError as error:
        raise MasterKeyRefused(f"can't create the master key {path}: {error.strerror}") from error


def _read(path: Path) -> MasterKey:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # non-blocking: a pipe must not hang the start
    except FileNotFoundError:
        raise MasterKeyRefused(
            f"the master key {path} is missing but wallets exist; restore the file from its backup"
        ) from None
    except OSError as error:
        raise MasterKeyRefused(f"can't read the master key {path}: {error.strerror}") from error
    try:
        _check_file(path, os.fstat(handle))
        text = os.read(handle, _MAX_FILE).strip()
    finally:
        os.close(handle)
    if _HEX.fullmatch(text) is None:
        raise MasterKeyRefused(f"the master key {path} must be exactly 64 hexadecimal digits (32 bytes)")
    key = bytes.fromhex(text.decode())
    _check_strength(path, key)
    return MasterKey(key)


def _check_file(path: Path, facts: os.stat_result) -> None:
    """On the opened file, so that nobody can swap it between the check and the read."""
    if not stat.S_ISREG(facts.st_mode):
        raise MasterKeyRefused(f"the master key {path} is not a regular file")
    if facts.st_uid not in (os.geteuid(), 0):
        raise MasterKeyRefused(f"the master key {path} belongs to another user; chown it to the signer's")
    if facts.st_mode & 0o077:
        raise MasterKeyRefused(f"the master key {path} is readable by others; run: chmod 600 {path}")


def _check_strength(path: Path, key: bytes) -> None:
    """Refuses what a person types: zeros, counting, a repeated pattern, a word in hexadecimal."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    repeated = any(key == key[:size] * (KEY_BYTES // size) for size in (1, 2, 4, 8, 16))
    if len(set(key)) < _MIN_DISTINCT or len(steps) == 1 or repeated or all(32 <= byte < 127 for byte in key):
        raise MasterKeyRefused(
            f"the master key {path} is weak (zeros, a pattern or text); make one: openssl rand -hex 32"
        )
