# SPDX-License-Identifier: GPL-3.0-or-later
"""Live systems that must find their medium: booted from files, asked from inside."""

import hashlib
import os
import re
import shutil

from command import run
from context import MENU_SECONDS, MIB
from guest import GuestCheck
from menu import Menu
from vm import VM, Disk

LIVE_SECONDS = 600
MEMORY_MIB = 1536
PIECES = 500
# firmware, bus, options of ventoc, sector size, image, pieces
# One piece on xHCI is kept.py's and the installer's, dracut on xHCI is persistence.py's.
MATRIX = (
    ("seabios", "xhci", (), 512, "live.iso", PIECES),
    ("seabios", "uas", ("-g",), 512, "dracut.iso", PIECES),
    ("ovmf", "ahci", ("-g",), 512, "dracut.iso", 1),
    ("ovmf", "virtio", (), 512, "live-lz4.iso", 1),
    ("ovmf", "xhci", (), 512, "live-fat.iso", 3),
    ("ovmf", "ahci", (), 512, "live-udf.iso", 3),
    ("ovmf", "xhci", ("--sector-size", "4096"), 4096, "live.iso", PIECES),
)

# The whole disk, as the kernel's log names it.
_DISK = "disk=/dev/$(dmesg | sed -n 's/.*ventoc: the stick is \\([^ ]*\\) .*/\\1/p' | tail -n 1)"
QUESTIONS = {
    "cmdline": "cat /proc/cmdline",
    "kernel": "uname -r",
    "medium": "findmnt -no SOURCE /run/live/medium || findmnt -no SOURCE /run/initramfs/live",
    "device": "cat /sys/block/dm-*/dm/name; readlink -f /dev/mapper/ventoc",
    "first": "head -c 32774 /dev/mapper/ventoc | tail -c 6 | tr -d '\\001'",
    "data": "mkdir -p /mnt/d; mount -o ro /dev/mapper/ventoc-data /mnt/d && ls /mnt/d && umount /mnt/d",
    "disk": f"{_DISK}; echo $disk; blockdev --getro $disk",
    "write": f"{_DISK}; dd if=/dev/zero of=$disk bs=4096 count=1 seek=300 conv=fsync; "
             "dd if=/dev/zero of=/dev/mapper/ventoc bs=4096 count=1 conv=fsync; "
             "dd if=/dev/zero of=/dev/mapper/ventoc-data bs=4096 count=1 conv=fsync",
    "processes": "for p in /proc/[0-9]*; do readlink $p/exe; done | grep -c ventoc",
    "log": "dmesg | grep ventoc:",
    "root": "ls -a /run/initramfs / | grep -c ventoc",
}


def put_live(context, stick, image, dest, pieces):
    """Copy a live image to a stick."""
    context.sticks.put(stick, image, dest, "--fragments", str(pieces))


def live_stick(context, options, image, pieces):
    """A stick with one live image, made once."""
    name = f"live-{image}-{pieces}{''.join(options)}.img"

    def make():
        path = context.sticks.install(name, *options)
        put_live(context, path, image, image, pieces)
        return path
    return context.sticks.once(name, make)


def machine_of(bus):
    """The machine type with this bus."""
    return "pc" if bus == "ide" else "q35"


def plain_cmdline(context, firmware, image):
    """The kernel command line of the image booted as a CD."""
    folder = context.case_folder(f"plain {firmware} {image}")

    def make():
        disks = [Disk(os.path.join(context.images, image), "cd", bootindex=0)]
        with VM(folder, firmware, disks, memory_mib=MEMORY_MIB) as vm:
            return vm.wait_serial(r"Kernel command line: ([^\n]+)\n", LIVE_SECONDS)[1].strip()
    return context.sticks.once(f"plain {firmware} {image}", make)


def start(context, case, firmware, stick, bus, image, check, sector_bytes=512, keep=False, more=(),
          set_variables=None):
    """A machine that boots the image from the stick with a check attached; use it in with.

    bus "uas": USB as the firmwares know it, and UAS once a kernel runs.
    """
    uas = bus == "uas"
    bus = "xhci" if uas else bus
    disks = [Disk(stick, bus, sector_bytes, bootindex=0, keep=keep),
             Disk(check.path, "virtio", serial="check"), *more]
    vm = VM(context.case_folder(case), firmware, disks, memory_mib=MEMORY_MIB,
            machine=machine_of(bus), extra=VM.late_drive(stick) if uas else (),
            set_variables=set_variables)
    try:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.choose(image)
        if uas:
            vm.wait_serial("Linux version", LIVE_SECONDS)
            vm.becomes_uas()
    except BaseException:
        vm.close()
        raise
    return vm


def expect(condition, what, answers):
    """Raise when something is not as it must be."""
    if not condition:
        raise AssertionError(f"{what}: {answers}")


def judge(answers, image, cmdline):
    """Is this the guest we wanted?"""
    expect(answers["cmdline"] == cmdline, f"the command line is not {cmdline!r}", answers)
    devices = answers["device"].split()
    expect("ventoc" in devices, "no device 'ventoc'", answers)
    expect(answers["medium"] in ("/dev/mapper/ventoc", devices[-1]),
           "the medium is not our device", answers)
    expect("CD001" in answers["first"], "the device does not hold the image", answers)
    expect(image in answers["data"], "the data partition does not mount", answers)
    expect(answers["disk"].split()[-1] == "1", "the stick is not read-only", answers)
    for device in (answers["disk"].split()[0], "/dev/mapper/ventoc", "/dev/mapper/ventoc-data"):
        expect(any(re.search(rf"{device}(?![A-Za-z0-9-]).*(not permitted|Read-only)", line)
                   for line in answers["write"].splitlines()),
               f"{device} can be written to", answers)
    expect(answers["processes"] == "0", "our program still runs", answers)
    expect("ventoc:" in answers["log"], "nothing in the kernel's log", answers)
    expect(answers["root"].split()[-1] == "0", "something of ours is left", answers)


def boots(context, case, firmware, bus, options, sector_bytes, image, pieces):
    """A live system finds its medium, and nothing else has changed."""
    cmdline = plain_cmdline(context, firmware, image)
    stick = live_stick(context, options, image, pieces)
    check = GuestCheck(context.case_folder(case) + "-check", QUESTIONS)
    with start(context, case, firmware, stick, bus, image, check, sector_bytes) as vm:
        judge(check.answers(vm, LIVE_SECONDS), image, cmdline)
        for complaint in ("NOT be kept", "cannot be extended", "may not find"):
            expect(complaint not in vm.serial(), "the boot menu complains", complaint)
        if "login: " not in vm.serial():
            vm.wait_serial(r"login: ", LIVE_SECONDS)


def sha256(path):
    """Of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \
            else hashlib.sha256(file.read()).hexdigest()


def survives_installer(context, case):
    """What an installer does to "the first other disk": the stick stays as it was."""
    stick = os.path.join(context.out, "installer.img")
    shutil.copyfile(live_stick(context, (), "live.iso", 1), stick)
    before = sha256(stick)
    script = (f"{_DISK}; echo $disk; for d in $disk ${{disk}}1 ${{disk}}2; do wipefs -a -f $d; "
              "mkfs.ext4 -q -F $d; "
              "dd if=/dev/urandom of=$d bs=1M count=8 oflag=direct; done")
    check = GuestCheck(context.case_folder(case) + "-check", {"damage": script})
    with start(context, case, "ovmf", stick, "xhci", "live.iso", check, keep=True) as vm:
        answers = check.answers(vm, LIVE_SECONDS)
    expect(re.match(r"/dev/sd[a-z]\s", answers["damage"]) and "not found" not in answers["damage"],
           "nothing was damaged", answers)
    if sha256(stick) != before:
        raise AssertionError(f"the stick has changed: {answers}")
    os.unlink(stick)


def clones(context, case):
    """Two sticks of the same bytes: said, nothing mounted; one is pulled out, the boot goes on."""
    stick = live_stick(context, (), "live.iso", 1)
    clone = os.path.join(context.out, "clone.img")
    run("cp", "--reflink=auto", "--sparse=always", stick, clone)
    check = GuestCheck(context.case_folder(case) + "-check", QUESTIONS)
    with start(context, case, "ovmf", stick, "xhci", "live.iso", check,
               more=[Disk(clone, "xhci")]) as vm:
        vm.wait_serial(r"ventoc: [^\n]*(same|more than one|clone)", LIVE_SECONDS)
        vm.skip_serial()
        vm.qmp.command("device_del", id="dev2")
        judge(check.answers(vm, LIVE_SECONDS), "live.iso",
              plain_cmdline(context, "ovmf", "live.iso"))
    os.unlink(clone)


def late(context, case):
    """The stick goes away while Linux starts and comes back after more than half a minute; the
    settings say that its data partition may be written to."""
    stick = context.sticks.install("late.img")
    put_live(context, stick, "live.iso", "live.iso", 3)
    settings = os.path.join(context.out, "late.json")
    with open(settings, "w", encoding="utf-8") as file:
        file.write('{"data_writable": true}')
    context.sticks.put(stick, settings, "ventoc/ventoc.json")
    check = GuestCheck(context.case_folder(case) + "-check", dict(
        QUESTIONS, data="mount /dev/mapper/ventoc-data /mnt && echo written >/mnt/new && sync && "
                        "umount /mnt && mount -o ro /dev/mapper/ventoc-data /mnt && cat /mnt/new"))
    disks = [Disk(stick, "xhci", bootindex=0), Disk(check.path, "virtio", serial="check")]
    with VM(context.case_folder(case), "ovmf", disks, memory_mib=MEMORY_MIB,
            extra=VM.late_drive(stick)) as vm:
        menu = Menu(vm)
        menu.wait(MENU_SECONDS)
        menu.choose("live.iso")
        vm.wait_serial("Linux version", LIVE_SECONDS)
        vm.qmp.command("device_del", id="dev0")
        vm.wait_serial(r"ventoc: [^\n]*waiting", LIVE_SECONDS)
        vm.qmp.command("device_add", driver="usb-storage", id="late", bus="xhci.0", drive="late")
        answers = check.answers(vm, LIVE_SECONDS)
    expect(answers["medium"] == "/dev/mapper/ventoc", "the medium is not our device", answers)
    expect(answers["data"] == "written", "the data partition cannot be written to", answers)
    os.unlink(stick)


__all__ = ["MATRIX", "MIB", "boots", "clones", "late", "survives_installer"]
