# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried: one row for an operation, tried on every layout.

A row's start makes base.img of a lab; args are the program's. keeps: it promises that the stick starts its old
or its new version all the time and that the data partition is as it was ("sum": every byte; "files": every file
that was there). Where it does not keep anything (data None), it promises that what is not finished is not taken
for a stick and starts nothing. new: the version that starts afterwards. gpt_only: where there is nothing to try
on an MBR.
"""

import os
from collections import namedtuple

from disk import Disk, epochs
from lab import TOP, command

SIZE = 256 << 20

Layout = namedtuple("Layout", "name options sector_bytes gpt")
LAYOUTS = (
    Layout("MBR 512", (), 512, False),
    Layout("GPT 512", ("-g",), 512, True),
    Layout("MBR 4096", ("--sector-size", "4096"), 4096, False),
    Layout("GPT 4096", ("-g", "--sector-size", "4096"), 4096, True),
)

Operation = namedtuple("Operation", "name start args data new gpt_only", defaults=(False,))


def blank(lab, _layout):
    """Nothing is on it."""
    with open(lab.path("base.img"), "wb") as file:
        file.truncate(SIZE)


def stick(lab, layout):
    """A stick of version 1.0 with files on it."""
    path = lab.path("base.img")
    if os.path.exists(path):
        os.unlink(path)
    lab.must("-i", "-q", "--size", str(SIZE), *layout.options, "--payload", lab.payloads["1.0"], path)
    for name in ("manifest", "core.img.gz"):
        command(os.path.join(TOP, "scripts", "exfat-put"), path, os.path.join(lab.payloads["1.0"], name),
                f"folder/{name}")


def upgraded(lab, layout):
    """Version 1.0 in slot A, version 2.0 in slot B, which is live."""
    stick(lab, layout)
    lab.must("-u", "-y", "-q", "--payload", lab.payloads["2.0"], lab.path("base.img"))


def cut(left_out):
    """The upgrade to 2.0, cut off before its last writes, each of which is a stage of its own."""
    def start(lab, layout):
        stick(lab, layout)
        path = lab.path("base.img")
        image = lab.copy("base.img", "whole.img")
        log = lab.run(["-u", "-y", "-q", "--payload", lab.payloads["2.0"], image], image).log
        with open(path, "r+b") as file:
            for writes in epochs(log)[:-left_out]:
                for off, data in writes:
                    file.seek(off)
                    file.write(data)
        os.unlink(image)
    return start


def torn(lab, layout):
    """The upgrade to 2.0, cut off in the middle of the primary GPT: no good copy but the backup."""
    cut(2)(lab, layout)
    disk = Disk(lab.path("base.img"))
    with open(lab.path("base.img"), "r+b") as file:
        file.seek(layout.sector_bytes + 56)  # the disk's GUID, under the header's checksum
        file.write(bytes(b ^ 255 for b in disk.bytes[layout.sector_bytes + 56:layout.sector_bytes + 72]))


def kept(lab, layout):
    """An upgrade to 2.0 that kept what was there."""
    stick(lab, layout)
    if os.path.exists(lab.path("kept")):
        os.unlink(lab.path("kept"))
    lab.must("-u", "-y", "-q", "--payload", lab.payloads["2.0"], "--backup", lab.path("kept"), lab.path("base.img"))


def _install(letter):
    return lambda lab, layout, image: [letter, "-y", "-q", *layout.options, "--payload", lab.payloads["2.0"],
                                       image]


def _upgrade(version):
    return lambda lab, layout, image: ["-u", "-y", "-q", "--payload", lab.payloads[version], image]


def _rollback(_lab, _layout, image):
    return ["-u", "--rollback", "-y", "-q", image]


def _restore(lab, _layout, image):
    return ["restore", "-y", "-q", lab.path("kept"), image]


def _persist(_lab, _layout, image):
    return ["persist", "create", "-q", "--size", "16M", image, "/folder/new.dat"]


OPERATIONS = (
    Operation("install, blank disk", blank, _install("-i"), None, "2.0"),
    Operation("install over a stick", stick, _install("-I"), None, "2.0"),
    Operation("upgrade, first", stick, _upgrade("2.0"), "sum", "2.0"),
    Operation("upgrade, second", upgraded, _upgrade("3.0"), "sum", "3.0"),
    Operation("upgrade after a cut before the GPT", cut(2), _upgrade("3.0"), "sum", "3.0", True),
    Operation("upgrade after a cut within the GPT", torn, _upgrade("3.0"), "sum", "3.0", True),
    Operation("upgrade after a cut before sector 0", cut(1), _upgrade("3.0"), "sum", "3.0", True),
    Operation("switch back", upgraded, _rollback, "sum", "1.0"),
    Operation("switch back after a cut within the GPT", torn, _rollback, "sum", "1.0", True),
    Operation("restore what an upgrade replaced", kept, _restore, "sum", "1.0"),
    Operation("persistence file", stick, _persist, "files", "1.0"),
)
