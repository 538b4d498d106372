# SPDX-License-Identifier: GPL-3.0-or-later
"""What our GRUB says about where files lie, against the bytes of the disk image."""

import hashlib
import os
import re
import shutil

import ntfs
import otherfs
from context import GUEST_SECONDS, MENU_SECONDS

PIECES = 24
LENGTH = 6_000_123  # odd on purpose: not a whole number of sectors
IMAGE, IMAGE_SAYS = "ipxe.iso", r"iPXE 1\.0\.0\+git-20190125"


def _noise(path, seed, length):
    """A file of noise, the same every time."""
    with open(path, "wb") as file:
        file.write(hashlib.shake_128(seed.encode()).digest(length))
    return path


def _sources(folder, images):
    """Files to put: {name: path}."""
    os.makedirs(folder, exist_ok=True)
    made = {name: _noise(os.path.join(folder, name), name, LENGTH) for name in ("whole", "pieces")}
    made["small"] = _noise(os.path.join(folder, "small"), "small", 100)
    with open(os.path.join(folder, "sparse"), "wb") as file:
        file.truncate(LENGTH)
        file.write(b"begin")
    made["sparse"] = file.name
    made["image"] = os.path.join(images, IMAGE)
    return made


def _exfat(context, stick, src):
    context.sticks.put(stick, src["whole"], "whole.bin")
    context.sticks.put(stick, src["pieces"], "pieces.bin", "--fragments", str(PIECES))
    context.sticks.put(stick, src["whole"], "chain.bin", "--chain")
    context.sticks.put(stick, src["whole"], "short.bin", "--valid", "4096")
    context.sticks.put(stick, src["image"], IMAGE, "--fragments", str(PIECES))
    return {"short.bin": "not fully written"}, ["chain.bin"]


def _fat32(_context, stick, src):
    otherfs.make("fat32", stick, [(src["whole"], "whole.bin", 1),
                                  (src["pieces"], "pieces.bin", PIECES),
                                  (src["image"], IMAGE, PIECES)])
    return {}, []


def _ntfs(_context, stick, src):
    def spoil(filesystem):
        filesystem.set_flag("packed.bin", ntfs.COMPRESSED)
        filesystem.set_flag("secret.bin", ntfs.ENCRYPTED)
    otherfs.make("ntfs", stick, [(src["whole"], "whole.bin", 1),
                                 (src["pieces"], "pieces.bin", PIECES),
                                 (src["whole"], "packed.bin", 1),
                                 (src["whole"], "secret.bin", 1),
                                 (src["small"], "small.bin", 1),
                                 (src["image"], IMAGE, PIECES)], spoil)
    return {"packed.bin": "compressed", "secret.bin": "encrypted", "small.bin": "resident"}, []


def _ext4(_context, stick, src):
    def spoil(filesystem):
        filesystem.put_with_holes(src["sparse"], "sparse.bin")
        filesystem.debugfs("write /dev/null unwritten.bin", "fallocate unwritten.bin 0 999",
                           "sif unwritten.bin size 4096000")
    otherfs.make("ext4", stick, [(src["whole"], "whole.bin", 1),
                                 (src["pieces"], "pieces.bin", PIECES),
                                 (src["image"], IMAGE, PIECES)], spoil)
    return {"sparse.bin": "sparse", "unwritten.bin": "not fully written"}, []


_MAKERS = {"exfat": _exfat, "fat32": _fat32, "ntfs": _ntfs, "ext4": _ext4}


def _compare(lines, stick, source):
    """Fail unless the extents printed hold exactly the file source; returns how many there are."""
    rows = [tuple(map(int, line.split())) for line in lines
            if re.fullmatch(r"\d+ \d+ \d+", line)]
    total = [re.fullmatch(r"extents (\d+) bytes (\d+)", line) for line in lines]
    total = [match for match in total if match]
    if len(total) != 1 or int(total[0][1]) != len(rows):
        raise AssertionError(f"no matching total behind {len(rows)} extents: {lines[-2:]}")
    length = os.path.getsize(source)
    if int(total[0][2]) != length:
        raise AssertionError(f"length {total[0][2]}, the file has {length}")
    found, at = hashlib.sha256(), 0
    with open(stick, "rb") as disk:
        for file_off, disk_off, count in rows:
            if file_off != at:
                raise AssertionError(f"extent at {file_off}, expected at {at}")
            disk.seek(disk_off)
            found.update(disk.read(min(count, length - at)))
            at += count
    if at < length:
        raise AssertionError(f"the extents end at {at} of {length}")
    with open(source, "rb") as file:
        if found.digest() != hashlib.sha256(file.read()).digest():
            raise AssertionError("other bytes at these extents")
    return len(rows)


def check(context, kind):
    """On a stick whose data partition is of this kind: ask for the extents of all files, then boot
    an image that lies there in pieces."""
    case = f"extents {kind}"
    src = _sources(os.path.join(context.out, f"sources-{kind}"), context.images)
    stick = context.sticks.install(f"extents-{kind}.img", size="1G")
    refused, whole = _MAKERS[kind](context, stick, src)
    vm, menu = context.boot(case, "ovmf", stick)
    with vm:
        menu.wait(MENU_SECONDS)
        menu.shell()
        for name in ["whole.bin", *whole]:
            count = _compare(menu.command(f"vtc_extents ($vtc_data)/{name}"), stick, src["whole"])
            if count > 3:
                raise AssertionError(f"{name}: {count} extents of a contiguous file")
        count = _compare(menu.command("vtc_extents ($vtc_data)/pieces.bin"), stick, src["pieces"])
        if count < PIECES:
            raise AssertionError(f"pieces.bin: {count} extents, at least {PIECES} were made")
        for name, why in refused.items():
            said = " ".join(menu.command(f"vtc_extents ($vtc_data)/{name}"))
            if why not in said or re.search(r"extents \d+ bytes", said):
                raise AssertionError(f"{name} is {why}, but: {said}")
        vm.key("esc")
        menu.choose(IMAGE)
        vm.wait_serial(IMAGE_SAYS, GUEST_SECONDS)
    shutil.rmtree(os.path.join(context.out, f"sources-{kind}"))
