# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the on-disk signature of something into a part of a file, for what has no tool here.

Usage: make-signature.py KIND FILE OFFSET BYTES      ([OFFSET, OFFSET+BYTES) is the device)

Formats: LUKS on-disk format 1.2.3 and 2, section "header"; LVM2 label (LABELONE); Linux md
superblock 0.90, 1.0 and 1.2 (md_p.h); btrfs superblock; ZFS vdev label with its uberblocks;
bcache. Only what identifies the format is filled in; blkid is asked by the test if it is enough.
"""

import struct
import sys
import zlib


def crc32_lvm(data, crc=0xF597A6CF):
    """LVM2's sum: the CRC-32 of zlib with another beginning and no final inversion."""
    return zlib.crc32(data, crc ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def luks1(size):
    head = b"LUKS\xba\xbe" + struct.pack(">H", 1) + b"aes".ljust(32, b"\0") + b"xts-plain64".ljust(32, b"\0")
    head += b"sha256".ljust(32, b"\0") + struct.pack(">II", 4096, 32) + bytes(20 + 32 + 4)
    head += b"01234567-89ab-cdef-0123-456789abcdef".ljust(40, b"\0")
    return {0: head}


def luks2(size):
    def header(magic, offset):
        head = magic + struct.pack(">HQQ", 2, 16384, 3) + b"secret".ljust(48, b"\0")
        head += b"sha256".ljust(32, b"\0") + bytes(64)
        head += b"01234567-89ab-cdef-0123-456789abcdef".ljust(40, b"\0") + bytes(48)
        return head + struct.pack(">Q", offset)

    return {0: header(b"LUKS\xba\xbe", 0), 16384: header(b"SKUL\xba\xbe", 16384)}


def lvm2(size):
    body = struct.pack("<I", 32) + b"LVM2 001" + b"abcdefghijklmnopqrstuvwxyz012345"
    body += struct.pack("<Q", size) + bytes(512 - 20 - 12 - 32 - 8)
    return {512: b"LABELONE" + struct.pack("<Q", 1) + struct.pack("<I", crc32_lvm(body)) + body}


def md1(size, minor):
    at = {0: ((size >> 9) - 16 & ~7) << 9, 2: 4096}[minor]
    head = struct.pack("<IIII", 0xA92B4EFC, 1, 0, 0) + bytes(range(16)) + b"host:0".ljust(32, b"\0")
    head += bytes(8) + struct.pack("<II", 1, 0) + bytes(40)
    head = head.ljust(144, b"\0") + struct.pack("<Q", at >> 9)
    return {at: head.ljust(512, b"\0")}


def md0(size):
    at = (size & ~65535) - 65536
    return {at: struct.pack("<IIIIIIIIIIIIII", 0xA92B4EFC, 0, 90, 0, 0, 1, 0, 1, at >> 10, 2, 2, 0, 0, 2)}


def btrfs(size):
    head = bytearray(4096)
    head[32:48] = bytes(range(1, 17))
    struct.pack_into("<QQ8s", head, 48, 65536, 0, b"_BHRfS_M")
    struct.pack_into("<QQII", head, 112, size, 4096, 4096, 4096)
    head[0x12B : 0x12B + 4] = b"old\0"
    struct.pack_into("<I", head, 0, crc32c(bytes(head[32:])))
    return {65536: bytes(head)}


def zfs(size):
    pieces = {}
    for label in (0, 262144, size // 262144 * 262144 - 524288, size // 262144 * 262144 - 262144):
        for i in range(128):
            pieces[label + 131072 + i * 1024] = struct.pack("<QQQQQ", 0x00BAB10C, 5000, 100 + i, 7, 1700000000)
    return pieces


def bcache(size):
    head = bytearray(512)
    struct.pack_into("<QQQ", head, 0, 0, 8, 1)
    head[24:40] = bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81")
    head[40:56] = bytes(range(16))
    return {4096: bytes(head)}


KINDS = {
    "luks1": luks1,
    "luks2": luks2,
    "lvm2": lvm2,
    "md0": md0,
    "md1.0": lambda size: md1(size, 0),
    "md1.2": lambda size: md1(size, 2),
    "btrfs": btrfs,
    "zfs": zfs,
    "bcache": bcache,
}


def main():
    kind, path, offset, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(path, "r+b") as out:
        for at, data in KINDS[kind](size).items():
            out.seek(offset + at)
            out.write(data)


main()
