# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program; its own words when it fails."""

import subprocess


def run(*args, **options):
    """Run a program to its end and return its standard output; OSError when it fails."""
    done = subprocess.run(args, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise OSError(f"{args[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
