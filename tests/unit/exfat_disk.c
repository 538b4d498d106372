/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exfat_disk.h"

#include <fcntl.h>
#include <unistd.h>

#include "host/apply.h"
#include "host/scratch.h"

static char top[1024]; /* of the source tree */

int exfat_disk_enter(void **state)
{
    return getcwd(top, sizeof(top)) ? fixture_enter_tmpdir(state) : -1;
}

/* A disk with a volume at EXFAT_DISK_PART_OFF, in the file "disk"; clusters of cluster_bytes. */
void exfat_disk_make(uint64_t volume_bytes, uint32_t cluster_bytes)
{
    fixture_run("rm -f volume disk && truncate -s %llu volume && mkfs.exfat -c %u volume >mkfs.log "
                "&& truncate -s %u disk && cat volume >>disk",
                (unsigned long long)volume_bytes, cluster_bytes, EXFAT_DISK_PART_OFF);
}

void exfat_disk_fsck(void)
{
    fixture_run("tail -c +%u disk >volume && { fsck.exfat -n volume >fsck.log 2>&1 && "
                "grep -q clean fsck.log || { cat fsck.log; false; }; }",
                EXFAT_DISK_PART_OFF + 1);
}

int exfat_disk_open(struct exfat_disk_volume *v, struct vtc_error *err)
{
    uint64_t bytes;

    v->fd = open("disk", O_RDWR | O_CLOEXEC);
    assert_true(v->fd >= 0);
    bytes = (uint64_t)lseek(v->fd, 0, SEEK_END);
    return vtc_exfat_volume_open(&v->exfat, "disk", v->fd, bytes, EXFAT_DISK_PART_OFF,
                                 bytes - EXFAT_DISK_PART_OFF, err);
}

void exfat_disk_close(struct exfat_disk_volume *v)
{
    vtc_exfat_volume_close(&v->exfat);
    close(v->fd);
}

/* Random content of a file; what lies between the pieces is a hole. */
int exfat_disk_content(uint64_t seed, uint64_t bytes, int sparse)
{
    int fd = vtc_scratch_open(bytes, NULL);
    uint8_t block[4096];

    assert_true(fd >= 0);
    for (uint64_t at = 0; at < bytes; at += sizeof(block)) {
        size_t n = bytes - at < sizeof(block) ? (size_t)(bytes - at) : sizeof(block);

        if (sparse && fixture_random(&seed) % 8)
            continue;
        for (size_t i = 0; i < n; i++)
            block[i] = (uint8_t)fixture_random(&seed);
        assert_int_equal(vtc_scratch_write(fd, at, block, n), 0);
    }
    return fd;
}

/* Is the file there, with the content? sparse: only where that has data. */
void exfat_disk_check_file(const char *path, uint64_t seed, uint64_t bytes, int sparse,
                           uint32_t pieces)
{
    struct fixture_file file;
    struct vtc_reader disk = fixture_file_open(&file, "disk");
    int fd = exfat_disk_content(seed, bytes, sparse);
    uint8_t *want = malloc(bytes), *got = malloc(bytes);
    struct vtc_exfat_node node;
    struct vtc_extents list;
    struct vtc_exfat fs;
    const char *why = "";
    uint8_t buf[512];
    off_t data = 0, hole = 0;

    assert_true(want && got);
    assert_int_equal(
        vtc_exfat_open(&fs, &disk, EXFAT_DISK_PART_OFF, disk.bytes - EXFAT_DISK_PART_OFF), VTC_OK);
    assert_int_equal(vtc_exfat_lookup(&fs, path, &node), VTC_OK);
    assert_int_equal(node.bytes, bytes);
    assert_int_equal(node.valid_bytes, bytes);
    assert_false(node.is_dir);
    assert_int_equal(node.no_fat_chain, pieces == 1);
    vtc_extents_init(&list, NULL, 0, vtc_exfat_volume_grow);
    assert_int_equal(vtc_exfat_extents(&fs, &node, buf, sizeof(buf), &list, &why), VTC_OK);
    assert_int_equal(list.bytes, bytes);
    assert_int_equal(list.count, pieces);
    for (uint32_t i = 0; i < list.count; i++)
        assert_int_equal(vtc_reader_read(&disk, list.v[i].disk_off, got + list.v[i].file_off,
                                         (uint32_t)list.v[i].bytes),
                         VTC_OK);
    assert_int_equal(pread(fd, want, bytes, 0), bytes);
    while ((data = lseek(fd, hole, SEEK_DATA)) >= 0) {
        hole = lseek(fd, data, SEEK_HOLE);
        assert_memory_equal(got + data, want + data, hole - data);
    }
    free(list.v);
    free(want);
    free(got);
    close(fd);
    fixture_file_close(&file);
}

/* Put a file on the volume: rc 0, or what kept it off. */
int exfat_disk_put(const char *path, uint64_t seed, uint64_t bytes, int sparse,
                   struct vtc_exfat_created *created, struct vtc_error *err)
{
    struct vtc_apply_options options = {.name = "disk"};
    struct vtc_apply_stats stats;
    struct vtc_apply_fd state;
    struct vtc_apply_io io;
    struct vtc_plan plan;
    struct exfat_disk_volume v;
    int rc = exfat_disk_open(&v, err);

    vtc_plan_init(&plan);
    if (!rc)
        rc = vtc_exfat_create_plan(&v.exfat, path, exfat_disk_content(seed, bytes, sparse), bytes,
                                   &plan, created, err);
    if (!rc) {
        io = vtc_apply_fd_io(&state, v.fd, NULL);
        rc = vtc_apply_run(&plan, &io, &options, &stats, err);
        vtc_apply_fd_close(&state);
    }
    vtc_plan_free(&plan);
    exfat_disk_close(&v);
    return rc;
}

void exfat_disk_put_with_script(const char *options, const char *paths)
{
    fixture_run("python3 '%s/scripts/exfat-put' --offset %u %s disk %s >/dev/null", top,
                EXFAT_DISK_PART_OFF, options, paths);
}
