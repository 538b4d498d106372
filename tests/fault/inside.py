# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults while the program runs: each write, flush and read once, in each way."""

from cuts import listed
from disk import same_files
from lab import apply, put_back
from scene import Scene

# Class of calls: what goes wrong. w: write, f: flush, p: the program's own reads, r: its libraries' reads.
ACTIONS = {"w": ("eio", "enospc", "short", "lose", "torn", "kill", "int"), "f": ("eio", "kill", "int"),
           "p": ("eio", "short", "corrupt", "early"), "r": ("eio", "corrupt", "early")}
# Libraries read a stick 1,500 times, most of it to look for what is not there: so many of a class are tried.
SAMPLE = {"r": 16}
SAMPLE_AGAIN = {"r": 4, "p": 8}  # of operations of which a second run may follow each fault
SECTOR0 = 3  # reads of it that are tried in any case
# Where an operation is tried on all four layouts, reads fail on these: both tables, both kinds of sectors. So
# does everything of operations of which a second run may follow each fault.
READS_ON = ("MBR 512", "GPT 4096")


def calls(total, kind, sample):
    """Which of the calls of a class are tried, from 1."""
    count = sample.get(kind, total)
    if total <= count:
        return range(1, total + 1)
    return [1 + n * (total - 1) // (count - 1) for n in range(count)]


def of_sector0(log):
    """The numbers of the last reads of sector 0 before anything is written: what stays of it is from them."""
    reads = [entry for entry in log[:next((n for n, entry in enumerate(log) if entry[0] == "W"), len(log))]
             if entry[0] == "p"]
    return [number for number, entry in enumerate(reads, 1) if entry[1] == 0][-SECTOR0:]


class Inside:
    """All faults of one operation on one layout."""

    def __init__(self, lab, operation, layout, log):
        self.lab, self.operation, self.layout, self.log = lab, operation, layout, log
        self.image = lab.copy("base.img", "image.img")
        self.scene = Scene(lab, operation, layout, lab.path("base.img"))
        self.disk, self.judge, self.promise = self.scene.disk, self.scene.judge, self.scene.promise

    def _expected(self, action, run):
        """Is the exit code one that tells the truth?"""
        if action in ("kill", "torn"):
            return run.code == -9
        if action == "int":
            return run.code in (0, 6)  # 0: it came when all was done
        if action in ("eio", "enospc", "lose", "corrupt", "early"):
            return run.code in (0, 1, 3, 4)
        return run.code == 0  # short: what is missing is asked for again

    def _problem(self, fault, run):
        kind, _, action = fault.split(":")
        touched = any(entry[0] == "W" for entry in run.log)
        verdict = self.judge.verdict()
        if not self._expected(action, run):
            return f"wrong: ends with {run.code}"
        # A write that fails is never passed over.
        if kind in "wf" and action in ("eio", "enospc") and run.code != 1 and not self._late(fault):
            return f"wrong: ends with {run.code}"
        if run.code == 0:
            if not self.promise.complete(verdict, kind in "pr"):
                return "wrong: says that it is done"
        elif run.code > 0 and self.image not in run.err and "temporary" not in run.err:
            return f"wrong: does not name the image: {run.err}"
        problem = self.promise.broken(verdict, touched)
        if problem and not touched and verdict == self.promise.start:
            problem = None
        return problem

    def _late(self, fault):
        """A flush behind the last write: libparted's."""
        kind, number, _ = fault.split(":")
        last = max((index for index, entry in enumerate(self.log) if entry[0] == "W"), default=0)
        flushes = [index for index, entry in enumerate(self.log) if entry[0] == "F"]
        return kind == "f" and sum(1 for index in flushes if index < last) + 1 < int(number)

    def try_one(self, fault):
        """Returns what is wrong, or None."""
        run = self.lab.run(self.scene.args(self.image), self.image, fault)
        log = run.log
        mark = self.disk.mark()
        apply(self.disk, run.log)
        problem = self._problem(fault, run)
        if self.operation.again and not problem and run.code and any(entry[0] == "W" for entry in log):
            problem, more = self.scene.again(self.image)
            log = log + more
        self.disk.undo(mark)
        put_back(self.image, self.disk, log)
        return problem

    def try_all(self, counts, wrong, every):
        """All of them; every: no sample."""
        sample = {} if every else SAMPLE_AGAIN if self.operation.again else SAMPLE
        name = f"{self.operation.name}, {self.layout.name}"
        reads = every or self.operation.where == "512" or self.layout.name in READS_ON
        for kind, actions in ACTIONS.items():
            if (kind in "pr" or self.operation.again) and not reads:
                continue
            total = sum(1 for entry in self.log if entry[0] == kind)
            numbers = {*calls(total, kind, sample), *(of_sector0(self.log) if kind == "p" else ())}
            for action in actions:
                for number in sorted(numbers):
                    fault = f"{kind}:{number}:{action}"
                    problem = self.try_one(fault)
                    counts.add("inside")
                    if problem:
                        counts.add(problem.split(":")[0])
                        wrong.append(f"{name}: {fault}: {problem}")
        # Nothing of what was tried is left, and the log misses no write.
        if not same_files(self.image, self.lab.path("base.img")):
            wrong.append(f"{name}: the image is not as before")
        if self.promise.start.good and listed(self.lab, self.image, self.promise.start):
            wrong.append(f"{name}: not listed as before")
