# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases that are more than one boot of one image from one stick."""

import re

from context import GUEST_SECONDS, MENU_SECONDS
from menu import PROMPT, Menu, entries
from vm import VM, Disk


def one_after_another(context, case):
    """An EFI program, then an ISO that gives up, then another ISO, in one session: nothing of the
    image before is left when the next one starts."""
    vm, menu = context.boot(case, "ovmf", context.stick("mbr"))
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose("hello.efi")
        vm.wait_serial("This file is used to prove you have managed", GUEST_SECONDS)
        menu.back()
        for _ in range(2):
            menu.choose("ipxe.iso")
            vm.wait_serial(r"iPXE 1\.0\.0\+git-20190125", GUEST_SECONDS)
            menu.return_of_itself()
        menu.choose("folder/scattered.iso")
        vm.wait_framebuffer(r"Memtest86\+ v6\.10", context.font, GUEST_SECONDS)


def two_sticks(context, case, firmware, bus):
    """Two sticks in one machine: the menu lists the images of the one that was booted."""
    sticks = []
    for name in ("first", "second"):
        path = context.sticks.install(f"two-{firmware}-{name}.img", size="512M")
        context.sticks.put(path, "tiny.iso", f"{name}.iso")
        sticks.append(path)
    for booted, other, name in ((*sticks, "first"), (*reversed(sticks), "second")):
        vm, menu = context.boot(f"{case} {name}", firmware, booted, bus, before=[other])
        with vm:
            menu.wait(MENU_SECONDS)
            vm.wait_terminal(lambda screen: "Restart, power off" in screen.text(), 20,
                             "the menu is not drawn to its end")
            found = [title for title in entries(vm.terminal()) if title.endswith(".iso")]
            if found != [f"{name}.iso"]:
                raise AssertionError(f"the {name} stick was booted, the menu lists {found}")


def far_away(context, case):
    """A disk of 3 TB with the image behind the first 2 TiB."""
    stick = context.sticks.install("far.img", size="2900G")
    context.sticks.put(stick, "ipxe.iso", "far.iso", "--at", str(2_500_000))
    vm, menu = context.boot(case, "ovmf", stick, "virtio")
    with vm:
        menu.wait(MENU_SECONDS)
        menu.shell()
        where = menu.command("vtc_extents ($vtc_data)/far.iso")[-2].split()
        if int(where[1]) < 2 << 40:
            raise AssertionError(f"the image is at byte {where[1]}, not behind 2 TiB")
        vm.key("esc")
        menu.choose("far.iso")
        vm.wait_serial(r"iPXE 1\.0\.0\+git-20190125", GUEST_SECONDS)


def own_el_torito(context, case):
    """A firmware that knows no El Torito (played by not letting it look): our own FAT drive."""
    vm, menu = context.boot(case, "ovmf", context.stick("gpt"))
    with vm:
        menu.wait(MENU_SECONDS)
        menu.shell()
        menu.command("set vtc_own_el_torito=1")
        menu.command("export vtc_own_el_torito")
        vm.key("esc")
        menu.choose("ipxe.iso")
        vm.wait_serial(r"iPXE 1\.0\.0\+git-20190125", GUEST_SECONDS)
        menu.return_of_itself()
        menu.choose("memtest-x64.iso")
        vm.wait_framebuffer(r"Memtest86\+ v6\.10", context.font, GUEST_SECONDS)


def grub_mode_refuses(context, case):
    """GRUB mode says what it cannot run, and the normal way still works afterwards."""
    vm, menu = context.boot(case, "ovmf", context.stick("mbr"))
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose_way("memtest-x64.iso", "Boot with ventoc's own GRUB")
        menu.wait_words("memtest-x64.iso: has no loopback.cfg, grub.cfg or isolinux.cfg")
        menu.back()
        menu.select("Boot normally, with its own boot loader")
        vm.key("ret")
        vm.wait_framebuffer(r"Memtest86\+ v6\.10", context.font, GUEST_SECONDS)


def other_disks(context, case):
    """A firmware that set up the stick alone: the ISO's own GRUB sees the machine's disk as well."""
    disk = context.sticks.install("other.img", size="512M")
    with VM(context.case_folder(case), "ovmf",
            [Disk(context.stick("mbr"), "xhci", bootindex=0), Disk(disk, "virtio")]) as vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.shell()
        before = " ".join(menu.command("ls"))
        if "(hd1)" in before:
            raise AssertionError(f"the firmware set up both disks by itself: {before}")
        vm.key("esc")
        menu.choose("debian-mini.iso")
        vm.wait_serial("Advanced options", GUEST_SECONDS)
        vm.skip_serial()
        vm.key("c")
        vm.wait_serial(PROMPT, GUEST_SECONDS)
        after = " ".join(menu.command("ls"))
        if not re.search(r"\(hd1\).*\(hd1,", after):
            raise AssertionError(f"the image's GRUB does not see the other disk: {after}")
