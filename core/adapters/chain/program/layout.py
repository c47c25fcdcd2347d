"""Little-endian packed fields, as Borsh and Anchor write them."""

from __future__ import annotations

import hashlib

from solders.pubkey import Pubkey

DISCRIMINATOR_BYTES = 8


class LayoutError(ValueError):
    """Bytes are not what they should be: another kind, too short, or too long."""


def discriminator(namespace: str, name: str) -> bytes:
    """Anchor's 8 bytes: `global` for instructions, `account`, `event`."""
    return hashlib.sha256(f"{namespace}:{name}".encode()).digest()[:DISCRIMINATOR_BYTES]


def u16(value: int) -> bytes:
    """Raises OverflowError outside 16 bits."""
    return value.to_bytes(2, "little")


def u32(value: int) -> bytes:
    """Raises OverflowError outside 32 bits."""
    return value.to_bytes(4, "little")


def u64(value: int) -> bytes:
    """Raises OverflowError outside 64 bits."""
    return value.to_bytes(8, "little")


def string(value: bytes) -> bytes:
    """A length and the bytes."""
    return u32(len(value)) + value


class Reader:
    """Takes fields off the front of `data`, which must begin with `expected`. Raises LayoutError."""

    def __init__(self, data: bytes, expected: bytes = b"") -> None:
        if not data.startswith(expected):
            raise LayoutError("another discriminator")
        self._data = data
        self._at = len(expected)

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        end = self._at + count
        if end > len(self._data):
            raise LayoutError(f"{len(self._data)} bytes, {end} needed")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def uint(self, size: int) -> int:
        """The next unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def int64(self) -> int:
        """The next signed integer of 8 bytes: a time."""
        return int.from_bytes(self.take(8), "little", signed=True)

    def key(self) -> Pubkey:
        """The next public key."""
        return Pubkey.from_bytes(self.take(32))

    def string(self) -> bytes:
        """The next length-prefixed string."""
        return self.take(self.uint(4))

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._data) - self._at)

    def finish(self) -> None:
        """Nothing may be left."""
        if self._at != len(self._data):
            raise LayoutError(f"{len(self._data) - self._at} bytes too many")
