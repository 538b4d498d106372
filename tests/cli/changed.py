# SPDX-License-Identifier: GPL-3.0-or-later
"""Print where two files of one length differ: "first-last" in units of 512 bytes, merged over
gaps of less than 64 KiB. Usage: changed.py OLD NEW"""

import sys

UNIT, CHUNK, GAP = 512, 1 << 20, 128


def changed_units(old, new):
    at = 0
    while True:
        a, b = old.read(CHUNK), new.read(CHUNK)
        if not a and not b:
            return
        if len(a) != len(b):
            sys.exit("the files differ in length")
        if a != b:
            for i in range(0, len(a), UNIT):
                if a[i : i + UNIT] != b[i : i + UNIT]:
                    yield (at + i) // UNIT
        at += len(a)


def main():
    first = last = None
    with open(sys.argv[1], "rb") as old, open(sys.argv[2], "rb") as new:
        for unit in changed_units(old, new):
            if last is not None and unit - last > GAP:
                print(f"{first}-{last}")
                first = None
            first = unit if first is None else first
            last = unit
    if last is not None:
        print(f"{first}-{last}")


main()
