#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a file into a .hex corpus file (see replay_main.c): only the 16-byte lines that are not
zero. Usage: hexseed.py [--length BYTES] [--keep OFFSET:BYTES]... [--comment TEXT] FILE >seed.hex
--keep: only these ranges (default: all); --length: cut the file there."""
import argparse


def number(text):
    return int(text, 0)


def keep_range(text):
    off, count = (number(part) for part in text.split(":"))
    return off, off + count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--length", type=number)
    parser.add_argument("--keep", type=keep_range, action="append")
    parser.add_argument("--comment", action="append", default=[])
    parser.add_argument("file")
    args = parser.parse_args()
    with open(args.file, "rb") as stream:
        data = stream.read()
    data = data[: args.length]
    for comment in args.comment:
        print("# " + comment)
    position = 0
    for off in range(0, len(data), 16):
        line = data[off : off + 16]
        kept = args.keep is None or any(a <= off < b for a, b in args.keep)
        if not kept or not any(line):
            continue
        move = "" if position == off else f"@{off:#x} "
        printable = "".join(chr(c) if 32 < c < 127 else "." for c in line)
        print(f"{move}{line.hex(' ')}  # {printable}")
        position = off + len(line)
    if position != len(data):
        print(f"!{len(data):#x}")


if __name__ == "__main__":
    main()
