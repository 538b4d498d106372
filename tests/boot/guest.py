# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on inside a live guest: a script on a disk that the guest runs, and its answers."""

import os
import re

from vm import VmError

_BEGIN, _END = "GUEST-CHECK-BEGIN", "GUEST-CHECK-END"


class GuestCheck:
    """A script for the guest (scripts/live-images tells how it gets run) as a disk's content.

    Each line name=command of questions becomes an answer: what the command printed.
    """

    def __init__(self, folder, questions, before=""):
        self.names = list(questions)
        # the console stays open when getty hangs up the line; nothing of others in between
        text = ("exec >/dev/console 2>&1\ndmesg -n 1\nkill -s RTMIN+21 1\n"
                "until grep -qx agetty /proc/[0-9]*/comm; do sleep 1; done\nsleep 2\n"
                f"{before}\necho; echo {_BEGIN}\n")
        for name, command in questions.items():
            text += f"echo; echo '[{name}]'; ( {command} ) 2>&1\n"
        text += f"sync\necho; echo {_END}\n"
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, "check.sh")
        data = text.encode()
        with open(self.path, "wb") as file:
            file.write(data + b"\n" * (-len(data) % 4096))

    def answers(self, vm, timeout):
        """Wait for the guest to run the script; returns {name: text}."""
        found = vm.wait_serial(rf"(?s){_BEGIN}(.*?){_END}", timeout)[1]
        parts = re.split(r"\n\[(\w+)\]\n", "\n" + found.replace("\r", ""))
        answers = {name: text.strip() for name, text in zip(parts[1::2], parts[2::2])}
        missing = [name for name in self.names if name not in answers]
        if missing:
            raise VmError(f"the guest did not answer {missing}")
        return answers
