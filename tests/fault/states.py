# SPDX-License-Identifier: GPL-3.0-or-later
"""Every state that a power cut can leave behind, and whether it is one that was promised."""

import random

from disk import epochs

SUBSETS = 24      # orders tried of the writes between two flushes, and pieces of a write
SPREAD_TEARS = 24  # of a long write, where looking at each state takes long


class Promise:
    """What an operation promises about every state. start: the verdict before it."""

    def __init__(self, operation, layout, start):
        self.operation, self.start = operation, start
        self.bios = operation.new if layout.sector_bytes == 512 else None
        self.tables = 2 if layout.gpt else 1
        self.versions = {start.bios, start.uefi, operation.new, *operation.found} - {None}
        self.boots = bool(start.bios or start.uefi) and not operation.begins

    def broken(self, verdict, touched):
        """What is wrong with a state: "lost data", "unbootable", "wrong", or None. touched: something
        was written."""
        if self.operation.data is None:
            return self._broken_erasure(verdict, touched)
        if self.operation.begins:
            return self._broken_beginning(verdict, touched)
        start = self.start
        if not verdict.records or not set(verdict.records) <= set(start.records):
            return "wrong: the record"
        if self.operation.data == "files":
            if verdict.data is None or not start.data.items() <= verdict.data.items():
                return "lost data"
        elif verdict.data != start.data or verdict.data is None:
            return "lost data"
        if start.bios and verdict.bios not in self.versions:
            return "unbootable: BIOS"
        if start.uefi and verdict.uefi not in self.versions:
            return "unbootable: UEFI"
        return None if verdict.good or not start.good else "wrong: not seen as a stick"

    def _broken_beginning(self, verdict, touched):
        """A disk with files becomes a stick."""
        if verdict.data != self.start.data:
            return "lost data"
        if not touched and verdict != self.start:
            return "wrong: it is another one"
        if len(set(verdict.records)) > 1:
            return "wrong: two records"
        if verdict.good and verdict.uefi != self.operation.new:
            return "wrong: taken for a good stick"
        if verdict.bios and not verdict.good:
            return "wrong: it starts, and is no stick"
        return None

    def _broken_erasure(self, verdict, touched):
        if not touched:
            return None if verdict == self.start else "wrong: it is another one"
        if verdict.good:
            return None if self.complete(verdict) else "wrong: taken for a good stick"
        if verdict.bios or verdict.uefi:
            return "wrong: it starts, and is no stick"
        return None

    def complete(self, verdict, either=False):
        """Is it all that the operation leads to? either: of a repair, also to another version that was
        there or is installed, as when what was read is not what is there."""
        new, bios, idle = self.operation.new, self.bios, self.operation.idle
        if either and idle:
            new, idle = verdict.uefi, verdict.idle
            bios = new if self.bios else None
            if not new or not idle or not {new, idle} <= {self.operation.new, *self.operation.found}:
                return False
        return verdict.good and verdict.uefi == new and verdict.bios == bios and verdict.idle == idle and \
            verdict.tables == self.tables and len(verdict.records) == 2


def kind(verdict, promise):
    """"old", "new", "both" (one firmware each), "none"."""
    seen = {verdict.bios, verdict.uefi} - {None}
    if not seen:
        return "none"
    if len(seen) == 2:
        return "both"
    return "new" if seen == {promise.operation.new} else "old"


def _sectors(data, sector_bytes):
    return max(1, len(data) // sector_bytes)


def _tears(count, exhaustive):
    """After how many sectors a write is torn."""
    if exhaustive or count <= SPREAD_TEARS:
        return range(1, count)
    return sorted({1, count - 1} | {count * n // SPREAD_TEARS for n in range(1, SPREAD_TEARS)})


def states(disk, log, sector_bytes, exhaustive, seed):
    """Bring the disk into each state, yield (what kind of a cut, number of the epoch), and take it
    back. Kinds: "prefix", "torn", "order"."""
    rng = random.Random(seed)
    base = disk.mark()
    yield "prefix", 0
    done = epochs(log)
    for number, writes in enumerate(done):
        before = disk.mark()
        for index, (off, data) in enumerate(writes):
            count = _sectors(data, sector_bytes)
            mark = disk.mark()
            reached = 0
            for tear in _tears(count, exhaustive):
                # Go on from the tear before: all are prefixes of this write.
                disk.write(off + reached * sector_bytes, data[reached * sector_bytes:tear * sector_bytes])
                reached = tear
                yield "torn", number
            disk.undo(mark)
            # Its sectors in another order than that of their numbers.
            for _ in range(min(SUBSETS, count - 1)):
                for sector in [n for n in range(count) if rng.random() < 0.5] if count < 64 else \
                        rng.sample(range(count), rng.randrange(1, 64)):
                    at = sector * sector_bytes
                    disk.write(off + at, data[at:at + sector_bytes])
                yield "order", number
                disk.undo(mark)
            disk.write(off, data)
            yield "prefix", number if index + 1 < len(writes) else number + 1
        disk.undo(before)
        # Between two flushes any write may be there and any other not.
        subsets = [[n for n in range(len(writes)) if n != left] for left in range(len(writes))]
        subsets += [[only] for only in range(len(writes))]
        subsets += [[n for n in range(len(writes)) if rng.random() < 0.5] for _ in range(SUBSETS)]
        for subset in subsets if len(writes) > 1 else []:
            for index in subset:
                disk.write(*writes[index])
            yield "order", number
            disk.undo(before)
        for write in writes:
            disk.write(*write)
    disk.undo(base)
