"""A binary on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.adapters.chain.deploy import refuses_format, sbpf_version, sha256
from core.adapters.chain.sender import Sender
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


async def check_format(sender: Sender, binary: bytes) -> None:
    """Raises `Refused` if the cluster would not take it when everything else is paid for; `ChainAway`."""
    if await refuses_format(sender, binary):
        raise Refused(
            f"this cluster takes no new code of SBPF v{sbpf_version(binary)} (SIMD-0500): it must be built as v3. "
            "Nothing was spent."
        )
