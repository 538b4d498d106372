# SPDX-License-Identifier: GPL-3.0-or-later
"""Find partition entry 1 of a disk image: the data partition of a stick."""

import struct

# How a file system's first sector is recognised: (offset, bytes).
BOOT_SIGNATURES = ((3, b"EXFAT   "), (3, b"NTFS    "), (82, b"FAT32   "), (1024 + 56, b"\x53\xef"))


def _looks_formatted(image, offset):
    image.seek(offset)
    head = image.read(2048)
    return any(head[at:at + len(magic)] == magic for at, magic in BOOT_SIGNATURES)


def _gpt_entry(image, sector_bytes):
    """(offset, length) of GPT entry 1 in bytes, or None when there is no GPT with such sectors."""
    image.seek(sector_bytes)
    header = image.read(92)
    if header[:8] != b"EFI PART":
        return None
    image.seek(struct.unpack_from("<Q", header, 72)[0] * sector_bytes)
    first, last = struct.unpack_from("<QQ", image.read(48), 32)
    return first * sector_bytes, (last - first + 1) * sector_bytes


def first_partition(image):
    """(offset, length) in bytes of partition entry 1; image: a file open for reading in binary.

    An MBR does not tell its sector size: the start that holds a file system decides, else 512.
    """
    for sector_bytes in (512, 4096):
        found = _gpt_entry(image, sector_bytes)
        if found:
            return found
    image.seek(446 + 8)
    start, count = struct.unpack("<II", image.read(8))
    if not start or not count:
        raise ValueError("no partition entry 1")
    for sector_bytes in (4096, 512):
        if _looks_formatted(image, start * sector_bytes):
            break
    return start * sector_bytes, count * sector_bytes
