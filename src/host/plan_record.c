/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/plan_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/fdio.h"

/* Is this what the target has there? Returns 1, 0 or -errno. */
static int is_there(int fd, uint64_t off, const uint8_t *bytes)
{
    uint8_t have[VTC_RECORD_BYTES];
    int rc = fd < 0 ? 0 : vtc_fdio_read(fd, off, have, sizeof(have));

    return rc || fd < 0 ? rc : memcmp(have, bytes, sizeof(have)) == 0;
}

int vtc_plan_record(struct vtc_plan *plan, const struct vtc_record *record, int fd,
                    struct vtc_error *err)
{
    static const char *const reason[2] = {"stick record", "stick record, second copy"};
    uint8_t *bytes = calloc(1, record->sector_bytes);
    uint64_t off[2];
    int rc;

    if (!bytes)
        return -ENOMEM;
    if (vtc_record_encode(record, bytes)) {
        free(bytes);
        return vtc_error_set(err, VTC_ERROR_FAILED, -EINVAL, NULL,
                             "the stick record cannot hold this layout");
    }
    rc = vtc_plan_own_memory(plan, bytes);
    vtc_record_places(record, off);
    for (unsigned i = 0; !rc && i < 2; i++) {
        rc = is_there(fd, off[i], bytes);
        rc = rc ? (rc < 0 ? rc : 0)
                : vtc_plan_add_memory(plan, off[i], bytes, record->sector_bytes, reason[i]);
    }
    return rc;
}
