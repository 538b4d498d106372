# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory tree of an exFAT volume: look up, create directories and files."""

import errno
import os
import struct

import exfat_names as names
import sparse
from exfat_volume import Volume


class Directory:
    """One directory, its bytes in memory until flush().

    parent, set_off: where the entry set that describes it is (None for the root).
    """

    def __init__(self, volume, upcase, runs, no_chain, parent=None, set_off=None):
        self.volume, self.upcase = volume, upcase
        self.runs, self.no_chain = runs, no_chain
        self.parent, self.set_off = parent, set_off
        self.raw = bytearray(volume.read_runs(runs))
        self.index = {}
        self.end = 0
        self.dirty = False
        for at, entries, name in names.decode_sets(self.raw):
            self.index[names.fold(name, upcase)] = at
            self.end = at + len(entries)
        while self.end < len(self.raw) and self.raw[self.end] != names.TYPE_END:
            self.end += names.ENTRY_BYTES

    def find(self, name):
        """(offset, attributes, flags, first cluster, data bytes) of an entry, or None."""
        at = self.index.get(names.fold(name, self.upcase))
        if at is None:
            return None
        stream = at + names.ENTRY_BYTES
        return (at, struct.unpack_from("<H", self.raw, at + 4)[0], self.raw[stream + 1],
                *struct.unpack_from("<IQ", self.raw, stream + 20))

    def add(self, name, *fields):
        """Append an entry set (fields as encode_set() takes them); returns its offset."""
        entries = names.encode_set(name, self.upcase, *fields)
        while len(self.raw) - self.end < len(entries):
            self._grow()
        at = self.end
        self.raw[at:at + len(entries)] = entries
        self.end += len(entries)
        self.index[names.fold(name, self.upcase)] = at
        self.dirty = True
        return at

    def _grow(self):
        """One more cluster: the next on disk if free, else the directory becomes a FAT chain."""
        first, count = self.runs[-1]
        if self.volume.take_at(first + count):
            self.runs[-1] = (first, count + 1)
        else:
            self.runs.append((self.volume.take(1), 1))
            self.no_chain = False
        if not self.no_chain:
            self.volume.chain(self.runs)
        self.raw += bytes(self.volume.cluster_bytes)
        if self.parent:
            self.parent.resize(self.set_off, len(self.raw), self.no_chain)

    def resize(self, set_off, data_bytes, no_chain):
        """Note in an entry set the new size of the directory it describes."""
        end = set_off + names.ENTRY_BYTES * (1 + self.raw[set_off + 1])
        entries = self.raw[set_off:end]
        stream = names.ENTRY_BYTES
        entries[stream + 1] = names.ALLOCATION_POSSIBLE | (names.NO_FAT_CHAIN if no_chain else 0)
        struct.pack_into("<Q", entries, stream + 8, data_bytes)
        struct.pack_into("<Q", entries, stream + 24, data_bytes)
        self.raw[set_off:end] = names.with_checksum(entries)
        self.dirty = True


class Tree:
    """An exFAT volume that files can be put on. Paths are strings with '/' between the names."""

    def __init__(self, fd, base):
        self.volume = Volume(fd, base)
        root_runs = self.volume.runs(self.volume.root, None, False)
        raw = self.volume.read_runs(root_runs)
        upcase = None
        for at in range(0, len(raw), names.ENTRY_BYTES):
            first, size = struct.unpack_from("<IQ", raw, at + 20)
            if raw[at] == names.TYPE_BITMAP and not raw[at + 1] & 1:
                self.volume.set_bitmap(first, size)
            elif raw[at] == names.TYPE_UPCASE:
                table = self.volume.read_runs(self.volume.runs(first, size, False))
                upcase = names.expand_upcase(table[:size])
        if upcase is None:
            raise ValueError("the volume has no up-case table")
        self.upcase = upcase
        self.dirs = {(): Directory(self.volume, upcase, root_runs, False)}

    def mkdir(self, path):
        """The directory at path, made with its parents if it does not exist."""
        key, parent = (), self.dirs[()]
        for name in filter(None, path.split("/")):
            key += (names.fold(name, self.upcase),)
            if key not in self.dirs:
                self.dirs[key] = self._open_or_make(parent, name)
            parent = self.dirs[key]
        return parent

    def _open_or_make(self, parent, name):
        found = parent.find(name)
        if found:
            at, attributes, flags, first, size = found
            if not attributes & names.ATTR_DIRECTORY:
                raise NotADirectoryError(name)
            no_chain = bool(flags & names.NO_FAT_CHAIN)
            runs = self.volume.runs(first, size, no_chain)
        else:
            cluster = self.volume.take(1)
            size, runs, no_chain = self.volume.cluster_bytes, [(cluster, 1)], True
            sparse.zero_range(self.volume.fd, self.volume.cluster_off(cluster), size)
            at = parent.add(name, names.ATTR_DIRECTORY,
                            names.ALLOCATION_POSSIBLE | names.NO_FAT_CHAIN, cluster, size, size)
        return Directory(self.volume, self.upcase, runs, no_chain, parent, at)

    def put(self, src, path, fragments=1, chain=False, valid_bytes=None):
        """Copy the file src (a path) to path on the volume; returns its runs.

        fragments > 1: that many runs, scattered. chain: link the clusters in the FAT even when
        they are contiguous. valid_bytes: ValidDataLength, when it shall be less than the length.
        """
        folder, _, name = path.rpartition("/")
        parent = self.mkdir(folder)
        if parent.find(name):
            raise FileExistsError(errno.EEXIST, "exists already", path)
        with open(src, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            valid = size if valid_bytes is None else valid_bytes
            if not 0 <= valid <= size:
                raise ValueError(f"{path}: valid length {valid} of {size}")
            if not size:
                parent.add(name, names.ATTR_ARCHIVE, 0, 0, 0, 0)
                return []
            count = -(-size // self.volume.cluster_bytes)
            if fragments > 1:
                runs = self.volume.take_fragments(count, fragments)
            else:
                runs = [(self.volume.take(count), count)]
            self._copy(file.fileno(), size, runs)
        flags = names.ALLOCATION_POSSIBLE
        if chain or fragments > 1:
            self.volume.chain(runs)
        else:
            flags |= names.NO_FAT_CHAIN
        parent.add(name, names.ATTR_ARCHIVE, flags, runs[0][0], size, valid)
        return runs

    def _copy(self, src, size, runs):
        at = 0
        for first, count in runs:
            step = min(count * self.volume.cluster_bytes, size - at)
            sparse.copy_range(src, at, self.volume.fd, self.volume.cluster_off(first), step)
            at += step

    def flush(self):
        """Write directories, FAT and bitmap."""
        for directory in self.dirs.values():
            if directory.dirty:
                self.volume.write_runs(directory.runs, directory.raw)
                directory.dirty = False
        self.volume.flush()
