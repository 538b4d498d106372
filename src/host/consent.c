/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/consent.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/member.h"

#define REFUSE(hint, ...) vtc_error_set(err, VTC_ERROR_REFUSED, -EPERM, hint, __VA_ARGS__)

const char *vtc_consent_identity(const struct vtc_device *dev, char text[VTC_CONSENT_IDENTITY])
{
    if (dev->serial[0])
        snprintf(text, VTC_CONSENT_IDENTITY, "%s", dev->serial);
    else
        snprintf(text, VTC_CONSENT_IDENTITY, "%" PRIu64, dev->bytes);
    return text;
}

int vtc_consent_check(const struct vtc_device *dev, const struct vtc_consent *consent,
                      struct vtc_error *err)
{
    char identity[VTC_CONSENT_IDENTITY];

    vtc_consent_identity(dev, identity);
    if (dev->fixed && !consent->fixed)
        return REFUSE("If it is the right one, add --i-know-this-is-not-removable.",
                      "%s: this is a fixed disk (%s%s%s), not a removable one", dev->path,
                      dev->model, dev->model[0] && dev->transport[0] ? ", " : "", dev->transport);
    if (consent->serial && strcmp(consent->serial, identity) != 0)
        return REFUSE("Look again which disk is meant: lsblk -o NAME,SIZE,MODEL,SERIAL",
                      "%s: its %s is %s, not %s", dev->path,
                      dev->serial[0] ? "serial number" : "size in bytes (it has no serial number)",
                      identity, consent->serial);
    if (dev->fixed && consent->unasked && !consent->serial)
        return REFUSE(dev->serial[0]
                          ? "Give its serial number, too: --serial SERIAL (lsblk -o NAME,SERIAL)"
                          : "It has no serial number; give its size: --serial BYTES (lsblk -b)",
                      "%s: this is a fixed disk: -y is not enough", dev->path);
    return 0;
}

int vtc_consent_check_members(const struct vtc_device *dev, int fd,
                              const struct vtc_consent *consent, struct vtc_error *err)
{
    struct vtc_member member;
    char part[40] = "it";
    int rc = consent->members ? 0 : vtc_member_find(dev, fd, &member, err);

    if (rc <= 0)
        return rc;
    if (member.partition)
        snprintf(part, sizeof(part), "partition %u", member.partition);
    return REFUSE("What it belongs to may need it. To erase it all the same: --wipe-members",
                  "%s: %s is %s", dev->path, part, member.what);
}
