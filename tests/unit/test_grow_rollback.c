/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing that fails, wherever it does, leaves image and arena as they were. */
#include "grow_image.h"
#include "iso_image.h"

#define ARENA_BYTES (1u << 20)

static uint8_t head[700], body[5000];
static const struct vtc_grow_tail tail = {8, 4, head, sizeof head, body, sizeof body};

static int grow_iso(const struct vtc_grow *g)
{
    return vtc_grow_iso_file(g, "/boot/initrd.img", &tail);
}

static int grow_fat(const struct vtc_grow *g)
{
    return vtc_grow_fat_file(g, 0, "/EFI/initrd.img", &tail);
}

static void make_tree(void)
{
    fixture_run("rm -rf tree && mkdir -p tree/boot");
    fixture_save_random("tree/boot/initrd.img", 5, 10001);
}

static void make_bridge(void)
{
    make_tree();
    fixture_run("genisoimage -quiet -udf -R -J -o in.iso tree");
}

static void make_fat(void)
{
    make_tree();
    fixture_run("mkfs.fat -C -F 12 -s 1 tree/efi.img 1440 && mmd -i tree/efi.img ::/EFI && "
                "mcopy -i tree/efi.img tree/boot/initrd.img ::/EFI/ && "
                "xorriso -as mkisofs -quiet -R -J -eltorito-alt-boot -e efi.img -no-emul-boot "
                "-o in.iso tree");
}

static const struct {
    void (*make)(void);
    int (*grow)(const struct vtc_grow *g);
} cases[] = {{make_bridge, grow_iso}, {make_fat, grow_iso}, {make_fat, grow_fat}};

/* The end of the image is not at a sector's either. */
static void open_case(struct grow_image *m, size_t i)
{
    fixture_run("rm -f in.iso");
    cases[i].make();
    fixture_run("printf 'a part of a sector' >>in.iso");
    grow_image_open(m, "in.iso", ARENA_BYTES);
}

/* Too little memory, byte by byte almost. */
static void test_arena(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        struct grow_image_state before, after;
        uint32_t capacity;
        int rc = VTC_ENOSPC;

        open_case(&m, i);
        for (capacity = 0; rc; capacity += 56) {
            m.arena.capacity_bytes = capacity;
            before = grow_image_state(&m);
            rc = cases[i].grow(&m.g);
            after = grow_image_state(&m);
            assert_true(!rc || rc == VTC_ENOSPC);
            if (rc)
                grow_image_assert_same(&before, &after);
        }
        assert_true(capacity > 8192 && capacity < ARENA_BYTES / 4);
        grow_image_close(&m);
    }
}

/* The disk fails at the n-th read. */
static void test_disk(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        struct grow_image_state before, after;
        uint32_t n;
        int rc = VTC_EIO;

        open_case(&m, i);
        for (n = 0; rc; n++) {
            m.disk.reads = 0;
            m.disk.fail_after = n;
            before = grow_image_state(&m);
            rc = cases[i].grow(&m.g);
            after = grow_image_state(&m);
            assert_true(!rc || rc == VTC_EIO);
            if (rc)
                grow_image_assert_same(&before, &after);
        }
        assert_true(n > 10);
        grow_image_close(&m);
    }
}

static int no_more_regions(struct vtc_image *img)
{
    (void)img;
    return VTC_ENOSPC;
}

/* The table of regions has too little room and does not get more. */
static void test_regions(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct grow_image m;
        struct grow_image_state before, after;
        uint32_t more;
        int rc = VTC_ENOSPC;

        open_case(&m, i);
        m.img.v = realloc(m.img.v, 200 * sizeof *m.img.v);
        assert_non_null(m.img.v);
        m.img.grow = no_more_regions;
        for (more = 0; rc; more++) {
            assert_true(m.img.count + more < 200);
            m.img.capacity = m.img.count + more;
            before = grow_image_state(&m);
            rc = cases[i].grow(&m.g);
            after = grow_image_state(&m);
            assert_true(!rc || rc == VTC_ENOSPC);
            if (rc)
                grow_image_assert_same(&before, &after);
        }
        assert_true(more > 10);
        assert_true(m.img.count <= m.img.capacity);
        grow_image_close(&m);
    }
}

/* A file whose sections all are the image's last sector, in which it ends: each of them shows more
 * regions than the image has there now. */
static void test_sections_at_end(void **state)
{
    struct iso_image iso;

    (void)state;
    iso_image_init(&iso, "", 0);
    for (unsigned i = 0; i < 16; i++)
        iso_put_file(&iso, "F", i < 15 ? 0x80 : 0, SECTORS - 1, i < 15 ? SECTOR : 100);
    fixture_save("in.iso", iso.src.bytes, (SECTORS - 1) * SECTOR + 612);
    for (uint32_t more = 0;; more++) {
        struct grow_image m;
        struct grow_image_state before, after;
        int rc;

        grow_image_open(&m, "in.iso", ARENA_BYTES);
        m.img.v = realloc(m.img.v, 200 * sizeof *m.img.v);
        assert_non_null(m.img.v);
        m.img.grow = no_more_regions;
        m.img.capacity = m.img.count + more;
        assert_true(m.img.capacity < 200);
        before = grow_image_state(&m);
        rc = vtc_grow_iso_file(&m.g, "/F", &tail);
        after = grow_image_state(&m);
        if (rc)
            grow_image_assert_same(&before, &after);
        grow_image_close(&m);
        if (!rc)
            break;
        assert_int_equal(rc, VTC_ENOSPC);
    }
    iso_image_free(&iso);
}

/* An image that ends inside a sector of 512 bytes can still be a BIOS drive afterwards, and shows
 * its last bytes. */
static void test_odd_end(void **state)
{
    static const char end[] = "a part of a sector";
    struct grow_image m;
    size_t old_bytes, bytes;
    uint8_t *data;

    (void)state;
    open_case(&m, 0);
    assert_int_equal(grow_iso(&m.g), VTC_OK);
    grow_image_dump(&m, "out.iso");
    grow_image_close(&m);
    free(fixture_load("in.iso", &old_bytes));
    assert_int_not_equal(old_bytes % 512, 0);
    data = fixture_load("out.iso", &bytes);
    assert_int_equal(bytes % 2048, 0);
    assert_memory_equal(data + old_bytes - (sizeof end - 1), end, sizeof end);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena),   cmocka_unit_test(test_disk),
        cmocka_unit_test(test_regions), cmocka_unit_test(test_sections_at_end),
        cmocka_unit_test(test_odd_end),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
