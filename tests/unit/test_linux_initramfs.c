/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the guest's init does to the initramfs: the original init back in its place, our traces gone,
 * a family's file where it looks for it. Trees as the archives leave them, in a folder. */
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

#include <ventoc/handoff.h>

#include "../../grub-payload/linux/families.h"
#include "../../grub-payload/linux/original.h"

/* "PATH TYPE CONTENT" of all there is, sorted; free() it. */
static char *tree(const char *root)
{
    return fixture_output(
        "cd %s && find . -mindepth 1 \\( -type f -printf '%%P f ' -exec cat {} \\; "
        "-printf '\\n' -o -printf '%%P %%y %%l\\n' \\) | sed 's/ *$//; /^$/d' | sort",
        root);
}

static void originals(void **state)
{
    static const struct {
        const char *what, *make;
        int rc;
        const char *left;
    } cases[] = {
        {"a file", "echo A >.ventoc-init-3; ln -s /ventoc/init64 init", 0, "init f A\n"},
        {"a link, relative", "mkdir usr; ln -s usr/s .ventoc-init-0; ln -s ventoc/init64 init", 0,
         "init l usr/s\nusr d\n"},
        {"a link to nowhere here",
         "ln -s /lib/systemd/systemd .ventoc-init-47; ln -s "
         "/ventoc/init32 init",
         0, "init l /lib/systemd/systemd\n"},
        {"two archives behind one initrd",
         "echo A >.ventoc-init-1; ln -s /ventoc/init64 .ventoc-init-2; ln -s /ventoc/init64 init",
         0, "init f A\n"},
        {"the later of two inits, lower number",
         "echo A >.ventoc-init-9; sleep 0.02; echo B >.ventoc-init-4; ln -s /ventoc/init64 init", 0,
         "init f B\n"},
        {"the later of two inits, higher number",
         "echo A >.ventoc-init-4; sleep 0.02; echo B >.ventoc-init-9; ln -s /ventoc/init64 init", 0,
         "init f B\n"},
        {"an /etc/init of ours goes",
         "mkdir etc; ln -s /ventoc/init32 etc/init; echo A >.ventoc-init-1; ln -s /ventoc/init64 "
         "init",
         0, "etc d\ninit f A\n"},
        {"the guest's /etc/init stays",
         "mkdir etc; echo E >etc/init; echo A >.ventoc-init-1; ln -s /ventoc/init64 init", 0,
         "etc d\netc/init f E\ninit f A\n"},
        {"no archive was unpacked behind it", "echo A >init", 0, "init f A\n"},
        {"an initrd came behind all archives", "echo A >.ventoc-init-1; echo B >init", 0,
         "init f B\n"},
        {"none", "ln -s /ventoc/init64 init; ln -s /ventoc/init64 .ventoc-init-1", -1, ""},
        {"an empty initramfs", "", -1, ""},
        {"not one of the numbers", "echo A >.ventoc-init-48; ln -s /ventoc/init64 init", -1,
         ".ventoc-init-48 f A\n"},
    };
    struct vtc_text path;
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        char *left;

        fixture_run("rm -rf r && mkdir r && cd r && { %s; }",
                    cases[i].make[0] ? cases[i].make : ":");
        if (vtc_original_restore("r", &path) != cases[i].rc ||
            (!cases[i].rc && strcmp(path.s, "r/init")))
            fail_msg("%s: not %d", cases[i].what, cases[i].rc);
        left = tree("r");
        if (strcmp(left, cases[i].left))
            fail_msg("%s:\n%s", cases[i].what, left);
        free(left);
    }
}

static void cleaning(void **state)
{
    char *left;

    (void)state;
    fixture_run(
        "rm -rf r && mkdir -p r/ventoc/t/deeper r/keep && echo K >r/keep/file && cd r/ventoc && "
        "touch conf init64 init32 t/init t/deeper/x && ln -s / a && ln -s ../keep b");
    vtc_original_clean("r");
    left = tree("r");
    assert_string_equal(left, "keep d\nkeep/file f K\n");
    free(left);
    vtc_original_clean("r"); /* nothing there */
    fixture_run("ln -s keep r/ventoc");
    vtc_original_clean("r"); /* a link is not followed */
    fixture_run("test \"$(cat r/keep/file)\" = K");
}

static void families(void **state)
{
    static const struct {
        const char *what, *make;
        uint32_t flags;
        const char *left; /* but for what was made */
    } cases[] = {
        {"none", "echo A >init", VTC_HANDOFF_PERSISTENCE, "init f A\n"},
        {"live-boot", "mkdir -p conf/conf.d scripts; touch scripts/live", 0,
         "conf d\nconf/conf.d d\nconf/conf.d/ventoc f LIVE_MEDIA=/dev/mapper/ventoc\nscripts "
         "d\nscripts/live f\n"},
        {"live-boot, layer", "mkdir -p conf/conf.d lib/live/boot", VTC_HANDOFF_PERSISTENCE,
         "conf d\nconf/conf.d d\nconf/conf.d/ventoc f LIVE_MEDIA=/dev/mapper/ventoc\nconf/conf.d/"
         "ventoc-persistence f export PERSISTENCE=true\nlib d\nlib/live d\nlib/live/boot d\n"},
        {"casper, layer", "mkdir -p conf scripts; touch scripts/casper", VTC_HANDOFF_PERSISTENCE,
         "conf d\nconf/conf.d d\nconf/conf.d/ventoc f export "
         "LIVEMEDIA=/dev/mapper/ventoc\nconf/conf.d/ventoc-persistence f export "
         "PERSISTENT=Yes\nscripts d\nscripts/casper f\n"},
        {"dracut", "mkdir sbin; touch sbin/dmsquash-live-root", 0,
         "sbin d\nsbin/dmsquash-live-root f\n"},
        {"dracut, layer", "mkdir sbin; touch sbin/dmsquash-live-root", VTC_HANDOFF_PERSISTENCE,
         "etc d\netc/cmdline.d d\netc/cmdline.d/61-ventoc.conf f "
         "rd.live.overlay=/dev/mapper/ventoc-persistence:/overlayfs\nsbin "
         "d\nsbin/dmsquash-live-root f\n"},
        {"archiso", "mkdir hooks; touch hooks/archiso; echo 'H=\"a\"' >config", 0,
         "config f H=\"a\"\narchisodevice=/dev/mapper/ventoc\nhooks d\nhooks/archiso f\n"},
        {"archiso, layer", "mkdir hooks; touch hooks/archiso; printf M=1 >config",
         VTC_HANDOFF_PERSISTENCE,
         "config f M=1\narchisodevice=/dev/mapper/ventoc\n[ -n \"$cow_label$cow_device\" ] || "
         "cow_device=/dev/mapper/ventoc-persistence\nhooks d\nhooks/archiso f\n"},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        char *left, *want;

        fixture_run("rm -rf r && mkdir r && cd r && { %s; }", cases[i].make);
        assert_int_equal(vtc_families_write("r", cases[i].flags), 0);
        left = tree("r");
        fixture_save("want", cases[i].left, strlen(cases[i].left));
        want = fixture_output("sort want");
        if (strcmp(left, want))
            fail_msg("%s:\n%s", cases[i].what, left);
        free(left);
        free(want);
    }
}

/* What a shell makes of the files for mkinitcpio and initramfs-tools. */
static void sourced(void **state)
{
    char *out;

    (void)state;
    fixture_run(
        "rm -rf r && mkdir -p r/hooks r/scripts && cd r && touch hooks/archiso scripts/live "
        "scripts/casper && echo x=1 >config");
    assert_int_equal(vtc_families_write("r", VTC_HANDOFF_PERSISTENCE), 0);
    out = fixture_output("cd r && env -i sh -ec '. ./config; echo $x $archisodevice $cow_device; "
                         "cow_device=; cow_label=L; . ./config; echo $cow_device $cow_label'");
    assert_string_equal(out, "1 /dev/mapper/ventoc /dev/mapper/ventoc-persistence\nL\n");
    free(out);
}

static void unwritable(void **state)
{
    (void)state;
    fixture_run(
        "rm -rf r && mkdir -p r/scripts r/hooks && cd r && touch scripts/live hooks/archiso "
        "conf");
    assert_int_equal(vtc_families_write("r", VTC_HANDOFF_PERSISTENCE), 2); /* conf is a file */
    fixture_run("grep -q archisodevice r/config");
}

/* The real initrd of Debian's installer: both of its rules files, and nothing else. */
static void installer(void **state)
{
    static const char initrd[] = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/"
                                 "amd64/initrd.gz";
    char *out;

    (void)state;
    if (access(initrd, R_OK))
        fixture_skip("no", initrd);
    fixture_run(
        "rm -rf r && mkdir r && cd r && zcat %s | cpio -i -d --quiet --no-absolute-filenames "
        "2>/dev/null; cp -a . ../before && cd .. && test -e r/init",
        initrd);
    assert_int_equal(vtc_families_write("r", 0), 0);
    out = fixture_output(
        "diff -rq --no-dereference before r 2>&1 | grep -v special | sort; rm -rf before");
    assert_string_equal(out, "Only in r/etc/udev/rules.d: 61-ventoc.rules\n"
                             "Only in r/etc/udev/rules.d: 62-ventoc-cdrom.rules\n");
    free(out);
    fixture_run("grep -q ID_CDROM r/etc/udev/rules.d/62-ventoc-cdrom.rules && ! grep -q ID_CDROM "
                "r/etc/udev/rules.d/61-ventoc.rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(originals), cmocka_unit_test(cleaning),   cmocka_unit_test(families),
        cmocka_unit_test(sourced),   cmocka_unit_test(unwritable), cmocka_unit_test(installer),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
