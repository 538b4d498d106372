# SPDX-License-Identifier: GPL-3.0-or-later
"""What is tried: one row for an operation, tried on every layout.

A row's start makes base.img of a lab; args are the program's. keeps: it promises that the stick starts its
old or its new version all the time and that the data partition is as it was ("sum": every byte; "files":
every file that was there; "place": every byte of it and entry 1 of the table, whether it is a stick or
not). Where it does not keep anything (data None), it promises that what is not finished is not taken for a
stick and starts nothing. new: the version that starts afterwards. where: the layouts there is something to
try on: "all", "gpt" or "512" (bytes). again: the same command completes what was cut off or has failed; it
is tried. begins: there is no stick before it. idle: the version in the other slot afterwards, where that is
looked at; found: versions that may end there when a read failed: those of the stick, the installed one.
small: with payloads that hold little, as each run reads the slots several times. places: of a layout.
sample: of the torn writes a sample is judged, as the next row has the same ones.
"""

import os
from collections import namedtuple

import damage
from disk import Disk, epochs
from judge import MIB, behind, installed
from lab import TOP, command

SIZE = 256 << 20

Layout = namedtuple("Layout", "name options sector_bytes gpt")
LAYOUTS = (
    Layout("MBR 512", (), 512, False),
    Layout("GPT 512", ("-g",), 512, True),
    Layout("MBR 4096", ("--sector-size", "4096"), 4096, False),
    Layout("GPT 4096", ("-g", "--sector-size", "4096"), 4096, True),
)

Operation = namedtuple("Operation", "name start args data new where again begins idle found small places sample",
                       defaults=("all", False, False, None, (), False, lambda layout: installed(SIZE), False))


def fits(operation, layout):
    """Is an operation tried on a layout?"""
    return {"all": True, "gpt": layout.gpt, "512": layout.sector_bytes == 512}[operation.where]


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


def damaged(*parts):
    """A stick with version 1.0 in slot A and 2.0 in slot B, which is live, some parts of it spoiled."""
    def start(lab, layout):
        upgraded(lab, layout)
        with open(lab.path("base.img"), "r+b") as file:
            for part in parts:
                damage.spoil(file, part, layout, SIZE)
    return start


def _behind_boot(layout):
    """Where Ventoy's layout has its boot partition on a disk of this size."""
    return ((SIZE // 512 - (33 if layout.gpt else 0)) - 65536) // 8 * 8 * 512


def _converted(layout):
    return behind(_behind_boot(layout) - MIB, _behind_boot(layout))


def ventoy(lab, layout):
    """A stick with Ventoy's layout, none of its content, and a file."""
    command(os.path.join(TOP, "tests", "cli", "make-ventoy-layout-fixture"), "--fill", "1",
            *(["--gpt"] if layout.gpt else []), lab.path("base.img"), str(SIZE // MIB),
            os.path.join(lab.payloads["1.0"], "core.img.gz"), "/folder/core.img.gz")


FILES_BYTES = 200 * MIB


def with_files(lab, layout):
    """A disk with a FAT file system, a file in it, and room behind it."""
    blank(lab, layout)
    part = lab.path("part")
    with open(part, "wb") as file:
        file.truncate(FILES_BYTES)
    command("mkfs.fat", "-F", "32", "-n", "FILES", part)
    command("mcopy", "-i", part, os.path.join(lab.payloads["1.0"], "core.img.gz"), "::core.gz")
    table = f"label: {'gpt' if layout.gpt else 'dos'}\nstart=2048, size={FILES_BYTES // 512}\n"
    command("sfdisk", "-q", lab.path("base.img"), stdin=table.encode())
    command("dd", f"if={part}", f"of={lab.path('base.img')}", "bs=1M", "seek=1", "conv=notrunc,sparse",
            "status=none")
    os.unlink(part)


def _install(letter):
    return lambda lab, layout, image: [letter, "-y", "-q", *layout.options, "--payload", lab.payloads["2.0"],
                                       image]


def _upgrade(version):
    return lambda lab, layout, image: ["-u", "-y", "-q", "--payload", lab.payloads[version], image]


def _rollback(_lab, _layout, image):
    return ["-u", "--rollback", "-y", "-q", image]


def _restore(lab, _layout, image):
    return ["restore", "-y", "-q", lab.path("kept"), image]


def _repair(lab, _layout, image):
    return ["repair", "-y", "-q", "--payload", lab.payloads["3.0"], image]


def _keep(lab, _layout, image):
    return ["-i", "--keep", "-y", "-q", "--payload", lab.payloads["2.0"], image]


def _repairing(name, parts, new, where="all"):
    """A row of ventoc repair."""
    return Operation(name, damaged(*parts), _repair, "place", new, where, again=True, idle=new,
                     found=("1.0", "2.0", "3.0"), small=True)


def _persist(_lab, _layout, image):
    return ["persist", "create", "-q", "--size", "16M", image, "/folder/new.dat"]


OPERATIONS = (
    Operation("install, blank disk", blank, _install("-i"), None, "2.0", sample=True),
    Operation("install over a stick", stick, _install("-I"), None, "2.0"),
    Operation("upgrade, first", stick, _upgrade("2.0"), "sum", "2.0"),
    Operation("upgrade, second", upgraded, _upgrade("3.0"), "sum", "3.0"),
    Operation("upgrade after a cut before the GPT", cut(2), _upgrade("3.0"), "sum", "3.0", "gpt"),
    Operation("upgrade after a cut within the GPT", torn, _upgrade("3.0"), "sum", "3.0", "gpt"),
    Operation("upgrade after a cut before sector 0", cut(1), _upgrade("3.0"), "sum", "3.0", "gpt"),
    Operation("switch back", upgraded, _rollback, "sum", "1.0"),
    Operation("switch back after a cut within the GPT", torn, _rollback, "sum", "1.0", "gpt"),
    Operation("restore what an upgrade replaced", kept, _restore, "sum", "1.0"),
    Operation("persistence file", stick, _persist, "files", "1.0"),
    _repairing("repair, the idle slot, record and GPT",
               ("files A", "core A", "record 1", "backup GPT"), "2.0"),
    _repairing("repair, the live slot and boot code",
               ("files B", "core B", "boot code", "record 2", "primary GPT"), "1.0"),
    _repairing("repair, both slots", ("files A", "files B"), "3.0", "512"),
    Operation("conversion of a Ventoy stick", ventoy, _upgrade("2.0"), "place", "2.0", "512", True, True,
              small=True, places=_converted),
    Operation("-i --keep", with_files, _keep, "place", "2.0", "512", True, True,
              small=True, places=lambda layout: behind(FILES_BYTES, MIB + FILES_BYTES)),
)
