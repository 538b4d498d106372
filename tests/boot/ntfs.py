# SPDX-License-Identifier: GPL-3.0-or-later
"""NTFS images by mkntfs and ntfscp, and changes that no tool makes: scattered files, odd flags.

ntfscp writes a file in one piece; scatter() then moves its clusters and rewrites its run list in
the MFT record (fixups and all), as a defragmenter would.
"""

import os
import re
import struct

import sparse
from command import run

DATA, END = 0x80, 0xFFFFFFFF
COMPRESSED, ENCRYPTED = 0x0001, 0x4000
RECORD_BYTES, SECTOR_BYTES = 1024, 512


class Record:
    """An MFT record in a file, its fixups undone; write() puts them back."""

    def __init__(self, fd, offset):
        self.fd, self.offset = fd, offset
        self.raw = bytearray(sparse.read_exact(fd, RECORD_BYTES, offset))
        self._usa, self._count = struct.unpack_from("<HH", self.raw, 4)
        for index in range(1, self._count):
            at = self._usa + 2 * index
            self.raw[index * SECTOR_BYTES - 2:index * SECTOR_BYTES] = self.raw[at:at + 2]

    def write(self):
        """Write the record with its fixups."""
        raw = bytearray(self.raw)
        for index in range(1, self._count):
            at, end = self._usa + 2 * index, index * SECTOR_BYTES
            raw[at:at + 2] = raw[end - 2:end]
            raw[end - 2:end] = raw[self._usa:self._usa + 2]
        sparse.write_exact(self.fd, raw, self.offset)

    def data(self):
        """(offset in the record, length) of the unnamed $DATA attribute."""
        at = struct.unpack_from("<H", self.raw, 20)[0]
        while True:
            kind, length = struct.unpack_from("<II", self.raw, at)
            if kind == DATA and self.raw[at + 9] == 0:
                return at, length
            if kind == END:
                raise ValueError("no $DATA")
            at += length

    def runs(self):
        """The $DATA's runs as (first cluster, count); it must be non-resident and without holes."""
        at = self.data()[0]
        at += struct.unpack_from("<H", self.raw, at + 32)[0]
        found, cluster = [], 0
        while self.raw[at]:
            count_len, first_len = self.raw[at] & 15, self.raw[at] >> 4
            count = int.from_bytes(self.raw[at + 1:at + 1 + count_len], "little")
            at += 1 + count_len
            cluster += int.from_bytes(self.raw[at:at + first_len], "little", signed=True)
            at += first_len
            found.append((cluster, count))
        return found

    def set_runs(self, runs):
        """Rewrite the run list. $DATA must be the record's last attribute."""
        pairs, previous = b"", 0
        for first, count in runs:
            numbers = [number.to_bytes((number.bit_length() + 8) // 8, "little", signed=True)
                       for number in (count, first - previous)]
            pairs += bytes([len(numbers[0]) | len(numbers[1]) << 4]) + numbers[0] + numbers[1]
            previous = first
        at, length = self.data()
        start = struct.unpack_from("<H", self.raw, at + 32)[0]
        new_length = (start + len(pairs) + 1 + 7) & ~7
        if struct.unpack_from("<I", self.raw, at + length)[0] != END:
            raise ValueError("$DATA is not the last attribute")
        if at + new_length + 8 > RECORD_BYTES:
            raise ValueError("the run list does not fit in the MFT record")
        attribute = (self.raw[at:at + start] + pairs).ljust(new_length, b"\0")
        struct.pack_into("<I", attribute, 4, new_length)
        self.raw[at:] = (attribute + struct.pack("<II", END, 0)).ljust(RECORD_BYTES - at, b"\0")
        struct.pack_into("<I", self.raw, 24, at + new_length + 8)


class Ntfs:
    """A new NTFS in a file."""

    block_bytes = 4096

    def __init__(self, path):
        self.path = path
        run("mkntfs", "-q", "-Q", "-F", "-T", "-c", "4096", "-L", "TEST", path)

    def _record(self, fd, number):
        mft = struct.unpack("<Q", sparse.read_exact(fd, 8, 48))[0] * self.block_bytes
        return Record(fd, mft + number * RECORD_BYTES)

    def _file_record(self, fd, dest):
        info = run("ntfsinfo", "-f", "-F", f"/{dest}", self.path)
        return self._record(fd, int(re.search(r"Inode (\d+)", info)[1]))

    def put(self, src, dest):
        """Copy a file to the root directory."""
        run("ntfscp", "-f", self.path, src, f"/{dest}")

    def put_pieces(self, src, dest, pieces):
        """Copy a file to the root directory in this many pieces, the last ones first on disk."""
        self.put(src, dest)
        with open(self.path, "r+b", buffering=0) as file:
            fd = file.fileno()
            record = self._file_record(fd, dest)
            old = [first + index for first, count in record.runs() for index in range(count)]
            (bitmap_first, _), = self._record(fd, 6).runs()
            bitmap_off = bitmap_first * self.block_bytes
            bitmap = bytearray(sparse.read_exact(fd, os.fstat(fd).st_size // self.block_bytes // 8,
                                                 bitmap_off))
            lengths = [len(old) // pieces + (index < len(old) % pieces) for index in range(pieces)]
            at = bitmap.find(bytes((len(old) + pieces) // 8 + 2)) * 8
            runs = []
            for length in reversed(lengths):
                runs.insert(0, (at, length))
                at += length + 1
            new = [first + index for first, count in runs for index in range(count)]
            for source, target in zip(old, new):
                sparse.copy_range(fd, source * self.block_bytes, fd, target * self.block_bytes,
                                  self.block_bytes)
                bitmap[target >> 3] |= 1 << (target & 7)
            for source in old:
                bitmap[source >> 3] &= ~(1 << (source & 7))
            record.set_runs(runs)
            record.write()
            sparse.write_exact(fd, bitmap, bitmap_off)

    def set_flag(self, dest, flag):
        """Set COMPRESSED or ENCRYPTED in a file's $DATA attribute, and change nothing else."""
        with open(self.path, "r+b", buffering=0) as file:
            record = self._file_record(file.fileno(), dest)
            at = record.data()[0] + 12
            struct.pack_into("<H", record.raw, at, struct.unpack_from("<H", record.raw, at)[0] | flag)
            record.write()

    def check(self):
        """Fail unless the file system is in order."""
        run("ntfsfix", "-n", self.path)
