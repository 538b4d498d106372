# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's installer with what a CD's has: its own list-devices finds the CD on the stick, whatever the
kernel has to make a block device with."""

import re

from context import GUEST_SECONDS, MENU_SECONDS
from menu import Menu
from vm import VM, Disk

IMAGE = "installer-fixture.iso"

# entry of the image: firmware, bus, what the device is called, is it a CD to list-devices, machine,
# modules that its kernel has loaded
ENTRIES = {
    "partition": ("ovmf", "xhci", r"/dev/sd[a-z]9", False, "x86_64", []),
    "loop": ("seabios", "xhci", r"/dev/loop24\d", True, "x86_64", ["loop"]),
    "mapper": ("seabios", "ehci", r"/dev/dm-\d+", True, "x86_64", ["dm_mod", "loop"]),
    "partition-32": ("seabios", "xhci", r"/dev/sd[a-z]9", False, "i686", []),
}


def _judge(entry, answers):
    device, is_cd, machine, modules = ENTRIES[entry][2:]
    wrong = [what for what, right in {
        "the device is another one": re.fullmatch(device, answers["found"]),
        "list-devices cd": (answers["found"] in answers["cd"].split()) == is_cd,
        "its content": "Debian installer with a fixture" in answers["info"] or machine == "i686",
        "the command line": answers["cmdline"].split()[1:] == [
            "console=ttyS0", "no_timer_check", "norandmaps", "nokaslr", "printk.devkmsg=on",
            f"entry={entry}"],
        "the kernel": answers["machine"] == machine,
        "modules": sorted(answers["modules"].split()) == modules,
        "it can be written to": set(answers["readonly"].split()) == {"1"},
        "a write went through": re.search("Read-only|not permitted", answers["write"]),
        "our program still runs": answers["processes"] == "0",
        "something of ours is left": answers["left"] == "0",
        "nothing in the log": "ventoc is " in answers["log"],
    }.items() if not right]
    if wrong:
        raise AssertionError(f"{entry}: {wrong}: {answers}")


def check(context, case, entry):
    """One entry of the image, on a stick where it lies in one piece."""
    firmware, bus = ENTRIES[entry][:2]
    vm = VM(context.case_folder(case), firmware, [Disk(context.stick("mbr"), bus, bootindex=0)])
    with vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.choose(IMAGE)
        vm.wait_terminal(lambda screen: "partition-32" in screen.text(), GUEST_SECONDS,
                         "no menu of the image")
        menu.select(entry)
        vm.key("ret")
        text = vm.wait_serial(r"(?s)INSTALLER-BEGIN(.*?)INSTALLER-END", GUEST_SECONDS)[1]
    answers = dict(re.findall(r"\[(\w+)\] ?(.*)", text.replace("\r", "")))
    _judge(entry, answers)
