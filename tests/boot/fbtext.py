# SPDX-License-Identifier: GPL-3.0-or-later
"""Read text off a screenshot of a guest that draws 8x16 glyphs into its frame buffer.

Exact: a cell counts only when its two colours form a glyph of the font, bit for bit. The font is
taken from the program that draws, so that nothing needs to be known about its shapes but one.
"""

CELL_W, CELL_H = 8, 16
# The letter A of the PC's 8x16 font, by which the table of 256 glyphs is found in a binary.
_LETTER_A = bytes.fromhex("000010386cc6c6fec6c6c6c600000000")


def font_of(path):
    """{glyph bits: character} of the printable ASCII part of the font inside a binary."""
    with open(path, "rb") as file:
        binary = file.read()
    at = binary.find(_LETTER_A) - ord("A") * CELL_H
    if at < 0 or any(binary[at + 32 * CELL_H:at + 33 * CELL_H]):
        raise ValueError(f"no 8x16 font in {path}")
    return {binary[at + code * CELL_H:at + (code + 1) * CELL_H]: chr(code)
            for code in range(33, 127)}


def read_ppm(path):
    """(width, height, pixels) of a binary PPM with 8 bits per colour."""
    with open(path, "rb") as file:
        data = file.read()
    magic, width, height, depth = data.split(None, 4)[:4]
    if magic != b"P6" or depth != b"255":
        raise ValueError(f"{path} is not an 8-bit PPM")
    width, height = int(width), int(height)
    return width, height, data[len(data) - 3 * width * height:]


def _cell(pixels, stride, x, y):
    """The cell's glyph bits: 1 where the colour is not that of its top left pixel."""
    ground = pixels[y * stride + 3 * x:y * stride + 3 * x + 3]
    blank = ground * CELL_W
    bits = bytearray(CELL_H)
    for row in range(CELL_H):
        at = (y + row) * stride + 3 * x
        line = pixels[at:at + 3 * CELL_W]
        if line != blank:
            for column in range(CELL_W):
                if line[3 * column:3 * column + 3] != ground:
                    bits[row] |= 0x80 >> column
    return bytes(bits)


def decode(width, height, pixels, font):
    """The lines of text on a screenshot; cells that are no glyph read as blanks."""
    stride, best, best_count = 3 * width, [], 0
    for top in range(CELL_H):
        lines, count = [], 0
        for y in range(top, height - CELL_H + 1, CELL_H):
            line = "".join(font.get(_cell(pixels, stride, x, y), " ")
                           for x in range(0, width - CELL_W + 1, CELL_W))
            count += len(line) - line.count(" ")
            lines.append(line.rstrip())
        if count > best_count:
            best, best_count = lines, count
    return best
