# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a file of the exFAT data partition of a stick image, apart from the program's own reader.
Usage: exfat_get.py IMAGE PATH [OUT]    Prints "bytes N valid N pieces N"; OUT gets the content."""

import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "py"))

from exfat_tree import Tree  # noqa: E402
from partition import first_partition  # noqa: E402


def main():
    with open(sys.argv[1], "rb", buffering=0) as image:
        tree = Tree(image.fileno(), first_partition(image)[0])
        folder, _, name = sys.argv[2].rpartition("/")
        directory = tree.dirs[()]
        for part in filter(None, folder.split("/")):
            if not directory.find(part):
                sys.exit(f"no folder {part}")
            directory = tree._open_or_make(directory, part)
        found = directory.find(name)
        if not found:
            sys.exit(f"no file {name}")
        at, _, flags, first, size = found
        valid = struct.unpack_from("<Q", directory.raw, at + 40)[0]
        runs = tree.volume.runs(first, size, bool(flags & 2))
        for run, count in runs:
            if not all(tree.volume._used[run - 2:run - 2 + count]):
                sys.exit("clusters of it are marked as free")
        print(f"bytes {size} valid {valid} pieces {len(runs)}")
        if len(sys.argv) > 3:
            with open(sys.argv[3], "wb") as out:
                left = size
                for run, count in runs:
                    step = min(left, count * tree.volume.cluster_bytes)
                    off, left = tree.volume.cluster_off(run), left - step
                    for piece in range(0, step, 1 << 20):
                        data = os.pread(image.fileno(), min(1 << 20, step - piece), off + piece)
                        if data.strip(b"\0"):
                            out.write(data)
                        else:
                            out.seek(len(data), os.SEEK_CUR)
                out.truncate(size)


main()
