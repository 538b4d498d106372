# SPDX-License-Identifier: GPL-3.0-or-later
"""An exFAT volume inside an image file: geometry, FAT, allocation bitmap, cluster runs."""

import os
import struct

from sparse import read_exact, write_exact

END_OF_CHAIN = 0xFFFFFFFF
FIRST_CLUSTER = 2


class Volume:
    """Clusters of the exFAT volume at byte offset base of an open file descriptor.

    A run is (first cluster, number of clusters). Nothing but cluster contents is written before
    flush().
    """

    def __init__(self, fd, base):
        boot = read_exact(fd, 512, base)
        if boot[3:11] != b"EXFAT   " or boot[510:512] != b"\x55\xaa":
            raise ValueError(f"no exFAT volume at byte {base}")
        fat_off, fat_len, heap_off, self.cluster_count, self.root = struct.unpack_from("<5I", boot, 80)
        sector_shift, cluster_shift = boot[108], boot[109]
        self.fd, self.base = fd, base
        self.cluster_bytes = 1 << (sector_shift + cluster_shift)
        self._fat_off = base + (fat_off << sector_shift)
        self._fat_mirror = (fat_len << sector_shift) if boot[110] == 2 else 0
        self._heap_off = base + (heap_off << sector_shift)
        self._fat = bytearray(read_exact(fd, 4 * (self.cluster_count + 2), self._fat_off))
        self._fat_dirty = False
        self._bitmap_runs = self._bitmap_bytes = None
        self._used = None  # one byte per cluster: 0 free, 1 used
        self._hint = 0

    def cluster_off(self, cluster):
        """Byte offset in the image of a cluster."""
        if not FIRST_CLUSTER <= cluster < FIRST_CLUSTER + self.cluster_count:
            raise ValueError(f"cluster {cluster} is outside the volume")
        return self._heap_off + (cluster - FIRST_CLUSTER) * self.cluster_bytes

    def runs(self, first, data_bytes, no_chain):
        """The runs of an allocation; data_bytes None: as long as the FAT chain is."""
        count = None if data_bytes is None else -(-data_bytes // self.cluster_bytes)
        if count == 0:
            return []
        if no_chain:
            return [(first, count)]
        found, seen = [], 0
        while first != END_OF_CHAIN and (count is None or seen < count):
            if seen > self.cluster_count:
                raise ValueError("FAT chain does not end")
            if found and sum(found[-1]) == first:
                found[-1] = (found[-1][0], found[-1][1] + 1)
            else:
                found.append((first, 1))
            seen += 1
            self.cluster_off(first)
            first = struct.unpack_from("<I", self._fat, 4 * first)[0]
        return found

    def read_runs(self, runs):
        """All bytes of some runs."""
        return b"".join(read_exact(self.fd, count * self.cluster_bytes, self.cluster_off(first))
                        for first, count in runs)

    def write_runs(self, runs, data):
        """Write data, which fills the runs exactly."""
        at = 0
        for first, count in runs:
            step = count * self.cluster_bytes
            write_exact(self.fd, data[at:at + step], self.cluster_off(first))
            at += step

    def set_bitmap(self, first, data_bytes):
        """Take over the allocation bitmap that the root directory names."""
        self._bitmap_runs, self._bitmap_bytes = self.runs(first, data_bytes, False), data_bytes
        raw = self.read_runs(self._bitmap_runs)
        bits = [bytes((byte >> bit) & 1 for bit in range(8)) for byte in range(256)]
        self._used = bytearray(b"".join(bits[byte] for byte in raw)[:self.cluster_count])

    def start_at(self, offset):
        """Look for room from this byte of the volume on (then before it)."""
        at = (self.base + offset - self._heap_off) // self.cluster_bytes
        self._hint = max(0, min(at, self.cluster_count))

    def take(self, count):
        """Allocate one run of count clusters and return its first."""
        at = self._used.find(bytes(count), self._hint)
        if at < 0:
            at = self._used.find(bytes(count))
        if at < 0:
            raise OSError(28, f"no {count} free clusters in a row")
        return self._mark(at, count)

    def take_at(self, cluster, count=1):
        """Allocate exactly the run at cluster if it is free; returns whether it was."""
        at = cluster - FIRST_CLUSTER
        if at + count > self.cluster_count or any(self._used[at:at + count]):
            return False
        self._mark(at, count)
        return True

    def _mark(self, at, count):
        self._used[at:at + count] = b"\1" * count
        self._hint = at + count
        return at + FIRST_CLUSTER

    def take_fragments(self, count, pieces):
        """Allocate count clusters as pieces runs, none next to another, out of order on disk."""
        if pieces > count:
            raise ValueError(f"{count} clusters cannot be {pieces} pieces")
        lengths = [count // pieces + (index < count % pieces) for index in range(pieces)]
        span = self._used.find(bytes(count + pieces))
        if span < 0:
            raise OSError(28, "no room to spread the pieces")
        # Places on disk in the order 0, n/2, 1, n/2+1, ...: neighbours in the file are far apart.
        half = (pieces + 1) // 2
        places = [index // 2 + (half if index % 2 else 0) for index in range(pieces)]
        starts, at = [0] * pieces, span
        for index in sorted(range(pieces), key=places.__getitem__):
            starts[index] = at
            at += lengths[index] + 1
        return [(self._mark(start, length), length) for start, length in zip(starts, lengths)]

    def chain(self, runs):
        """Write the FAT chain that links these runs, with its end."""
        clusters = [first + index for first, count in runs for index in range(count)]
        for cluster, following in zip(clusters, clusters[1:] + [END_OF_CHAIN]):
            struct.pack_into("<I", self._fat, 4 * cluster, following)
        self._fat_dirty = True

    def flush(self):
        """Write the FAT and the bitmap."""
        if self._fat_dirty:
            write_exact(self.fd, self._fat, self._fat_off)
            if self._fat_mirror:
                write_exact(self.fd, self._fat, self._fat_off + self._fat_mirror)
            self._fat_dirty = False
        used = bytes(self._used) + bytes(-len(self._used) % 8)
        packed = bytearray(len(used) // 8)
        at = used.find(1)
        while at >= 0:
            packed[at >> 3] |= 1 << (at & 7)
            at = used.find(1, at + 1)
        raw = bytearray(self.read_runs(self._bitmap_runs))
        raw[:len(packed)] = packed
        self.write_runs(self._bitmap_runs, raw)
        percent = 100 * sum(self._used) // self.cluster_count
        os.pwrite(self.fd, bytes([percent]), self.base + 112)
