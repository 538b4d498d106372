# SPDX-License-Identifier: GPL-3.0-or-later
"""An installed Linux in a disk image: it finds its own disk and, when the settings say so, keeps what
it writes."""

import json
import os

from guest import GuestCheck
from live import LIVE_SECONDS, expect, put_live, start

IMAGE, NAME, PIECES = "installed.img", "installed.vtoy", 300
QUESTIONS = {
    "cmdline": "cat /proc/cmdline",
    "root": "findmnt -no SOURCE,OPTIONS /; lsblk -nso NAME,TYPE $(findmnt -no SOURCE /)",
    "before": "cat /root/marker; echo kept >/root/marker; sync; cat /root/marker",
    "log": "dmesg | grep ventoc:",
}


def check(context, case, boots):
    """boots: (firmware, bus); the first boot writes, the others find it."""
    stick = context.sticks.install("togo.img", size="4G")
    put_live(context, stick, IMAGE, NAME, PIECES)
    settings = os.path.join(context.out, "ventoc.json")
    with open(settings, "w", encoding="utf-8") as file:
        json.dump({"writable": ["/" + NAME]}, file)
    context.sticks.put(stick, settings, "ventoc/ventoc.json")
    for number, (firmware, bus) in enumerate(boots):
        check_disk = GuestCheck(context.case_folder(f"{case} {number}") + "-check", QUESTIONS)
        with start(context, f"{case} {number}", firmware, stick, bus, NAME, check_disk,
                   keep=True) as vm:
            answers = check_disk.answers(vm, LIVE_SECONDS)
        expect(answers["cmdline"].split()[1:3] == ["root=UUID=22222222-3333-4444-8555-666666666666",
                                                   "ro"] and "ventoc" not in answers["cmdline"],
               "another command line", answers)
        expect("loop" in answers["root"] or "dm-" in answers["root"] or "mapper" in answers["root"],
               "the root is not on our device", answers)
        before = answers["before"].splitlines()
        if number == 0:
            expect(before[-1] == "kept" and before[0] != "kept", "it cannot write", answers)
        else:
            expect(before[0] == "kept", "what it wrote is lost", answers)
    os.unlink(stick)
