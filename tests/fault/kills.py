# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 and Ctrl-C at random times: what "ventoc -l" says is true, and a second run completes."""

import random
import signal
import subprocess
import time

from cuts import listed
from lab import TIMEOUT
from operations import LAYOUTS, OPERATIONS, fits
from scene import Scene
from states import kind

SLOW = 4000  # microseconds for each write and flush, so that the writing takes most of the time
NAMES = ("install, blank disk", "install over a stick", "upgrade, first", "upgrade, second")
# Some of what else writes.
RUNS = {"repair, the live slot and boot code": 10, "conversion of a Ventoy stick": 10, "-i --keep": 10}


class Kills:
    """Runs of one operation on one layout."""

    def __init__(self, lab, operation, layout):
        self.lab, self.operation, self.layout = lab, operation, layout
        operation.start(lab, layout)
        self.image = lab.copy("base.img", "image.img")
        begin = time.monotonic()
        with self._begin() as process:
            process.communicate(timeout=TIMEOUT)
        self.seconds = time.monotonic() - begin
        self.checks = " check " in lab.ventoc("--help")[1]

    def _begin(self):
        return self.lab.popen(self.operation.args(self.lab, self.layout, self.image), self.image, slow=SLOW)

    def _scene(self):
        return Scene(self.lab, self.operation, self.layout, self.image)

    def _verdict(self):
        return self._scene().promise.start

    def _complete(self, verdict, promise):
        """Run it again, as somebody would who reads the first one's message."""
        if self.operation.again:
            return self._scene().again(self.image)[0]
        args = self.operation.args(self.lab, self.layout, self.image)
        if self.operation.data is None:
            args[0] = "-I" if verdict.good else "-i"
        code, _ = self.lab.ventoc(*args)
        if code:
            return f"wrong: the second run ends with {code}"
        return None if promise.complete(self._verdict()) else "wrong: the second run does not complete it"

    def try_one(self, rng, counts):
        """Returns what is wrong, or None."""
        self.lab.copy("base.img", "image.img")
        promise = self._scene().promise
        start = promise.start
        number = rng.choice((signal.SIGKILL, signal.SIGINT))
        wait = rng.uniform(0.0, 1.0) * self.seconds
        with self._begin() as process:
            try:
                process.wait(wait)
            except subprocess.TimeoutExpired:
                process.send_signal(number)
            err = process.communicate(timeout=TIMEOUT)[1].decode()
        verdict = self._verdict()
        counts.add(kind(verdict, promise))
        if process.returncode not in (0, 6, -signal.SIGKILL, -signal.SIGINT):
            return f"wrong: ends with {process.returncode}: {err}"
        if process.returncode == 0 and not promise.complete(verdict):
            return "wrong: says that it is done"
        problem = listed(self.lab, self.image, verdict)
        if not problem and verdict != start:
            problem = promise.broken(verdict, True)
        if not problem and self.checks and not self.operation.idle:  # repair: of the idle slot it says more
            problem = self._checked(verdict, promise)
        return problem or self._complete(verdict, promise)

    def _checked(self, verdict, promise):
        """"ventoc check" finds something in what is no good stick, and nothing in one that is whole."""
        code, _ = self.lab.ventoc("check", self.image)
        whole = verdict.good and verdict.tables == promise.tables and len(verdict.records) == 2 and \
            verdict.bios == (verdict.uefi if promise.bios else None)
        if (not verdict.good and code == 0) or (whole and code != 0):
            return f"wrong: ventoc check ends with {code}"
        return None


def _rows(runs):
    """[(operation, layout, number of runs)...]; runs: of those in NAMES together."""
    pairs = [(op, layout) for op in OPERATIONS if op.name in NAMES for layout in LAYOUTS]
    rows = [(*pair, runs * (n + 1) // len(pairs) - runs * n // len(pairs)) for n, pair in enumerate(pairs)]
    more = [(op, [layout for layout in LAYOUTS if fits(op, layout)]) for op in OPERATIONS if op.name in RUNS]
    return rows + [(op, layout, RUNS[op.name] * (n + 1) // len(layouts) - RUNS[op.name] * n // len(layouts))
                   for op, layouts in more for n, layout in enumerate(layouts)]


def try_all(make_lab, number, of, runs, counts, wrong):
    """The share of one of several processes. make_lab: makes a lab, with small payloads or not."""
    rng = random.Random(f"kills {number}")
    for operation, layout, share in _rows(runs)[number::of]:
        lab = make_lab(operation.small)
        kills = Kills(lab, operation, layout)
        for run in range(share):
            problem = kills.try_one(rng, counts)
            counts.add("runs")
            if problem:
                wrong.append(f"{operation.name}, {layout.name}: run {run}: {problem}")
