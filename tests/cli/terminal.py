# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program on a terminal, answer its questions, print all it shows, exit as it does.

Usage: terminal.py ANSWER COMMAND...    ANSWER "^C" presses Ctrl-C, "^D" ends the input; else it is
typed with Enter. "A|B" answers two questions. VTC_TERMINAL_PROMPT: a regular expression for what ends
a question, instead of the one of all confirmations. Exits with 99 when the terminal is left silent.
"""

import os
import pty
import re
import sys
import termios

KEYS = {"^C": b"\x03", "^D": b"\x04"}


PROMPT = re.compile(os.environ.get("VTC_TERMINAL_PROMPT", " to go on: ").encode())


def main():
    answers = [KEYS.get(answer, answer.encode() + b"\n") for answer in sys.argv[1].split("|")]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.argv[2], sys.argv[2:])
    shown, at, echoes = b"", 0, True
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the program ended
            break
        shown += part
        asked = PROMPT.search(shown, at)
        if answers and asked:
            at = asked.end()
            os.write(terminal, answers.pop(0))
        echoes = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
    sys.stdout.buffer.write(shown)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.exit(code if echoes else 99)


main()
