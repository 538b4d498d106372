# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk's bytes in memory, to which writes are made and taken back, and the log of such writes."""

import mmap
import os
import struct

HEAD = struct.Struct("=cQI")


class Disk:
    """A private copy of an image file.

    regions: {name: (first byte, byte behind it)}. A region's version is the same object as long as
    nothing was written to it, and again when all that was written was taken back: what was found out
    about its bytes may be kept under that version.
    """

    def __init__(self, path, regions=()):
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        self.size = len(self.bytes)
        self.regions = dict(regions)
        self.version = {name: 0 for name in self.regions}
        self._next = 1
        self._undo = []

    def write(self, off, data):
        """Write; undo() takes it back."""
        touched = [(name, self.version[name]) for name, (first, end) in self.regions.items()
                   if off < end and off + len(data) > first]
        self._undo.append((off, self.bytes[off:off + len(data)], touched))
        self.bytes[off:off + len(data)] = data
        for name, _ in touched:
            self.version[name] = self._next
            self._next += 1

    def mark(self):
        """A point for undo() to go back to."""
        return len(self._undo)

    def changed(self, mark=0):
        """[(offset, length)...] of what was written since mark()."""
        return [(off, len(data)) for off, data, _ in self._undo[mark:]]

    def undo(self, mark):
        """Take back everything since mark()."""
        while len(self._undo) > mark:
            off, data, touched = self._undo.pop()
            self.bytes[off:off + len(data)] = data
            for name, version in touched:
                self.version[name] = version


def read_log(path):
    """[(type, offset, length, bytes or None)...] as preload.c wrote it."""
    with open(path, "rb") as file:
        raw = file.read()
    found, at = [], 0
    while at < len(raw):
        kind, off, length = HEAD.unpack_from(raw, at)
        at += HEAD.size
        data = raw[at:at + length] if kind == b"W" else None
        at += length if kind == b"W" else 0
        found.append((kind.decode(), off, length, data))
    return found


def epochs(log):
    """The writes between flushes: [[(offset, bytes)...]...]; the last may be one never flushed."""
    found = [[]]
    for kind, off, _, data in log:
        if kind == "W":
            found[-1].append((off, data))
        elif kind == "F" and found[-1]:
            found.append([])
    return found if found[-1] else found[:-1]


def data_ranges(fd, size):
    """The ranges of a sparse file that are no holes."""
    at = 0
    while at < size:
        try:
            first = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            return
        at = os.lseek(fd, first, os.SEEK_HOLE)
        yield first, at


def same_files(path, other):
    """Do two sparse files hold the same bytes?"""
    with open(path, "rb") as a, open(other, "rb") as b:
        size = os.fstat(a.fileno()).st_size
        if size != os.fstat(b.fileno()).st_size:
            return False
        for file in (a, b):
            for first, end in data_ranges(file.fileno(), size):
                if os.pread(a.fileno(), end - first, first) != os.pread(b.fileno(), end - first, first):
                    return False
    return True
