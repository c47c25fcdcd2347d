"""The smallest program that the chain loads, for tests of what we do when another program misbehaves."""

from __future__ import annotations

import struct

_HEADER, _SECTION = 64, 64
_SHARED_OBJECT, _BPF, _CURRENT = 3, 247, 1
_CODE, _STRINGS = 1, 3  # section types
_LOADED_AND_EXECUTABLE = 6

RETURNS_SUCCESS = bytes([0xB7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])  # r0 = 0; exit


def elf(code: bytes) -> bytes:
    """A V0 executable of just this code: a header, .text, and the section names that the loader asks for."""
    names = b"\0.text\0.shstrtab\0"
    at_names = _HEADER + len(code)
    content = (code + names).ljust(-(-len(code + names) // 8) * 8, b"\0")
    identity = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    rest = (0, _HEADER, 56, 0, _SECTION, 3, 2)  # flags, sizes and counts; the names are section 2
    header = struct.pack(
        "<HHIQQQIHHHHHH", _SHARED_OBJECT, _BPF, _CURRENT, _HEADER, 0, _HEADER + len(content), *rest
    )
    text = _section(names.index(b".text"), _CODE, _LOADED_AND_EXECUTABLE, _HEADER, len(code))
    strings = _section(names.index(b".shstrtab"), _STRINGS, 0, at_names, len(names))
    return identity + header + content + bytes(_SECTION) + text + strings


def _section(name: int, kind: int, flags: int, at: int, size: int) -> bytes:
    address = at if flags else 0
    return struct.pack("<IIQQQQIIQQ", name, kind, flags, address, at, size, 0, 0, 1, 0)
