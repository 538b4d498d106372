# SPDX-License-Identifier: GPL-3.0-or-later
"""A menu password: the command line and the editor are closed, what the menu shows starts without."""

import hashlib
import json
import os

from context import MENU_SECONDS
from vm import VmError

PASSWORD, SALT, ITERATIONS = "open sesame", bytes(range(64)), 1000
# What starting hello.efi leads to, by firmware.
STARTED = {"ovmf": "This file is used to prove you have managed", "seabios": "hello.efi: an EFI program"}


def _settings(context):
    digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), SALT, ITERATIONS, 64)
    path = os.path.join(context.sticks.folder, "password.json")
    text = ".".join(["grub.pbkdf2.sha512", str(ITERATIONS), SALT.hex().upper(), digest.hex().upper()])
    with open(path, "w", encoding="ascii") as file:
        json.dump({"menu_password": text}, file)
    return path


def _answer(vm, key, password):
    """Press a key that asks for the password, and give one."""
    vm.skip_serial()
    vm.key(key)
    vm.wait_serial("Enter username", 30)
    vm.type_text("ventoc\n")
    vm.wait_serial("Enter password", 30)
    vm.skip_serial()
    vm.type_text(password + "\n")


def _boot(context, firmware, path):
    return context.boot(f"password {firmware}", firmware, path, "ehci" if firmware == "seabios" else "xhci")


def check(context, firmware):
    """Wrong passwords at "c" and "e", then the right one; an image starts without."""
    path = context.sticks.install(f"password-{firmware}.img", size="512M")
    context.sticks.put(path, "hello.efi", "hello.efi")
    context.sticks.put(path, _settings(context), "ventoc/ventoc.json")
    vm, menu = _boot(context, firmware, path)
    with vm:
        menu.wait(MENU_SECONDS)
        for key, opened in (("c", "grub>"), ("e", "Ctrl-x")):
            _answer(vm, key, "wrong")
            try:
                vm.wait_serial(opened, 8)
            except VmError:
                menu.wait()
            else:
                raise AssertionError(f"{key} opens with a wrong password")
        _answer(vm, "e", PASSWORD)
        vm.wait_serial("Ctrl-x", 60)
        vm.key("esc")
        menu.shell()  # GRUB has been told who it is
        vm.key("esc")
        menu.wait()
    vm, menu = _boot(context, firmware, path)
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose("hello.efi")
        menu.wait_words(STARTED[firmware])
    os.unlink(path)
    _unreadable(context, firmware)


def _unreadable(context, firmware):
    """Settings that are too long to be read might hold a password: nothing opens, the menu says why."""
    path = context.sticks.install(f"password-{firmware}.img", size="512M")
    long = os.path.join(context.sticks.folder, f"long-{firmware}.json")
    with open(long, "wb") as file:
        file.write(b" " * (2 << 20))
    context.sticks.put(path, long, "ventoc/ventoc.json")
    vm, menu = _boot(context, firmware, path)
    with vm:
        menu.wait(MENU_SECONDS)
        for password in ("", PASSWORD):
            _answer(vm, "c", password)
            try:
                vm.wait_serial("grub>", 8)
            except VmError:
                menu.wait()
            else:
                raise AssertionError("the command line opens, and nobody knows the settings")
        menu.select("Mistake in ventoc/ventoc.json, which cannot be read ...")
        vm.skip_serial()
        vm.key("ret")
        menu.wait_words("longer than")
    os.unlink(path)
