# SPDX-License-Identifier: GPL-3.0-or-later
"""What a boot case has at hand: the build, the test images, sticks, a folder for what it leaves."""

import os
import re

import fbtext
from command import run
from menu import Menu
from sticks import MIB, TOP, Sticks
from vm import VM, Disk

MENU_SECONDS, GUEST_SECONDS = 120, 400

# Files of the sticks that most cases share: (test image, path on the stick, pieces).
SHARED = (
    ("memtest-x64.iso", "memtest-x64.iso", 1),
    ("memtest-x64.iso", "folder/scattered.iso", 24),
    ("ipxe.iso", "ipxe.iso", 1),
    ("debian-mini.iso", "debian-mini.iso", 1),
    ("debian-disk.img", "debian-disk.img", 1),
    ("isolinux.iso", "isolinux.iso", 1),
    ("debian-mini.iso", "hybrid.img", 1),
    ("invaders.iso", "invaders.iso", 1),
    ("floppy.img", "floppy.img", 1),
    ("hard-disk.iso", "hard-disk.iso", 1),
    ("hello.efi", "hello.efi", 1),
    ("bios-only.iso", "bios-only.iso", 1),
    ("truncated.iso", "truncated.iso", 1),
    ("bad-catalog.iso", "bad-catalog.iso", 1),
    ("unpack.iso", "unpack.iso", 3),
    ("mini-i386.iso", "mini-i386.iso", 1),
    ("installer-fixture.iso", "installer-fixture.iso", 1),
)
# What scripts/test-images may leave out: a mirror need not have what it is made of.
OPTIONAL = ("installer-fixture.iso", "vendor.iso")
# name: (options of ventoc, sector size, files)
STICKS = {
    "mbr": ((), 512, SHARED),
    "gpt": (("-g",), 512, SHARED),
    "4kn mbr": (("--sector-size", "4096"), 4096,
                (("memtest-x64.iso", "memtest-x64.iso", 1),)),
    "4kn gpt": (("-g", "--sector-size", "4096"), 4096,
                (("memtest-x64.iso", "folder/scattered.iso", 24),)),
    "ia32": ((), 512, (("memtest-ia32.iso", "memtest-ia32.iso", 1),)),
}


class Context:
    """build: the build folder. Everything is left in build/boot."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.out = os.path.join(self.build, "boot")
        self.images = os.path.join(self.build, "images")
        self.font = None
        self.has_live = os.geteuid() == 0  # scripts/live-images needs root
        self.sticks = Sticks(self.build, os.path.join(self.out, "sticks"), self.images)

    def prepare(self):
        """Make the test images."""
        run(os.path.join(TOP, "scripts", "test-images"), self.images)
        self.font = fbtext.font_of(os.path.join(self.images, "memtest-x64.efi"))

    def has_image(self, image):
        """Is this test image there?"""
        return os.path.exists(os.path.join(self.images, image))

    def stick(self, name):
        """The path of one of STICKS."""
        options, _, files = STICKS[name]

        def make():
            path = self.sticks.install(f"{name.replace(' ', '-')}.img", *options)
            for image, dest, pieces in files:
                if image in OPTIONAL and not self.has_image(image):
                    continue
                self.sticks.put(path, image, dest, "--fragments", str(pieces))
            return path
        return self.sticks.once(name, make)

    def case_folder(self, name):
        """Where a case leaves its files."""
        return os.path.join(self.out, re.sub(r"[^A-Za-z0-9.]+", "-", name))

    def boot(self, case, firmware, path, bus="xhci", sector_bytes=512, before=(), set_variables=None):
        """A running machine with a stick, and its menu; use the machine in a with statement.

        before: paths of disks on the same bus that come before it. set_variables: see VM.
        """
        disks = [Disk(other, bus) for other in before]
        machine = VM(self.case_folder(case), firmware,
                     [*disks, Disk(path, bus, sector_bytes, bootindex=0)],
                     machine="pc" if bus == "ide" else "q35", set_variables=set_variables)
        return machine, Menu(machine)


__all__ = ["Context", "MENU_SECONDS", "GUEST_SECONDS", "MIB", "SHARED", "STICKS"]
