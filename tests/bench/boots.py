# SPDX-License-Identifier: GPL-3.0-or-later
"""What a boot reads from the stick and how much CPU time it takes the emulator."""

import os

from command import run
from guest import GuestCheck
from menu import Menu
from sticks import TOP
from vm import VM, Disk

MENU_SECONDS, GUEST_SECONDS = 300, 300
BUS = {"ovmf": "xhci", "seabios": "ehci"}


def many_images(folder, tiny, stick):
    """Put 1,000 small ISOs in 100 folders on a stick."""
    path = os.path.join(folder, "many.list")
    with open(path, "w", encoding="utf-8") as file:
        for number in range(1000):
            file.write(f"{tiny}\tfolder {number // 10:03d}/image {number:04d}.iso\n")
    run(os.path.join(TOP, "scripts", "exfat-put"), stick, "--many", path)


def to_menu(out, firmware, bus, stick, runs):
    """Power-on to menu: (reads, bytes, CPU seconds), the least CPU time of some runs."""
    found = []
    for _ in range(runs):
        with VM(out, firmware, [Disk(stick, bus, bootindex=0)]) as vm:
            Menu(vm).wait(MENU_SECONDS)
            found.append((*vm.reads(), vm.cpu_seconds()))
    return min(found, key=lambda row: row[2])


def to_image(out, stick, name, pattern):
    """From Enter in the menu to the image's own code: (reads, bytes, CPU seconds)."""
    with VM(out, "ovmf", [Disk(stick, BUS["ovmf"], bootindex=0)]) as vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.select(name)
        reads, count = vm.reads()
        cpu = vm.cpu_seconds()
        menu.choose(name)
        vm.wait_serial(pattern, GUEST_SECONDS)
        now = vm.reads()
        return now[0] - reads, now[1] - count, vm.cpu_seconds() - cpu


def to_installer(out, disk, choose=None):
    """A BIOS machine from power-on to the installer's first question: (reads, bytes, CPU
    seconds), twice: of all, and of what comes after the choice in our menu (None without one)."""
    with VM(out, "seabios", [disk], machine="pc" if disk.bus in ("cd", "ide") else "q35") as vm:
        before = None
        if choose:
            menu = Menu(vm)
            menu.wait(MENU_SECONDS)
            menu.select(choose)
            before = (*vm.reads(), vm.cpu_seconds())
            menu.choose(choose)
        vm.wait_serial("Select a language", GUEST_SECONDS)
        total = (*vm.reads(), vm.cpu_seconds())
        return total, before and tuple(a - b for a, b in zip(total, before))


def to_guest(out, firmware, stick, choose, runs):
    """A live system until all its services run: (seconds since its kernel started, KiB of memory
    available, reads), of the quickest run. choose: the image in our menu, None without one."""
    check = GuestCheck(out + "-check", {"uptime": "cut -d' ' -f1 /proc/uptime",
                                        "memory": "sed -n 's/^MemAvailable: *//p' /proc/meminfo"})
    found = []
    for _ in range(runs):
        disks = [Disk(stick, BUS[firmware], bootindex=0), Disk(check.path, "virtio", serial="check")]
        with VM(out, firmware, disks, memory_mib=1536) as vm:
            if choose:
                menu = Menu(vm)
                menu.wait(MENU_SECONDS)
                menu.choose(choose)
            answers = check.answers(vm, 600)
            found.append((float(answers["uptime"]), int(answers["memory"].split()[0]),
                          vm.reads()[0]))
    return min(found)


def extents(out, stick, names):
    """For each file of the stick: (reads, bytes, lines printed) that vtc_extents takes."""
    with VM(out, "ovmf", [Disk(stick, BUS["ovmf"], bootindex=0)]) as vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.shell()
        rows = []
        for name in names:
            before = vm.reads()
            said = menu.command(f"vtc_extents ($vtc_data)/{name}")
            after = vm.reads()
            rows.append((after[0] - before[0], after[1] - before[1], said[-1]))
        return rows
