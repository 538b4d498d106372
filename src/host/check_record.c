/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two copies of the stick record. */
#include "host/check.h"

#include <string.h>

#include <ventoc/record.h>

#include "host/fdio.h"

static int read_copy(int fd, uint64_t off, struct vtc_record *record, uint8_t raw[VTC_RECORD_BYTES])
{
    memset(raw, 0, VTC_RECORD_BYTES);
    return vtc_fdio_read(fd, off, raw, VTC_RECORD_BYTES) ? VTC_EIO : vtc_record_decode(raw, record);
}

static const char *words(int rc)
{
    return rc == VTC_EIO       ? "cannot be read"
           : rc == VTC_ENOENT  ? "is missing"
           : rc == VTC_ENOTSUP ? "is of another format"
                               : "is damaged";
}

/* The record was read before, so one of the copies is good. */
void vtc_check_record(const struct vtc_target *target, struct vtc_check *check)
{
    uint8_t raw[2][VTC_RECORD_BYTES];
    struct vtc_record found[2];

    vtc_record_places(&check->record, check->record_off);
    for (unsigned i = 0; i < 2; i++)
        check->record_rc[i] = read_copy(target->fd, check->record_off[i], &found[i], raw[i]);
    check->records_differ = !check->record_rc[0] && !check->record_rc[1] &&
                            memcmp(raw[0], raw[1], VTC_RECORD_BYTES) != 0;
    if (check->records_differ) {
        vtc_check_add(check, "record", VTC_CHECK_WARNING,
                      "the two copies of the stick record contradict each other; the first counts");
    } else if (check->record_rc[0] || check->record_rc[1]) {
        unsigned bad = check->record_rc[0] ? 0 : 1;

        vtc_check_add(check, "record", VTC_CHECK_WARNING,
                      "the %s copy of the stick record %s; the other one is good",
                      bad ? "second" : "first", words(check->record_rc[bad]));
    } else {
        vtc_check_add(check, "record", VTC_CHECK_GOOD, "both copies of the stick record are good");
        return;
    }
    vtc_check_hint(check, "Mend it: ventoc repair %s", target->dev->path);
}
