# SPDX-License-Identifier: GPL-3.0-or-later
"""A stick with Ventoy's layout, converted where it is, starts what was on it; after an upgrade too."""

import os
import sys

import slots
from command import run
from context import GUEST_SECONDS, MENU_SECONDS
from sticks import TOP

IMAGE = "Folder/memtest-x64.iso"


def _make(context, name, options):
    """A stick with Ventoy's layout, an ISO on it, converted."""
    path = os.path.join(context.sticks.folder, name)
    if os.path.exists(path):
        os.unlink(path)
    run(os.path.join(TOP, "tests", "cli", "make-ventoy-layout-fixture"), *options, path, "2048",
        os.path.join(context.images, "memtest-x64.iso"), IMAGE,
        os.path.join(context.images, "tiny.iso"), "tiny.iso")
    context.sticks.ventoc("-u", path, "-y", "-q")
    return path


def _starts(context, case, firmware, bus, path, slot):
    """The menu is that of the slot, and the ISO starts from it."""
    vm, menu = context.boot(case, firmware, path, bus)
    with vm:
        menu.wait(MENU_SECONDS)
        menu.select("tiny.iso")
        menu.shell()
        seen = menu.command("echo $vtc_slot")[-1]
    if seen != slot:
        raise AssertionError(f"{case}: started from slot {seen}, not {slot}")
    vm, menu = context.boot(case, firmware, path, bus)
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose(IMAGE)
        if firmware == "seabios":
            vm.wait_vga(r"Memtest86\+ v6\.10", GUEST_SECONDS)
        else:
            vm.wait_framebuffer(r"Memtest86\+ v6\.10", context.font, GUEST_SECONDS)
        vm.screenshot("end.png")


def _same_file(context, path):
    """The ISO's bytes are what was put there."""
    copy = path + ".copy"
    run(sys.executable, os.path.join(TOP, "tests", "cli", "exfat_get.py"), path, "/" + IMAGE, copy)
    run("cmp", copy, os.path.join(context.images, "memtest-x64.iso"))
    os.unlink(copy)


def check(context, firmware, bus, table):
    """Convert, start; upgrade to slot B, start."""
    name = f"converted {firmware} {table}"
    path = _make(context, f"converted-{firmware}-{table}.img", ["--gpt"] if table == "gpt" else [])
    _starts(context, f"{name} A", firmware, bus, path, "A")
    other = os.path.join(context.out, f"other-payload-converted-{firmware}")
    slots.other_payload(os.path.join(context.build, "payload"), other)
    context.sticks.ventoc("-u", path, "-y", "-q", "--payload", other)
    _starts(context, f"{name} B", firmware, bus, path, "B")
    _same_file(context, path)
