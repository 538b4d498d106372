# SPDX-License-Identifier: GPL-3.0-or-later
"""Read partition tables, FAT and exFAT volumes from bytes, by their specifications. Whatever is not as it
should be is a ValueError, KeyError, IndexError or struct.error: damaged()."""

import hashlib
import struct
import zlib

DAMAGED = (ValueError, KeyError, IndexError, struct.error)
ENTRY = 32


def mbr(data, sector_bytes):
    """{number: (type, offset, length)} of the four entries, in bytes."""
    if data[510:512] != b"\x55\xaa":
        raise ValueError("no MBR")
    found = {}
    for number in range(4):
        kind, start, count = struct.unpack_from("<4xB3xII", data, 446 + 16 * number)
        if kind:
            found[number + 1] = (kind, start * sector_bytes, count * sector_bytes)
    return found


def _gpt_copy(data, sector_bytes, lba):
    """One copy of a GPT (UEFI 2.10, 5.3.2): {number: (offset, length)}."""
    at = lba * sector_bytes
    header = bytearray(data[at:at + 92])
    if header[:8] != b"EFI PART" or struct.unpack_from("<I", header, 12)[0] != 92:
        raise ValueError("no GPT header")
    crc, = struct.unpack_from("<I", header, 16)
    header[16:20] = bytes(4)
    my_lba, = struct.unpack_from("<Q", header, 24)
    entries_lba, count, size, entries_crc = struct.unpack_from("<QIII", header, 72)
    if zlib.crc32(header) != crc or my_lba != lba or size != 128 or count > 1024:
        raise ValueError("a bad GPT header")
    entries = data[entries_lba * sector_bytes:entries_lba * sector_bytes + count * size]
    if zlib.crc32(entries) != entries_crc:
        raise ValueError("bad GPT entries")
    found = {}
    for number in range(8):
        kind = entries[size * number:size * number + 16]
        if kind != bytes(16):
            first, last = struct.unpack_from("<QQ", entries, size * number + 32)
            found[number + 1] = (first * sector_bytes, (last - first + 1) * sector_bytes)
    return found


def table(data, size, sector_bytes):
    """What a UEFI firmware goes by: ("mbr" or "gpt", {number: (offset, length)}, copies of it that
    are good)."""
    entries = mbr(data[:512], sector_bytes)
    if not any(kind == 0xee for kind, _, _ in entries.values()):
        return "mbr", {n: (off, length) for n, (_, off, length) in entries.items()}, 1
    copies = []
    for lba in (1, size // sector_bytes - 1):
        try:
            copies.append(_gpt_copy(data, sector_bytes, lba))
        except DAMAGED:
            pass
    if not copies:
        raise ValueError("no copy of the GPT is good")
    return "gpt", copies[0], len(copies)


class Fat16:
    """A FAT16 volume (Microsoft, version 1.03)."""

    def __init__(self, data, base):
        boot = data[base:base + 512]
        (sector, per_cluster, reserved, fats, roots, small, _, fat_sectors) = \
            struct.unpack_from("<HBHBHHBH", boot, 11)
        total = small or struct.unpack_from("<I", boot, 32)[0]
        if boot[510:512] != b"\x55\xaa" or sector not in (512, 4096) or not per_cluster or not fats:
            raise ValueError("no FAT boot sector")
        self.data, self.cluster_bytes = data, sector * per_cluster
        self.fat = base + reserved * sector
        self.root = self.fat + fats * fat_sectors * sector
        self.root_bytes = roots * ENTRY
        self.heap = self.root + -(-self.root_bytes // sector) * sector
        clusters = (total * sector - (self.heap - base)) // self.cluster_bytes
        if not 4085 <= clusters < 65525:
            raise ValueError("no FAT16")
        self.clusters = clusters

    def _chain(self, first):
        seen = 0
        while 2 <= first < self.clusters + 2:
            yield self.heap + (first - 2) * self.cluster_bytes
            seen += 1
            if seen > self.clusters:
                raise ValueError("a FAT chain without end")
            first, = struct.unpack_from("<H", self.data, self.fat + 2 * first)
        if first < 0xfff8:
            raise ValueError("a broken FAT chain")

    def _read(self, first):
        return b"".join(self.data[at:at + self.cluster_bytes] for at in self._chain(first))

    def _list(self, raw):
        """{upper-case name: (is a folder, first cluster, length)}."""
        found, long_name = {}, ""
        for at in range(0, len(raw), ENTRY):
            entry = raw[at:at + ENTRY]
            if entry[0] == 0:
                break
            if entry[0] == 0xe5:
                continue
            if entry[11] == 0x0f:
                part = (entry[1:11] + entry[14:26] + entry[28:32]).decode("utf-16-le")
                long_name = part.split("\0")[0] + long_name
                continue
            name = entry[:8].decode("ascii").rstrip()
            extension = entry[8:11].decode("ascii").rstrip()
            name, long_name = long_name or name + ("." + extension if extension else ""), ""
            if not entry[11] & 8:
                cluster, size = struct.unpack_from("<HI", entry, 26)
                found[name.upper()] = (bool(entry[11] & 16), cluster, size)
        return found

    def file(self, path):
        """The content of a file."""
        raw = self.data[self.root:self.root + self.root_bytes]
        *folders, name = path.upper().strip("/").split("/")
        for folder in folders:
            is_folder, cluster, _ = self._list(raw)[folder]
            if not is_folder:
                raise ValueError(f"{folder} is no folder")
            raw = self._read(cluster)
        is_folder, cluster, size = self._list(raw)[name]
        content = self._read(cluster)[:size] if size else b""
        if is_folder or len(content) != size:
            raise ValueError(f"{path} is no whole file")
        return content


def slot_manifest(data, base):
    """(version, {image: (length, sum)}) of a slot all of whose files are what its manifest says."""
    volume = Fat16(data, base)
    version, images = None, {}
    for line in volume.file("ventoc/manifest").decode("ascii").splitlines():
        words = line.split(" ")
        if words[0] == "version":
            version = words[1]
        elif words[0] == "image":
            images[words[1]] = (int(words[2]), words[3])
        elif words[0] == "file":
            content = volume.file(words[1])
            if len(content) != int(words[2]) or hashlib.sha256(content).hexdigest() != words[3]:
                raise ValueError(f"{words[1]} is damaged")
    if not version:
        raise ValueError("the manifest names no version")
    return version, images


def exfat_files(data, base):
    """{path: sum of its content} of an exFAT volume (Microsoft, 1.00)."""
    boot = data[base:base + 512]
    if boot[3:11] != b"EXFAT   ":
        raise ValueError("no exFAT")
    fat_off, _, heap_off, clusters, root = struct.unpack_from("<5I", boot, 80)
    sector, cluster_bytes = 1 << boot[108], 1 << (boot[108] + boot[109])

    def runs(first, size, contiguous):
        count = -(-size // cluster_bytes) if size is not None else clusters
        for index in range(count):
            if not 2 <= first < clusters + 2:
                raise ValueError("a cluster outside the volume")
            yield base + heap_off * sector + (first - 2) * cluster_bytes
            if contiguous:
                first += 1
            else:
                first, = struct.unpack_from("<I", data, base + fat_off * sector + 4 * first)
                if first == 0xffffffff:
                    if size is not None and index + 1 != count:
                        raise ValueError("a chain that is too short")
                    return

    def read(first, size, contiguous):
        return b"".join(data[at:at + cluster_bytes] for at in runs(first, size, contiguous))

    found = {}
    folders = [("", read(root, None, False))]
    while folders:
        path, raw = folders.pop()
        at = 0
        while at < len(raw) and raw[at]:
            if raw[at] != 0x85:
                at += ENTRY
                continue
            entries = raw[at:at + ENTRY * (raw[at + 1] + 1)]
            total = 0
            for index, byte in enumerate(entries):
                if index not in (2, 3):
                    total = ((total << 15 | total >> 1) + byte) & 0xffff
            if total != struct.unpack_from("<H", entries, 2)[0]:
                raise ValueError("a directory entry's checksum")
            name = b"".join(entries[n + 2:n + 32] for n in range(64, len(entries), 32))
            name = path + "/" + name[:2 * entries[35]].decode("utf-16-le")
            first, size = struct.unpack_from("<IQ", entries, 52)
            content = read(first, size, bool(entries[33] & 2))
            if struct.unpack_from("<H", entries, 4)[0] & 16:
                folders.append((name, content))
            else:
                found[name] = hashlib.sha256(content[:size]).hexdigest()
            at += len(entries)
    return found
