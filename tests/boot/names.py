# SPDX-License-Identifier: GPL-3.0-or-later
"""File names: shown as they are, in natural order, never run as script."""

from context import GUEST_SECONDS, MENU_SECONDS
from menu import current

# In the order in which the menu must show them; all are the same image.
FOLDER = "Ordner mit Gr\u00fc\u00dfen"
NAMES = ("$(reboot) `halt` ${vtc_slot}; reboot.iso", "2 images'; halt; '.iso", "10 {images} # &&.ISO",
         "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1.iso", "\u65e5\u672c\u8a9e.iso")


def _plain(title):
    """A title without blanks: a wide character may leave one behind it on a terminal."""
    return "".join(title.split())


def check(context, firmware):
    """Walk over all entries; start the one that looks most like a script."""
    stick = context.sticks.install(f"names-{firmware}.img", size="512M")
    for name in NAMES:
        context.sticks.put(stick, "bios-only.iso", f"{FOLDER}/{name}")
    vm, menu = context.boot(f"names {firmware}", firmware, stick,
                            "ehci" if firmware == "seabios" else "xhci")
    with vm:
        seen = [menu.wait(MENU_SECONDS)]
        vm.screenshot("folder.png")
        vm.key("ret")
        vm.wait_terminal(lambda screen: current(screen) not in (None, seen[0]), 20,
                         "the folder does not open")
        seen.append(menu.wait())
        for _ in NAMES[1:]:
            vm.key("down")
            seen.append(vm.wait_terminal(
                lambda screen: current(screen) not in (None, seen[-1]) and current(screen), 10,
                f"no entry below {seen[-1]!r}"))
        vm.screenshot("names.png")
        wanted = [FOLDER + "/", *NAMES]
        if list(map(_plain, seen)) != list(map(_plain, wanted)):
            raise AssertionError(f"entries {seen}, not {wanted}")
        menu.select(NAMES[0])
        vm.skip_serial()
        vm.key("ret")
        if firmware == "seabios":
            vm.wait_vga("BIOS-only image reached isolinux", GUEST_SECONDS)
        else:
            menu.wait_words("has no UEFI boot loader")
            menu.back()
