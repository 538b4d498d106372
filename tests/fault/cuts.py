# SPDX-License-Identifier: GPL-3.0-or-later
"""Power cuts: an operation is noted once, then every state it could have been cut off in is judged."""

import json
import os
import subprocess

import volumes
from disk import Disk, same_files
from lab import apply, command, put_back
from scene import Scene
from states import kind, states

OUTSIDE = 10  # states of each operation and layout that other programs look at, too
AGAIN = 20    # and, of operations that say so, in which the same command is run again


class Counts(dict):
    """Numbers by name."""

    def add(self, name, number=1):
        """Count."""
        self[name] = self.get(name, 0) + number


def extract(disk, off, size, path):
    """A part of the disk as a sparse file."""
    with open(path, "wb") as file:
        for at in range(off, off + size, 1 << 20):
            piece = disk.bytes[at:min(at + (1 << 20), off + size)]
            if piece.count(0) != len(piece):
                file.seek(at - off)
                file.write(piece)
        file.truncate(size)


class Outside:
    """Other programs' opinion on states of a disk: sfdisk, fsck.fat, fsck.exfat, "ventoc -l", and the
    same command again."""

    def __init__(self, scene):
        self.lab, self.disk, self.layout, self.scene = scene.lab, scene.disk, scene.layout, scene
        self.base = Disk(scene.lab.path("base.img"))
        self.path = scene.lab.copy("base.img", "state.img")
        self._fine = set()  # (tool, version of the region): looked at before

    def differs(self, verdict):
        """What differs from the verdict on the disk's state, or None."""
        return self._with_state(lambda: (listed(self.lab, self.path, verdict) or
                                         (self._checked(verdict) if verdict.good else None), []))

    def not_completed(self):
        """What is wrong after the same command was run again, or None."""
        return self._with_state(lambda: self.scene.again(self.path))

    def _with_state(self, look):
        """What look() finds in the image while it holds the disk's state; it returns that and a log."""
        changed = self.disk.changed()
        with open(self.path, "r+b") as file:
            for off, length in changed:
                file.seek(off)
                file.write(self.disk.bytes[off:off + length])
        problem, log = look()
        put_back(self.path, self.base, log + [("W", off, length, None) for off, length in changed])
        return problem

    def _checked(self, verdict):
        _, entries, _ = volumes.table(self.disk.bytes, self.disk.size, self.layout.sector_bytes)
        if self.layout.sector_bytes == 512:  # which is what sfdisk takes image files for
            found = json.loads(command("sfdisk", "-J", self.path))["partitiontable"]["partitions"]
            if [(p["start"] * 512, p["size"] * 512) for p in found] != [entries[1], entries[2]]:
                return "wrong: sfdisk reads another table"
        exfat = self.disk.bytes[entries[1][0] + 3:entries[1][0] + 8] == b"EXFAT"
        for number, tool, region in ((2, "fsck.fat", "slot " + verdict.live),
                                     (1, "fsck.exfat" if exfat else "fsck.fat", "data")):
            key = tool, region, self.disk.version[region]
            # A volume that was being written to is marked so; its files are looked at by the judge.
            if key in self._fine or (number == 1 and exfat and self.disk.bytes[entries[1][0] + 106] & 2):
                continue
            extract(self.disk, *entries[number], self.lab.path("part"))
            done = subprocess.run([tool, "-n", self.lab.path("part")], capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL)
            if done.returncode:
                return f"wrong: {tool} is not content"
            self._fine.add(key)
        return None


def listed(lab, path, verdict):
    """What "ventoc -l" says otherwise than the verdict, or None."""
    code, out = lab.ventoc("-l", "--json", path)
    if (code == 0) != verdict.good:
        return f"wrong: ventoc -l ends with {code}"
    if verdict.good:
        said = json.loads(out)["sticks"][0]
        # A slot with a damaged file, which repair is for, is listed by its manifest.
        if (said["version"], said["live_slot"]) != (verdict.uefi or said["version"], verdict.live):
            return f"wrong: ventoc -l says {said['version']}, slot {said['live_slot']}"
    return None


def try_all(lab, operation, layout, counts, wrong):
    """All states of one operation; wrong: gets what is wrong, in words. Returns the log, or None."""
    name = f"{operation.name}, {layout.name}"
    operation.start(lab, layout)
    image = lab.copy("base.img", "image.img")
    run = lab.run(operation.args(lab, layout, image), image)
    if run.code:
        wrong.append(f"{name}: ends with {run.code}: {run.err}")
        return None
    scene = Scene(lab, operation, layout, lab.path("base.img"))
    disk, judge, promise = scene.disk, scene.judge, scene.promise
    others = Outside(scene)
    counts.add("boots", int(promise.boots))
    exhaustive = operation.data != "files" and not operation.sample
    total = sum(1 for _ in states(disk, run.log, layout.sector_bytes, exhaustive, name))
    step, again = max(1, total // OUTSIDE), max(1, total // AGAIN)
    for index, (how, _) in enumerate(states(disk, run.log, layout.sector_bytes, exhaustive, name)):
        verdict = judge.verdict()
        problem = promise.broken(verdict, index > 0)
        counts.add(how)
        counts.add(kind(verdict, promise))
        if not problem and (index % step == 0 or total - index <= 5):
            counts.add("outside")
            problem = others.differs(verdict)
        if operation.again and not problem and (how == "prefix" or index % again == 0):
            counts.add("again")
            problem = others.not_completed()
        if problem:
            counts.add(problem.split(":")[0])
            brief = verdict._replace(records=len(verdict.records), data=None)
            wrong.append(f"{name}: {how} {index}: {problem}: {brief}")
    mark = disk.mark()
    apply(disk, run.log)
    if not promise.complete(judge.verdict()):
        wrong.append(f"{name}: is not complete at the end")
    whole = lab.path("whole.img")
    extract(disk, 0, disk.size, whole)
    if not same_files(image, whole):
        wrong.append(f"{name}: the log does not lead to what is on the disk")
    disk.undo(mark)
    os.unlink(whole)
    return run.log
