# SPDX-License-Identifier: GPL-3.0-or-later
"""After an upgrade with other boot files, the other slot starts."""

import gzip
import hashlib
import os
import shutil

from context import MENU_SECONDS


def other_payload(source, target):
    """Copy a payload folder, its version and slot images changed in a harmless place."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    lines = []
    with open(os.path.join(target, "manifest"), encoding="ascii") as file:
        for line in file:
            fields = line.split()
            if fields[0] == "version":
                line = "version 999-other\n"
            elif fields[0] == "image" and fields[1].startswith("slot"):
                path = os.path.join(target, fields[1] + ".gz")
                with gzip.open(path) as packed:
                    image = bytearray(packed.read())
                image[3:11] = b"OTHER   "  # the FAT boot sector's OEM name
                with gzip.open(path, "w", compresslevel=1) as packed:
                    packed.write(image)
                line = f"image {fields[1]} {len(image)} {hashlib.sha256(image).hexdigest()}\n"
            lines.append(line)
    with open(os.path.join(target, "manifest"), "w", encoding="ascii") as file:
        file.writelines(lines)


def slot_of(context, case, firmware, path):
    """Boot a stick and ask its GRUB which slot it came from."""
    vm, menu = context.boot(case, firmware, path, "ehci" if firmware == "seabios" else "xhci")
    with vm:
        menu.wait(MENU_SECONDS)
        menu.select("tiny.iso")
        menu.shell()
        return menu.command("echo $vtc_slot")[-1]


def check(context, firmware):
    """Install, look; upgrade, look; upgrade again, look."""
    case = f"slots {firmware}"
    path = context.sticks.install(f"slots-{firmware}.img", size="512M")
    context.sticks.put(path, "tiny.iso", "tiny.iso")
    other = os.path.join(context.out, f"other-payload-{firmware}")
    other_payload(os.path.join(context.build, "payload"), other)
    seen = [slot_of(context, case + " A", firmware, path)]
    context.sticks.ventoc("-u", path, "-y", "-q", "--payload", other)
    seen.append(slot_of(context, case + " B", firmware, path))
    if seen != ["A", "B"]:
        raise AssertionError(f"slots seen: {seen}, not A then B")
