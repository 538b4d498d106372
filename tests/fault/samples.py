# SPDX-License-Identifier: GPL-3.0-or-later
"""A few of the states of a cut-off upgrade, of a payload that boots, as image files to be really booted."""

import os
import struct
from collections import namedtuple

from cuts import extract
from disk import Disk, epochs
from judge import CORE_B, Judge, installed, regions
from lab import Lab, build_preload

# slots: which slot has to start, {"bios": "A" or "B", "uefi": the same}, as judged from the bytes.
Sample = namedtuple("Sample", "name path slots")


def _states(log, gpt):
    """(name, how many epochs are complete, how many bytes of the next one's writes follow). The epochs:
    the slot and its core; a GPT's backup, its primary; sector 0."""
    done = epochs(log)
    slot = sum(len(data) for _, data in done[0])
    core = len(done[0][-1][1])
    kind = "GPT" if gpt else "MBR"
    yield f"{kind}: the slot half written", 0, slot // 2 // 512 * 512
    yield f"{kind}: its core half written", 0, (slot - core // 2) // 512 * 512
    if gpt:
        yield "GPT: the backup torn", 1, 5 * 512
        yield "GPT: the backup switched", 2, 0
        yield "GPT: the primary torn", 2, 512
    yield f"{kind}: all but sector 0", len(done) - 1, 0
    yield f"{kind}: complete", len(done), 0


NAMES = tuple(f"{kind}: {state}" for kind, states in (
    ("MBR", ("the slot half written", "its core half written", "all but sector 0", "complete")),
    ("GPT", ("the slot half written", "its core half written", "the backup torn", "the backup switched",
             "the primary torn", "all but sector 0", "complete"))) for state in states)


def _reach(disk, log, complete, rest):
    """Bring the disk into a state."""
    done = epochs(log)
    for writes in done[:complete]:
        for off, data in writes:
            disk.write(off, data)
    for off, data in done[complete] if rest else ():
        piece = data[:rest]
        disk.write(off, piece)
        rest -= len(piece)
        if not rest:
            break


def samples(program, payloads, folder, size=512 << 20, fill=lambda path: None):
    """Make them, one after the other; payloads: folders of the old and the new version, whose slots'
    files differ. fill: puts files on the stick before it is upgraded. Yields each Sample; its image
    is there until the next one is asked for."""
    os.makedirs(folder, exist_ok=True)
    lab = Lab(program, build_preload(folder), dict(enumerate(payloads)), folder)
    for gpt in (False, True):
        base = lab.path("base.img")
        if os.path.exists(base):
            os.unlink(base)
        lab.must("-i", "-q", "--size", str(size), *(("-g",) if gpt else ()), "--payload", payloads[0], base)
        fill(base)
        image = lab.copy("base.img", "image.img")
        run = lab.run(["-u", "-y", "-q", "--payload", payloads[1], image], image)
        if run.code:
            raise OSError(run.err)
        disk = Disk(base, regions(installed(size), gpt))
        judge = Judge(disk, 512, payloads, None)
        for name, complete, rest in _states(run.log, gpt):
            mark = disk.mark()
            _reach(disk, run.log, complete, rest)
            verdict = judge.verdict()
            lba, = struct.unpack_from("<Q", disk.bytes, 0x5c)
            extract(disk, 0, size, image)
            disk.undo(mark)
            yield Sample(name, image, {"bios": verdict.bios and ("B" if lba == CORE_B else "A"),
                                       "uefi": verdict.uefi and verdict.live})
