# SPDX-License-Identifier: GPL-3.0-or-later
"""Format the data partition of a stick image as FAT32, NTFS or ext4 and put files on it, no root.

A file can be asked for in pieces: while it is written, single blocks of the free space are marked
as used, so that the file system's own tool has to step over them; afterwards they are free again.
(NTFS: see ntfs.py.)
"""

import os
import re
import struct
import tempfile

import sparse
from command import run
from ntfs import Ntfs
from partition import first_partition

FAT_BAD = 0x0FFFFFF7


class Fat32:
    """FAT32 by mkfs.fat and mcopy; blocks are marked bad in both FATs."""

    def __init__(self, path):
        self.path = path
        run("mkfs.fat", "-F", "32", "-s", "8", "-n", "TEST", "-i", "20260101", "--invariant", path)
        with open(path, "rb") as file:
            boot = file.read(512)
        sector, self.block_bytes = struct.unpack_from("<H", boot, 11)[0], boot[13] * 512
        reserved, fats = struct.unpack_from("<HB", boot, 14)
        length = struct.unpack_from("<I", boot, 36)[0] * sector
        self.fat_offs = [reserved * sector + index * length for index in range(fats)]
        self.block_count = length // 4

    def put_pieces(self, src, dest, pieces):
        """Copy a file to the root directory in at least this many pieces."""
        blocks = -(-os.path.getsize(src) // self.block_bytes)
        every = max(1, blocks // pieces)
        with open(self.path, "r+b") as file:
            file.seek(self.fat_offs[0])
            fat = struct.unpack(f"<{self.block_count}I", file.read(4 * self.block_count))
            free = [index for index, value in enumerate(fat) if value == 0]
            teeth = free[every:2 * blocks + every:every + 1]

            def mark(value):
                for base in self.fat_offs:
                    for tooth in teeth:
                        file.seek(base + 4 * tooth)
                        file.write(struct.pack("<I", value))
                file.flush()
            mark(FAT_BAD)
            self.put(src, dest)
            mark(0)

    def put(self, src, dest):
        """Copy a file to the root directory."""
        run("mcopy", "-i", self.path, src, f"::/{dest}")

    def check(self):
        """Fail unless the file system is in order."""
        run("fsck.fat", "-n", self.path)


class Ext4:
    """ext4 by mke2fs and debugfs."""

    block_bytes = 4096

    def __init__(self, path):
        self.path = path
        run("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", path)

    def debugfs(self, *commands):
        """Run debugfs commands that write."""
        run("debugfs", "-w", "-f", "-", self.path, input="\n".join(commands) + "\n")

    def put_pieces(self, src, dest, pieces):
        """As Fat32.put_pieces()."""
        blocks = -(-os.path.getsize(src) // self.block_bytes)
        every = max(1, blocks // pieces)
        free = []
        for line in re.findall(r"^  Free blocks: (.*)$", run("dumpe2fs", self.path), re.M):
            for part in filter(None, line.split(", ")):
                first, _, last = part.partition("-")
                free += range(int(first), int(last or first) + 1)
        # debugfs starts where it likes: comb all free space of the first block groups.
        teeth = free[every:max(40 * blocks, 100000):every + 1]
        self.debugfs(*(f"setb {tooth}" for tooth in teeth))
        self.put(src, dest)
        self.debugfs(*(f"freeb {tooth}" for tooth in teeth))

    def put(self, src, dest):
        """Copy a file to the root directory, every block of it allocated.

        debugfs leaves holes for zeros: it writes a file of ones, whose blocks are then filled.
        """
        size = os.path.getsize(src)
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(self.path)) as ones:
            ones.write(b"\xff" * size)
            ones.flush()
            self.put_with_holes(ones.name, dest)
        leaves = re.findall(r"^ *(\d+)/ *\1 +\d+/ *\d+ +(\d+) - +\d+ +(\d+) - +\d+ +(\d+)",
                            run("debugfs", "-R", f"dump_extents -l {dest}", self.path), re.M)
        with open(src, "rb") as file, open(self.path, "r+b") as image:
            for _, at, block, count in leaves:
                at, length = int(at) * self.block_bytes, int(count) * self.block_bytes
                sparse.copy_range(file.fileno(), at, image.fileno(), int(block) * self.block_bytes,
                                  min(length, size - at))

    def put_with_holes(self, src, dest):
        """Copy a file to the root directory as debugfs does: blocks of zeros become holes."""
        self.debugfs(f"write {src} {dest}")

    def check(self):
        """Fail unless the file system is in order."""
        run("e2fsck", "-f", "-n", self.path)


TYPES = {"fat32": Fat32, "ntfs": Ntfs, "ext4": Ext4}


def make(kind, image, files, more=None):
    """Format the data partition of image. files: (source, name, pieces); more(fs): the rest.

    The file system is made in a sparse file of its own and then copied into the image.
    """
    with open(image, "r+b", buffering=0) as disk:
        base, length = first_partition(disk)
        path = tempfile.mktemp(prefix="fs-", dir=os.path.dirname(os.path.abspath(image)))
        try:
            with open(path, "wb") as file:
                file.truncate(length)
            filesystem = TYPES[kind](path)
            for src, dest, pieces in files:
                if pieces > 1:
                    filesystem.put_pieces(src, dest, pieces)
                else:
                    filesystem.put(src, dest)
            filesystem.check()
            if more:
                more(filesystem)
            with open(path, "rb") as file:
                sparse.copy_range(file.fileno(), 0, disk.fileno(), base, length)
        finally:
            os.unlink(path)
