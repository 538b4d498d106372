# SPDX-License-Identifier: GPL-3.0-or-later
"""Stick images for the boot tests, made by the program under test; each is made once per run."""

import os
import shutil
import threading

from command import run

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIB = 1 << 20


class Sticks:
    """build: the build folder (it holds the program ventoc and its payload); folder: where to
    leave the images; images: where scripts/test-images left its own."""

    def __init__(self, build, folder, images):
        self.build, self.folder, self.images = build, folder, images
        self._locks = {}
        self._lock = threading.Lock()
        os.makedirs(folder, exist_ok=True)

    def ventoc(self, *args, payload=None):
        """Run the program under test."""
        return run(os.path.join(self.build, "ventoc"), *args, env=dict(
            os.environ, VENTOC_PAYLOAD=payload or os.path.join(self.build, "payload")))

    def install(self, name, *options, size="2G"):
        """A new stick image; options as ventoc takes them."""
        path = os.path.join(self.folder, name)
        if os.path.exists(path):
            os.unlink(path)
        self.ventoc("-i", path, "--size", size, "-y", "-q", *options)
        return path

    def put(self, stick, image, dest, *options):
        """Put one of the test images, or any file by its absolute path, on a stick."""
        return run(os.path.join(TOP, "scripts", "exfat-put"), *options, stick,
                   os.path.join(self.images, image), dest)

    def remove(self):
        """Remove all stick images."""
        shutil.rmtree(self.folder)

    def once(self, name, make):
        """make(), which returns a path, unless it was made before in this run."""
        with self._lock:
            lock, made = self._locks.setdefault(name, (threading.Lock(), {}))
        with lock:
            if "path" not in made:
                made["path"] = make()
            return made["path"]
