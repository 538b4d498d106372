/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every initramfs of an ISO extended at once; xorriso, the packers' own programs and a model of the kernel look. */
#include "grow_image.h"
#include "unpack.h"

#include <ventoc/extend.h>
#include <ventoc/handoff.h>

#define ARENA_BYTES (4u << 20)

static const char config[] =
    "menuentry a {\n linux /boot/vmlinuz\n initrd /boot/initrd.gz\n}\n"
    "menuentry b {\n linux /boot/vmlinuz\n initrd /boot/initrd.lz4\n}\n"
    "menuentry c {\n linux /boot/vmlinuz\n"
    " initrd /boot/microcode.img /boot/initrd.xz\n}\n"
    "menuentry d {\n linux /boot/vmlinuz\n initrd /boot/other-name.gz\n}\n";

static void make_iso(void)
{
    fixture_run("rm -rf tree root && mkdir -p tree/boot/grub root/bin early/kernel/x86 &&"
                "echo original >root/init && head -c 3000 /dev/zero >early/kernel/x86/code.bin &&"
                "(cd early && find . | cpio -o -H newc --quiet) >tree/boot/microcode.img &&"
                "(cd root && find . | cpio -o -H newc --quiet) >plain &&"
                "gzip -9n <plain >tree/boot/initrd.gz && lz4 -l -q plain tree/boot/initrd.lz4 &&"
                "xz --check=crc32 <plain >tree/boot/initrd.xz &&"
                "ln tree/boot/initrd.gz tree/boot/other-name.gz && head -c 9000 /dev/urandom "
                ">tree/boot/vmlinuz");
    fixture_save("tree/boot/grub/grub.cfg", config, sizeof config - 1);
    fixture_run(
        "xorriso -as mkisofs -quiet -r -J -V EXTEND --hardlinks -o in.iso tree 2>/dev/null");
}

struct work {
    struct grow_image image;
    struct vtc_bootcfg cfg;
    struct vtc_extend e;
    uint32_t failures;
};

static void count_failure(void *ctx, const char *path, int rc)
{
    struct work *w = ctx;

    assert_memory_equal(path, "/boot/", 6);
    assert_int_not_equal(rc, VTC_OK);
    w->failures++;
}

/* Scan in.iso and get ready. arena_bytes 0: what vtc_extend_arena_bytes() says. */
static struct work *begin(uint32_t arena_bytes)
{
    static uint8_t body[65536];
    struct work *w = calloc(1, sizeof *w);
    void *space = malloc(VTC_BOOTCFG_WORK_BYTES);
    struct vtc_reader reader;

    assert_non_null(w);
    assert_non_null(space);
    grow_image_open(&w->image, "in.iso", arena_bytes ? arena_bytes : ARENA_BYTES);
    reader = grow_image_reader(&w->image);
    assert_int_equal(vtc_bootcfg_scan(&reader, space, &w->cfg, NULL, NULL), VTC_OK);
    free(space);
    w->e.grow = w->image.g;
    w->e.found.iso = &w->cfg;
    assert_int_equal(vtc_handoff_body_archive(body, sizeof body, "sixty-four", 10, "thirty-two", 10,
                                              "conf", 4, &w->e.body_bytes),
                     VTC_OK);
    if (!arena_bytes) {
        uint32_t needed_bytes = vtc_extend_arena_bytes(&w->e.found, w->e.body_bytes);

        assert_true(needed_bytes <= ARENA_BYTES);
        w->image.arena.capacity_bytes = needed_bytes;
    }
    w->e.body = body;
    w->e.scratch = malloc(vtc_extend_scratch_bytes(w->e.body_bytes));
    w->e.failed = count_failure;
    w->e.ctx = w;
    return w;
}

static void end(struct work *w)
{
    grow_image_close(&w->image);
    free(w->e.scratch);
    free(w);
}

/* The archives in a file, as the kernel sees them: unpacked by program, zeros passed over. */
static void judge(const char *name, const char *program)
{
    const char *wrong;
    uint8_t *data;
    size_t bytes;
    char *list;

    fixture_run("cmp -n $(stat -c %%s tree/boot/%s) tree/boot/%s got/boot/%s", name, name, name);
    fixture_run("n=$(stat -c %%s tree/boot/%s) && head -c $n got/boot/%s | %s >unpacked && "
                "tail -c +$((n + 1)) got/boot/%s >tail && if [ %s = lz4 ]; then "
                "lz4 -d -q <tail >>unpacked; else "
                /* the kernel counts by the file's offsets */
                "head -c $((n - $(stat -c %%s unpacked) & 3)) /dev/zero >>unpacked; "
                "cat tail >>unpacked; fi",
                name, name, program, name, strncmp(program, "lz4", 3) ? "no" : "lz4");
    fixture_run("rm -rf seen && mkdir seen");
    data = fixture_load("unpacked", &bytes);
    wrong = unpack("seen", data, bytes);
    if (wrong)
        fail_msg("%s: %s", name, wrong);
    free(data);
    list = fixture_output("cd seen && cat ventoc/init64 ventoc/init32 ventoc/conf && "
                          "readlink init && cat .ventoc-init-*");
    assert_string_equal(list, "sixty-fourthirty-twoconf/ventoc/init64\noriginal\n");
    free(list);
}

static void test_every_kind(void **state)
{
    struct work *w;

    (void)state;
    make_iso();
    w = begin(0);
    assert_int_equal(vtc_extend_count(&w->e.found), 4);
    assert_int_equal(vtc_extend_initrds(&w->e), 4);
    assert_int_equal(w->failures, 0);
    grow_image_dump(&w->image, "out.iso");
    end(w);
    fixture_run("chmod -R u+rwX got 2>/dev/null; rm -rf got && xorriso -report_about WARNING "
                "-osirrox on -indev out.iso -extract / got");
    judge("initrd.gz", "gzip -dc");
    judge("initrd.xz", "xz -dc");
    judge("initrd.lz4", "lz4 -dcq");
    fixture_run("cmp got/boot/other-name.gz got/boot/initrd.gz");
    fixture_run("cmp got/boot/microcode.img tree/boot/microcode.img");
    fixture_run("cmp got/boot/vmlinuz tree/boot/vmlinuz");
}

/* A tree of UDF besides two of ISO 9660, and one initramfs only: the descriptors' share is the largest. */
static void test_udf(void **state)
{
    struct work *w;

    (void)state;
    fixture_run("rm -rf tree && mkdir -p tree/boot/grub && head -c 90000 /dev/urandom | gzip "
                ">tree/boot/initrd.gz && "
                "head -c 9000 /dev/urandom >tree/boot/vmlinuz");
    fixture_save("tree/boot/grub/grub.cfg", config,
                 (size_t)(strstr(config, "menuentry b") - config));
    fixture_run("genisoimage -quiet -udf -r -J -V EXTEND -o in.iso tree 2>/dev/null");
    w = begin(0);
    assert_int_equal(vtc_extend_initrds(&w->e), 1);
    assert_int_equal(w->failures, 0);
    grow_image_dump(&w->image, "out.iso");
    end(w);
    fixture_run("rm -rf got && 7zz x -y -tudf -ogot out.iso >7z.log 2>&1");
    fixture_run("n=$(stat -c %%s tree/boot/initrd.gz) && cmp -n $n tree/boot/initrd.gz "
                "got/boot/initrd.gz && "
                "test $(stat -c %%s got/boot/initrd.gz) -gt $n");
}

/* Too little memory: what does not fit is left as it was and told; the rest is done. */
static void test_small_arena(void **state)
{
    (void)state;
    make_iso();
    for (uint32_t bytes = 4096; bytes <= 65536; bytes += 4096) {
        struct work *w = begin(bytes);
        uint32_t done = vtc_extend_initrds(&w->e);

        assert_int_equal(done + w->failures, 4);
        grow_image_dump(&w->image, "out.iso");
        fixture_run("chmod -R u+rwX got 2>/dev/null; rm -rf got && xorriso -report_about WARNING "
                    "-osirrox on -indev out.iso -extract / got && for f in gz xz lz4; do "
                    "cmp -n $(stat -c %%s tree/boot/initrd.$f) tree/boot/initrd.$f "
                    "got/boot/initrd.$f; done");
        end(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_udf),
        cmocka_unit_test(test_small_arena),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
