/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTFS volumes made by mkntfs and the ntfs-3g tools. The MFT is walked here, by the book; only
 * run lists are left to the code under test. */
#include <ventoc/bytes.h>
#include <ventoc/ntfs.h>

#include "fixture.h"

#define RECORD_BITMAP 6u

struct volume {
    struct fixture_file file;
    struct vtc_reader disk;
    uint32_t cluster_bytes, record_bytes;
    struct vtc_extent mft_v[16];
    struct vtc_extents mft;
};

static uint64_t at_mft(const struct volume *vol, uint64_t off)
{
    uint32_t i;

    for (i = 0; i < vol->mft.count; i++)
        if (off - vol->mft.v[i].file_off < vol->mft.v[i].bytes)
            return vol->mft.v[i].disk_off + (off - vol->mft.v[i].file_off);
    fail_msg("record beyond the MFT");
    return 0;
}

/* Undo the update sequence: the last two bytes of each 512 are kept in the record's array. */
static void apply_fixups(uint8_t *record, uint32_t bytes)
{
    uint32_t array = vtc_le16(record + 4), i;

    assert_int_equal(vtc_le16(record + 6), bytes / 512 + 1);
    for (i = 1; i <= bytes / 512; i++) {
        assert_memory_equal(record + i * 512 - 2, record + array, 2);
        memcpy(record + i * 512 - 2, record + array + 2 * i, 2);
    }
}

/* The first attribute of a type, unnamed if it is $DATA. NULL: none. */
static uint8_t *find_attr(uint8_t *record, uint32_t bytes, uint32_t type, uint32_t *attr_bytes)
{
    uint32_t off = vtc_le16(record + 0x14);

    while (off + 16 < bytes && vtc_le32(record + off) != 0xffffffff) {
        *attr_bytes = vtc_le32(record + off + 4);
        assert_in_range(*attr_bytes, 16, bytes - off);
        if (vtc_le32(record + off) == type && (type != 0x80 || !record[off + 9]))
            return record + off;
        off += *attr_bytes;
    }
    return NULL;
}

/* 0, or VTC_ENOENT for a record not in use. */
static int read_record(const struct volume *vol, uint64_t off, uint8_t *record)
{
    assert_int_equal(vtc_reader_read(&vol->disk, off, record, vol->record_bytes), VTC_OK);
    if (memcmp(record, "FILE", 4) != 0 || !(record[0x16] & 1))
        return VTC_ENOENT;
    apply_fixups(record, vol->record_bytes);
    return VTC_OK;
}

static void open_volume(struct volume *vol, const char *path)
{
    uint8_t boot[512], record[4096], *attr;
    const char *why = NULL;
    uint32_t bytes;
    int clusters_per_record;

    vol->disk = fixture_file_open(&vol->file, path);
    assert_int_equal(vtc_reader_read(&vol->disk, 0, boot, 512), VTC_OK);
    assert_memory_equal(boot + 3, "NTFS    ", 8);
    vol->cluster_bytes = vtc_le16(boot + 11) * boot[13];
    clusters_per_record = (int8_t)boot[0x40];
    vol->record_bytes = clusters_per_record > 0 ? (uint32_t)clusters_per_record * vol->cluster_bytes
                                                : 1u << -clusters_per_record;
    assert_in_range(vol->record_bytes, 512, sizeof record);
    assert_int_equal(read_record(vol, vtc_le64(boot + 0x30) * vol->cluster_bytes, record), VTC_OK);
    attr = find_attr(record, vol->record_bytes, 0x80, &bytes);
    assert_non_null(attr);
    vtc_extents_init(&vol->mft, vol->mft_v, COUNT_OF(vol->mft_v), NULL);
    assert_int_equal(
        vtc_ntfs_extents(attr, bytes, vol->cluster_bytes, 0, vol->disk.bytes, &vol->mft, &why),
        VTC_OK);
}

/* The $DATA attribute of record `number`. */
static uint8_t *data_of(const struct volume *vol, uint32_t number, uint8_t *record, uint32_t *bytes)
{
    uint64_t off = at_mft(vol, (uint64_t)number * vol->record_bytes);

    assert_int_equal(read_record(vol, off, record), VTC_OK);
    return find_attr(record, vol->record_bytes, 0x80, bytes);
}

/* The $DATA attribute of the file with an ASCII name. */
static uint8_t *data_by_name(const struct volume *vol, const char *name, uint8_t *record,
                             uint32_t *bytes)
{
    uint64_t number, count = vol->mft.bytes / vol->record_bytes;
    size_t n = strlen(name), i;

    for (number = 0; number < count; number++) {
        const uint8_t *attr;

        if (read_record(vol, at_mft(vol, number * vol->record_bytes), record))
            continue;
        attr = find_attr(record, vol->record_bytes, 0x30, bytes);
        if (!attr)
            continue;
        attr += vtc_le16(attr + 0x14); /* the $FILE_NAME value; its name has UTF-16 at 0x42 */
        if (attr[0x40] != n)
            continue;
        for (i = 0; i < n && vtc_le16(attr + 0x42 + 2 * i) == (uint8_t)name[i]; i++)
            ;
        if (i == n)
            return find_attr(record, vol->record_bytes, 0x80, bytes);
    }
    fail_msg("%s is not in the MFT", name);
    return NULL;
}

static int extents_by_name(const struct volume *vol, const char *name, struct vtc_extents *list,
                           const char **why)
{
    uint8_t record[4096], *attr;
    uint32_t bytes;

    attr = data_by_name(vol, name, record, &bytes);
    assert_non_null(attr);
    *why = NULL;
    return vtc_ntfs_extents(attr, bytes, vol->cluster_bytes, 0, vol->disk.bytes, list, why);
}

/* The extents of the file on the volume equal the bytes of the file of that name here. Returns
 * their number. */
static uint32_t assert_same_bytes(const struct volume *vol, const char *name)
{
    struct vtc_extent *v = calloc(4096, sizeof *v);
    struct vtc_extents list;
    const char *why;
    uint32_t count;

    assert_non_null(v);
    vtc_extents_init(&list, v, 4096, NULL);
    assert_int_equal(extents_by_name(vol, name, &list, &why), VTC_OK);
    fixture_assert_extents(&vol->disk, &list, name);
    count = list.count;
    free(v);
    return count;
}

static void assert_refused(const struct volume *vol, const char *name, int rc, const char *reason)
{
    struct vtc_extent v[64];
    struct vtc_extents list;
    const char *why;

    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(extents_by_name(vol, name, &list, &why), rc);
    assert_non_null(why);
    assert_string_equal(why, reason);
}

static void make_volume(unsigned mib, const char *options)
{
    fixture_run("rm -f n.img; truncate -s %uM n.img; mkntfs -q -Q -F %s n.img >log 2>&1", mib,
                options);
}

static void copy_in(const char *name)
{
    fixture_run("ntfscp -q n.img %s %s >log 2>&1", name, name);
}

static void contiguous_at_each_cluster_size(void **state)
{
    static const uint32_t cluster_bytes[] = {512, 4096, 65536};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(cluster_bytes); i++) {
        struct volume vol;
        char options[32];

        snprintf(options, sizeof options, "-c %u", cluster_bytes[i]);
        make_volume(24, options);
        fixture_save_random("whole.iso", i + 1, 3000001);
        fixture_save_random("even.iso", i + 5, 2 << 20);
        copy_in("whole.iso");
        copy_in("even.iso");
        open_volume(&vol, "n.img");
        assert_int_equal(vol.cluster_bytes, cluster_bytes[i]);
        assert_int_equal(assert_same_bytes(&vol, "whole.iso"), 1);
        assert_int_equal(assert_same_bytes(&vol, "even.iso"), 1);
        fixture_file_close(&vol.file);
    }
}

/* Mark 128 clusters in every 256 as used, so that the next file is in pieces: ntfs-3g takes the
 * greatest free run of each 32,768 clusters. */
static void perforate_bitmap(void)
{
    uint8_t record[4096], *attr, *bits;
    struct vtc_extent v[4];
    struct vtc_extents list;
    struct volume vol;
    const char *why;
    uint32_t bytes, i;

    open_volume(&vol, "n.img");
    attr = data_of(&vol, RECORD_BITMAP, record, &bytes);
    assert_non_null(attr);
    vtc_extents_init(&list, v, COUNT_OF(v), NULL);
    assert_int_equal(
        vtc_ntfs_extents(attr, bytes, vol.cluster_bytes, 0, vol.disk.bytes, &list, &why), VTC_OK);
    assert_int_equal(list.count, 1);
    bits = malloc(list.bytes);
    assert_non_null(bits);
    assert_int_equal(vtc_reader_read(&vol.disk, v[0].disk_off, bits, (uint32_t)list.bytes), VTC_OK);
    fixture_file_close(&vol.file);
    for (i = 0; i < list.bytes; i++)
        if (i % 32 < 16)
            bits[i] = 0xff;
    fixture_overwrite("n.img", v[0].disk_off, bits, list.bytes);
    free(bits);
}

static void fragmented(void **state)
{
    struct volume vol;

    (void)state;
    make_volume(512, "-c 512");
    perforate_bitmap();
    fixture_save_random("pieces.iso", 9, 1200003);
    copy_in("pieces.iso");
    open_volume(&vol, "n.img");
    assert_in_range(assert_same_bytes(&vol, "pieces.iso"), 15, 30);
    fixture_file_close(&vol.file);
}

static void preallocated_beyond_the_size(void **state)
{
    struct volume vol;

    (void)state;
    make_volume(24, "-c 4096");
    fixture_save_random("more.iso", 11, 100000);
    copy_in("more.iso");
    fixture_run("ntfsfallocate -n -l 1000000 n.img more.iso >log 2>&1");
    open_volume(&vol, "n.img");
    assert_int_equal(assert_same_bytes(&vol, "more.iso"), 1);
    fixture_file_close(&vol.file);
}

static void refused_by_name(void **state)
{
    struct volume vol;

    (void)state;
    make_volume(24, "-c 4096");
    fixture_save_random("resident.iso", 1, 100);
    fixture_save_random("grown.iso", 2, 100000);
    fixture_save_random("allocated.iso", 3, 100000);
    copy_in("resident.iso");
    copy_in("grown.iso");
    copy_in("allocated.iso");
    fixture_run(
        "n=$(ntfsinfo -F grown.iso n.img | sed -n 's/.*DATA.*mft record \\([0-9]*\\).*/\\1/p');"
        " ntfstruncate -q n.img $n 1000000 >log 2>&1");
    fixture_run("ntfsfallocate -l 1000000 n.img allocated.iso >log 2>&1");
    open_volume(&vol, "n.img");
    assert_refused(&vol, "resident.iso", VTC_ENOTSUP, "resident");
    assert_refused(&vol, "grown.iso", VTC_EHOLE, "sparse");
    assert_refused(&vol, "allocated.iso", VTC_EHOLE, "not fully written");
    fixture_file_close(&vol.file);

    make_volume(24, "-c 4096 -C"); /* new files are compressed */
    fixture_run("yes ventoc | head -c 300000 > text.iso");
    copy_in("text.iso");
    open_volume(&vol, "n.img");
    assert_refused(&vol, "text.iso", VTC_ENOTSUP, "compressed");
    fixture_file_close(&vol.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contiguous_at_each_cluster_size),
        cmocka_unit_test(fragmented),
        cmocka_unit_test(preallocated_beyond_the_size),
        cmocka_unit_test(refused_by_name),
    };

    return cmocka_run_group_tests_name("ntfs_real", tests, fixture_enter_tmpdir,
                                       fixture_leave_tmpdir);
}
