/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/stack.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host/sysfs.h"

#define MAX_DEPTH 4 /* holders that are named; more makes no message better */

/* Device mapper: who made it is in front of its UUID (cryptsetup, LVM2 and multipath-tools name
 * theirs so). %s: the name. */
static const struct {
    const char *uuid, *what, *remedy;
} mapper[] = {
    {"CRYPT-LUKS", "an open LUKS volume (%s)", "cryptsetup close %s"},
    {"CRYPT-BITLK", "an open BitLocker volume (%s)", "cryptsetup close %s"},
    {"CRYPT-TCRYPT", "an open VeraCrypt volume (%s)", "cryptsetup close %s"},
    {"CRYPT-VERITY", "a dm-verity device (%s)", "veritysetup close %s"},
    {"CRYPT-", "an open encrypted volume (%s)", "cryptsetup close %s"},
    {"mpath-", "a multipath device (%s)", "multipath -f %s"},
    {"DMRAID-", "a RAID array of the firmware (%s)", "dmraid -an %s"},
    {"", "a device of the device mapper (%s)", "dmsetup remove %s"},
};

/* Others, by what their kernel name begins with. */
static const struct {
    const char *name, *what, *remedy;
} others[] = {
    {"bcache", "a bcache device (%s)", "echo 1 >/sys/block/%s/bcache/stop"},
    {"zram", "compressed memory (%s)", ""},
    {"ram", "a RAM disk (%s)", ""},
    {"nbd", "a network block device (%s)", "nbd-client -d /dev/%s"},
    {"drbd", "a DRBD device (%s)", "drbdadm down all"},
    {"zd", "a ZFS volume (%s)", ""},
    {"rbd", "a Ceph block device (%s)", "rbd unmap /dev/%s"},
    {"loop", "a loop device (%s)", "losetup -d /dev/%s"},
    {"sr", "a CD drive (%s)", ""},
    {"fd", "a floppy drive (%s)", ""},
    {"", "a virtual device (%s)", ""},
};

/* format holds one %s or none. */
static void put(char out[VTC_STACK_WHAT], const char *format, const char *name)
{
    const char *mark = strstr(format, "%s");

    if (mark)
        snprintf(out, VTC_STACK_WHAT, "%.*s%s%s", (int)(mark - format), format, name, mark + 2);
    else
        snprintf(out, VTC_STACK_WHAT, "%s", format);
}

/* LVM2 joins volume group and volume with one dash, after doubling the dashes within each. */
static void describe_lvm(const char *joined, struct vtc_stack *stack)
{
    char part[2][128] = {"", ""};
    size_t n = 0;
    int i = 0;

    for (const char *p = joined; *p; p++) {
        if (p[0] == '-' && p[1] != '-' && i == 0) {
            i = 1;
            n = 0;
            continue;
        }
        if (p[0] == '-' && p[1] == '-')
            p++;
        if (n + 1 < sizeof(part[0])) {
            part[i][n++] = *p;
            part[i][n] = '\0';
        }
    }
    snprintf(stack->what, sizeof(stack->what), "an LVM volume (%s of volume group %s)", part[1],
             part[0]);
    snprintf(stack->remedy, sizeof(stack->remedy), "vgchange -an %s", part[0]);
}

void vtc_stack_describe(const char *dir, const char *name, struct vtc_stack *stack)
{
    char text[160], uuid[160];
    size_t i = 0;

    if (strncmp(name, "dm-", 3) == 0) {
        if (!vtc_sysfs_text(dir, "dm/name", text, sizeof(text)))
            snprintf(text, sizeof(text), "%.100s", name);
        vtc_sysfs_text(dir, "dm/uuid", uuid, sizeof(uuid));
        if (strncmp(uuid, "LVM-", 4) == 0) {
            describe_lvm(text, stack);
            return;
        }
        while (strncmp(uuid, mapper[i].uuid, strlen(mapper[i].uuid)) != 0)
            i++;
        put(stack->what, mapper[i].what, text);
        put(stack->remedy, mapper[i].remedy, text);
    } else if (strncmp(name, "md", 2) == 0) {
        vtc_sysfs_text(dir, "md/level", text, sizeof(text));
        snprintf(stack->what, sizeof(stack->what), "a RAID array (%s%s%s)", name,
                 text[0] ? ", " : "", text);
        snprintf(stack->remedy, sizeof(stack->remedy), "mdadm --stop /dev/%s", name);
    } else {
        while (strncmp(name, others[i].name, strlen(others[i].name)) != 0)
            i++;
        put(stack->what, others[i].what, name);
        put(stack->remedy, others[i].remedy, name);
    }
}

static int first_name(void *ctx, const char *dir, const char *name)
{
    (void)dir;
    snprintf(ctx, NAME_MAX + 1, "%s", name);
    return 1;
}

/* Cuts what does not fit. */
static void join(char out[VTC_STACK_WHAT], const char *a, const char *between, const char *b)
{
    char both[3 * VTC_STACK_WHAT];

    snprintf(both, sizeof(both), "%s%s%s", a, a[0] && b[0] ? between : "", b);
    snprintf(out, VTC_STACK_WHAT, "%.*s", VTC_STACK_WHAT - 1, both);
}

void vtc_stack_holders(const char *dir, char *first, size_t first_size, struct vtc_stack *stack)
{
    char at[PATH_MAX], sub[PATH_MAX + 16], name[NAME_MAX + 1];
    struct vtc_stack one;

    first[0] = stack->what[0] = stack->remedy[0] = '\0';
    snprintf(at, sizeof(at), "%s", dir);
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
        name[0] = '\0';
        snprintf(sub, sizeof(sub), "%s/holders", at);
        if (!vtc_sysfs_each(sub, first_name, name) ||
            snprintf(at, sizeof(at), "%s/%s", sub, name) >= (int)sizeof(at))
            return;
        if (!depth)
            snprintf(first, first_size, "%s", name);
        vtc_stack_describe(at, name, &one);
        join(stack->what, stack->what, ", on which stands ", one.what);
        join(stack->remedy, one.remedy, ", then ", stack->remedy);
    }
}
