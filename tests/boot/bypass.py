# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way that might start something unverified, tried with Secure Boot on: none does. The same
without Secure Boot shows that each of them would."""

import os
import re
import struct

import otherfs
import secure
from command import run
from context import GUEST_SECONDS, MENU_SECONDS
from secureboot import HELLO, INIT_SAYS, KERNEL_SAYS, PAGE, boot, inner, refused

# name: (command, does it go through when nobody checks?)
COMMANDS = {
    "efi": ("chainloader ($vtc_data)/hello.efi", True),
    "efi-in-an-image": ("chainloader (cd)/boot/hello.efi", True),
    "kernel": ("linux (cd)/boot/unsigned", True),
    "kernel-by-another-name": ("linuxefi (cd)/boot/unsigned", True),
    "multiboot": ("multiboot2 ($vtc_data)/multiboot", True),
    "module": ("insmod (cd)/boot/hello.mod; hello", True),
    "font": ("loadfont (cd)/boot/font.pf2", True),
    "memory": ("hexdump -s 0 -n 16 (mem)", True),
    "tables": ("acpi ($vtc_data)/multiboot", True),
    "ranges": ("cutmem 1M 2M", True),
    # not in the image; what would bring them is "module"
    "port": ("outb 0x80 0", False),
    "write": ("write_byte 0x500 0", False),
    "pci": ("setpci -s 0:0 4.w=0", False),
    "msr": ("wrmsr 0x10 0", False),
    "mac": ("xnu_kernel64 ($vtc_data)/multiboot", False),
}
# What is signed goes through on both.
SIGNED = {
    "signed-efi": "chainloader (inner)/EFI/BOOT/BOOTX64.EFI",
}
# In the shell, in this order: (command, what it says, if it must fail). GRUB's linuxefi would use memory
# that it has freed after a second kernel or initrd, and after the first that fails.
KERNELS = (
    ("loopback cd ($vtc_data)/signed.iso", None),
    ("rmmod ventoc", "cannot unload persistent module"),
    ("rmmod linuxefi", "cannot unload persistent module"),
    ("initrd (cd)/boot/initrd", "load the kernel first"),
    ("linux", "filename expected"),
    ("linux (cd)/boot/unsigned", "bad shim signature"),
    ("linux (cd)/boot/linux console=ttyS0", None),
    ("linux (cd)/boot/unsigned", "GRUB loads one kernel"),
    ("linuxefi (cd)/boot/linux", "GRUB loads one kernel"),
    ("initrd (cd)/boot/none", "not found"),
    ("initrd newc:none:(cd)/boot/none", "not found"),
    ("initrd (cd)/boot/initrd", None),
    ("initrdefi (cd)/boot/initrd", "GRUB loads one initrd"),
)
# The same when another loader has taken the kernel's place: its initrd is not loaded any more.
REPLACED = (
    ("set root=$vtc_data", None),
    ("loopback cd ($vtc_data)/signed.iso", None),
    ("loopback inner (cd)/boot/grub/efi.img", None),
    ("linux (cd)/boot/linux console=ttyS0", None),
    ("chainloader ($vtc_data)/hello.efi", "bad shim signature"),
    ("chainloader (inner)/EFI/BOOT/BOOTX64.EFI", None),
    ("initrd (cd)/boot/initrd", "load the kernel first"),
    ("linux (cd)/boot/linux", "GRUB loads one kernel"),
)
# What a signature covers is not all that GRUB would use of a file, and not all that it covers is a kernel;
# then an initrd that cannot be read to its end, after which nothing is loaded until a restart.
PARTLY = (
    ("set root=$vtc_data", None),
    ("loopback cd ($vtc_data)/signed.iso", None),
    ("loopback cut ($vtc_data)/cut.iso", None),
    ("loopback inner (cd)/boot/grub/efi.img", None),
    ("linux (inner)/EFI/BOOT/BOOTX64.EFI", "no Linux kernel that UEFI can start"),
    ("linux ($vtc_data)/padded", "longer than the memory that it asks for"),
    ("multiboot2 (inner)/EFI/BOOT/BOOTX64.EFI", "starts Linux kernels only"),
    ("syslinux_configfile -i ($vtc_data)/try.cfg", "does not run isolinux configurations"),
    ("linux (cd)/boot/linux console=ttyS0", None),
    ("initrd (cut)/boot/initrd", "outside of"),
    ("boot", "load the kernel first"),
    ("initrd (cd)/boot/initrd", "no other after it; restart."),
    ("linux (cd)/boot/linux", "no other after it; restart."),
    ("chainloader (inner)/EFI/BOOT/BOOTX64.EFI", None),
)
SETTINGS = '{"data_writable": true, "writable": ["/debian-disk.img", "/hello.efi", "/memtest.iso"]}'


def _multiboot():
    """The least that is a Multiboot 2 kernel (its specification, 3.1): header, address and entry tag."""
    load = 4 << 20
    header = struct.pack("<IIII", 0xE85250D6, 0, 64, -(0xE85250D6 + 64) & 0xFFFFFFFF)
    header += struct.pack("<HHIIIII", 2, 0, 24, load, load, 0, 0)
    header += struct.pack("<HHIII", 3, 0, 12, load + 64, 0) + struct.pack("<HHI", 0, 0, 8)
    return header.ljust(64, b"\0") + b"\xf4" * 448


def _padded(kernel):
    """A signed kernel with more behind it than it asks memory for, in the table of its signatures, which
    they do not cover (PE format: optional header, attribute certificate table)."""
    at = struct.unpack_from("<I", kernel, 0x3C)[0] + 24
    at += (112 if struct.unpack_from("<H", kernel, at)[0] == 0x20B else 96) + 4 * 8
    first, table_bytes = struct.unpack_from("<II", kernel, at)
    if first + table_bytes != len(kernel):
        raise AssertionError("the kernel does not end with its signatures")
    pad_bytes = struct.unpack_from("<I", kernel, 0x260)[0] - len(kernel) + (1 << 20)
    padded = bytearray(kernel)
    struct.pack_into("<I", padded, at + 4, table_bytes + pad_bytes)
    return bytes(padded) + struct.pack("<IHH", pad_bytes, 0x200, 1) + bytes(pad_bytes - 8)


def _cut(iso, folder):
    """The image without /boot/initrd's content and what is behind it."""
    report = run("xorriso", "-indev", iso, "-find", "/boot/initrd", "-exec", "report_lba")
    lba = next(int(line.split(",")[1]) for line in report.splitlines() if line.startswith("File data lba:"))
    with open(iso, "rb") as whole, open(os.path.join(folder, "cut.iso"), "wb") as cut:
        cut.write(whole.read(lba * 2048))
    return cut.name


def _script():
    """Tries everything and says of each what came of it; from the data partition, as anybody may put
    it there."""
    lines = ["set root=$vtc_data", "loopback cd ($vtc_data)/signed.iso",
             "loopback inner (cd)/boot/grub/efi.img"]
    for name, command in {**{name: command for name, (command, _) in COMMANDS.items()}, **SIGNED}.items():
        lines.append(f"if {command}; then echo =THROUGH {name}; else echo =STOPPED {name}; fi")
    return "\n".join([*lines, "echo =ALL DONE", ""])


def _stick(context):
    folder = os.path.join(context.sticks.folder, "bypass")
    os.makedirs(folder, exist_ok=True)
    iso, kernel = os.path.join(context.images, "signed.iso"), os.path.join(folder, "linux")
    run("xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/boot/linux", kernel)
    with open(kernel, "rb") as file:
        padded = _padded(file.read())
    made = {"padded": padded, "try.cfg": _script().encode(), "multiboot": _multiboot(), "ventoc/ventoc.json": SETTINGS.encode()}
    files = [("signed.iso", "signed.iso"), ("hello.efi", "hello.efi"), ("memtest-x64.iso", "memtest.iso"),
             ("debian-disk.img", "debian-disk.img"), (_cut(iso, folder), "cut.iso")]
    for dest, content in made.items():
        path = os.path.join(folder, os.path.basename(dest))
        with open(path, "wb") as file:
            file.write(content)
        files.append((path, dest))
    return secure.make_stick(context, "bypass.img", files)


def _attempts(menu):
    """Run the script in the shell; returns the names of what went through."""
    menu.shell()
    lines = menu.command("source ($vtc_data)/try.cfg", MENU_SECONDS)
    menu.vm.key("esc")
    menu.wait()
    said, through, failed = [], set(), False
    for line in lines:
        if line.startswith(("=THROUGH ", "=STOPPED ")):
            result, name = line.split()
            said.append(name)
            if result == "=THROUGH" and not failed:
                through.add(name)
            failed = False
        elif line.startswith("error: "):  # GRUB's "if" takes some of them for success
            failed = True
    if said != [*COMMANDS, *SIGNED]:
        raise AssertionError(f"not all was tried: {lines}")
    if ("module" in through) != ("Hello World" in lines):
        raise AssertionError(f"hello.mod: {lines}")
    return through


def commands(context, case):
    """The shell, a script on the data partition, the editor, settings, .efi, .img and GRUB mode."""
    path = context.sticks.once("bypass", lambda: _stick(context))
    vm, menu = context.boot(case + " off", "ovmf", path)
    with vm:
        menu.wait(MENU_SECONDS)
        through = _attempts(menu)
    wanted = {name for name, (_, plain) in COMMANDS.items() if plain} | set(SIGNED)
    if through != wanted:
        raise AssertionError(f"nobody checks, and these differ: {through ^ wanted}")
    vm, menu = boot(context, case, path, mok=[secure.Owner(context).der()])
    with vm:
        menu.wait(MENU_SECONDS)
        through = _attempts(menu)
        if through != set(SIGNED):
            raise AssertionError(f"went through: {sorted(through)}")
        for image in ("memtest.iso", "debian-disk.img", "hello.efi"):
            refused(vm, menu, image)
        _edit(vm, menu)
        _grub_mode(vm, menu)
        if HELLO in vm.serial():
            raise AssertionError("hello.efi has run")


def _edit(vm, menu):
    """An entry, changed in the editor."""
    menu.select("hello.efi")
    vm.skip_serial()
    vm.key("e")
    vm.wait_serial("Ctrl-x", 30)
    vm.type_text("chainloader ($vtc_data)/hello.efi\nboot\n")
    before = len(vm.serial())
    vm.key("ctrl", "x")  # what was typed fails, then the entry itself
    vm.wait_terminal(lambda screen: PAGE in screen.text(), 60, "the entry is not refused")
    if "bad shim signature" not in vm.serial()[before:]:
        raise AssertionError("the command that was typed is not refused")
    vm.key("ret")
    vm.wait_terminal(lambda screen: "Press any key" in screen.text(), 60, "the page does not go")
    vm.key("ret")
    vm.wait_terminal(lambda screen: PAGE not in screen.text(), 60, "no way back")
    vm.key("esc")
    vm.key("esc")
    menu.wait()


def _grub_mode(vm, menu):
    """An image's configuration, run by our GRUB."""
    menu.choose_way("signed.iso", "Boot with ventoc's own GRUB")
    for entry, words in (("unsigned", "bad shim signature"), ("chain", "bad shim signature"),
                         ("module", "can't find command"), ("font", "prohibited by secure boot policy")):
        inner(menu, entry)
        vm.wait_serial(f"(?s)({words}).*ress any key", 60)
        vm.key("ret")
    inner(menu, "linux")
    vm.wait_serial(INIT_SAYS, GUEST_SECONDS)


def _shell(menu, commands):
    """Each command says what it must; the shell stays open."""
    menu.wait(MENU_SECONDS)
    menu.shell()
    for command, words in commands:
        said = " ".join(menu.command(command, MENU_SECONDS))
        if ("error" in said) != bool(words) or (words or "").replace(" ", "") not in said.replace(" ", ""):
            raise AssertionError(f"{command}: {said}")


def _kernels(context, case, firmware):
    path = context.sticks.once("bypass", lambda: _stick(context))
    vm, menu = boot(context, case, path, firmware, mok=[secure.Owner(context).der()])
    with vm:
        _shell(menu, KERNELS)
        vm.type_text("boot\n")
        vm.wait_serial(KERNEL_SAYS, GUEST_SECONDS)
        vm.wait_serial(INIT_SAYS, GUEST_SECONDS)


def kernels(context, case):
    """A second kernel or initrd is not loaded; the first is whole, and boots."""
    path = context.sticks.once("bypass", lambda: _stick(context))
    for name, commands_of in (("replaced", REPLACED), ("partly", PARTLY)):
        vm, menu = boot(context, f"{case} {name}", path, mok=[secure.Owner(context).der()])
        with vm:
            _shell(menu, commands_of)
    _kernels(context, case, "ovmf-sb")


def kernels_ia32(context, case):
    """The same on 32-bit UEFI, which gives a 64-bit kernel another entry."""
    _kernels(context, case, "ovmf32")


def ntfs(context, case):
    """A data partition with NTFS: GRUB's driver stays away under Secure Boot, and the menu says so."""
    path = secure.make_stick(context, "secure-ntfs.img", [], size="512M")
    otherfs.make("ntfs", path, [(os.path.join(context.images, "tiny.iso"), "tiny.iso", 1)])
    vm, menu = boot(context, case, path, mok=[secure.Owner(context).der()])
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose("The images on this stick cannot be listed. Press Enter to see why.")
        menu.wait_words("NTFS, which GRUB does not read while Secure Boot is on")
        menu.back()
    os.unlink(path)
