# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, signatures and sticks for Secure Boot: what the cases of secureboot.py stand on."""

import os
import re

from command import run

SHIM = "/usr/lib/shim/shimx64.efi.signed"
MOK_MANAGER = "/usr/lib/shim/mmx64.efi.signed"
CERTIFICATE = "ENROLL_THIS_KEY_ventoc.cer"
GRUB = "EFI/BOOT/grubx64.efi"
LOADER = "EFI/BOOT/BOOTX64.EFI"
SLOT_A = "@@1M"


class Key:
    """A key with its certificate, made in folder under a name: key, pem and cer are paths."""

    def __init__(self, folder, name):
        os.makedirs(folder, exist_ok=True)
        self.key, self.pem, self.cer = (os.path.join(folder, name + end)
                                        for end in (".key", ".pem", ".cer"))
        if os.path.exists(self.cer):
            return
        run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days",
            "3650", "-subj", f"/CN=ventoc test {name}/", "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "extendedKeyUsage=codeSigning", "-addext", "keyUsage=critical,digitalSignature",
            "-keyout", self.key, "-out", self.pem)
        run("openssl", "x509", "-in", self.pem, "-outform", "DER", "-out", self.cer)

    def der(self):
        """The certificate as a variable holds it."""
        with open(self.cer, "rb") as file:
            return file.read()

    def sign(self, program, signed):
        """Sign an EFI program; signed: the path of the result."""
        run("sbsign", "--key", self.key, "--cert", self.pem, "--output", signed, program)


def authenticode_sha256(program):
    """What a MokList of hashes holds for an EFI program."""
    return bytes.fromhex(re.search(r"[0-9a-f]{64}", run("pesign", "-h", "-d", "sha256", "-i", program))[0])


def _mtools(tool, stick, *args):
    return run(tool, "-i", stick + SLOT_A, *args, env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))


def put_in_slot(stick, program, path):
    """Put a file in slot A of a stick image, in the place of the one that is there."""
    _mtools("mcopy", stick, "-o", program, "::" + path)


def take_from_slot(stick, path, target):
    """Copy a file out of slot A of a stick image."""
    _mtools("mcopy", stick, "-n", "-o", "::" + path, target)


def owner(context):
    """The key that the test sticks are signed with."""
    return Key(os.path.join(context.out, "keys"), "owner")


def make_stick(context, name, files, options=(), size="1G"):
    """A Secure Boot stick as ventoc makes it, with files: (test image, path on the stick)."""
    stick = context.sticks.install(name, *options, size=size)
    unsigned, signed = (os.path.join(context.sticks.folder, name + end) for end in (".efi", ".signed"))
    take_from_slot(stick, LOADER, unsigned)
    owner(context).sign(unsigned, signed)
    for program, path in ((SHIM, LOADER), (MOK_MANAGER, "EFI/BOOT/mmx64.efi"), (signed, GRUB),
                          (owner(context).cer, CERTIFICATE)):
        put_in_slot(stick, program, path)
    for image, dest in files:
        context.sticks.put(stick, image, dest)
    return stick
