# SPDX-License-Identifier: GPL-3.0-or-later
"""A small VT100 screen: what a terminal on the serial line would show."""

import re

_TOKEN = re.compile(
    r"\x1b\[(?P<args>[0-9;?]*)(?P<final>[@-~])"
    r"|\x1b[()#][0-9A-Za-z]"
    r"|\x1b(?P<plain>[A-Za-z0-9=>])"
    r"|(?P<text>[^\x1b\x00-\x1f\x7f]+)"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])")
_PARTIAL = re.compile(r"\x1b(\[[0-9;?]*|[()#])?\Z")
_PLAIN_ATTR = (None, None, False)


class Screen:
    """Feed it text as it comes; ask what is visible and where the highlight is."""

    def __init__(self, columns=132, rows=50):
        self.columns, self.rows = columns, rows
        self._pending = ""
        self._clear()
        self._attr = _PLAIN_ATTR

    def _clear(self):
        self._cells = [[(" ", _PLAIN_ATTR)] * self.columns for _ in range(self.rows)]
        self._x = self._y = 0

    def feed(self, text):
        """Interpret text; an escape sequence cut off at its end waits for the rest."""
        text = self._pending + text
        cut = _PARTIAL.search(text)
        self._pending = cut.group() if cut else ""
        if cut:
            text = text[:cut.start()]
        for token in _TOKEN.finditer(text):
            if token["text"]:
                for char in token["text"]:
                    self._put(char)
            elif token["control"]:
                self._control(token["control"])
            elif token["final"]:
                self._sequence(token["args"], token["final"])
            elif token["plain"] == "c":
                self._clear()

    def _put(self, char):
        if self._x >= self.columns:
            self._x = 0
            self._newline()
        self._cells[self._y][self._x] = (char, self._attr)
        self._x += 1

    def _newline(self):
        self._y += 1
        if self._y >= self.rows:
            self._cells = self._cells[1:] + [[(" ", _PLAIN_ATTR)] * self.columns]
            self._y = self.rows - 1

    def _control(self, char):
        if char == "\n":
            self._newline()
        elif char == "\r":
            self._x = 0
        elif char == "\b":
            self._x = max(0, self._x - 1)
        elif char == "\t":
            self._x = min(self.columns - 1, (self._x | 7) + 1)

    def _sequence(self, args, final):
        numbers = [int(part) if part.isdigit() else 0 for part in args.split(";")]
        first = numbers[0]
        if final in "Hf":
            row, column = (numbers + [0])[:2]
            self._y = min(max(row, 1), self.rows) - 1
            self._x = min(max(column, 1), self.columns) - 1
        elif final == "A":
            self._y = max(0, self._y - max(first, 1))
        elif final == "B":
            self._y = min(self.rows - 1, self._y + max(first, 1))
        elif final == "C":
            self._x = min(self.columns - 1, self._x + max(first, 1))
        elif final == "D":
            self._x = max(0, self._x - max(first, 1))
        elif final == "J":
            self._erase_display(first)
        elif final == "K":
            self._erase_line(first)
        elif final == "m":
            self._attributes(numbers)

    def _erase_display(self, mode):
        if mode == 2:
            x, y = self._x, self._y
            self._clear()
            self._x, self._y = x, y
            return
        self._erase_line(mode)
        rows = range(self._y + 1, self.rows) if mode == 0 else range(self._y)
        for row in rows:
            self._cells[row] = [(" ", _PLAIN_ATTR)] * self.columns

    def _erase_line(self, mode):
        start = 0 if mode else self._x
        end = self._x + 1 if mode == 1 else self.columns
        for column in range(start, min(end, self.columns)):
            self._cells[self._y][column] = (" ", _PLAIN_ATTR)

    def _attributes(self, numbers):
        fore, back, reverse = self._attr
        for number in numbers:
            if number == 0:
                fore, back, reverse = _PLAIN_ATTR
            elif number in (7, 27):
                reverse = number == 7
            elif 30 <= number <= 39:
                fore = None if number == 39 else number - 30
            elif 40 <= number <= 49:
                back = None if number == 49 else number - 40
        self._attr = (fore, back, reverse)

    def lines(self):
        """The visible lines, without blanks at the end."""
        return ["".join(char for char, _ in row).rstrip() for row in self._cells]

    def text(self):
        """The visible lines as one string, empty lines left out."""
        return "\n".join(line for line in self.lines() if line)

    def highlighted(self):
        """The texts shown in reverse video, or black on a light colour, one string per line."""
        found = []
        for row in self._cells:
            text = "".join(char for char, (fore, back, reverse) in row
                           if reverse or (fore == 0 and back not in (None, 0)))
            if text.strip():
                found.append(text.strip())
        return found
