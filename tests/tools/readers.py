# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminal and the screen reader of the boot tests, on inputs whose text is known."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "boot"))
sys.dont_write_bytecode = True

import fbtext  # noqa: E402
from menu import current  # noqa: E402
from vt100 import Screen  # noqa: E402

FONT = "/boot/memtest86+x64.efi"


def same(found, wanted):
    """Fail, and show both, unless they are equal."""
    if found != wanted:
        sys.exit(f"found {found!r}, wanted {wanted!r}")


def terminal():
    """Cursor addressing, erasing, attributes, sequences in two parts."""
    screen = Screen(20, 4)
    screen.feed("\x1b[2J\x1b[01;01Hone\r\ntwo\x1b[2;1")
    screen.feed("0Hend\x1b[4;1Hlast")
    same(screen.lines(), ["one", "two      end", "", "last"])
    screen.feed("\nx\x1b[1A\x1b[2D\x1b[Ky")  # the line feed scrolls; then up, back, erase
    same(screen.lines(), ["two      end", "", "lasy", "    x"])
    screen.feed("\x1b[2J\x1b[1;1Hplain \x1b[7mmarked\x1b[0m\x1b[2;1H\x1b[30m\x1b[47mold style\x1b[0m")
    same(screen.highlighted(), ["marked", "old style"])


def highlighted_entry():
    """The entry under GRUB's mark; none while there is no menu."""
    screen = Screen()
    screen.feed("*not a menu")
    same(current(screen), None)
    screen.feed("\x1b[2J\x1b[1;9HGNU GRUB\x1b[3;1H\u2502 first.iso \u2502\x1b[4;1H\u2502"
                "\x1b[7m*2 - second.iso   \x1b[0m\u2502")
    same(current(screen), "2 - second.iso")


def picture(lines, font, width, height, top):
    """A screen with text drawn in white on blue, one line in blue on white."""
    glyphs = {char: bits for bits, char in font.items()}
    rows = [[b"\x00\x00\xaa"] * width for _ in range(height)]
    for number, line in enumerate(lines):
        ink, ground = b"\xff\xff\xff", b"\x00\x00\xaa"
        if number == 1:
            ink, ground = ground, ink
        for column, char in enumerate(line):
            bits = glyphs.get(char, bytes(16))
            for y in range(16):
                for x in range(8):
                    rows[top + 16 * number + y][8 * column + x] = \
                        ink if bits[y] & (0x80 >> x) else ground
    return b"".join(b"".join(row) for row in rows)


def screen_text():
    """Text at any height of the picture, in any two colours; a broken glyph is not read."""
    font = fbtext.font_of(FONT)
    lines = ["Memtest86+ v6.10", "white: | {~} #42", "last"]
    pixels = picture(lines, font, 160, 80, 11)
    same(list(filter(None, fbtext.decode(160, 80, pixels, font))), lines)
    at = 3 * (160 * (11 + 8) + 2)  # inside the M
    broken = pixels[:at] + bytes(255 - value for value in pixels[at:at + 3]) + pixels[at + 3:]
    same(list(filter(None, fbtext.decode(160, 80, broken, font)))[0], " emtest86+ v6.10")


terminal()
highlighted_entry()
screen_text()
