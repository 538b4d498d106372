# SPDX-License-Identifier: GPL-3.0-or-later
"""Spoil parts of a stick that was installed on a disk of its own."""

import mmap

import volumes
from judge import CORE_B, installed

FILE = "EFI/BOOT/big"  # of tests/cli/make-fixture-payload


def _place(data, part, layout, size):
    """Offset of a byte of a part, or None where there is no such part."""
    what, _, which = part.rpartition(" ")
    sector = layout.sector_bytes
    if what == "files":
        base = installed(size).slots[which]
        return data.find(volumes.Fat16(data, base).file(FILE)[:512], base) + 200
    if what == "record":
        return installed(size).records[int(which) - 1] + 100
    if which == "GPT":
        return {"primary": sector, "backup": size - sector}[what] + 60 if layout.gpt else None
    if sector != 512:  # which no BIOS boots from
        return None
    if what == "core":
        return (CORE_B if which == "B" else 34 if layout.gpt else 1) * 512 + 5000
    return 300  # boot code


def spoil(file, part, layout, size):
    """file: the stick, open for writing. part: "files A", "core B", "record 1", "backup GPT", "boot code"
    and the like."""
    with mmap.mmap(file.fileno(), 0) as data:
        at = _place(data, part, layout, size)
        if at is not None:
            data[at] ^= 0xff
