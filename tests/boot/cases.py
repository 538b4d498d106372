# SPDX-License-Identifier: GPL-3.0-or-later
"""The boot matrix, one row per case. A case passes on a state inside the guest, or on our message
and the menu after it."""

import bios
import bypass
import converted
import extents
import installer
import kept
import live
import names
import password
import persistence
import powercut
import secureboot
import sessions
import slots
import togo
import unpack
from context import GUEST_SECONDS, MENU_SECONDS, STICKS

MEMTEST = ("screen", r"Memtest86\+ v6\.10")
IPXE = ("serial", r"iPXE 1\.0\.0\+git-20190125.*Open Source Network Boot Firmware")
MEMTEST_BIOS = ("vga", r"Memtest86\+ v6\.10")
IPXE_BIOS = ("vga", r"iPXE 1\.0\.0\+git-20190125")
INVADERS = ("vga", r"-\*-")
HARD_DISK = ("serial", r"read from the emulated hard disk")
INSTALLER = ("serial", r"Select a language")
HELLO = ("serial", r"This file is used to prove you have managed")

# firmware, bus, stick, image, what must be seen, CPU seconds it takes (longest are started first)
MATRIX = (
    ("ovmf", "xhci", "mbr", "debian-disk.img", INSTALLER, 70),
    ("ovmf", "xhci", "mbr", "hello.efi", HELLO, 15),
    ("ovmf", "xhci", "gpt", "folder/scattered.iso", MEMTEST, 30),
    ("ovmf", "xhci", "gpt", "debian-mini.iso", INSTALLER, 70),
    ("ovmf", "ehci", "mbr", "ipxe.iso", IPXE, 20),
    ("ovmf", "ahci", "gpt", "hello.efi", HELLO, 15),
    ("ovmf", "virtio", "mbr", "ipxe.iso", IPXE, 20),
    ("ovmf", "xhci", "4kn mbr", "memtest-x64.iso", MEMTEST, 30),
    ("ovmf", "xhci", "4kn gpt", "folder/scattered.iso", MEMTEST, 30),
    ("ovmf32", "xhci", "ia32", "memtest-ia32.iso", MEMTEST, 60),
    ("ovmf", "xhci", "mbr", "hybrid.img", INSTALLER, 70),
    ("seabios", "ehci", "mbr", "memtest-x64.iso", MEMTEST_BIOS, 30),
    ("seabios", "xhci", "gpt", "folder/scattered.iso", MEMTEST_BIOS, 30),
    ("seabios", "ide", "mbr", "folder/scattered.iso", MEMTEST_BIOS, 30),
    ("seabios", "xhci", "mbr", "ipxe.iso", IPXE_BIOS, 10),
    ("seabios", "ehci", "gpt", "ipxe.iso", IPXE_BIOS, 10),
    ("seabios", "ide", "gpt", "ipxe.iso", IPXE_BIOS, 10),
    ("seabios", "xhci", "gpt", "debian-mini.iso", INSTALLER, 75),
    ("seabios", "ide", "mbr", "isolinux.iso", INSTALLER, 75),
    ("seabios", "xhci", "mbr", "hybrid.img", INSTALLER, 75),
    ("seabios", "ehci", "mbr", "invaders.iso", INVADERS, 15),
    ("seabios", "ehci", "gpt", "floppy.img", MEMTEST_BIOS, 30),
    ("seabios", "xhci", "mbr", "hard-disk.iso", HARD_DISK, 10),
)

# GRUB mode, the second entry of an image: firmware, bus, stick, image, what must be seen, cost
GRUB_MODE = (
    ("ovmf", "xhci", "mbr", "debian-mini.iso", INSTALLER, 70),
    ("seabios", "ehci", "gpt", "isolinux.iso", INSTALLER, 80),
)

# What is refused: firmware, bus, stick, (image, words of the message)...
REFUSED = (
    ("ovmf", "xhci", "mbr", (("bios-only.iso", "BIOS only: bios-only.iso has no UEFI boot loader"),
                             ("truncated.iso", "truncated.iso: the file is cut off"),
                             ("bad-catalog.iso", "bad-catalog.iso: damaged"))),
    ("seabios", "xhci", "gpt", (("truncated.iso", "truncated.iso: the file is cut off"),
                                ("bad-catalog.iso", "bad-catalog.iso: damaged"),
                                ("debian-disk.img", "UEFI only: debian-disk.img"))),
    ("seabios", "ide", "mbr", (("hello.efi", "hello.efi: an EFI program"),)),
)


class Case:
    """name; cost in CPU seconds; run(context); needs_live: only where the live images are; needs: an
    image that may be missing (context.OPTIONAL)."""

    def __init__(self, name, cost, run, needs_live=False, needs=None):
        self.name, self.cost, self.run, self.needs_live, self.needs = name, cost, run, needs_live, needs


def _boots(firmware, bus, stick, image, end_state, cost, grub_mode=False):
    name = f"{firmware} {bus} {stick}: {image} boots" + (" in GRUB mode" if grub_mode else "")

    def run(context):
        vm, menu = context.boot(name, firmware, context.stick(stick), bus, STICKS[stick][1])
        with vm:
            menu.wait(MENU_SECONDS)
            if grub_mode:
                menu.choose_way(image, "Boot with ventoc's own GRUB")
            else:
                menu.choose(image)
            where, pattern = end_state
            if where == "screen":
                vm.wait_framebuffer(pattern, context.font, GUEST_SECONDS)
            elif where == "vga":
                vm.wait_vga(pattern, GUEST_SECONDS)
            else:
                vm.wait_serial("(?s)" + pattern, GUEST_SECONDS)
            vm.screenshot("end.png")
    return Case(name, cost, run)


def _refuses(firmware, bus, stick, images):
    name = f"{firmware} {bus} {stick}: {', '.join(image for image, _ in images)} refused, menu again"

    def run(context):
        vm, menu = context.boot(name, firmware, context.stick(stick), bus, STICKS[stick][1])
        with vm:
            menu.wait(MENU_SECONDS)
            for image, words in images:
                menu.choose(image)
                menu.wait_words(words)
                menu.back()
    return Case(name, 20, run)


def _live(firmware, bus, options, sector_bytes, image, pieces):
    name = f"{firmware} {bus}{' 4kn' if sector_bytes != 512 else ''}: {image} in {pieces} " \
           f"piece{'s' if pieces > 1 else ''} finds its medium"
    return Case(name, 100, lambda context: live.boots(context, name, firmware, bus, options,
                                                      sector_bytes, image, pieces), True)


def _live_cases():
    cases = [_live(*row) for row in live.MATRIX]
    for case, run in (("ovmf: an installer in the guest cannot write to the stick",
                       live.survives_installer),
                      ("ovmf: two sticks of the same bytes", live.clones),
                      ("ovmf: a stick that comes late, its data writable", live.late)):
        cases.append(Case(case, 120, lambda context, case=case, run=run: run(context, case), True))
    for name, row in kept.CASES.items():
        case = f"{row[0]} {row[1]}: --keep of {name}, {row[5]} finds its medium"
        cases.append(Case(case, 120, lambda context, case=case, name=name:
                          kept.check(context, case, name), True))
    for image, boots in (("live.iso", (("ovmf", "xhci"), ("seabios", "ehci"))),
                         ("dracut.iso", (("seabios", "xhci"), ("ovmf", "xhci")))):
        case = f"persistence of {image}"
        cases.append(Case(case, 250, lambda context, case=case, image=image, boots=boots:
                          persistence.check(context, case, image, boots), True))
    case = f"{togo.NAME} in {togo.PIECES} pieces keeps what it writes"
    cases.append(Case(case, 200, lambda context: togo.check(context, case, (("ovmf", "ahci"), ("seabios", "ehci"))),
                      True))
    return cases




# what a mirror may not have
SECURE_NEEDS = {secureboot.vendor: "vendor.iso",
                **dict.fromkeys((secureboot.ia32, bypass.kernels_ia32), "../payload/shimia32.efi.gz")}


def _secure_cases():
    rows = (("fresh keys, the certificate and a loader's hash are enrolled", secureboot.fresh, 60),
            ("certificate enrolled, what is signed starts", secureboot.known, 120),
            ("another vendor's shim 15.8 and back", secureboot.vendor, 60),
            ("db of 2023 only, our GRUB by its hash", secureboot.of_2023, 40),
            ("GPT, 4096-byte sectors, our GRUB's hash is enrolled from the disk", secureboot.by_hash, 60),
            ("our certificate in db, no shim", secureboot.own_db, 30),
            ("an altered GRUB is refused", secureboot.altered, 40),
            ("an upgrade by the same key needs no new enrolment", secureboot.upgraded, 40),
            ("32-bit UEFI", secureboot.ia32, 60),
            ("shim's validation disabled", secureboot.insecure, 40),
            ("no command, script, setting or menu entry starts unverified code", bypass.commands, 80),
            ("one kernel is loaded and no second", bypass.kernels, 120),
            ("32-bit UEFI loads one kernel and no second", bypass.kernels_ia32, 40),
            ("an NTFS data partition is explained", bypass.ntfs, 20))
    rows += (("Debian Live finds its medium", secureboot.live_system, 150),)
    return [Case(f"ovmf-sb: {name}", cost, lambda context, name=name, run=run: run(context, "secure " + name),
                 run is secureboot.live_system, needs=SECURE_NEEDS.get(run))
            for name, run, cost in rows]


def all_cases():
    """Every case of the matrix."""
    cases = [_boots(*row) for row in MATRIX]
    cases += [_boots(*row, grub_mode=True) for row in GRUB_MODE]
    cases += [_refuses(*row) for row in REFUSED]
    cases += [Case(f"ovmf: extents on {kind} are where the bytes are, {extents.IMAGE} boots", 40,
                   lambda context, kind=kind: extents.check(context, kind))
              for kind in ("exfat", "fat32", "ntfs", "ext4")]
    cases += [Case("ovmf: three images one after another, the last in pieces", 50,
                   lambda context: sessions.one_after_another(context, "one after another")),
              Case("ovmf: an image sees the disks that the firmware left out", 25,
                   lambda context: sessions.other_disks(context, "other disks")),
              Case("ovmf virtio: an image behind the first 2 TiB of a disk", 30,
                   lambda context: sessions.far_away(context, "far away"))]
    cases += [Case("ovmf: without the firmware's El Torito driver", 40,
                   lambda context: sessions.own_el_torito(context, "own el torito")),
              Case("ovmf: GRUB mode refuses what has no configuration", 40,
                   lambda context: sessions.grub_mode_refuses(context, "grub mode refuses"))]
    cases += [Case("seabios: an image beyond the BIOS's reach is refused by name", 10,
                   lambda context: bios.out_of_reach(context, "out of reach")),
              Case("seabios: an image in 100,000 pieces boots", 40,
                   lambda context: bios.many_pieces(context, "many pieces")),
              Case("seabios: memory is reserved, nothing else is lost", 60,
                   lambda context: bios.memory_map(context, "memory map"))]
    cases += [Case(f"{firmware}: of two sticks, the booted one is listed", 30,
                   lambda context, firmware=firmware, bus=bus:
                   sessions.two_sticks(context, f"two sticks {firmware}", firmware, bus))
              for firmware, bus in (("ovmf", "xhci"), ("seabios", "ide"))]
    cases += [Case(f"{firmware}: names in any script and full of script characters", 25,
                   lambda context, firmware=firmware: names.check(context, firmware))
              for firmware in ("ovmf", "seabios")]
    cases += [Case(f"{firmware}: a menu password closes command line and editor", 25,
                   lambda context, firmware=firmware: password.check(context, firmware))
              for firmware in ("ovmf", "seabios")]
    cases += [Case(f"{firmware}: the menu of slot B after an upgrade", 15,
                   lambda context, firmware=firmware: slots.check(context, firmware))
              for firmware in ("ovmf", "seabios")]
    cases += [Case(f"{firmware} {bus} {table}: a stick converted from Ventoy's layout, also upgraded", 90,
                   lambda context, firmware=firmware, bus=bus, table=table:
                   converted.check(context, firmware, bus, table))
              for firmware, bus, table in (("ovmf", "xhci", "gpt"), ("seabios", "ehci", "mbr"))]
    cases += [Case(f"{firmware}: an upgrade cut off, {state}", 25,
                   lambda context, firmware=firmware, state=state:
                   powercut.check(context, state, firmware))
              for state, firmware in powercut.MATRIX]
    cases += [Case("seabios: archives behind every kind of initramfs", 150,
                   lambda context: unpack.check(context, "unpack")),
              Case("seabios: a 32-bit kernel runs the 32-bit program", 60,
                   lambda context: unpack.check_32(context, "unpack 32"))]
    cases += [Case(f"{row[0]}: the installer of a CD finds it, by way of {entry}", 70,
                   lambda context, entry=entry: installer.check(context, f"installer {entry}", entry), needs=installer.IMAGE)
              for entry, row in installer.ENTRIES.items()]
    return cases + _live_cases() + _secure_cases()
