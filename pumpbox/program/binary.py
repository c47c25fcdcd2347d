"""A binary on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.adapters.chain.deploy import sha256
from core.bootstrap import embedded
from pumpbox.refused import Refused

OURS = "the binary that came with this version"
_ELF_HEADER = 64


@dataclass(frozen=True, slots=True)
class Binary:
    """name: in words."""

    name: str
    code: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.code)


def read_binary(file: Path | None) -> Binary:
    """None: this version's. Raises `Refused` for what no cluster takes for a program."""
    try:
        code = (file or embedded.ARTIFACT).read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    if code[:4] != b"\x7fELF" or len(code) < _ELF_HEADER:
        raise Refused(f"{file} is no program: it does not begin as an ELF file does")
    return Binary(str(file) if file else OURS, code)
