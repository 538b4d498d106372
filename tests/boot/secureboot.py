# SPDX-License-Identifier: GPL-3.0-or-later
"""Secure Boot is on: what starts, and what is refused, by whom, with which words."""

import filecmp
import os
import re
import shutil

import live
import secure
from context import GUEST_SECONDS, MENU_SECONDS
from guest import GuestCheck
from menu import current
from mok import Mok
from secure import Owner, variables
from varstore import SHIM, Store, signatures
from vm import OVMF

IPXE = r"iPXE 1\.0\.0\+git-20190125"
HELLO = "This file is used to prove you have managed"
PAGE = "Secure Boot refused this boot loader."
KERNEL_SAYS, INIT_SAYS = "Secure boot enabled", "ORIGINAL-INIT secure"
LIVE = "live-signed.iso"
LIVE_COMMAND_LINE = ("BOOT_IMAGE=/live/linux boot=live components console=ttyS0 no_timer_check norandmaps "
                     "nokaslr printk.devkmsg=on")  # as scripts/test-images wrote it
FILES = (("memtest-x64.iso", "memtest-x64.iso"), ("ipxe.iso", "ipxe.iso"), ("signed.iso", "signed.iso"),
         ("debian-mini.iso", "debian-mini.iso"), ("hello.efi", "hello.efi"),
         ("debian-disk.img", "debian-disk.img"))


def stick(context):
    """The stick that most cases share, signed by the owner's key."""
    return context.sticks.once("secure", lambda: secure.make_stick(context, "secure.img", FILES))


def boot(context, case, path, firmware="ovmf-sb", **trusted):
    """A machine with Secure Boot on that boots a stick; trusted: see secure.variables()."""
    if firmware == "ovmf32":  # comes without Microsoft's keys
        trusted["keys_of"] = os.path.join(OVMF, "OVMF_VARS_4M.ms.fd")
    return context.boot(case, firmware, path, set_variables=variables(**trusted))


def state(menu, wanted):
    """What our GRUB says of Secure Boot; leaves the menu as it was."""
    menu.shell()
    said = menu.command("echo state=$vtc_secure_boot lockdown=$lockdown shim_lock=$shim_lock")
    menu.vm.key("esc")
    menu.wait()
    if f"state={wanted} lockdown=y shim_lock=y" not in said:
        raise AssertionError(f"the state is {said}, not {wanted}")


def refused(vm, menu, image, words="not signed", then="back"):
    """Start an image that must be refused with our page; then: "back" to the menu, or "stay"."""
    menu.choose(image)
    menu.wait_words(PAGE)
    vm.wait_terminal(lambda screen: words in screen.text() and "back to the menu" in screen.text(),
                     30, f"the page does not say {words!r}")
    if then == "back":
        menu.back()


def inner(menu, entry):
    """Choose an entry of the menu that an image's own GRUB shows."""
    menu.vm.wait_terminal(lambda screen: current(screen) == "linux", GUEST_SECONDS,
                          "no menu of the image's GRUB")
    menu.select(entry)
    menu.vm.skip_serial()
    menu.vm.key("ret")


def leaves(menu, image):
    """Start one of scripts/test-images' signed ISOs and leave it: our menu again."""
    menu.choose(image)
    inner(menu, "leave")
    menu.vm.wait_terminal(lambda screen: "Press any key" in screen.text() or
                          current(screen) not in (None, "leave"), MENU_SECONDS, "no way back")
    if current(menu.vm.terminal()) is None:
        menu.vm.key("ret")
    menu.vm.wait_terminal(lambda screen: (current(screen) or "").endswith((".iso", ".img", ".efi")),
                          MENU_SECONDS, "our menu does not come back")


def starts_linux(menu, image):
    """Start the signed kernel of such an ISO: Linux knows that Secure Boot is on."""
    menu.choose(image)
    inner(menu, "linux")
    menu.vm.wait_serial(KERNEL_SAYS, GUEST_SECONDS)
    menu.vm.wait_serial(INIT_SAYS, GUEST_SECONDS)


def fresh(context, case):
    """Microsoft's keys and nothing else: shim refuses, the certificate on the stick is enrolled, our
    menu; there a loader is refused, its hash enrolled from our page, and it starts."""
    vm, menu = boot(context, case, stick(context))
    with vm:
        mok = Mok(vm)
        mok.refused()
        mok.open()
        mok.enrol_key("VENTOC", secure.CERTIFICATE)
        menu.wait(MENU_SECONDS)
        state(menu, "shim")
        refused(vm, menu, "ipxe.iso")
        refused(vm, menu, "memtest-x64.iso", then="stay")
        vm.key("e")
        password = vm.wait_serial(r"(?s)type the password: +(\d+)", 60)[1]
        vm.key("ret")
        mok.open()
        mok.enrol_requested(password)
        menu.wait(MENU_SECONDS)
        refused(vm, menu, "ipxe.iso")
        menu.choose("memtest-x64.iso")
        vm.wait_framebuffer(r"Memtest86\+ v6\.10", context.font, GUEST_SECONDS)
    trusted = signatures(Store(os.path.join(vm.out, "vars.fd")).get("MokList", SHIM))
    wanted = [("certificate", Owner(context).der()),
              ("sha256", secure.authenticode_sha256(secure.loader_of(context, "memtest-x64.iso")))]
    if sorted(trusted) != sorted(wanted):
        raise AssertionError(f"MokList holds {[(kind, len(data)) for kind, data in trusted]}")


def known(context, case):
    """The certificate and one loader's hash are enrolled: that loader and the signed ones start."""
    ipxe = secure.authenticode_sha256(secure.loader_of(context, "ipxe.iso"))
    vm, menu = boot(context, case, stick(context), mok=[Owner(context).der()], mok_hashes=[ipxe])
    with vm:
        menu.wait(MENU_SECONDS)
        menu.choose("ipxe.iso")
        vm.wait_serial(IPXE, GUEST_SECONDS)
        menu.return_of_itself()
        for image in ("memtest-x64.iso", "hello.efi", "debian-disk.img"):
            refused(vm, menu, image)
        leaves(menu, "signed.iso")
        refused(vm, menu, "memtest-x64.iso")
        menu.choose("debian-mini.iso")
        vm.wait_serial("Select a language", GUEST_SECONDS)
        vm.write_serial("\x012")  # the installer's second screen: a shell
        vm.wait_terminal(lambda screen: re.search("ress Enter to|~ #", screen.text()), 60, "no shell")
        vm.write_serial("\r")
        vm.wait_terminal(lambda screen: "~ #" in screen.text(), 60, "no shell")
        vm.write_serial("dmesg | grep -o 'Secure boot e.*'\r")
        vm.wait_serial(KERNEL_SAYS, 60)


def vendor(context, case):
    """Behind shim 15.8 with another vendor's certificate: it starts, it returns, the next one starts."""
    files = [("vendor.iso", "vendor.iso"), ("signed.iso", "signed.iso"), ("memtest-x64.iso", "memtest.iso")]
    path = secure.make_stick(context, "vendor.img", files)
    with open(os.path.join(context.images, "vendor-db.cer"), "rb") as file:
        vm, menu = boot(context, case, path, mok=[Owner(context).der()], add_to_db=[file.read()])
    with vm:
        menu.wait(MENU_SECONDS)
        for image in ("vendor.iso", "signed.iso", "vendor.iso"):
            leaves(menu, image)
            refused(vm, menu, "memtest.iso")
        menu.choose("vendor.iso")
        inner(menu, "foreign")
        vm.wait_serial("bad shim signature", GUEST_SECONDS)
        vm.key("ret")
        inner(menu, "linux")
        vm.wait_serial(KERNEL_SAYS, GUEST_SECONDS)
        vm.wait_serial(INIT_SAYS, GUEST_SECONDS)
    os.unlink(path)


def of_2023(context, case):
    """A machine that knows Microsoft's CA of 2023 only, and our GRUB by its hash."""
    path = secure.make_stick(context, "hash.img", [("signed.iso", "signed.iso")], "hash", "512M")
    grub = os.path.join(context.sticks.folder, "hash.efi")
    secure.take_from_slot(path, secure.GRUB, grub)
    vm, menu = boot(context, case, path, mok_hashes=[secure.authenticode_sha256(grub)],
                    db=[secure.microsoft_2023(context)])
    with vm:
        menu.wait(MENU_SECONDS)
        state(menu, "shim")
        starts_linux(menu, "signed.iso")
    os.unlink(path)


def by_hash(context, case):
    """GPT, sectors of 4096 bytes, no key: Microsoft's keys and nothing else; the hash of our GRUB is
    enrolled from the stick as ventoc -i says, and then a signed image starts, another one does not."""
    path = secure.make_stick(context, "by-hash.img", [("signed.iso", "signed.iso"),
                                                      ("memtest-x64.iso", "memtest.iso")],
                             "hash", "512M", ("-g", "--sector-size", "4096"))
    vm, menu = context.boot(case, "ovmf-sb", path, sector_bytes=4096, set_variables=variables())
    with vm:
        mok = Mok(vm)
        mok.refused()
        mok.open()
        mok.enrol_hash("VENTOC", "EFI/", "BOOT/", "grubx64.efi")
        menu.wait(MENU_SECONDS)
        state(menu, "shim")
        refused(vm, menu, "memtest.iso")
        starts_linux(menu, "signed.iso")
    os.unlink(path)


def upgraded(context, case):
    """An upgrade brings another GRUB, signed by the same key: nothing has to be enrolled again."""
    path = secure.make_stick(context, "upgraded.img", [("signed.iso", "signed.iso"),
                                                       ("memtest-x64.iso", "memtest.iso")], size="512M")
    before, after = (os.path.join(context.sticks.folder, name) for name in ("before.efi", "after.efi"))
    secure.take_from_slot(path, secure.GRUB, before)
    other = os.path.join(context.out, "other-payload-secure")
    secure.other_payload(context, other)
    context.sticks.ventoc("-u", path, "-y", "-q", "--payload", other, "--key-folder", Owner(context).folder)
    secure.take_from_slot(path, secure.GRUB, after, slot="@@32M")
    for program in (before, after):
        secure.bare(program)
    if filecmp.cmp(before, after, shallow=False):
        raise AssertionError("the upgrade brought the same GRUB")
    vm, menu = boot(context, case, path, mok=[Owner(context).der()])
    with vm:
        menu.wait(MENU_SECONDS)
        menu.shell()
        said = menu.command("echo slot=$vtc_slot")
        vm.key("esc")
        menu.wait()
        if "slot=B" not in said:
            raise AssertionError(f"it did not start from slot B: {said}")
        state(menu, "shim")
        refused(vm, menu, "memtest.iso")
        starts_linux(menu, "signed.iso")
    os.unlink(path)


def ia32(context, case):
    """32-bit UEFI, by Debian's 32-bit shim: what is not known is refused, a known hash starts."""
    path = secure.make_stick(context, "ia32-secure.img", [("memtest-ia32.iso", "memtest.iso"),
                                                          ("memtest-x64.iso", "x64.iso")], size="512M")
    loader = os.path.join(context.sticks.folder, "memtest-ia32.efi")
    shutil.copyfile(os.path.join(context.images, "memtest-ia32.efi"), loader)
    digest = secure.authenticode_sha256(loader)
    for name, hashes in (("unknown", []), ("known", [digest])):
        vm, menu = boot(context, f"{case} {name}", path, "ovmf32", mok=[Owner(context).der()], mok_hashes=hashes)
        with vm:
            menu.wait(MENU_SECONDS)
            state(menu, "shim")
            if hashes:
                menu.choose("memtest.iso")
                vm.wait_framebuffer(r"Memtest86\+ v6\.10", context.font, GUEST_SECONDS)
            else:
                refused(vm, menu, "memtest.iso")
    os.unlink(path)


def own_db(context, case):
    """The machine trusts our certificate alone, and there is no shim: the firmware decides."""
    path = context.sticks.install("own-db.img", size="512M")
    grub, signed = (os.path.join(context.sticks.folder, "own-db" + end) for end in (".efi", ".signed"))
    secure.take_from_slot(path, secure.LOADER, grub)
    Owner(context).sign(grub, signed)
    secure.put_in_slot(path, signed, secure.LOADER)
    Owner(context).sign(os.path.join(context.images, "hello.efi"), signed)
    for image, dest in (("memtest-x64.iso", "memtest.iso"), ("signed.iso", "signed.iso"),
                        (signed, "ours.efi"), ("hello.efi", "hello.efi")):
        context.sticks.put(path, image, dest)
    vm, menu = boot(context, case, path, db=[Owner(context).der()])
    with vm:
        menu.wait(MENU_SECONDS)
        state(menu, "firmware")
        for image in ("memtest.iso", "hello.efi"):
            refused(vm, menu, image)
        refused(vm, menu, "signed.iso", "Microsoft")
        menu.choose("ours.efi")
        vm.wait_serial(HELLO, GUEST_SECONDS)
        vm.key("ret")
        menu.wait(MENU_SECONDS)
        refused(vm, menu, "hello.efi")
    os.unlink(path)


def _nothing(_grub):
    pass


def _without_sbat(grub):
    at = grub.index(b".sbat\0\0\0")  # the section's name; the rows stay
    grub[at:at + 5] = b".none"


def _old_sbat(grub):
    at = grub.index(b"\ngrub,5,") + 6
    grub[at:at + 1] = b"4"


def _module(grub):
    at = grub.index(b"loopback\0", grub.index(b"mods\0"))  # in a module's name
    grub[at] ^= 1


def _code(grub):
    grub[0x2000] ^= 1


# what is altered: how, and before it is signed? nothing: it is the alteration that shim sees.
ALTERED = {"nothing": (_nothing, True), "no .sbat": (_without_sbat, True),
           "an old .sbat": (_old_sbat, True), "a module": (_module, False),
           "a byte of its code": (_code, False)}


def altered(context, case):
    """GRUB with something altered: shim refuses it, though the certificate is enrolled."""
    path = secure.make_stick(context, "altered.img", [("tiny.iso", "tiny.iso")], size="512M")
    plain, made = (os.path.join(context.sticks.folder, "altered" + end) for end in (".efi", ".made"))
    secure.take_from_slot(path, secure.GRUB, plain)
    with open(plain, "rb") as file:
        signed = file.read()
    for what, (alter, sign) in ALTERED.items():
        grub = bytearray(signed)
        alter(grub)
        with open(made, "wb") as file:
            file.write(grub)
        if sign:
            secure.bare(made)
            Owner(context).sign(made, made)
        secure.put_in_slot(path, made, secure.GRUB)
        vm, menu = boot(context, f"{case} {what}", path, mok=[Owner(context).der()])
        with vm:
            if alter is _nothing:
                menu.wait(MENU_SECONDS)
                continue
            Mok(vm).refused(MENU_SECONDS)
            Mok(vm).words("Press any key to perform MOK management")
    os.unlink(path)


def insecure(context, case):
    """Validation is disabled in shim by the machine's owner: said so; the firmware's db decides."""
    vm, menu = boot(context, case, stick(context), insecure=True)
    with vm:
        menu.wait(MENU_SECONDS)
        menu.shell()
        said = menu.command("echo state=$vtc_secure_boot")
        vm.key("esc")
        if "state=insecure" not in said:
            raise AssertionError(f"the state is {said}")
        refused(vm, menu, "memtest-x64.iso")
        menu.choose("signed.iso")
        inner(menu, "linux")
        vm.wait_serial(INIT_SAYS, GUEST_SECONDS)


def live_system(context, case):
    """Debian Live behind Debian's signed chain, to its login: it finds its medium as without Secure
    Boot, and its kernel is locked down."""
    path = secure.make_stick(context, "secure-live.img", [(LIVE, LIVE)], size="2G")
    check = GuestCheck(context.case_folder(case) + "-check",
                       dict(live.QUESTIONS, lockdown="cat /sys/kernel/security/lockdown"))
    with live.start(context, case, "ovmf-sb", path, "xhci", LIVE, check,
                    set_variables=variables(mok=[Owner(context).der()])) as vm:
        answers = check.answers(vm, live.LIVE_SECONDS)
        live.judge(answers, LIVE, LIVE_COMMAND_LINE)
        live.expect("[integrity]" in answers["lockdown"], "the kernel is not locked down", answers)
        live.expect(KERNEL_SAYS in vm.serial(), "Linux does not know that Secure Boot is on", answers)
        if "login: " not in vm.serial():
            vm.wait_serial(r"login: ", live.LIVE_SECONDS)
    os.unlink(path)
