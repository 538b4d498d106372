# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy ranges between files without writing zeros where the target already reads as zero."""

import errno
import os

CHUNK_BYTES = 1 << 20
_ZEROS = bytes(CHUNK_BYTES)


def data_ranges(fd, offset, length):
    """Yield (offset, length) of the parts of a range that are not holes."""
    end = offset + length
    while offset < end:
        try:
            start = os.lseek(fd, offset, os.SEEK_DATA)
        except OSError as err:
            if err.errno == errno.ENXIO:  # nothing but a hole up to the end of the file
                return
            raise
        if start >= end:
            return
        stop = min(os.lseek(fd, start, os.SEEK_HOLE), end)
        yield start, stop - start
        offset = stop


def read_exact(fd, length, offset):
    """Read exactly length bytes at offset, or raise."""
    parts = []
    while length:
        part = os.pread(fd, length, offset)
        if not part:
            raise EOFError(f"end of file at byte {offset}")
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)


def write_exact(fd, data, offset):
    """Write all of data at offset."""
    view = memoryview(data)
    while view:
        done = os.pwrite(fd, view, offset)
        view = view[done:]
        offset += done


def zero_range(fd, offset, length):
    """Make a range read as zeros; what is a hole already stays one."""
    for start, count in list(data_ranges(fd, offset, length)):
        while count:
            step = min(count, CHUNK_BYTES)
            write_exact(fd, _ZEROS[:step], start)
            start, count = start + step, count - step


def copy_range(src, src_off, dst, dst_off, length):
    """Copy length bytes between two file descriptors, keeping holes of the source holes."""
    done = 0
    for start, count in list(data_ranges(src, src_off, length)):
        if start - src_off > done:
            zero_range(dst, dst_off + done, start - src_off - done)
        while count:
            step = min(count, CHUNK_BYTES)
            write_exact(dst, read_exact(src, step, start), dst_off + start - src_off)
            start, count = start + step, count - step
        done = start - src_off
    if done < length:
        zero_range(dst, dst_off + done, length - done)
