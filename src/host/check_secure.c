/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Will the live slot start where Secure Boot is on? */
#include "host/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/openssl.h"
#include "host/run.h"
#include "host/scratch.h"
#include "host/secureboot.h"
#include "host/sign.h"
#include "host/slotfile.h"

/* Does the signature of GRUB verify? Returns 1, 0, or -1 when nobody can tell. */
static int verify(const struct vtc_target *target, const struct vtc_check *check, unsigned slot,
                  const struct vtc_secureboot_facts *facts)
{
    int der_fd = vtc_scratch_open(0, NULL), pem_fd = vtc_scratch_open(0, NULL), rc = -ENOMEM;
    uint8_t *grub = NULL;
    size_t bytes;

    if (der_fd >= 0 && pem_fd >= 0)
        rc = vtc_scratch_write(der_fd, 0, facts->cert, facts->cert_bytes);
    if (!rc)
        rc = vtc_openssl_cert_to_pem(der_fd, pem_fd, NULL);
    if (!rc)
        rc = vtc_slotfile_read(target->fd, &check->record, slot, VTC_SECUREBOOT_GRUB,
                               VTC_SECUREBOOT_MAX_BYTES, &grub, &bytes);
    if (!rc)
        rc = vtc_sign_verify(pem_fd, grub, bytes, NULL);
    free(grub);
    if (der_fd >= 0)
        close(der_fd);
    if (pem_fd >= 0)
        close(pem_fd);
    return !rc ? 1 : rc == -EBADMSG ? 0 : -1;
}

static int is_past(const char *date)
{
    char now[24] = "";
    time_t seconds = time(NULL);
    struct tm tm;

    if (gmtime_r(&seconds, &tm))
        strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%S", &tm);
    return date[0] && strcmp(date, now) < 0;
}

static void say_refused(const struct vtc_target *target, struct vtc_check *check,
                        const struct vtc_secureboot_facts *facts)
{
    const char *name = facts->owner.subject, *signer = facts->grub_signer;
    char why[2 * VTC_SIGNER_NAME_BYTES + 64];

    if (!facts->grub_is_signed)
        snprintf(why, sizeof(why), "GRUB is not signed");
    else if (strcmp(signer, name) != 0)
        snprintf(why, sizeof(why), "GRUB is signed by \"%s\"", signer);
    else
        snprintf(why, sizeof(why), "the signature of GRUB does not verify");
    vtc_check_add(
        check, "secure_boot", VTC_CHECK_ERROR,
        "%s; the certificate on the stick is \"%s\": machines with Secure Boot on refuse it", why,
        name);
    vtc_check_hint(check, "Sign it: ventoc -u -s %s", target->dev->path);
}

static void say_key(const struct vtc_target *target, struct vtc_check *check, unsigned slot,
                    const struct vtc_secureboot_facts *facts)
{
    const char *name = facts->owner.subject, *date = facts->owner.not_after;
    int verifies = facts->grub_matches ? verify(target, check, slot, facts) : 0;

    if (!verifies) {
        say_refused(target, check, facts);
    } else {
        vtc_check_add(check, "secure_boot", verifies < 0 ? VTC_CHECK_UNCHECKED : VTC_CHECK_GOOD,
                      "signed by the key \"%s\"%s", name,
                      verifies < 0 ? ", as it says; the signature itself was not looked at" : "");
        if (verifies < 0)
            vtc_check_hint(check, "It is verified where the packages openssl and sbsigntool are "
                                  "installed.");
    }
    if (is_past(date)) {
        vtc_check_add(
            check, "secure_boot_key", VTC_CHECK_WARNING,
            "the certificate of the key has expired (%.10s). Firmware and shim do not look at "
            "dates: it boots as before; but ventoc signs nothing with it any more",
            date);
        vtc_check_hint(
            check, "Make a new key (ventoc key create --force), sign the stick with it (ventoc -u "
                   "--other-key), and enrol it on your machines.");
    } else {
        vtc_check_add(check, "secure_boot_key", VTC_CHECK_GOOD,
                      "the certificate of the key is valid until %.10s", date);
    }
}

static void say_revoked(const struct vtc_target *target, struct vtc_check *check,
                        const struct vtc_secureboot_facts *facts)
{
    vtc_check_add(check, "sbat", VTC_CHECK_ERROR,
                  "shim's level %s refuses the GRUB beside it, whoever signed it: %s",
                  facts->sbat_level, facts->grub_revoked);
    vtc_check_hint(check,
                   "Upgrade it with boot files made of packages that go together: ventoc -u %s",
                   target->dev->path);
}

static void say_shim(const struct vtc_target *target, struct vtc_check *check,
                     const struct vtc_secureboot_facts *facts)
{
    char names[256] = "";
    size_t n = 0;

    for (unsigned i = 0; i < facts->shim_signers && n < sizeof(names); i++)
        n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i ? " and " : "",
                              facts->shim_signer[i]);
    if (facts->shim_signers) {
        vtc_check_add(check, "shim", VTC_CHECK_GOOD, "shim is signed by %s%s%s", names,
                      facts->sbat_level[0] ? "; its SBAT level is " : "", facts->sbat_level);
        if (facts->grub_revoked[0])
            say_revoked(target, check, facts);
        return;
    }
    vtc_check_add(check, "shim", VTC_CHECK_ERROR,
                  "shim is damaged or not signed: machines with Secure Boot on refuse it");
    vtc_check_hint(check, "Mend it: ventoc repair %s", target->dev->path);
}

static void say_hash(struct vtc_check *check, const struct vtc_secureboot_facts *facts)
{
    char hex[2 * VTC_SHA256_BYTES + 1] = "";

    vtc_sha256_hex(facts->grub_sha256, hex);
    if (facts->has_grub)
        vtc_check_add(check, "secure_boot", VTC_CHECK_GOOD, "GRUB is enrolled by its hash, %s",
                      hex);
    else
        vtc_check_add(check, "secure_boot", VTC_CHECK_ERROR, "GRUB is damaged: it has no hash");
}

int vtc_check_secure(const struct vtc_target *target, struct vtc_check *check)
{
    int live = check->live < 0 ? check->boot_slot : check->live, rc;
    struct vtc_secureboot_facts facts;

    if (live < 0 || check->slot[live].files == VTC_CHECK_SLOT_EMPTY)
        return 0;
    rc = vtc_secureboot_read(target->fd, &check->record, (unsigned)live, &facts);
    if (!rc && facts.mode == VTC_SECUREBOOT_OFF)
        vtc_check_add(check, "secure_boot", VTC_CHECK_GOOD,
                      "off: it boots where Secure Boot is switched off");
    if (!rc && facts.mode == VTC_SECUREBOOT_KEY)
        say_key(target, check, (unsigned)live, &facts);
    if (!rc && facts.mode == VTC_SECUREBOOT_HASH)
        say_hash(check, &facts);
    if (!rc && facts.mode != VTC_SECUREBOOT_OFF)
        say_shim(target, check, &facts);
    vtc_secureboot_forget(&facts);
    return rc;
}
