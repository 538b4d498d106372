# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program on a terminal, answer its question, print all it shows, exit as it does.

Usage: terminal.py ANSWER COMMAND...    ANSWER "^C" presses Ctrl-C, "^D" ends the input; else it is
typed with Enter.
"""

import os
import pty
import sys

KEYS = {"^C": b"\x03", "^D": b"\x04"}


def main():
    answer = KEYS.get(sys.argv[1], sys.argv[1].encode() + b"\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.argv[2], sys.argv[2:])
    shown, asked = b"", False
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the program ended
            break
        shown += part
        if not asked and b" to go on: " in shown:
            asked = True
            os.write(terminal, answer)
    sys.stdout.buffer.write(shown)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
