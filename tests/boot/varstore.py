# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an OVMF machine, read and changed in its file (vars.fd) while it is off.

The file is a firmware volume (UEFI Platform Initialization, volume 3, 3.2.1: EFI_FIRMWARE_VOLUME_HEADER)
with EDK II's authenticated variable store in it: VARIABLE_STORE_HEADER, then one record for each
variable, at multiples of 4 bytes, up to the first that does not start with 55AAh. Nothing in it is
signed: a signature is checked only when a variable is written by the running machine.
"""

import hashlib
import struct
import uuid

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")  # db, dbx
SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")      # MokList and the like
NV, BS, RT, AUTHENTICATED = 1, 2, 4, 0x20

_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
_CERT_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
_CERT_SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328")
_OWNER = uuid.UUID("11111111-2222-4333-8444-555555555555")
_RECORD = struct.Struct("<HBBIQ16sIII16s")
_START, _LIVE, _LIVE_OR_DELETING = 0x55AA, 0x3F, (0x3F, 0x3E)


def certificates(*ders):
    """The content of a db or MokList that trusts certificates (UEFI 32.4.1: EFI_SIGNATURE_LIST)."""
    return b"".join(_CERT_X509.bytes_le + struct.pack("<III", 28 + 16 + len(der), 0, 16 + len(der)) +
                    _OWNER.bytes_le + der for der in ders)


def hashes(*digests):
    """The content of a db or MokList that trusts programs by their Authenticode SHA-256."""
    return _CERT_SHA256.bytes_le + struct.pack("<III", 28 + 48 * len(digests), 0, 48) + \
        b"".join(_OWNER.bytes_le + digest for digest in digests)


def signatures(content):
    """[(kind, bytes)] of a db or MokList; kind: "certificate", "sha256" or the type's GUID."""
    found = []
    names = {_CERT_X509: "certificate", _CERT_SHA256: "sha256"}
    while content:
        kind = uuid.UUID(bytes_le=content[:16])
        size, header, each = struct.unpack_from("<III", content, 16)
        for at in range(28 + header, size, each):
            found.append((names.get(kind, str(kind)), content[at + 16:at + each]))
        content = content[size:]
    return found


def password(new, text):
    """The content of MokAuth for the MokNew `new`: what MokManager will ask for is `text`."""
    return hashlib.sha256(new + text.encode("utf-16-le")).digest()


class Store:
    """The variables in the file at path; save() writes them back."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self._file = bytearray(file.read())
        self._at = struct.unpack_from("<H", self._file, 48)[0]  # the volume header's length
        guid, self._size, form, state = struct.unpack_from("<16sIBB", self._file, self._at)
        if guid != _STORE.bytes_le or (form, state) != (0x5A, 0xFE):
            raise ValueError(f"{path} holds no authenticated variables")
        self._records = {}
        at = self._at + 28
        while at + _RECORD.size <= self._at + self._size:
            start, state, _, attributes, _, stamp, _, name_bytes, data_bytes, vendor = \
                _RECORD.unpack_from(self._file, at)
            if start != _START:
                break
            at += _RECORD.size
            name = self._file[at:at + name_bytes].decode("utf-16-le").rstrip("\0")
            data = bytes(self._file[at + name_bytes:at + name_bytes + data_bytes])
            if state in _LIVE_OR_DELETING:
                self._records[name, uuid.UUID(bytes_le=vendor)] = attributes, stamp, data
            at = (at + name_bytes + data_bytes + 3) & ~3

    def get(self, name, vendor):
        """The content of a variable, or None."""
        found = self._records.get((name, vendor))
        return found and found[2]

    def set(self, name, vendor, data, attributes=NV | BS):
        """Set a variable; one that is there keeps its attributes and its time."""
        old = self._records.get((name, vendor), (attributes, bytes(16)))
        self._records[name, vendor] = old[0], old[1], bytes(data)

    def take(self, other, *names):
        """Variables of another store, whole; names: (name, vendor)."""
        for name in names:
            self._records[name] = other._records[name]

    def remove(self, name, vendor):
        """Remove a variable that may be there."""
        self._records.pop((name, vendor), None)

    def save(self):
        """Write the file; raises ValueError when the variables do not fit."""
        content = bytearray()
        for (name, vendor), (attributes, stamp, data) in self._records.items():
            text = (name + "\0").encode("utf-16-le")
            content += _RECORD.pack(_START, _LIVE, 0, attributes, 0, stamp, 0, len(text), len(data),
                                    vendor.bytes_le) + text + data
            content += b"\xff" * (-len(content) % 4)
        room = self._size - 28
        if len(content) > room:
            raise ValueError(f"{len(content)} bytes of variables, {room} fit")
        self._file[self._at + 28:self._at + self._size] = content.ljust(room, b"\xff")
        with open(self.path, "wb") as file:
            file.write(self._file)
