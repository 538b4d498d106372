# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program writes to one file: counted by strace, which the program cannot influence."""

import os
import re
import subprocess
import tempfile
import time

CALLS = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile")
_LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (\d+)\b")


def _lines(path):
    """The calls of a trace, those that other threads interrupted put together."""
    pending = {}
    with open(path, encoding="utf-8", errors="replace") as trace:
        for line in trace:
            pid = line.split(None, 1)[0]
            if "<unfinished ...>" in line:
                pending[pid] = line[:line.index("<unfinished ...>")]
            elif "resumed>" in line and pid in pending:
                yield pending.pop(pid) + line[line.index("resumed>") + 8:]
            else:
                yield line


def written(target, args):
    """Run a program under strace; returns (calls, bytes) of what it and its children wrote to
    target. strace names the file of each descriptor; a copy's target is its second one."""
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace")
        done = subprocess.run(["strace", "-f", "-y", "-qq", "-s", "0", "-o", trace,
                               "-e", "trace=" + ",".join(CALLS), *args],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"{args[0]} failed: {done.stderr.strip()}")
        calls = count = 0
        named = f"<{os.path.realpath(target)}>"
        for line in _lines(trace):
            match = _LINE.match(line)
            if not match:
                continue
            files = re.findall(r"<[^>]*>", match[2])
            if match[1] == "copy_file_range":
                files = files[1:]
            if files and files[0] == named:
                calls += 1
                count += int(match[3])
        return calls, count


def seconds(args):
    """How long a program runs, without strace."""
    begin = time.monotonic()
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{args[0]} failed: {done.stderr.strip()}")
    return time.monotonic() - begin
