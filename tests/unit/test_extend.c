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

/* Open in.iso and have everything ready but what was found in it. init64_bytes: 10 to 60000. */
static void begin_with_body(struct work *w, uint32_t arena_bytes, uint32_t init64_bytes)
{
    static uint8_t body[65536], init64[60000];

    grow_image_open(&w->image, "in.iso", arena_bytes);
    w->e.grow = w->image.g;
    memcpy(init64, "sixty-four", 10);
    assert_int_equal(vtc_handoff_body_archive(body, sizeof body, init64, init64_bytes, "thirty-two",
                                              10, "conf", 4, &w->e.body_bytes),
                     VTC_OK);
    w->e.body = body;
    w->e.scratch = malloc(vtc_extend_scratch_bytes(w->e.body_bytes));
    w->e.failed = count_failure;
    w->e.ctx = w;
}

/* Scan in.iso and get ready. */
static struct work *begin(uint32_t arena_bytes, uint32_t init64_bytes)
{
    struct work *w = calloc(1, sizeof *w);
    void *space = malloc(VTC_BOOTCFG_WORK_BYTES);
    struct vtc_reader reader;

    assert_non_null(w);
    assert_non_null(space);
    begin_with_body(w, arena_bytes, init64_bytes);
    reader = grow_image_reader(&w->image);
    assert_int_equal(vtc_bootcfg_scan(&reader, space, &w->cfg, NULL, NULL), VTC_OK);
    free(space);
    w->e.found.iso = &w->cfg;
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
    w = begin(ARENA_BYTES, 10);
    assert_int_equal(vtc_extend_count(&w->e.found), 4);
    assert_true(vtc_extend_arena_bytes(&w->e.found, w->e.body_bytes) <= ARENA_BYTES);
    assert_int_equal(vtc_extend_initrds(&w->e), 4);
    assert_int_equal(w->failures, 0);
    assert_true(w->image.arena.used_bytes <= vtc_extend_arena_bytes(&w->e.found, w->e.body_bytes));
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

/* Too little memory: what does not fit is left as it was and told; the rest is done. */
static void test_small_arena(void **state)
{
    (void)state;
    make_iso();
    for (uint32_t bytes = 4096; bytes <= 65536; bytes += 4096) {
        struct work *w = begin(bytes, 10);
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

/* ---- what is said to be enough is ---------------------------------------------------------- */

/* root/init in archives of three lengths, as initrd files a, b and c of a folder. */
static void make_initrds(const char *folder)
{
    fixture_run("rm -rf root %s && mkdir -p root %s && echo original >root/init", folder, folder);
    for (unsigned i = 0; i < 3; i++) {
        fixture_save_random("root/firmware", i + 1, 36865 + i * 700);
        fixture_run("(cd root && find . | cpio -o -H newc --quiet) | gzip -9n >%s/initrd.img-%c",
                    folder, 'a' + (int)i);
    }
}

static void assert_enough(struct work *w, uint32_t count)
{
    uint32_t bytes = vtc_extend_arena_bytes(&w->e.found, w->e.body_bytes);

    assert_true(bytes <= ARENA_BYTES);
    w->image.arena.capacity_bytes = bytes;
    assert_int_equal(vtc_extend_count(&w->e.found), count);
    assert_int_equal(vtc_extend_initrds(&w->e), count);
}

static void test_enough_for_iso(void **state)
{
    static const char *const makers[] = {
        "genisoimage -quiet -udf -R -J -o in.iso tree",
        "xorriso -as mkisofs -quiet -r -J -iso-level 4 -o in.iso tree 2>/dev/null",
        "mkdir efi && mv tree/boot efi && rm -f efi.img && mkfs.fat -F 12 -s 64 -C efi.img 66000 "
        ">log && mcopy -i efi.img -s efi/boot ::/ && mcopy -i efi.img -s tree/EFI ::/ && "
        "mv efi.img tree && xorriso -as mkisofs -quiet -R -J -eltorito-alt-boot -e efi.img "
        "-no-emul-boot -o in.iso tree 2>/dev/null",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        for (unsigned k = 0; k < 3; k++) {
            char text[128];
            struct work *w;
            int n =
                snprintf(text, sizeof text,
                         "menuentry a {\n linux /boot/vmlinuz\n initrd /boot/initrd.img-%c\n}\n",
                         'a' + (int)k);

            fixture_run("rm -rf tree efi in.iso");
            make_initrds("new");
            fixture_run("mkdir -p tree/boot && cp new/initrd.img-%c tree/boot && mkdir -p "
                        "tree/boot/grub tree/EFI/BOOT",
                        'a' + (int)k);
            fixture_save_random("tree/boot/vmlinuz", 9, 9000);
            fixture_save("tree/boot/grub/grub.cfg", text, (size_t)n);
            fixture_run("cp tree/boot/grub/grub.cfg tree/EFI/BOOT/grub.cfg");
            fixture_run("%s && printf x >>in.iso", makers[i]);
            w = begin(ARENA_BYTES, 60000);
            assert_enough(w, 1);
            end(w);
        }
    }
}

/* Single blocks and a run behind them: the extent tree gets deeper as well. */
static void test_enough_for_disk(void **state)
{
    struct work *w = calloc(1, sizeof *w);
    struct vtc_diskcfg *cfg = malloc(sizeof *cfg);
    void *space = malloc(VTC_DISKCFG_WORK_BYTES);
    struct vtc_reader reader;

    (void)state;
    assert_true(w && cfg && space);
    make_initrds("new");
    fixture_run(
        "rm -rf tree && mkdir -p tree/boot && cd tree && for i in $(seq 100 130); do "
        "head -c 4000 /dev/urandom >$i; done && cd .. && rm -f in.iso && "
        "mke2fs -q -t ext4 -b 4096 -d tree in.iso 16M && { n=100; for i in a b c; do "
        "for k in 1 2 3; do echo rm $n; n=$((n + 2)); done; "
        "echo write new/initrd.img-$i boot/initrd.img-$i; echo write tree/101 gap-$i; done; "
        "} >script && debugfs -w -f script in.iso >log 2>&1");
    begin_with_body(w, ARENA_BYTES, 60000);
    reader = grow_image_reader(&w->image);
    assert_int_equal(vtc_diskcfg_scan(&reader, space, cfg), VTC_OK);
    w->e.found.disk = cfg;
    assert_enough(w, 3);
    free(space);
    end(w);
    free(cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_small_arena),
        cmocka_unit_test(test_enough_for_iso),
        cmocka_unit_test(test_enough_for_disk),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
