/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file that is put on an exFAT volume, which is the input. When the volume is taken as sound, the
 * file is on it afterwards, all others are what they were, and it is as sound as before.
 */
#include "fuzz_file.h"
#include "fuzz_reader.h"

#include "host/apply.h"
#include "host/exfat_check.h"
#include "host/exfat_create.h"
#include "host/scratch.h"

#define FILE_BYTES 9000u

static const char new_path[] = "/new file.dat";

static int open_volume(struct vtc_exfat_volume *volume, int fd, uint64_t bytes)
{
    struct vtc_error err = {0};
    int rc = vtc_exfat_volume_open(volume, "disk", fd, bytes, 0, bytes, &err);

    if (!rc)
        rc = vtc_exfat_check_used(volume, &err);
    if (rc && !err.text[0])
        abort();
    return rc;
}

/* Every name of the root directory, and what it leads to. */
struct names {
    uint64_t sum;
    unsigned count;
};

static int add_name(void *ctx, const char *name, const struct vtc_exfat_node *node)
{
    struct names *names = ctx;
    uint64_t h = node->bytes * 31 + node->first_cluster;

    if (!strcmp(name, new_path + 1))
        return 0;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3ull;
    names->sum += h;
    names->count++;
    return 0;
}

static struct names names_of(const struct vtc_exfat_volume *volume)
{
    struct names names = {0, 0};
    struct vtc_exfat_node root;

    vtc_exfat_root(&volume->core, &root);
    vtc_exfat_list(&volume->core, &root, add_name, &names);
    return names;
}

static int put(struct vtc_exfat_volume *volume, int fd, const uint8_t *content)
{
    struct vtc_apply_options options = {.name = "disk"};
    struct vtc_exfat_created created;
    struct vtc_apply_stats stats;
    struct vtc_error err = {0};
    struct vtc_apply_fd state;
    struct vtc_apply_io io;
    struct vtc_plan plan;
    int from = vtc_scratch_open(FILE_BYTES, &err), rc;

    if (from < 0)
        abort();
    fuzz_file_put(from, 0, content, FILE_BYTES);
    vtc_plan_init(&plan);
    rc = vtc_exfat_create_plan(volume, new_path, from, FILE_BYTES, &plan, &created, &err);
    if (!rc) {
        io = vtc_apply_fd_io(&state, fd, NULL);
        if (vtc_apply_run(&plan, &io, &options, &stats, &err))
            abort(); /* of a plan that writes twice to one place */
        vtc_apply_fd_close(&state);
    } else if (!err.text[0]) {
        abort();
    }
    vtc_plan_free(&plan);
    return rc;
}

static void check_content(const struct vtc_exfat_volume *volume, const uint8_t *want)
{
    static struct vtc_extent storage[64];
    struct vtc_exfat_node node;
    struct vtc_extents list;
    const char *why = NULL;
    uint8_t buf[512], got[FILE_BYTES];
    uint32_t i;

    vtc_extents_init(&list, storage, 64, NULL);
    if (vtc_exfat_lookup(&volume->core, new_path, &node) || node.bytes != FILE_BYTES ||
        node.is_dir || vtc_exfat_extents(&volume->core, &node, buf, sizeof buf, &list, &why))
        abort();
    for (i = 0; i < list.count; i++)
        if (vtc_reader_read(&volume->disk, list.v[i].disk_off, got + list.v[i].file_off,
                            (uint32_t)list.v[i].bytes))
            abort();
    if (memcmp(got, want, FILE_BYTES) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static uint8_t content[FILE_BYTES];
    struct vtc_exfat_volume volume;
    struct names before, after;
    size_t i;
    int fd;

    for (i = 0; i < FILE_BYTES; i++)
        content[i] = (uint8_t)(i * 167 + (i >> 8) + 1);
    fd = fuzz_file(bytes);
    fuzz_file_put(fd, 0, data, bytes);
    if (open_volume(&volume, fd, bytes)) {
        vtc_exfat_volume_close(&volume);
        return 0;
    }
    before = names_of(&volume);
    if (put(&volume, fd, content)) {
        vtc_exfat_volume_close(&volume);
        return 0;
    }
    vtc_exfat_volume_close(&volume);
    if (open_volume(&volume, fd, bytes))
        abort();
    after = names_of(&volume);
    if (after.count != before.count || after.sum != before.sum)
        abort();
    check_content(&volume, content);
    vtc_exfat_volume_close(&volume);
    return 0;
}
