# SPDX-License-Identifier: GPL-3.0-or-later
"""One operation on one layout: the disk in memory, its judge, what is promised, the same command again."""

from disk import Disk
from judge import Judge, regions
from lab import apply
from states import Promise


class Scene:
    """path: of the image that the disk begins as."""

    def __init__(self, lab, operation, layout, path):
        self.lab, self.operation, self.layout = lab, operation, layout
        places = operation.places(layout)
        self.disk = Disk(path, regions(places, layout.gpt))
        self.judge = Judge(self.disk, layout.sector_bytes, lab.payloads.values(), operation.data, places,
                           operation.idle is not None)
        self.promise = Promise(operation, layout, self.judge.verdict())

    def args(self, image):
        """The program's arguments."""
        return self.operation.args(self.lab, self.layout, image)

    def after(self, log, look):
        """What look() returns while the disk has the writes of a log."""
        mark = self.disk.mark()
        apply(self.disk, log)
        found = look()
        self.disk.undo(mark)
        return found

    def again(self, image):
        """The same command on an image that holds what the disk does. Returns (what is wrong or None, its
        log). A repair may find less damaged, or more, than the first one did: the end may be another
        version that was there."""
        whole = self.promise.complete(self.judge.verdict(), True)
        run = self.lab.run(self.args(image), image)
        # What is a stick already is for -u.
        if run.code and not (whole and run.code == 3 and self.operation.begins):
            return f"wrong: the same command again ends with {run.code}: {run.err}", run.log
        complete = self.after(run.log, lambda: self.promise.complete(self.judge.verdict(), True))
        return None if complete else "wrong: the same command again does not complete it", run.log
