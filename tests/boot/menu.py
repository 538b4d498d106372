# SPDX-License-Identifier: GPL-3.0-or-later
"""Drive ventoc's menu: GRUB's text menu as a terminal on the serial line shows it."""

import re
import time

from vm import VmError

_SIDES = "\u2502\u2503|\ufffd"  # light, heavy, ASCII, a code page's
_FRAME = _SIDES + "\u2500\u250c\u2510\u2514\u2518\u2501\u250f\u2513\u2517\u251b+- \u2191\u2193^v"
PROMPT = "grub>"


def _entry(text):
    """The title in a line of the menu: no frame, no mark, no scroll arrow."""
    text = text.strip(_FRAME)
    return text[1:] if text.startswith("*") else text


def current(screen):
    """The title of the highlighted entry, or None when no menu is shown."""
    if "GNU GRUB" not in screen.text():
        return None
    marked = [text for text in screen.highlighted() if text.lstrip(_FRAME).startswith("*")]
    return _entry(marked[0]) if len(marked) == 1 else None


def entries(screen):
    """The titles of all entries that the screen shows."""
    rows = [line for line in screen.lines() if line[1:2] and line[1:2] in _SIDES]
    return list(filter(None, map(_entry, rows)))


class Menu:
    """The menu of a VM that boots a stick."""

    def __init__(self, vm):
        self.vm = vm

    def wait(self, timeout=90):
        """Wait until the menu is there and an entry is highlighted."""
        return self.vm.wait_terminal(current, timeout, "no menu of ventoc on the serial line")

    def _settled(self, title):
        """The highlighted title once the terminal has stopped drawing."""
        for _ in range(60):
            time.sleep(0.3)
            now = current(self.vm.terminal())
            if now is not None and now == title:
                return title
            title = now
        raise VmError("the menu does not stop drawing")

    def _press(self, key, before):
        """Press a key and wait until the highlight has moved; returns the new title, or None."""
        self.vm.key(key)
        try:
            return self._settled(self.vm.wait_terminal(
                lambda screen: current(screen) not in (None, before) and current(screen), 12,
                "the highlight does not move"))
        except VmError:
            return None

    def select(self, title):
        """Move the highlight to an entry."""
        self.wait()
        self.vm.key("home")
        at, seen = self._settled(self.wait()), []
        while at != title:
            seen.append(at)
            at = self._press("down", at) or self._press("down", at)
            if at is None:
                raise VmError(f"no entry {title!r} in the menu; there are {seen}")

    def _open(self, title):
        """Open a submenu."""
        self.select(title)
        before = self.vm.terminal().text()
        self.vm.key("ret")
        self.vm.wait_terminal(lambda screen: screen.text() != before and current(screen), 20,
                              f"{title} does not open")

    def _start(self, title):
        self.select(title)
        self.vm.skip_serial()
        self.vm.key("ret")

    def choose(self, path):
        """Open the folders on the way to an image, as in "folder/image.iso", and start it."""
        *folders, name = path.split("/")
        for folder in folders:
            self._open(folder + "/")
        self._start(name)

    def choose_way(self, path, way):
        """Start an image in one of the other ways the menu offers for it."""
        *folders, name = path.split("/")
        self._open("Other ways to start an image ...")
        for folder in folders:
            self._open(folder + "/")
        self._open(name)
        self._start(way)

    def wait_words(self, words, timeout=60):
        """Wait for a message, however the terminal broke its lines: blanks do not count."""
        wanted = re.sub(r"\s+", r"\\s*", re.escape(words).replace("\\ ", " "))
        return self.vm.wait_serial(wanted, timeout)

    def back(self, timeout=60):
        """From a message that waits for a key, back to the menu."""
        if current(self.vm.terminal()) is not None:
            raise VmError("the menu did not make room for the message")
        self.vm.key("ret")
        return self.wait(timeout)

    def return_of_itself(self, timeout=120):
        """Wait until the menu is there again after the image ended, keys pressed as asked for."""
        self.vm.wait_serial(r"(?i)press any key", timeout)
        return self.back(timeout)

    # ---- GRUB's shell ----

    def shell(self):
        """Open the command line."""
        self.wait()
        self.vm.skip_serial()
        self.vm.key("c")
        self.vm.wait_serial(PROMPT, 20)

    def command(self, text, timeout=60):
        """Run a command in the shell; returns the lines it printed."""
        self.vm.skip_serial()
        self.vm.type_text(text + "\n")
        output = self.vm.wait_serial(r"(?s)\n(.*)" + PROMPT, timeout)[1]
        return [line.strip() for line in output.split("\n") if line.strip()]
