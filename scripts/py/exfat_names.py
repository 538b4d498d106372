# SPDX-License-Identifier: GPL-3.0-or-later
"""exFAT directory entry sets: names, checksums (exFAT specification, sections 6 and 7)."""

import struct

TYPE_END, TYPE_BITMAP, TYPE_UPCASE, TYPE_LABEL = 0x00, 0x81, 0x82, 0x83
TYPE_FILE, TYPE_STREAM, TYPE_NAME = 0x85, 0xC0, 0xC1
ATTR_DIRECTORY, ATTR_ARCHIVE = 0x10, 0x20
ALLOCATION_POSSIBLE, NO_FAT_CHAIN = 0x01, 0x02
ENTRY_BYTES = 32
NAME_UNITS_PER_ENTRY, NAME_UNITS_MAX = 15, 255
FORBIDDEN = set('"*/:<>?\\|') | {chr(c) for c in range(32)}
# 2026-01-01 00:00:00 UTC: images must be the same every time they are made.
TIMESTAMP, UTC = (46 << 25) | (1 << 21) | (1 << 16), 0x80


def expand_upcase(raw):
    """The up-case table (7.2.5.1: 0xFFFF, n means n identity mappings) as a list of 65536 units."""
    table = []
    units = iter(struct.unpack(f"<{len(raw) // 2}H", raw))
    for unit in units:
        if unit == 0xFFFF and len(table) < 0xFFFF:
            count = next(units, 1)
            table.extend(range(len(table), len(table) + count))
        else:
            table.append(unit)
    table.extend(range(len(table), 0x10000))
    return table


def name_units(name):
    """The UTF-16 code units of a file name that exFAT can hold."""
    raw = name.encode("utf-16-le")
    units = struct.unpack(f"<{len(raw) // 2}H", raw)
    if not 1 <= len(units) <= NAME_UNITS_MAX or FORBIDDEN & set(name):
        raise ValueError(f"not an exFAT file name: {name!r}")
    return units


def fold(name, upcase):
    """A name as exFAT compares it: up-cased code units."""
    return tuple(upcase[unit] for unit in name_units(name))


def name_hash(folded):
    """NameHash (7.6.4) of up-cased code units."""
    value = 0
    for byte in struct.pack(f"<{len(folded)}H", *folded):
        value = (((value << 15) | (value >> 1)) + byte) & 0xFFFF
    return value


def set_checksum(entries):
    """SetChecksum (6.3.3) over an entry set: all bytes but its own two."""
    value = 0
    for index, byte in enumerate(entries):
        if index not in (2, 3):
            value = (((value << 15) | (value >> 1)) + byte) & 0xFFFF
    return value


def with_checksum(entries):
    """The entry set with its checksum filled in."""
    entries = bytearray(entries)
    struct.pack_into("<H", entries, 2, set_checksum(entries))
    return bytes(entries)


def encode_set(name, upcase, attributes, flags, first_cluster, data_bytes, valid_bytes):
    """A whole file entry set: 0x85, 0xC0 and the 0xC1 entries."""
    units = name_units(name)
    name_entries = -(-len(units) // NAME_UNITS_PER_ENTRY)
    out = struct.pack("<BBHHHIIIBBBBB7x", TYPE_FILE, 1 + name_entries, 0, attributes, 0,
                      TIMESTAMP, TIMESTAMP, TIMESTAMP, 0, 0, UTC, UTC, UTC)
    out += struct.pack("<BBBBHHQIIQ", TYPE_STREAM, flags, 0, len(units),
                       name_hash(fold(name, upcase)), 0, valid_bytes, 0, first_cluster, data_bytes)
    for at in range(0, len(units), NAME_UNITS_PER_ENTRY):
        part = units[at:at + NAME_UNITS_PER_ENTRY]
        part += (0,) * (NAME_UNITS_PER_ENTRY - len(part))
        out += struct.pack("<BB15H", TYPE_NAME, 0, *part)
    return with_checksum(out)


def decode_sets(raw):
    """Yield (offset, entries, name) of each file entry set of a directory's bytes."""
    at = 0
    while at + ENTRY_BYTES <= len(raw) and raw[at] != TYPE_END:
        count = 1
        if raw[at] == TYPE_FILE:
            count += raw[at + 1]
            entries = bytes(raw[at:at + count * ENTRY_BYTES])
            length = entries[ENTRY_BYTES + 3]
            units = b"".join(entries[i + 2:i + 32] for i in range(64, len(entries), ENTRY_BYTES))
            yield at, entries, units[:2 * length].decode("utf-16-le", "surrogatepass")
        at += count * ENTRY_BYTES
