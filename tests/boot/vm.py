# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual machine under QEMU: firmware, disks, keyboard, serial line, screen, counters."""

import codecs
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import fbtext
from qmp import Qmp, QmpError
from vt100 import Screen

OVMF = "/usr/share/OVMF"
SLOWNESS = float(os.environ.get("BOOT_SLOWNESS", "1"))  # multiplies every timeout
MAX_MACHINES = 2

_SMM = ["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]
# firmware: (code, variables, machine options, QEMU options)
FIRMWARE = {
    "ovmf": ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd", "", []),
    "ovmf32": ("OVMF32_CODE_4M.secboot.fd", "OVMF32_VARS_4M.fd", ",smm=on", _SMM),
    "ovmf-sb": ("OVMF_CODE_4M.secboot.fd", "OVMF_VARS_4M.ms.fd", ",smm=on", _SMM),
    "seabios": (None, None, "", []),
}
# bus: (controller, device)
BUSES = {
    "xhci": ("qemu-xhci,id=xhci", "usb-storage,bus=xhci.0"),
    "ehci": ("usb-ehci,id=ehci", "usb-storage,bus=ehci.0"),
    "ahci": (None, "ide-hd"),  # q35's own controller
    "ide": (None, "ide-hd"),   # needs machine="pc"
    "virtio": (None, "virtio-blk-pci"),
    "cd": (None, "ide-cd"),
}
KEYS = {" ": "spc", "\n": "ret", "-": "minus", "=": "equal", "/": "slash", ".": "dot",
        ",": "comma", ";": "semicolon", "'": "apostrophe", "[": "bracket_left",
        "]": "bracket_right", "\\": "backslash", "`": "grave_accent", "\t": "tab"}
SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./"))
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[@-~]|\x1b[()#][0-9A-Za-z]|\x1b[A-Za-z0-9=>]|\r")


class VmError(Exception):
    """The machine did not do what was waited for."""


class Disk:
    """A disk of a machine. path: image file; bus: see BUSES; sector_bytes: what the guest sees.

    keep: the guest's writes go to the file (default: they are dropped). serial: its serial number.
    """

    def __init__(self, path, bus="xhci", sector_bytes=512, keep=False, bootindex=None, serial=None):
        self.path, self.bus, self.sector_bytes = path, bus, sector_bytes
        self.keep, self.bootindex, self.serial = keep, bootindex, serial


def _slot():
    """Wait for one of the places for machines; the returned file holds it until it is closed."""
    while True:
        for number in range(MAX_MACHINES):
            path = os.path.join(tempfile.gettempdir(), f"ventoc-vm-{os.getuid()}-{number}.lock")
            place = open(path, "w", encoding="ascii")
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return place
            except OSError:
                place.close()
        time.sleep(0.5)


class VM:
    """A running machine; use it in a with statement. out: a folder for its files, made anew.

    left there: serial.log, qemu.log, and screen.png when the with block ends by an exception.
    set_variables: called with the path of this machine's own vars.fd before it starts (varstore.py);
    vars.fd is then left there too.
    """

    def __init__(self, out, firmware, disks, memory_mib=1024, machine="q35", extra=(),
                 set_variables=None):
        self.out = os.path.abspath(out)
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(self.out)
        self._set_variables = set_variables
        self._place = _slot()
        self._sockets = tempfile.mkdtemp(prefix="vm-")  # short: socket paths have a limit
        self._serial, self._mark = bytearray(), 0
        self._lock = threading.Lock()
        self.screen = Screen()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._fed = 0
        try:
            self._start(self._arguments(firmware, disks, memory_mib, machine, extra))
        except BaseException:
            self.close()
            raise

    def _arguments(self, firmware, disks, memory_mib, machine, extra):
        code, variables, machine_options, options = FIRMWARE[firmware]
        # setpriv: the machine must not outlive this program
        args = ["setpriv", "--pdeathsig", "TERM", "qemu-system-x86_64", "-accel", "tcg",
                "-machine", machine + machine_options, "-m", str(memory_mib), "-nic", "none",
                "-display", "none", "-nodefaults", "-vga", "std", "-no-user-config",
                "-boot", "menu=off", *options]
        if code:
            private = os.path.join(self.out, "vars.fd")
            shutil.copyfile(os.path.join(OVMF, variables), private)
            if self._set_variables:
                self._set_variables(private)
            for unit, path, readonly in ((0, os.path.join(OVMF, code), "on"), (1, private, "off")):
                args += ["-drive", f"if=pflash,unit={unit},format=raw,readonly={readonly},file={path}"]
        # A pipe, not a socket: that one takes few bytes that come one by one, and the UART drops the rest.
        args += ["-chardev", f"pipe,id=serial,path={self._sockets}/serial",
                 "-chardev", f"socket,id=qmp,path={self._sockets}/qmp", "-serial", "chardev:serial",
                 "-mon", "chardev=qmp,mode=control"]
        for controller in dict.fromkeys(BUSES[disk.bus][0] for disk in disks):
            if controller:
                args += ["-device", controller]
        for number, disk in enumerate(disks):
            args += ["-drive", f"if=none,id=disk{number},format=raw,cache=unsafe,file={disk.path}"
                     + (",media=cdrom,readonly=on" if disk.bus == "cd" else
                        "" if disk.keep else ",snapshot=on")]
            device = BUSES[disk.bus][1]
            if disk.sector_bytes != 512 and device.startswith("usb-storage"):
                # usb-storage ignores the sector size; its two halves, named apart, do not.
                args += ["-device", device.replace("usb-storage", "usb-bot") + f",id=usb{number}"]
                device = f"scsi-hd,bus=usb{number}.0"
            device += f",drive=disk{number},id=dev{number}"
            if disk.serial:
                device += f",serial={disk.serial}"
            if disk.bootindex is not None:
                device += f",bootindex={disk.bootindex}"
            if disk.sector_bytes != 512:
                device += (f",logical_block_size={disk.sector_bytes}"
                           f",physical_block_size={disk.sector_bytes}")
            args += ["-device", device]
        return args + list(extra)

    def _start(self, args):
        pipes = [os.path.join(self._sockets, "serial." + end) for end in ("in", "out")]
        for path in pipes:
            os.mkfifo(path)
        self._keys = os.open(pipes[0], os.O_RDWR)
        self._line = os.open(pipes[1], os.O_RDONLY | os.O_NONBLOCK)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.path.join(self._sockets, "qmp"))
        listener.listen(1)
        listener.settimeout(30 * SLOWNESS)
        self.command_line = args
        self._log = open(os.path.join(self.out, "qemu.log"), "w+", encoding="utf-8")
        self._log.write(" ".join(args) + "\n")
        self._log.flush()
        self.started = time.monotonic()
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self._log,
                                        stderr=self._log)
        try:
            link = listener.accept()[0]
        except TimeoutError as err:
            self._log.seek(0)
            raise VmError("QEMU does not start: " + self._log.read()[-500:]) from err
        finally:
            listener.close()
        self.qmp = Qmp(link)  # the pipes have their other ends by now
        os.set_blocking(self._line, True)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with open(os.path.join(self.out, "serial.log"), "wb", buffering=0) as log:
            while data := os.read(self._line, 65536):
                log.write(data)
                with self._lock:
                    self._serial += data
        os.close(self._line)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            try:
                self.screenshot("screen.png")
            except QmpError:
                pass
        self.close()

    def close(self):
        """End the machine and remove what is not an artefact."""
        process = getattr(self, "process", None)
        if process:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            self._log.close()
            os.close(self._keys)
        shutil.rmtree(self._sockets, ignore_errors=True)
        for name in ("screen.ppm", *(() if self._set_variables else ("vars.fd",))):
            path = os.path.join(self.out, name)
            if os.path.exists(path):
                os.unlink(path)
        self._place.close()

    # ---- disks ----

    def becomes_uas(self, number=0):
        """A USB disk that the firmware read by the older protocol answers by UAS from now on, as
        such sticks do for an operating system. extra of the machine: late_drive() of its file."""
        self.qmp.command("device_del", id=f"dev{number}")
        self.qmp.command("device_add", driver="usb-uas", id="uas", bus="xhci.0")
        self.qmp.command("device_add", driver="scsi-hd", id="late", bus="uas.0", drive="late")
        self.qmp.command("qom-set", path="/machine/peripheral/uas", property="attached", value=True)

    @staticmethod
    def late_drive(path):
        """Options for a drive that is attached later."""
        return ["-drive", f"if=none,id=late,format=raw,cache=unsafe,file={path},snapshot=on"]

    # ---- serial line ----

    def serial(self):
        """All text that came over the serial line so far, as it came."""
        with self._lock:
            return self._serial.decode("utf-8", "replace")

    def wait_serial(self, pattern, timeout):
        """Wait for a regular expression in the serial text (escape sequences removed) after the
        last match of this function; returns the match. Raises VmError after timeout seconds."""
        def look():
            with self._lock:
                text = self._serial[self._mark:].decode("utf-8", "replace")
            return re.search(pattern, _ESCAPES.sub("", text))
        match = self._wait(look, timeout, f"no {pattern!r} on the serial line")
        with self._lock:
            self._mark = len(self._serial)
        return match

    def skip_serial(self):
        """Let the next wait_serial() see only what comes from now on."""
        with self._lock:
            self._mark = len(self._serial)

    def terminal(self):
        """The Screen that a terminal on the serial line shows now."""
        with self._lock:
            new = bytes(self._serial[self._fed:])
        self._fed += len(new)
        self.screen.feed(self._decoder.decode(new))
        return self.screen

    def wait_terminal(self, test, timeout, what):
        """Wait until test(Screen) is true; returns what it returned."""
        return self._wait(lambda: test(self.terminal()), timeout, what)

    def write_serial(self, text):
        """Type on the serial line."""
        os.write(self._keys, text.encode())

    # ---- keyboard ----

    def key(self, *names):
        """Press keys (QEMU key names) together."""
        self.qmp.command("send-key", keys=[{"type": "qcode", "data": name} for name in names])
        time.sleep(0.12)

    def type_text(self, text):
        """Type text on a US keyboard."""
        for char in text:
            if char in SHIFTED:
                base = SHIFTED[char]
                self.key("shift", KEYS.get(base, base))
            elif char.isupper():
                self.key("shift", char.lower())
            else:
                self.key(KEYS.get(char, char))

    # ---- screen ----

    def screenshot(self, name, form="png"):
        """Save the screen in the out folder; returns the path."""
        path = os.path.join(self.out, name)
        self.qmp.command("screendump", filename=path, format=form)
        return path

    def framebuffer_text(self, font):
        """What fbtext can read on the screen now."""
        path = self.screenshot("screen.ppm", "ppm")
        return "\n".join(filter(None, fbtext.decode(*fbtext.read_ppm(path), font)))

    def wait_framebuffer(self, pattern, font, timeout):
        """Wait for a regular expression in the text drawn on the screen."""
        return self._wait(lambda: re.search(pattern, self.framebuffer_text(font)), timeout,
                          f"no {pattern!r} on the screen", pause=1)

    def vga_text(self):
        """The 80x25 text screen of the VGA card, read from guest memory."""
        path = os.path.join(self.out, "vga.bin")
        self.qmp.command("pmemsave", val=0xB8000, size=4000, filename=path)
        with open(path, "rb") as file:
            cells = file.read()[::2].decode("cp437")
        os.unlink(path)
        return "\n".join(cells[at:at + 80].rstrip() for at in range(0, 2000, 80))

    def wait_vga(self, pattern, timeout):
        """Wait for a regular expression on the VGA text screen."""
        return self._wait(lambda: re.search(pattern, self.vga_text()), timeout,
                          f"no {pattern!r} on the VGA text screen", pause=0.5)

    def _wait(self, look, timeout, failure, pause=0.1):
        end = time.monotonic() + timeout * SLOWNESS
        while True:
            found = look()
            if found:
                return found
            if self.process.poll() is not None:
                raise VmError(f"{failure}: QEMU ended with status {self.process.returncode}")
            if time.monotonic() > end:
                raise VmError(f"{failure} after {timeout * SLOWNESS:.0f} s")
            time.sleep(pause)

    # ---- counters ----

    def cpu_seconds(self):
        """CPU time that QEMU has used."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def reads(self, disk=0):
        """(operations, bytes) that the guest has read from a disk."""
        for entry in self.qmp.command("query-blockstats"):
            if entry.get("device") == f"disk{disk}":
                return entry["stats"]["rd_operations"], entry["stats"]["rd_bytes"]
        raise VmError(f"no disk{disk}")
