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
        {"the guest's /etc/init comes back",
         "mkdir etc; ln -s /ventoc/init32 etc/init; echo E >.ventoc-etc-1; echo A >.ventoc-init-1; "
         "ln -s /ventoc/init64 init",
         0, "etc d\netc/init f E\ninit f A\n"},
        {"a link, behind two archives",
         "mkdir etc; ln -s /ventoc/init32 etc/init; ln -s ../bin/e .ventoc-etc-1; "
         "ln -s /ventoc/init32 .ventoc-etc-2; echo A >.ventoc-init-1; ln -s /ventoc/init64 init",
         0, "etc d\netc/init l ../bin/e\ninit f A\n"},
        {"its init was unpacked behind all archives",
         "mkdir etc; echo F >etc/init; echo E >.ventoc-etc-1; echo A >.ventoc-init-1; "
         "ln -s /ventoc/init64 init",
         0, "etc d\netc/init f F\ninit f A\n"},
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
        {"dracut, not told of a layer yet", "mkdir sbin; touch sbin/dmsquash-live-root",
         VTC_HANDOFF_PERSISTENCE, "sbin d\nsbin/dmsquash-live-root f\n"},
        {"archiso", "mkdir hooks; touch hooks/archiso; echo 'H=\"a\"' >config", 0,
         "config f H=\"a\"\narchisodevice=/dev/mapper/ventoc\nhooks d\nhooks/archiso f\n"},
        {"archiso, not told of a layer yet", "mkdir hooks; touch hooks/archiso; printf M=1 >config",
         VTC_HANDOFF_PERSISTENCE,
         "config f M=1\narchisodevice=/dev/mapper/ventoc\nHOOKS=\"$HOOKS ventoc\" "
         "ventoc_persistent=\"$cow_persistent\"\nhooks d\nhooks/archiso f\nhooks/ventoc f "
         "run_hook() {\n"
         "    ventoc_next=\"$mount_handler\"\n    mount_handler=ventoc_mount_handler\n}\n"
         "ventoc_mount_handler() {\n"
         "    if [ -z \"$cow_device\" ] && poll_device \"$archisodevice\" 30 &&\n"
         "        [ -e /config.ventoc ]; then\n        . /config.ventoc\n    fi\n"
         "    \"$ventoc_next\" \"$@\"\n}\n"},
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

/* What a family is told of its layer once that is there. */
static void layers(void **state)
{
    static const struct {
        const char *what, *make;
        const char *folder; /* that must be in the layer; NULL: the family looks for itself */
        const char *left;
    } cases[] = {
        {"dracut", "mkdir sbin; touch sbin/dmsquash-live-root", "overlayfs",
         "etc d\netc/cmdline.d d\netc/cmdline.d/61-ventoc.conf f "
         "rd.live.overlay=/dev/mapper/ventoc-persistence:/overlayfs\nsbin "
         "d\nsbin/dmsquash-live-root f\n"},
        {"archiso", "mkdir hooks; touch hooks/archiso", "",
         "config.ventoc f cow_device=/dev/mapper/ventoc-persistence "
         "cow_persistent=\"${ventoc_persistent:-P}\"\nhooks d\nhooks/archiso f\n"},
        {"live-boot", "mkdir scripts; touch scripts/live", NULL, "scripts d\nscripts/live f\n"},
        {"none", "echo A >init", NULL, "init f A\n"},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *const *folder;
        char *left;

        fixture_run("rm -rf r && mkdir r && cd r && { %s; }", cases[i].make);
        folder = vtc_families_layer("r");
        if (!folder != !cases[i].folder ||
            (folder && strcmp(folder[0] ? folder[0] : "", cases[i].folder) != 0))
            fail_msg("%s: its folders", cases[i].what);
        assert_int_equal(vtc_families_write_layer("r"), 0);
        left = tree("r");
        if (strcmp(left, cases[i].left))
            fail_msg("%s:\n%s", cases[i].what, left);
        free(left);
    }
}

/* As mkinitcpio's init runs them, with a shell in place of it: /config, the hooks it names, then the
 * mount handler. What archiso's own would mount is told. */
#define MKINITCPIO                                                                                 \
    "poll_device() { echo poll $1; %s; }; cow_device=; cow_label=; cow_persistent=; %s; "          \
    ". ./config; for h in $HOOKS; do [ -x hooks/$h ] || continue; unset run_hook; "                \
    ". hooks/$h; run_hook; done; $mount_handler /new_root"

static void sourced(void **state)
{
    static const char archiso[] =
        "run_hook() { [ -z \"$cow_label\" ] || cow_device=label-$cow_label\n"
        "if [ -n \"$cow_device\" ]; then cow_persistent=${cow_persistent:-P}\n"
        "else cow_persistent=N; fi; mount_handler=archiso_mount_handler; }\n"
        "archiso_mount_handler() { echo $1 $archisodevice cow=$cow_device $cow_persistent; }\n";
    static const struct {
        const char *what;
        const char *poll; /* what happens while the medium is waited for */
        const char *cmdline;
        const char *want;
    } cases[] = {
        {"a layer that comes with the medium", "cp late config.ventoc", ":",
         "poll /dev/mapper/ventoc\n"
         "/new_root /dev/mapper/ventoc cow=/dev/mapper/ventoc-persistence P\n"},
        {"no layer", ":", ":", "poll /dev/mapper/ventoc\n/new_root /dev/mapper/ventoc cow= N\n"},
        {"no medium", "false", ":",
         "poll /dev/mapper/ventoc\n/new_root /dev/mapper/ventoc cow= N\n"},
        {"the user's own layer", "cp late config.ventoc", "cow_label=L",
         "/new_root /dev/mapper/ventoc cow=label-L P\n"},
        {"the user's own way to keep", "cp late config.ventoc", "cow_persistent=N",
         "poll /dev/mapper/ventoc\n"
         "/new_root /dev/mapper/ventoc cow=/dev/mapper/ventoc-persistence N\n"},
    };
    unsigned i;
    char *out;

    (void)state;
    for (i = 0; i < COUNT_OF(cases); i++) {
        fixture_run("rm -rf r && mkdir -p r/hooks r/scripts && cd r && touch scripts/live "
                    "scripts/casper && echo 'HOOKS=\"base archiso none\"' >config");
        fixture_save("r/hooks/archiso", archiso, sizeof archiso - 1);
        assert_int_equal(vtc_families_write_layer("r"), 0);
        assert_int_equal(vtc_families_write("r", VTC_HANDOFF_PERSISTENCE), 0);
        fixture_run("cd r && chmod +x hooks/archiso && mv config.ventoc late && "
                    "sed -i 's, /config.ventoc, ./config.ventoc,' hooks/ventoc");
        out = fixture_output("cd r && env -i sh -c '" MKINITCPIO "'", cases[i].poll,
                             cases[i].cmdline);
        if (strcmp(out, cases[i].want))
            fail_msg("%s:\n%s", cases[i].what, out);
        free(out);
    }
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
        cmocka_unit_test(originals), cmocka_unit_test(cleaning), cmocka_unit_test(families),
        cmocka_unit_test(layers),    cmocka_unit_test(sourced),  cmocka_unit_test(unwritable),
        cmocka_unit_test(installer),
    };

    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
