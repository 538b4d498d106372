# SPDX-License-Identifier: GPL-3.0-or-later
"""The real kernel unpacks what stands behind an initramfs, however that one is packed."""

import re

from context import GUEST_SECONDS, MENU_SECONDS
from menu import Menu
from vm import VM, Disk

# entry of unpack.iso: which of its initramfs files says the word
ENTRIES = {"cat": "cat", "gzip": "gzip", "bzip2": "bzip2", "lzma": "lzma", "xz": "xz",
           "lzop": "lzop", "lz4": "lz4", "zstd": "zstd", "relative": "relative",
           "absolute": "absolute", "early": "early", "apart": "gzip", "twice": "gzip"}
INITRD_32 = "/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386/initrd.gz"
ROOT = ["bin", "dev", "etc", "init", "kernel", "proc", "root", "usr"]


def check(context, case):
    """Every entry: the image's own init runs as process 1, sees its own files and parameters."""
    wrong = []
    for entry, word in ENTRIES.items():
        vm = VM(context.case_folder(f"{case} {entry}"), "seabios",
                [Disk(context.stick("mbr"), "ide", bootindex=0)], machine="pc")
        with vm:
            menu = Menu(vm)
            menu.wait(MENU_SECONDS)
            menu.choose("unpack.iso")
            vm.wait_terminal(lambda screen: "lzop" in screen.text(), GUEST_SECONDS,
                             "no menu of the image")
            menu.select(entry)
            vm.key("ret")
            said = vm.wait_serial(r"(?s)ORIGINAL-INIT (\S+) as (\S+) pid (\d+) root (.*?) "
                                  r"cmdline (.*?) END", GUEST_SECONDS)
            found, name, pid, root, cmdline = said.groups()
            files = [file for file in root.split() if file != "ventoc"]
            if (found, name, pid) != (word, "/init", "1") or \
                    cmdline.split() != ["BOOT_IMAGE=/boot/linux", "quiet", "console=ttyS0",
                                        f"entry={entry}"] or \
                    not set(files) <= set(ROOT) or "init" not in files:
                wrong.append((entry, said.groups()))
    if wrong:
        raise AssertionError(f"{wrong}")


def check_32(context, case):
    """A kernel that runs 32-bit programs only: /init, which is ours, starts there and hands over to
    the installer's own."""
    with open(INITRD_32, "rb") as file:
        plain_bytes = file.seek(0, 2)
    vm = VM(context.case_folder(case), "seabios",
            [Disk(context.stick("mbr"), "ide", bootindex=0)], machine="pc")
    with vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.choose("mini-i386.iso")
        vm.wait_serial(r"Select a language", GUEST_SECONDS)
        said = vm.serial()
    unpacked = re.search(r"Freeing initrd memory: (\d+)K", said)
    if not unpacked or int(unpacked[1]) * 1024 < plain_bytes + 40000:
        raise AssertionError(f"the archive is not there: {unpacked}, without it {plain_bytes} bytes")
    if "Run /init as init process" not in said or "Failed to execute" in said:
        raise AssertionError("/init did not start")
