# SPDX-License-Identifier: GPL-3.0-or-later
"""Sticks whose upgrade was cut off: each firmware starts the slot that the bytes lead to."""

import os
import shutil
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fault"))

import slots  # noqa: E402
from samples import NAMES, samples  # noqa: E402

# (state, firmware)
MATRIX = tuple((name, firmware) for name, firmware in (
    (NAMES[0], "ovmf"), (NAMES[1], "seabios"), (NAMES[2], "ovmf"), (NAMES[2], "seabios"),
    (NAMES[6], "ovmf"), (NAMES[7], "ovmf"), (NAMES[8], "ovmf"), (NAMES[8], "seabios"),
    (NAMES[9], "ovmf"), (NAMES[9], "seabios")))


def check(context, state, firmware):
    """Make the state, boot it, look which slot started."""
    case = f"cut off, {state}, {firmware}"
    folder = context.case_folder(case) + "-state"
    os.makedirs(folder, exist_ok=True)
    other = os.path.join(folder, "other-payload")
    old = os.path.join(context.build, "payload")
    slots.other_payload(old, other)
    for sample in samples(os.path.join(context.build, "ventoc"), (old, other), os.path.join(folder, "images"),
                          fill=lambda path: context.sticks.put(path, "tiny.iso", "tiny.iso")):
        if sample.name == state:
            want = sample.slots["uefi" if firmware == "ovmf" else "bios"]
            seen = slots.slot_of(context, case, firmware, sample.path)
            if seen != want:
                raise AssertionError(f"slot {seen} started, not {want}")
            shutil.rmtree(folder)
            return
    raise AssertionError(f"there is no state {state}")
