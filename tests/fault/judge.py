# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stick would do, decided from its bytes alone and apart from the program's own code."""

import gzip
import hashlib
import os
import struct
import zlib
from collections import namedtuple

import volumes
from volumes import DAMAGED

MIB = 1 << 20
CORE_B = 1024  # in sectors of 512 bytes; core A begins right behind the table

# Where everything is, in bytes. data: first byte, byte behind it.
Places = namedtuple("Places", "slots slot_bytes records data")


def installed(size):
    """The places of a stick that was installed on a disk of its own."""
    return Places({"A": MIB, "B": 32 * MIB}, 31 * MIB, (63 * MIB, 63 * MIB + MIB // 2),
                  (64 * MIB, size - 33 * 4096))


def behind(data_bytes, boot):
    """The places of a stick whose data partition was there before it: both slots share 32 MiB at boot."""
    return Places({"A": boot, "B": boot + 31 * MIB // 2}, 31 * MIB // 2, (2040 * 512, 2044 * 512),
                  (MIB, MIB + data_bytes))



# bios, uefi: the version that starts there, or None. records: good copies of the record. good: table and
# record and live slot agree, as far as "ventoc -l" has to see. data: what was found out about the data
# partition. tables: copies of the partition table that are good. idle: the version of the other slot, if
# it and its core are whole; looked at where that matters.
Verdict = namedtuple("Verdict", "bios uefi live records good data tables idle")


def payload(folder):
    """(version, boot sector, BIOS core) of a payload folder."""
    images = []
    for name in ("boot.img.gz", "core.img.gz"):
        with gzip.open(os.path.join(folder, name)) as file:
            images.append(file.read())
    with open(os.path.join(folder, "manifest"), encoding="ascii") as file:
        version = [line.split()[1] for line in file if line.startswith("version ")][0]
    return (version, *images)


def regions(places, gpt):
    """Parts of a stick whose bytes are looked at together, for a Disk."""
    slots = {f"slot {letter}": (off, off + places.slot_bytes) for letter, off in places.slots.items()}
    return {"core A": ((34 if gpt else 1) * 512, CORE_B * 512),
            "core B": (CORE_B * 512, min(MIB, places.records[0])),
            "record": (places.records[0], places.records[1] + 512), "data": places.data, **slots}


def _record(data):
    """The fields of a copy of the record that is good, by include/ventoc/record.h."""
    if data[:8] != b"VENTOC\r\n" or zlib.crc32(data[:508]) != struct.unpack_from("<I", data, 508)[0]:
        raise ValueError("no record")
    return dict(zip(("data", "bytes", "reserve", "A", "B", "slot_bytes"),
                    struct.unpack_from("<6Q", data, 48)), raw=bytes(data[:512]))


def sparse_sum(data, off, size):
    """A sum of all bytes that takes little time for zeros."""
    total, zeros = hashlib.sha256(b"%d" % size), bytes(MIB)
    for at in range(0, size, MIB):
        piece = data[off + at:off + min(at + MIB, size)]
        if piece != zeros[:len(piece)]:
            total.update(b"%d " % at + piece)
    return total.hexdigest()


class Judge:
    """Judges the states of one disk. payloads: folders of the versions that may be on it. data: how
    to look at the data partition of a stick: "sum" of its bytes, "files" on it, or None for not at all.
    "place": of any disk, the sum of the bytes in its place, and what table entry 1 says. both: look at
    the idle slot, too."""

    def __init__(self, disk, sector_bytes, payloads, data="sum", places=None, both=False):
        self.disk, self.sector_bytes, self.data, self.both = disk, sector_bytes, data, both
        self.places = places or installed(disk.size)
        self.payloads = [payload(folder) for folder in payloads]
        self._known = {}

    def _once(self, what, region, find):
        """find(), or what it found when the region had these bytes before; None when damaged."""
        key = (what, self.disk.version[region])
        if key not in self._known:
            try:
                self._known[key] = find()
            except DAMAGED:
                self._known[key] = None
        return self._known[key]

    def _slot(self, letter):
        """Version of a slot that is whole."""
        found = self._once("slot " + letter, "slot " + letter,
                           lambda: volumes.slot_manifest(self.disk.bytes, self.places.slots[letter]))
        return found and found[0]

    def _core(self, letter, lba):
        """Version of the BIOS core that begins at a sector."""
        def find():
            for version, _, core in self.payloads:
                want = bytearray(core + bytes(-len(core) % 512))
                struct.pack_into("<QHH", want, 0x1f4, lba + 1, len(want) // 512 - 1, 0x820)
                if self.disk.bytes[lba * 512:lba * 512 + len(want)] == want:
                    return version
            return None
        return self._once(f"core {lba}", "core " + letter, find)

    def bios(self):
        """Version that a BIOS starts: boot code, its core, and the slot that the core belongs to."""
        if self.sector_bytes != 512:
            return None
        head = self.disk.bytes[:512]
        lba, = struct.unpack_from("<Q", head, 0x5c)
        if head[510:] != b"\x55\xaa" or lba not in (1, 34, CORE_B) or \
                not any(head[:0x5c] == boot[:0x5c] and head[0x64:0x66] == boot[0x64:0x66] and
                        head[0x66:0x68] == b"\x90\x90" and head[0x68:440] == boot[0x68:440]
                        for _, boot, _ in self.payloads):
            return None
        letter = "B" if lba == CORE_B else "A"
        version = self._core(letter, lba)
        return version if version and self._slot(letter) == version else None

    def _entries(self):
        try:
            return volumes.table(self.disk.bytes, self.disk.size, self.sector_bytes)
        except DAMAGED:
            return None, {}, 0

    def _records(self):
        def find():
            good = []
            for off in self.places.records:
                try:
                    good.append(_record(self.disk.bytes[off:off + 512]))
                except DAMAGED:
                    pass
            return good
        return self._once("record", "record", find)

    def _data(self, off, size):
        if self.data in ("sum", "place"):
            return self._once("data", "data", lambda: sparse_sum(self.disk.bytes, off, size))
        if self.data == "files":
            return self._once("data", "data", lambda: volumes.exfat_files(self.disk.bytes, off))
        return None

    def verdict(self):
        """The disk as it is now."""
        kind, entries, copies = self._entries()
        records = self._records()
        live = [letter for letter, off in self.places.slots.items() if 2 in entries and entries[2][0] == off]
        live = live[0] if live else None
        uefi = self._slot(live) if live else None
        good, data = False, None
        if records and live and 1 in entries and entries[1][0] == records[0]["data"]:
            good = bool(self._readable(live)) and \
                entries[2] == (records[0][live], records[0]["slot_bytes"]) and \
                bool(struct.unpack_from("<I", records[0]["raw"], 36)[0] & 1) == (kind == "gpt")
            data = self._data(*entries[1])
        if self.data == "place":
            first, end = self.places.data
            data = self._data(first, end - first), entries.get(1)
        return Verdict(self.bios(), uefi, live, tuple(r["raw"] for r in records), good, data, copies,
                       self._idle(live, kind) if self.both and live else None)

    def _idle(self, live, kind):
        letter = "A" if live == "B" else "B"
        if self.sector_bytes != 512:
            return self._slot(letter)
        version = self._core(letter, CORE_B if letter == "B" else 34 if kind == "gpt" else 1)
        return version if version == self._slot(letter) else None

    def _readable(self, letter):
        """Is there a manifest in a slot?"""
        return self._once("manifest " + letter, "slot " + letter, lambda: volumes.Fat16(
            self.disk.bytes, self.places.slots[letter]).file("ventoc/manifest"))
