#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run "ventoc inspect" on damaged copies of an image.

What is damaged are the places that inspect reads of the sound image, as strace sees them: volume
descriptors, directories, the boot catalog, configurations, tables, file systems. Sums over them are
put right again half of the time, so that the damage gets past them. Every fifth copy is cut off. Of an image
above 64 MiB only what lies around these places is copied, the rest is a hole.

The plain program may use 64 MiB of address space, both may use 5 seconds of a processor; each ends
with status 0 or 1. The same seed makes the same copies. --keep writes a single one to a file.
"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import struct
import subprocess
import sys
import zlib

UNIT = 512
CPU_SECONDS = 5
WALL_SECONDS = 60  # a machine may be busy
MEMORY_BYTES = 64 << 20
WHOLE_BYTES = 64 << 20
AROUND_BYTES = 65536
NUMBERS = (0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def places(program, image):
    """The units of the image that inspect reads, in order."""
    trace = subprocess.run(["strace", "-f", "-qq", "-e", "trace=pread64", program, "inspect", image],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False).stderr.decode()
    units = set()
    for match in re.finditer(r"pread64\(\d+, .*, (\d+), (\d+)\) += (\d+)$", trace, re.M):
        off, count = int(match[2]), int(match[3])
        units.update(range(off // UNIT, (off + count + UNIT - 1) // UNIT))
    last = os.path.getsize(image) // UNIT
    return sorted(unit for unit in units if unit < last)


def put_right(sector):
    """The sums of a boot catalog (El Torito 1.0, figure 2), a GPT's header (UEFI 2.10, 5.3.2) and
    the tag of a UDF descriptor (ECMA-167, 3/7.2.3)."""
    if sector[0] == 1 and sector[30:32] == b"\x55\xaa":
        sector[28:30] = bytes(2)
        total = sum(struct.unpack("<16H", sector[:32]))
        struct.pack_into("<H", sector, 28, -total & 0xFFFF)
    elif sector[:8] == b"EFI PART":
        sector[16:20] = bytes(4)
        struct.pack_into("<I", sector, 16, zlib.crc32(bytes(sector[:92])))
    elif sector[2] in (2, 3) and sector[5] == 0 and not sector[1]:
        sector[4] = (sum(sector[:16]) - sector[4]) & 0xFF


def both_orders(sector):
    """Where a number stands little-endian, then big-endian (ECMA-119 7.3.3)."""
    found = []
    for at in range(0, UNIT - 8):
        little = sector[at : at + 4]
        if any(little) and little == sector[at + 4 : at + 8][::-1]:
            found.append(at)
    return found


def damage(rng, sector, other):
    """Change one sector; other is one that stands elsewhere."""
    how = rng.randrange(8)
    numbers = both_orders(sector)
    if how == 0 and numbers:
        at, value = rng.choice(numbers), rng.choice(NUMBERS)
        if rng.randrange(2):
            value = (struct.unpack_from("<I", sector, at)[0] + rng.choice((-1, 1, 16, 2048))) & 0xFFFFFFFF
        struct.pack_into("<I", sector, at, value)
        struct.pack_into(">I", sector, at + 4, value)
    elif how == 1:
        value = rng.choice((0, 0xFF, 0x20, 0x2F, rng.randrange(256)))
        at = rng.randrange(UNIT)
        count = rng.choice((4, 16, 32, UNIT))
        sector[at : at + count] = bytes([value]) * len(sector[at : at + count])
    elif how == 2:
        at, count = rng.randrange(0, UNIT, 4), rng.choice((8, 32, 64, UNIT))
        sector[at : at + count] = other[at : at + count]
    elif how == 3:
        shift = rng.choice((1, 2, 32))
        sector[shift:] = sector[: UNIT - shift]
    elif how == 4:
        at = rng.randrange(0, UNIT - 4)
        struct.pack_into(rng.choice("<>") + "I", sector, at, rng.choice(NUMBERS))
    else:
        busy = [at for at in range(UNIT) if sector[at]] or [0]
        for _ in range(rng.choice((1, 1, 2, 8, 40))):
            sector[rng.choice(busy)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


class Copy:
    """A copy of the image that is damaged and mended again."""

    def __init__(self, image, path, units):
        self.path, self.units = path, units
        self.bytes = os.path.getsize(image)
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self.source = os.open(image, os.O_RDONLY)
        blocks = range(0, self.bytes, AROUND_BYTES)
        if self.bytes > WHOLE_BYTES:
            near = {unit * UNIT // AROUND_BYTES + step for unit in units for step in (-1, 0, 1)}
            blocks = [block * AROUND_BYTES for block in sorted(near) if 0 <= block * AROUND_BYTES < self.bytes]
        self.blocks = blocks
        self.fill(0)

    def fill(self, start):
        """Copy what lies behind start."""
        os.ftruncate(self.fd, self.bytes)
        for at in self.blocks:
            if at + AROUND_BYTES > start:
                os.pwrite(self.fd, os.pread(self.source, AROUND_BYTES, at), at)

    def damage(self, seed, number):
        rng = random.Random(f"{seed}:{number}")
        touched = set()
        for _ in range(rng.choice((1, 1, 2, 5))):
            unit = rng.choice(self.units)
            sector = bytearray(os.pread(self.fd, UNIT, unit * UNIT))
            damage(rng, sector, os.pread(self.fd, UNIT, rng.choice(self.units) * UNIT))
            if rng.randrange(2):
                put_right(sector)
            os.pwrite(self.fd, sector, unit * UNIT)
            touched.add(unit)
        if number % 5 == 0:
            at = rng.choice(self.units) * UNIT + rng.choice((0, 1, 100, UNIT)) if rng.randrange(2) else rng.randrange(self.bytes)
            os.ftruncate(self.fd, min(at, self.bytes))
        return touched

    def mend(self, touched):
        short = os.fstat(self.fd).st_size
        for unit in touched:
            os.pwrite(self.fd, os.pread(self.source, UNIT, unit * UNIT), unit * UNIT)
        if short < self.bytes:
            os.ftruncate(self.fd, short)
            self.fill(short)


def run(program, arguments, is_plain):
    """What is wrong, or None; and the seconds of processor it took."""
    limits = ["prlimit", f"--cpu={CPU_SECONDS}"] + ([f"--as={MEMORY_BYTES}"] if is_plain else [])
    process = subprocess.Popen(limits + [program, "inspect", *arguments], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        out, err = process.communicate(timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return f"still running after {WALL_SECONDS} s"
    if process.returncode not in (0, 1):
        return f"status {process.returncode}\n{err.decode(errors='replace')[:1500]}"
    for word in (b"Sanitizer", b"runtime error", b"out of memory"):
        if word in err:
            return err.decode(errors="replace")[:1500]
    if "--json" in arguments:
        try:
            json.loads(out.decode())
        except ValueError as error:
            return f"no JSON: {error}"
    elif not out and not err:
        return "nothing was said"
    return None


def work(args, units, index, workers):
    copy = Copy(args.image, f"{args.scratch}-{index}", units)
    failures = []
    for number in range(index, args.count, workers):
        touched = copy.damage(args.seed, number)
        for program, is_plain in ((args.plain, True), (args.sanitized, False)):
            json_too = ["--json"] if (number % 2) ^ is_plain else ["-v"]
            wrong = run(program, [*json_too, copy.path], is_plain)
            if wrong:
                failures.append(f"copy {number} of {args.image}, {'plain' if is_plain else 'sanitized'}, "
                                f"{json_too[0]}: {wrong}\nmake it: {sys.argv[0]} --seed {args.seed} --only {number} "
                                f"--keep FILE {args.image} {args.plain} {args.sanitized}")
        copy.mend(touched)
        if failures:
            break
    os.unlink(copy.path)
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--scratch", default="mutant.iso")
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep")
    parser.add_argument("image")
    parser.add_argument("plain")
    parser.add_argument("sanitized")
    args = parser.parse_args()
    units = places(args.plain, args.image)
    if len(units) < 2:
        sys.exit(f"{args.image}: strace saw {len(units)} sectors being read")
    if args.keep:
        Copy(args.image, args.keep, units).damage(args.seed, args.only)
        return
    workers = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(work, args, units, index, workers) for index in range(workers)]
        failures = [failure for job in jobs for failure in job.result()]
    print(f"{args.image}: {args.count} copies, damaged in {len(units)} sectors")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
