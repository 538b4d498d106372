# SPDX-License-Identifier: GPL-3.0-or-later
"""A marker written in one boot is there in the next."""

import os

from guest import GuestCheck
from live import LIVE_SECONDS, expect, put_live, start

WRITE = {"before": "cat /root/marker; echo kept >/root/marker; sync; cat /root/marker",
         "cmdline": "cat /proc/cmdline",
         "layer": "findmnt -no SOURCE,FSTYPE,OPTIONS /run/live/persistence/* /run/initramfs/overlayfs;"
                  " readlink -f /dev/mapper/ventoc-persistence; cat /sys/block/dm-*/dm/name"}


def check(context, case, image, boots):
    """boots: (firmware, bus) of every boot; the first one writes, the others find."""
    stick = context.sticks.install(f"persistence-{image}.img")
    put_live(context, stick, image, image, 7)
    context.sticks.ventoc("persist", "create", "--size", "256M", "--for", f"/{image}", stick)
    for number, (firmware, bus) in enumerate(boots):
        check_disk = GuestCheck(context.case_folder(f"{case} {number}") + "-check", WRITE)
        with start(context, f"{case} {number}", firmware, stick, bus, image, check_disk,
                   keep=True) as vm:
            answers = check_disk.answers(vm, LIVE_SECONDS)
            expect(f"Changes of this system are kept in {image[:-4]}.dat" in vm.serial(),
                   "the menu does not say that a layer is in use", answers)
            vm.qmp.command("system_powerdown")
        before = answers["before"].splitlines()
        expect("persisten" not in answers["cmdline"] and "overlay=" not in answers["cmdline"],
               "a parameter was added", answers)
        expect("ventoc-persistence" in answers["layer"], "the layer is not our device", answers)
        if number == 0:
            expect(before[0] != "kept" and before[-1] == "kept", "the marker is old", answers)
        else:
            expect(before[0] == "kept", "the marker is lost", answers)
    os.unlink(stick)
