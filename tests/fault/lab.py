# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the program on an image, note what it writes, and make things go wrong."""

import os
import subprocess
from collections import namedtuple

from disk import Disk, read_log

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
TIMEOUT = 120  # seconds for one run

Run = namedtuple("Run", "code out err log")


def command(*args, stdin=b""):
    """Run a tool that has to succeed."""
    done = subprocess.run(args, input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise OSError(f"{args[0]}: exit status {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.stdout


def build_preload(folder):
    """Compile preload.c; returns the library's path."""
    path = os.path.join(folder, "preload.so")
    command(os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path,
            os.path.join(HERE, "preload.c"), "-ldl")
    return path


class Lab:
    """A folder with the program, payloads of some versions and images to spoil.

    payloads: {version: folder}. folder: for the images. Each process has a lab of its own.
    """

    def __init__(self, program, preload, payloads, folder):
        self.program, self.preload, self.payloads, self.folder = program, preload, payloads, folder
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        """A file of the lab."""
        return os.path.join(self.folder, name)

    def popen(self, args, image, fault=None, slow=0, log=None):
        """Start the program with the preloaded library."""
        env = dict(os.environ, LD_PRELOAD=self.preload, VTC_FAULT_TARGET=image, VTC_FAULT_NOSYNC="1",
                   LC_ALL="C.UTF-8")
        if log:
            env["VTC_FAULT_LOG"] = log
        if fault:
            env["VTC_FAULT"] = fault
        if slow:
            env["VTC_FAULT_SLOW"] = str(slow)
        return subprocess.Popen([self.program, *args], env=env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, args, image, fault=None):
        """Run to the end; returns a Run."""
        log = self.path("log")
        if os.path.exists(log):
            os.unlink(log)
        with self.popen(args, image, fault, log=log) as process:
            try:
                out, err = process.communicate(timeout=TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Run(process.returncode, out.decode(), err.decode(),
                   read_log(log) if os.path.exists(log) else [])

    def ventoc(self, *args):
        """Run the program as it is; returns its exit code and standard output."""
        done = subprocess.run([self.program, *args], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT, check=False)
        return done.returncode, done.stdout.decode()

    def must(self, *args):
        """Run the program; it has to succeed."""
        command(self.program, *args)

    def copy(self, name, other):
        """A sparse copy of an image of the lab."""
        command("cp", "--sparse=always", self.path(name), self.path(other))
        return self.path(other)


def put_back(path, base, log):
    """Make an image what it was before the writes of a log; base: the Disk it was copied from."""
    fd = os.open(path, os.O_WRONLY)
    try:
        for kind, off, length, _ in log:
            if kind == "W":
                os.pwrite(fd, base.bytes[off:off + length], off)
    finally:
        os.close(fd)


def apply(disk, log):
    """Make the writes of a log to a Disk."""
    for kind, off, _, data in log:
        if kind == "W":
            disk.write(off, data)


__all__ = ["Disk", "Lab", "Run", "TOP", "apply", "build_preload", "command", "put_back"]
