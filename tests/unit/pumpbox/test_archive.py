"""The backup's file: what was written is read, and nothing else is taken for a backup."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pumpbox.archive import HEADER, SIGNER, SUMS, BackupBroken, Reader, Writer

ROWS = b'["id"]\n["a"]\n["b"]\n'


def written(*, compressed: bool = False) -> bytes:
    out = io.BytesIO()
    writer = Writer(out, 1, compressed=compressed)
    writer.add_json(HEADER, {"format": 1})
    writer.add("database/persons/000001.jsonl", len(ROWS), [ROWS], rows=2)
    writer.add(SIGNER, 600_000, [bytes(300_000), bytes(300_000)])
    writer.end()
    return out.getvalue()


def read(data: bytes) -> list[tuple[str, bytes]]:
    return [(member.name, member.whole()) for member in Reader(io.BytesIO(data))]


@pytest.mark.parametrize("compressed", [False, True])
def test_what_was_written_is_read(compressed: bool) -> None:
    data = written(compressed=compressed)
    reader = Reader(io.BytesIO(data))
    assert [(member.name, member.table, len(member.whole())) for member in reader] == [
        (HEADER, None, 17),
        ("database/persons/000001.jsonl", "persons", len(ROWS)),
        (SIGNER, None, 600_000),
    ]
    assert reader.rows == {"persons": 2}
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:  # any tar program opens it
        sums = tar.extractfile(SUMS)
        assert sums is not None
        assert hashlib.sha256(sums.read()).hexdigest() == reader.id


def test_a_file_that_changed_while_it_was_read_is_no_backup() -> None:
    writer = Writer(io.BytesIO(), 1, compressed=False)
    with pytest.raises(BackupBroken, match=r"signer.db changed while"):
        writer.add(SIGNER, 5, [b"four"])


PLAIN, PACKED = written(), written(compressed=True)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([PLAIN, PACKED]), st.data())
def test_cut_anywhere_it_is_refused(whole: bytes, data: st.DataObject) -> None:
    with pytest.raises(BackupBroken):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))])


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_flipped_bit_is_found(data: st.DataObject) -> None:
    """Everywhere but in what tar says of dates and owners, which is not read, and in what pads a file."""
    flipped = bytearray(PLAIN)
    position = data.draw(st.integers(0, len(flipped) - 1))
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = read(bytes(flipped))
    except BackupBroken:
        return
    assert found == read(PLAIN)


def header_of(name: str, size: int, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, target
    return info.tobuf(tarfile.GNU_FORMAT)


def with_member(block: bytes, body: bytes = b"") -> bytes:
    """A backup that goes on, after its header, with a file of somebody else's making."""
    head = json.dumps({"format": 1}).encode()
    return (
        header_of(HEADER, len(head))
        + head.ljust(512, b"\0")
        + block
        + body.ljust(-(-len(body) // 512) * 512, b"\0")
    )


@pytest.mark.parametrize(
    ("hostile", "said"),
    [
        (b"", "cut short"),
        (b"not a tar" * 100, "damaged, or no tar"),
        (bytes(1024), "sums are missing"),
        (header_of(SIGNER, 0), "does not begin as a backup"),
        (with_member(header_of("../evil", 1), b"x"), r"'\.\./evil' is no file of a backup"),
        (with_member(header_of("/etc/passwd", 1), b"x"), "is no file of a backup"),
        (with_member(header_of("signer/../../evil", 1), b"x"), "is no file of a backup"),
        (with_member(header_of("files/m/../../x.json", 1), b"x"), "is no file of a backup"),
        (with_member(header_of("database/a.b/000001.jsonl", 1), b"x"), "is no file of a backup"),
        (with_member(header_of("signer.db\n", 1), b"x"), "is no file of a backup"),
        (with_member(header_of(SIGNER, 0, tarfile.SYMTYPE, "/etc/passwd")), "is not a plain file"),
        (with_member(header_of(SIGNER, 0, tarfile.LNKTYPE, HEADER)), "is not a plain file"),
        (with_member(header_of(SIGNER, 0, tarfile.CHRTYPE)), "is not a plain file"),
        (with_member(header_of("pax", 2**40, tarfile.XHDTYPE)), "is not a plain file"),
        (with_member(header_of("long", 2**40, tarfile.GNUTYPE_LONGNAME)), "is not a plain file"),
        (with_member(header_of("ports.json", 2**21)), "at most 1048576"),
        (with_member(header_of("database/orders/000001.jsonl", 2**30)), "at most"),
        (with_member(header_of(HEADER, 1), b"x"), "is there twice"),
        (with_member(header_of(SUMS, 2), b"{}"), "backup.json is not what was backed up"),
        (with_member(header_of(SUMS, 2), b"[]"), "sums can't be read"),
        (with_member(header_of(SIGNER, 2**50)), "cut short"),
        (PLAIN + b"more", "something comes after its end"),
        (PACKED + PACKED, "something comes after its end"),
        (gzip.compress(b"x", mtime=0)[:-3], "cut short"),
    ],
)
def test_what_is_no_backup_says_why(hostile: bytes, said: str) -> None:
    with pytest.raises(BackupBroken, match=said):
        read(hostile)


def test_a_negative_size_is_no_size() -> None:
    block = bytearray(header_of(SIGNER, 0))
    block[124:136] = b"\xff" * 12  # base 256, and below zero
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with pytest.raises(BackupBroken):
        read(with_member(bytes(block)))
