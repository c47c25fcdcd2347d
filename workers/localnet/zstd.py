"""Zstandard frames without compression: the format allows stored and repeated blocks (RFC 8878, 3.1.1)."""

from __future__ import annotations

_MAGIC = (0xFD2FB528).to_bytes(4, "little")
_DESCRIPTOR = b"\xa0"  # one segment, content size in four bytes, no checksum, no dictionary
_BLOCK = 128 * 1024  # the most that one block may hold
_STORED, _REPEATED = 0, 1


def frame(data: bytes) -> bytes:
    """A frame that any decoder turns into `data`; blocks of one repeated byte take four bytes."""
    out = bytearray(_MAGIC + _DESCRIPTOR + len(data).to_bytes(4, "little"))
    starts = range(0, len(data), _BLOCK) or (0,)
    for start in starts:
        block = data[start : start + _BLOCK]
        last = int(start + _BLOCK >= len(data))
        repeated = len(block) > 1 and block.count(block[:1]) == len(block)
        kind = _REPEATED if repeated else _STORED
        out += (last | kind << 1 | len(block) << 3).to_bytes(3, "little")
        out += block[:1] if repeated else block
    return bytes(out)
