# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, variables and sticks for Secure Boot: what the cases of secureboot.py stand on."""

import gzip
import hashlib
import os
import shutil
import ssl

from command import run
from varstore import AUTHENTICATED, BS, GLOBAL, NV, RT, SECURITY, SHIM, Store, certificates, hashes

CERTIFICATE = "ENROLL_THIS_KEY_ventoc.cer"
GRUB = "EFI/BOOT/grubx64.efi"
LOADER, LOADER_32 = "EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/BOOTIA32.EFI"
MICROSOFT_2023 = "Microsoft UEFI CA 2023"
_SLOT_A = "@@1M"


class Owner:
    """The owner of the test sticks: the key that ventoc made in this run's own folder."""

    def __init__(self, context):
        self.folder = context.sticks.once("owner key", lambda: self._make(context))
        self.key, self.pem = (os.path.join(self.folder, name) for name in ("owner.key", "owner.pem"))

    @staticmethod
    def _make(context):
        folder = os.path.join(context.sticks.folder, "owner")
        if not os.path.exists(os.path.join(folder, "owner.pem")):
            context.sticks.ventoc("key", "create", "--key-folder", folder, "-q")
        return folder

    def der(self):
        """The certificate as a variable holds it."""
        with open(self.pem, encoding="ascii") as file:
            return ssl.PEM_cert_to_DER_cert(file.read())

    def sign(self, program, signed):
        """Sign an EFI program; signed: the path of the result."""
        run("sbsign", "--key", self.key, "--cert", self.pem, "--output", signed, program)


def bare(program):
    """Remove all signatures of an EFI program."""
    while run("sbverify", "--list", program).startswith("signature"):
        run("sbattach", "--remove", program)


def authenticode_sha256(program):
    """What a MokList of hashes holds for an EFI program."""
    made = program + ".esl"
    run("hash-to-efi-sig-list", program, made)
    with open(made, "rb") as file:
        digest = file.read()[-32:]
    os.unlink(made)
    return digest


def loader_of(context, image):
    """The boot loader in the EFI image of a test ISO, as a file."""
    target = os.path.join(context.sticks.folder, image + ".loader")
    fat = target + ".fat"
    report = run("xorriso", "-indev", os.path.join(context.images, image), "-report_el_torito", "plain")
    blocks, lba = next(line.split()[-2:] for line in report.splitlines()
                       if line.startswith("El Torito boot img") and " UEFI " in line)
    with open(os.path.join(context.images, image), "rb") as iso, open(fat, "wb") as file:
        iso.seek(int(lba) * 2048)
        file.write(iso.read(int(blocks) * 512))
    run("mcopy", "-n", "-o", "-i", fat, "::" + LOADER, target,
        env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))
    os.unlink(fat)
    return target


def microsoft_2023(context):
    """The certificate of Microsoft's CA of 2023, out of the second signature of Debian's shim."""
    made = os.path.join(context.sticks.folder, "signature.p7")
    run("sbattach", "--signum", "2", "--detach", made, "/usr/lib/shim/shimx64.efi.signed")
    text = run("openssl", "pkcs7", "-inform", "der", "-in", made, "-print_certs")
    os.unlink(made)
    for part in text.split("subject=")[1:]:
        if MICROSOFT_2023 in part.splitlines()[0]:
            return ssl.PEM_cert_to_DER_cert(part[part.index("-----BEGIN"):].strip())
    raise ValueError("shim's second signature holds no certificate of " + MICROSOFT_2023)


def variables(mok=(), mok_hashes=(), db=None, add_to_db=(), insecure=False, keys_of=None):
    """What to call for a machine's variables before it starts (VM's set_variables).

    mok, mok_hashes: certificates (DER) and digests that MokList holds; db: certificates in place of
    Microsoft's; add_to_db: besides them; insecure: validation disabled in shim; keys_of: the file to take
    Microsoft's keys from, for firmware that has none.
    """
    def change(path):
        store = Store(path)
        if keys_of:
            store.take(Store(keys_of), ("PK", GLOBAL), ("KEK", GLOBAL), ("db", SECURITY), ("dbx", SECURITY))
        mok_list = certificates(*mok) + (hashes(*mok_hashes) if mok_hashes else b"")
        if mok_list:
            store.set("MokList", SHIM, mok_list, NV | BS)
        trusted = store.get("db", SECURITY) if db is None else certificates(*db)
        store.set("db", SECURITY, trusted + certificates(*add_to_db), NV | BS | RT | AUTHENTICATED)
        if insecure:
            store.set("MokSBState", SHIM, b"\1", NV | BS)
        store.save()
    return change


def _mtools(tool, stick, *args, slot=_SLOT_A):
    return run(tool, "-i", stick + slot, *args, env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))


def put_in_slot(stick, program, path):
    """Put a file in slot A of a stick image, in the place of the one that is there."""
    _mtools("mcopy", stick, "-o", program, "::" + path)


def take_from_slot(stick, path, target, slot=_SLOT_A):
    """Copy a file out of a slot of a stick image, slot A if it is not said which."""
    _mtools("mcopy", stick, "-n", "-o", "::" + path, target, slot=slot)


def other_payload(context, target):
    """Copy the payload, with another version and another GRUB: a word of its menu's script differs."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(os.path.join(context.build, "payload"), target)
    packed, image = os.path.join(target, "slot512.img.gz"), os.path.join(target, "slot512.img")
    with gzip.open(packed) as file:
        content = file.read().replace(b"# The menu ventoc's GRUB shows.", b"# The menu ventoc's GRUB SHOWS.")
    with open(image, "wb") as file:
        file.write(content)
    with gzip.open(packed, "w", compresslevel=1) as file:
        file.write(content)
    changed = {"image slot512.img": content}
    for name in (LOADER, LOADER_32):
        program = os.path.join(target, "program")
        run("mcopy", "-n", "-o", "-i", image, "::" + name, program)
        with open(program, "rb") as file:
            changed["file " + name] = file.read()
    path = os.path.join(target, "manifest")
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file]
    with open(path, "w", encoding="ascii") as file:
        for fields in lines:
            content = changed.get(" ".join(fields[:2]))
            if content:
                fields[2:] = [str(len(content)), hashlib.sha256(content).hexdigest()]
            elif fields[0] == "version":
                fields[1] = "999-other"
            file.write(" ".join(fields) + "\n")


def make_stick(context, name, files, mode="key", size="1G", options=()):
    """A Secure Boot stick with files: (test image or absolute path, path on the stick). options: of
    ventoc -i, besides."""
    stick = context.sticks.install(name, f"--secure-boot={mode}", "--key-folder", Owner(context).folder,
                                   *options, size=size)
    for image, dest in files:
        context.sticks.put(stick, image, dest)
    return stick
