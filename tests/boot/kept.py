# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk with files on it becomes a stick by --keep: its live system starts, finds its medium, and all
files are what they were."""

import os

from command import run
from context import MIB
from guest import GuestCheck
from live import LIVE_SECONDS, QUESTIONS, judge, plain_cmdline, start
from otherfs import Ext4, Fat32

SIZE_MIB = 1024

# case: firmware, bus, table, file system, length of partition 1 in MiB, image
CASES = {
    "FAT32 with room behind it": ("ovmf", "xhci", "dos", "vfat", SIZE_MIB - 64, "live.iso"),
    "ext4 up to the end": ("seabios", "ehci", "gpt", "ext4", SIZE_MIB - 2, "dracut.iso"),
}


def _make(context, name, table, kind, part_mib, image):
    """The disk before; returns its path."""
    path = os.path.join(context.sticks.folder, name)
    part, source = path + ".part", os.path.join(context.images, image)
    for old in (path, part):
        if os.path.exists(old):
            os.unlink(old)
    for name, length in ((path, SIZE_MIB), (part, part_mib)):
        with open(name, "wb") as file:
            file.truncate(length * MIB)
    made = {"vfat": Fat32, "ext4": Ext4}[kind](part)
    made.put(source, image)
    run("sfdisk", "-q", path, input=f"label: {table}\nstart=2048, size={part_mib * 2048}\n")
    run("dd", f"if={part}", f"of={path}", "bs=1M", "seek=1", "conv=notrunc,sparse", "status=none")
    os.unlink(part)
    return path


def check(context, case, name):
    """Make it, keep it, boot it."""
    firmware, bus, table, kind, part_mib, image = CASES[name]
    path = _make(context, f"kept-{kind}.img", table, kind, part_mib, image)
    context.sticks.ventoc("-i", "--keep", "-y", "-q", path)
    questions = GuestCheck(context.case_folder(case) + "-check", QUESTIONS)
    cmdline = plain_cmdline(context, firmware, image)
    with start(context, case, firmware, path, bus, image, questions) as vm:
        judge(questions.answers(vm, LIVE_SECONDS), image, cmdline)
    os.unlink(path)
