"""The `Leaves` port on a local folder: one text file a set of leaves, named by its epoch and its sha256."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Final

from solders.pubkey import Pubkey

from core.domain.merkle import Leaf
from core.domain.rewards import check_leaf
from core.ports.leaves import BadLeaves

_TOGETHER: Final = 4_096  # lines that are written at once
_LINE: Final = re.compile(rb"([1-9A-HJ-NP-Za-km-z]{32,44}) ([1-9][0-9]{0,19})\n")


class LeavesFolder:
    """See the port. The folder is made when the first file is."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, epoch: int, sha256: bytes) -> Path:
        """Where the file is, or would be."""
        return self._directory / f"{epoch}-{sha256.hex()}.leaves"

    def write(self, epoch: int, leaves: Iterable[Leaf]) -> bytes:
        """See the port."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with _temporary(self._directory) as file:
            digest, lines = hashlib.sha256(), _lines(epoch, leaves)
            while part := b"".join(islice(lines, _TOGETHER)):
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o644)  # it is public
            Path(file.name).replace(self.path(epoch, digest.digest()))
        _sync(self._directory)
        return digest.digest()

    def read(self, epoch: int, sha256: bytes) -> Iterator[Leaf]:
        """See the port."""
        path, digest = self.path(epoch, sha256), hashlib.sha256()
        try:
            with path.open("rb") as file:
                head, before = file.readline(), b""
                digest.update(head)
                if head != _head(epoch):
                    raise BadLeaves(f"{path.name}: not the leaves of epoch {epoch}")
                for number, line in enumerate(file, 2):
                    digest.update(line)
                    leaf = _leaf(line, before, f"{path.name}, line {number}")
                    before = leaf.recipient
                    yield leaf
        except OSError as error:
            raise BadLeaves(f"{path.name}: {error.strerror}") from error
        if digest.digest() != sha256:
            raise BadLeaves(f"{path.name}: its sha256 is {digest.hexdigest()}")


def _head(epoch: int) -> bytes:
    return b"pumpbox-leaves 1 epoch %d\n" % epoch


def _lines(epoch: int, leaves: Iterable[Leaf]) -> Iterator[bytes]:
    yield _head(epoch)
    before = b""
    for leaf in leaves:
        check_leaf(leaf, before)
        before = leaf.recipient
        yield b"%b %d\n" % (str(Pubkey(leaf.recipient)).encode(), leaf.amount)
    if not before:
        raise ValueError("an epoch needs a leaf")


def _leaf(line: bytes, before: bytes, where: str) -> Leaf:
    match = _LINE.fullmatch(line)
    if match is None:
        raise BadLeaves(f"{where}: not an address, a space and a number")
    try:
        leaf = Leaf(bytes(Pubkey.from_string(match[1].decode())), int(match[2]))
        check_leaf(leaf, before)
    except ValueError as error:
        raise BadLeaves(f"{where}: {error}") from None
    return leaf


@contextmanager
def _temporary(directory: Path) -> Iterator[IO[bytes]]:
    """A file that is gone at the end, unless it was given another name."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".new-", delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _sync(directory: Path) -> None:
    """A name survives a power cut once its folder is synced."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
