/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stick of 256 MiB: the input is its first 34 sectors, the record (63 MiB), then the beginning of
 * boot slot A (1 MiB). What is read as a sound stick keeps what stick.h says; its table, with the live
 * slot moved, names the other slot and the same data partition.
 */
#include "fuzz_file.h"
#include "fuzz_reader.h"

#include "host/stick.h"
#include "host/table.h"

#define STICK_BYTES VTC_STICK_MIN_BYTES
#define TABLE_BYTES (34u * 512)

static struct vtc_table_facts read_table(int fd)
{
    struct vtc_table_facts facts;

    if (vtc_table_read(fd, "stick", 512, &facts, NULL))
        abort();
    return facts;
}

static void move_slot(int fd, const struct vtc_stick *stick)
{
    struct vtc_table_facts before = read_table(fd), after;
    uint64_t to = stick->record.slot_off[!stick->live];
    struct vtc_table_sectors sectors;

    if (!vtc_table_move_slot(fd, "stick", STICK_BYTES, 512, to, stick->record.slot_bytes, 0,
                             &sectors, NULL)) {
        fuzz_file_put(fd, 0, sectors.head, sectors.head_bytes);
        fuzz_file_put(fd, sectors.tail_off, sectors.tail, sectors.tail_bytes);
        after = read_table(fd);
        if (after.gpt != before.gpt || !after.entry[1].used || after.entry[1].off != to ||
            after.entry[1].bytes != stick->record.slot_bytes ||
            after.entry[0].off != before.entry[0].off ||
            after.entry[0].bytes != before.entry[0].bytes)
            abort();
    }
    vtc_table_free(&sectors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct vtc_device dev = {.path = "stick", .kind = VTC_DEVICE_FILE, .bytes = STICK_BYTES};
    size_t table = bytes < TABLE_BYTES ? bytes : TABLE_BYTES;
    size_t record = bytes - table < VTC_RECORD_BYTES ? bytes - table : VTC_RECORD_BYTES;
    size_t slot = bytes - table - record;
    struct vtc_target target = {.dev = &dev};
    struct vtc_error err = {0};
    struct vtc_stick stick;

    dev.sector_bytes = 512;
    target.fd = fuzz_file(STICK_BYTES);
    fuzz_file_put(target.fd, 0, data, table);
    fuzz_file_put(target.fd, VTC_RECORD_OFF_1, data + table, record);
    fuzz_file_put(target.fd, VTC_SLOT_A_OFF, data + table + record, slot);
    if (vtc_stick_read(&target, &stick, &err)) {
        if (!err.text[0])
            abort();
        return 0;
    }
    if (!stick.slot[stick.live].readable || !stick.slot[stick.live].version[0] ||
        stick.record.data_bytes > STICK_BYTES - stick.record.data_off)
        abort();
    if (stick.record.sector_bytes == 512)
        move_slot(target.fd, &stick);
    return 0;
}
