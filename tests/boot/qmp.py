# SPDX-License-Identifier: GPL-3.0-or-later
"""QEMU's machine protocol (QMP): one command at a time over a connected socket."""

import json


class QmpError(Exception):
    """QEMU refused a command, or is gone."""


class Qmp:
    """A QMP session; sock: a socket that QEMU has connected to."""

    def __init__(self, sock):
        self._file = sock.makefile("rwb")
        self._receive()  # the greeting
        self.command("qmp_capabilities")

    def _receive(self):
        line = self._file.readline()
        if not line:
            raise QmpError("QEMU closed its control socket")
        return json.loads(line)

    def command(self, name, **arguments):
        """Run a command and return what it returns; events in between are dropped."""
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        try:
            self._file.write(json.dumps(request).encode() + b"\n")
            self._file.flush()
            while True:
                answer = self._receive()
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    raise QmpError(f"{name}: {answer['error']['desc']}")
        except OSError as err:
            raise QmpError(f"{name}: {err}") from err
