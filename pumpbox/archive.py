"""The file that a backup is: a tar, by itself or gzipped, of plain files with known names, the last of which says
what all the others must be.

    backup.json                   what it is a backup of
    database/TABLE/000001.jsonl   rows
    signer.db, ledger.db, ports.json
    files/m/..., files/i/...      what was published, named by its hash
    sums.json                     size, sha256 and rows of each file before it

Written and read in one pass, piece by piece. The reader takes nothing else: no other name, no link, none of tar's
extensions (which are read into memory whole), no second file of a name, nothing after the end.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

FORMAT = 1
HEADER, SUMS = "backup.json", "sums.json"
SIGNER, LEDGER, PORTS = "signer.db", "ledger.db", "ports.json"
PIECE = 2**18  # bytes
_BLOCK = 512  # bytes: what tar counts in
_PUBLISHED = r"files/[mi]/(?P<digest>[A-Za-z0-9_-]{43})\.(?:json|webp|png|gif)"
_ROWS = r"database/(?P<table>[a-z_]{1,60})/\d{6}\.jsonl"
_MIB = 2**20
# Names, and how many bytes such a file may have; 0: as many as the disk takes.
_KNOWN = (
    (re.compile(re.escape(HEADER)), _MIB),
    (re.compile(re.escape(PORTS)), _MIB),
    (re.compile(re.escape(SUMS)), 512 * _MIB),
    (re.compile(_ROWS), 64 * _MIB),
    (re.compile(_PUBLISHED), 8 * _MIB),
    (re.compile(f"{re.escape(SIGNER)}|{re.escape(LEDGER)}"), 0),
)


class BackupBroken(Exception):
    """The file is no backup, or not the whole and unchanged one. One line; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive. `pieces` must be read before the next member is asked for."""

    name: str
    size: int
    pieces: Iterator[bytes]

    @property
    def table(self) -> str | None:
        """Whose rows it holds."""
        found = re.fullmatch(_ROWS, self.name)
        return found["table"] if found else None

    def whole(self) -> bytes:
        return b"".join(self.pieces)


class Writer:
    """Writes an archive to `out`; `at`: the unix second that its files are dated."""

    def __init__(self, out: BinaryIO, at: int, *, compressed: bool) -> None:
        self._raw, self._at = out, at
        self._out: BinaryIO = out
        if compressed:
            packed = gzip.GzipFile("", "wb", compresslevel=4, fileobj=out, mtime=at)
            self._out = cast(BinaryIO, packed)
        self._sums: dict[str, dict[str, Any]] = {}
        self.size = 0  # bytes of the files so far

    def add(self, name: str, size: int, pieces: Iterable[bytes], rows: int | None = None) -> None:
        """A file of exactly `size` bytes. Raises `BackupBroken` if it is none that a reader would take."""
        _check(name, size)
        self._out.write(_header(name, size, self._at))
        digest, left = hashlib.sha256(), size
        for piece in pieces:
            digest.update(piece)
            left -= len(piece)
            self._out.write(piece)
        if left != 0:
            raise BackupBroken(f"{name} changed while it was read")
        self._out.write(bytes(-size % _BLOCK))
        self.size += size
        self._sums[name] = {"size": size, "sha256": digest.hexdigest()}
        if rows is not None:
            self._sums[name]["rows"] = rows

    def add_json(self, name: str, value: Any) -> bytes:
        data = json.dumps(value, indent=1).encode() + b"\n"
        self.add(name, len(data), [data])
        return data

    def end(self) -> str:
        """Writes the sums and the end; the sha256 of the sums, which stands for all that there is."""
        data = self.add_json(SUMS, self._sums)
        self._out.write(bytes(2 * _BLOCK))
        if self._out is not self._raw:
            self._out.close()
        self._raw.flush()
        return hashlib.sha256(data).hexdigest()


class Reader:
    """Reads an archive from `source`, checking each file against the sums when it comes to them.

    `id` is the sums' sha256, `rows` the number of rows by table; both are known at the end.
    """

    def __init__(self, source: BinaryIO) -> None:
        buffered = source if isinstance(source, io.BufferedReader) else io.BufferedReader(cast(Any, source))
        packed = buffered.peek(2)[:2] == b"\x1f\x8b"
        self._source = cast(BinaryIO, gzip.GzipFile(fileobj=buffered)) if packed else cast(BinaryIO, buffered)
        self._seen: dict[str, tuple[int, str]] = {}
        self.id = ""
        self.rows: dict[str, int] = {}

    def __iter__(self) -> Iterator[Member]:
        """Every file but the sums. Raises `BackupBroken`; what was given before is only good if none comes."""
        while (found := self._next()) is not None:
            name, size = found
            if name in self._seen:
                raise BackupBroken(f"{name} is there twice")
            if not self._seen and name != HEADER:
                raise BackupBroken("it does not begin as a backup does")
            digest = hashlib.sha256()
            if name == SUMS:
                self._compare(b"".join(self._pieces(size, digest)))
                self._end()
                return
            yield Member(name, size, self._pieces(size, digest))
            self._seen[name] = (size, digest.hexdigest())
        raise BackupBroken("it was cut short: its sums are missing")

    def _next(self) -> tuple[str, int] | None:
        block = self._read(_BLOCK)
        if block == bytes(_BLOCK):
            return None
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise BackupBroken(f"it is damaged, or no tar ({error})") from None
        if info.type != tarfile.REGTYPE:
            raise BackupBroken(f"{info.name[:100]!r} is not a plain file")
        _check(info.name, info.size)
        return info.name, info.size

    def _pieces(self, size: int, digest: Any) -> Iterator[bytes]:
        left = size
        while left:
            piece = self._read(min(PIECE, left))
            digest.update(piece)
            left -= len(piece)
            yield piece
        self._read(-size % _BLOCK)

    def _read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        try:
            data = self._source.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BackupBroken(f"it is damaged or cut short ({error})") from None
        if len(data) != size:
            raise BackupBroken("it was cut short")
        return data

    def _compare(self, data: bytes) -> None:
        try:
            sums = json.loads(data)
            told = {name: (int(sum_["size"]), str(sum_["sha256"])) for name, sum_ in sums.items()}
            for name, sum_ in sums.items():
                if (found := re.fullmatch(_ROWS, name)) is not None:
                    self.rows[found["table"]] = self.rows.get(found["table"], 0) + int(sum_["rows"])
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BackupBroken("its sums can't be read") from None
        for name in told.keys() | self._seen.keys():
            if told.get(name) != self._seen.get(name):
                raise BackupBroken(f"{name} is not what was backed up")
        self.id = hashlib.sha256(data).hexdigest()

    def _end(self) -> None:
        if self._read(2 * _BLOCK) != bytes(2 * _BLOCK):
            raise BackupBroken("something comes after its end")
        try:
            while rest := self._source.read(
                PIECE
            ):  # tar programs fill up with zeros; gzip checks itself here
                if rest.strip(b"\0"):
                    raise BackupBroken("something comes after its end")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BackupBroken(f"it is damaged or cut short ({error})") from None


def published_name(name: str, digest: bytes) -> bool:
    """Whether a published file's name says the sha256 `digest`."""
    found = re.fullmatch(_PUBLISHED, name)
    return found is None or found["digest"] == urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_published(name: str) -> bool:
    return re.fullmatch(_PUBLISHED, name) is not None


def _check(name: str, size: int) -> None:
    for pattern, limit in _KNOWN:
        if pattern.fullmatch(name):
            if size < 0 or (limit and size > limit):
                raise BackupBroken(f"{name} has {size} bytes; at most {limit} are taken")
            return
    raise BackupBroken(f"{name[:100]!r} is no file of a backup")


def _header(name: str, size: int, at: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, at
    return info.tobuf(tarfile.GNU_FORMAT)
