# SPDX-License-Identifier: GPL-3.0-or-later
"""Print where two files of one length differ: "first-last" in units of 512 bytes, merged over
gaps of less than 64 KiB. Usage: changed.py OLD NEW"""

import os
import sys

UNIT, CHUNK, GAP = 512, 1 << 20, 128


def chunks_with_data(fds, size):
    """Numbers of the chunks in which one of the files has data."""
    found = set()
    for fd in fds:
        at = 0
        while at < size:
            try:
                first = os.lseek(fd, at, os.SEEK_DATA)
            except OSError:  # ENXIO: a hole up to the end
                break
            at = os.lseek(fd, first, os.SEEK_HOLE)
            found.update(range(first // CHUNK, -(-at // CHUNK)))
    return sorted(found)


def changed_units(fds, size):
    for chunk in chunks_with_data(fds, size):
        old, new = (os.pread(fd, CHUNK, chunk * CHUNK) for fd in fds)
        for i in range(0, len(old), UNIT):
            if old[i : i + UNIT] != new[i : i + UNIT]:
                yield (chunk * CHUNK + i) // UNIT


def main():
    fds = [os.open(path, os.O_RDONLY) for path in sys.argv[1:3]]
    size, other = (os.fstat(fd).st_size for fd in fds)
    if size != other:
        sys.exit("the files differ in length")
    first = last = None
    for unit in changed_units(fds, size):
        if last is not None and unit - last > GAP:
            print(f"{first}-{last}")
            first = None
        first = unit if first is None else first
        last = unit
    if last is not None:
        print(f"{first}-{last}")


main()
