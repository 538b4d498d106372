# SPDX-License-Identifier: GPL-3.0-or-later
"""What only a BIOS has: limits of its own, low memory, a table of pieces that must be searched."""

import os
import re

from command import run
from context import GUEST_SECONDS, MENU_SECONDS, MIB
from menu import Menu
from vm import VM, Disk

DATA_OFF = 64 * MIB
PIECES = 100_000
# What the handler may take: low memory for itself and the index, high memory for the table.
LOW_MAX_BYTES, HIGH_MAX_BYTES = 16 * 1024, 128 * 1024


def out_of_reach(context, case):
    """A BIOS that sees only the first 100 MiB of the stick."""
    vm, menu = context.boot(case, "seabios", context.stick("mbr"), "ehci")
    with vm:
        menu.wait(MENU_SECONDS)
        menu.shell()
        menu.command("set vtc_bios_limit_mib=100")
        menu.command("export vtc_bios_limit_mib")
        vm.key("esc")
        menu.choose("invaders.iso")
        menu.wait_words("invaders.iso: lies beyond what this BIOS can read")
        menu.back()


def small_clusters(stick, folder, cluster):
    """Format a stick's data partition again, with small clusters."""
    part = os.path.join(folder, os.path.basename(stick) + ".part")
    with open(part, "wb") as file:
        file.truncate(os.path.getsize(stick) - DATA_OFF)
    run("mkfs.exfat", "-c", cluster, part)
    run("dd", f"if={part}", f"of={stick}", "bs=1M", f"seek={DATA_OFF // MIB}",
        "conv=notrunc,sparse", "status=none")
    os.unlink(part)


def many_pieces(context, case):
    """iPXE's ISO, lengthened to 100,000 clusters of one sector each, none next to another."""
    stick = context.sticks.install("pieces.img", size="512M")
    small_clusters(stick, context.out, "512")
    long_iso = os.path.join(context.out, "long.iso")
    run("cp", os.path.join(context.images, "ipxe.iso"), long_iso)
    os.truncate(long_iso, PIECES * 512)
    context.sticks.put(stick, long_iso, "long.iso", "--fragments", str(PIECES))
    os.unlink(long_iso)
    vm, menu = context.boot(case, "seabios", stick, "ehci")
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose("long.iso")
        vm.wait_vga(r"iPXE 1\.0\.0\+git-20190125", GUEST_SECONDS)


def _usable(log):
    """[(first, last)] of the usable memory a Linux kernel's log tells of."""
    return [(int(first, 16), int(last, 16)) for first, last in
            re.findall(r"BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] usable", log)]


def _linux_memory(vm):
    vm.wait_serial(r"BIOS-e820: [^\n]*\n(?s:.*)NX \(Execute Disable\)", GUEST_SECONDS)
    return _usable(vm.serial())


def memory_map(context, case):
    """The kernel's map of memory from the stick against the one from a real CD."""
    with VM(context.case_folder(case + " cd"), "seabios",
            [Disk(os.path.join(context.images, "isolinux.iso"), "cd", bootindex=0)],
            machine="pc") as vm:
        plain = _linux_memory(vm)
    vm = VM(context.case_folder(case + " stick"), "seabios",
            [Disk(context.stick("mbr"), "ide", bootindex=0)], machine="pc")
    with vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.choose("isolinux.iso")
        ours = _linux_memory(vm)
    for name, low, high, limit in (("low", 0, MIB, LOW_MAX_BYTES),
                                   ("high", MIB, 1 << 40, HIGH_MAX_BYTES)):
        before, after = (sum(last + 1 - first for first, last in found if low <= first < high)
                         for found in (plain, ours))
        if not 0 < before - after <= limit:
            raise AssertionError(f"{name} memory: {before} bytes on a CD, {after} from the stick")
