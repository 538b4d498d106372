# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive shim's red box and MokManager over the serial line.

What tells their screens apart are the items of the menus: boxes and titles come in code page 437.
"""

import re
import time

SECONDS = 60
DOWN, ENTER = "\x1b[B", "\r"
_ITEM = re.compile("\ufffd +\ufffd +(\\S.*?) +\ufffd")  # a frame, the menu's frame, the item


class Mok:
    """shim and MokManager in a VM."""

    def __init__(self, vm):
        self.vm = vm

    def items(self):
        """The items of the menu on the screen: what stands in a box within the box."""
        return [found[1] for found in map(_ITEM.match, self.vm.terminal().lines()) if found]

    def words(self, pattern, timeout=SECONDS):
        """Wait until a regular expression is on the screen."""
        self.vm.wait_terminal(lambda screen: re.search(pattern, screen.text()), timeout,
                              f"no {pattern!r} on shim's screen")

    def refused(self, timeout=SECONDS):
        """Wait for shim's red box and press its OK."""
        self.words(r"Verification failed: \(0x1A\) Security Violation", timeout)
        self.vm.write_serial(ENTER)

    def open(self):
        """Press the key that MokManager waits for, for ten seconds, before it does anything."""
        self.words("Press any key to perform MOK management")
        self.vm.write_serial(ENTER)

    def choose(self, *items):
        """Choose the item in one menu after another."""
        for item in items:
            self.vm.wait_terminal(lambda _, item=item: item in self.items(), SECONDS,
                                  f"no {item!r} in MokManager's menu")
            time.sleep(0.5)  # it is drawn to its end
            menu = self.items()
            for _ in range(menu.index(item)):
                self.vm.write_serial(DOWN)
                time.sleep(0.3)
            self.vm.write_serial(ENTER)
            self.vm.wait_terminal(lambda _, menu=menu: self.items() != menu, SECONDS,
                                  f"{item!r} does nothing")

    def enrol_key(self, volume, file):
        """From its first menu: enrol a certificate in the root of a volume, and reboot."""
        self.choose("Enroll key from disk", volume, file, "Continue", "Yes", "Reboot")

    def enrol_hash(self, volume, *path):
        """From its first menu: enrol the hash of a program, by the folders that lead to it, and reboot."""
        self.choose("Enroll hash from disk", volume, *path, "Continue", "Yes", "Reboot")

    def enrol_requested(self, password):
        """From its first menu: enrol what a MokNew asks for, and reboot."""
        self.choose("Enroll MOK", "Continue", "Yes")
        self.words("Password")
        self.vm.write_serial(password + ENTER)
        self.choose("Reboot")
