# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare two sparse files; holes count as zeros and are not read where both have them.
Usage: same.py FILE1 FILE2    Silent and status 0 when they are alike, also in length."""

import os
import sys

CHUNK = 1 << 20


def data_ranges(fd, size):
    at = 0
    while at < size:
        try:
            first = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:  # ENXIO: a hole up to the end
            return
        at = os.lseek(fd, first, os.SEEK_HOLE)
        yield first, at


def main():
    fds = [os.open(path, os.O_RDONLY) for path in sys.argv[1:3]]
    size, other = (os.fstat(fd).st_size for fd in fds)
    if size != other:
        sys.exit(f"lengths {size} and {other}")
    for fd in fds:
        for first, end in data_ranges(fd, size):
            for at in range(first, end, CHUNK):
                n = min(CHUNK, end - at)
                if os.pread(fds[0], n, at) != os.pread(fds[1], n, at):
                    sys.exit(f"they differ in [{at}, {at + n})")


main()
