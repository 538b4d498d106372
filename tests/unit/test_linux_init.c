/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guest's init on this machine's kernel, as root: the program as process 1 of a folder. */
#include <unistd.h>

#include "fixture.h"
#include "linux_stick.h"

static char start_folder[4096];
static struct vtc_handoff handoff;

static const char original_source[] =
    "#include <stdio.h>\n#include <stdlib.h>\n#include <sys/stat.h>\n#include <unistd.h>\n"
    "int main(int argc, char **argv)\n{\n"
    "    struct stat st; int i;\n"
    "    printf(\"pid %d\", (int)getpid());\n"
    "    for (i = 0; i < argc; i++) printf(\" [%s]\", argv[i]);\n"
    "    printf(\" FOO=%s\", getenv(\"FOO\"));\n"
    "    for (i = 0; i < 100 && !lstat(\"/ventoc\", &st); i++) usleep(50000);\n"
    "    printf(\" ventoc %s\", lstat(\"/ventoc\", &st) ? \"gone\" : \"there\");\n"
    "    printf(\" saved %s\\n\", lstat(\"/.ventoc-init-5\", &st) ? \"gone\" : \"there\");\n"
    "    return 0;\n}\n";

/* Without a console: says how many folders the helper has open, and whether process 1 was given
 * anything. */
static const char silent_source[] =
    "#include <fcntl.h>\n#include <stdio.h>\n#include <sys/mount.h>\n#include <sys/stat.h>\n"
    "#include <unistd.h>\n"
    "int main(void)\n{\n"
    "    struct stat st; char path[64]; int i, n, folders = 0, given = 0;\n"
    "    for (i = 0; i < 3; i++) given += fcntl(i, F_GETFD) >= 0;\n"
    "    mkdir(\"/proc\", 0755); mount(\"proc\", \"/proc\", \"proc\", 0, 0);\n"
    "    for (n = 0; n < 100; n++) {\n"
    "        usleep(50000);\n"
    "        if (!stat(\"/proc/2/fd/0\", &st) && S_ISCHR(st.st_mode)) break;\n"
    "    }\n"
    "    usleep(500000);\n"
    "    for (i = 0; i < 100; i++) {\n"
    "        sprintf(path, \"/proc/2/fd/%d\", i);\n"
    "        folders += !stat(path, &st) && S_ISDIR(st.st_mode);\n"
    "    }\n"
    "    freopen(\"/result\", \"w\", stdout);\n"
    "    printf(\"given %d folders %d\\n\", given, folders);\n"
    "    return fflush(stdout);\n}\n";

/* A folder as an initramfs. */
static void make_root(const char *width, const char *change)
{
    fixture_run("rm -rf root && mkdir -p root/ventoc root/dev root/scripts root/etc && touch "
                "root/scripts/casper && cp '%s/build/linux/init%s' root/ventoc/ && "
                "ln -s / root/ventoc/a && ln -s /ventoc/init%s root/init && "
                "cp conf root/ventoc/ && cp original root/.ventoc-init-5 && cd root && { %s; }",
                start_folder, width, width, change);
}

/* The program is started in such a folder as a kernel would. Returns its output. */
static char *start(const char *width, const char *change)
{
    make_root(width, change);
    return fixture_output("timeout 60 unshare --mount --pid --fork --kill-child env -i FOO=bar "
                          "PATH=$PATH chroot root /init single 'a b' 2>&1");
}

static void need_program(void)
{
    char path[4200];

    if (geteuid())
        fixture_skip("needs", "root");
    snprintf(path, sizeof path, "%s/build/linux/init32", start_folder);
    if (access(path, X_OK))
        fixture_skip("not built:", "build/linux/init32 (make payload)");
    snprintf(path, sizeof path, "%s/build/linux/init64", start_folder);
    if (access(path, X_OK))
        fixture_skip("not built:", "build/linux/init64 (make payload)");
}

static void write_conf(void)
{
    uint32_t bytes;
    uint8_t *blob;

    linux_stick_make("stick", &handoff, 0);
    handoff.stick_uuid[0] = 0xff; /* no disk of this machine */
    handoff.flags = VTC_HANDOFF_PERSISTENCE;
    bytes = vtc_handoff_bytes(&handoff);
    blob = malloc(bytes);
    assert_int_equal(vtc_handoff_encode(&handoff, blob, bytes), 0);
    fixture_save("conf", blob, bytes);
    free(blob);
    fixture_save("original.c", original_source, strlen(original_source));
    fixture_run("cc -static -o original original.c");
}

static void process_one(const char *width)
{
    static const struct {
        const char *what, *change, *says;
        int families;
    } cases[] = {
        {"as it is", ":", "pid 1 [/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 1},
        {"no conf", "rm ventoc/conf",
         "pid 1 [/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 0},
        {"a conf that is cut off", "truncate -s 100 ventoc/conf",
         "pid 1 [/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 0},
        {"an empty conf", ": >ventoc/conf",
         "pid 1 [/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 0},
        {"no original, /bin/init", "mkdir bin; mv .ventoc-init-5 bin/init",
         "pid 1 [/bin/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 1},
        {"no original, /sbin/init", "mkdir sbin; mv .ventoc-init-5 sbin/init",
         "pid 1 [/sbin/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 1},
        {"an original that cannot run", "mkdir bin; mv .ventoc-init-5 bin/sh; echo >.ventoc-init-5",
         "pid 1 [/bin/sh] [single] [a b] FOO=bar ventoc gone saved gone\n", 1},
        {"a relative link", "mkdir usr; mv .ventoc-init-5 usr/s; ln -s usr/s .ventoc-init-5",
         "pid 1 [/init] [single] [a b] FOO=bar ventoc gone saved gone\n", 1},
    };

    need_program();
    write_conf();
    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        char *out = start(width, cases[i].change);

        if (strcmp(out, cases[i].says))
            fail_msg("%s, %s: %s", width, cases[i].what, out);
        free(out);
        if (cases[i].families)
            fixture_run("grep -q LIVEMEDIA root/conf/conf.d/ventoc && grep -q PERSISTENT "
                        "root/conf/conf.d/ventoc-persistence");
        else
            fixture_run("! test -e root/conf");
        fixture_run("! test -e root/ventoc");
    }
}

static void process_one_64(void **state)
{
    (void)state;
    process_one("64");
}

static void process_one_32(void **state)
{
    (void)state;
    if (system("/lib/ld-linux.so.2 --version >/dev/null 2>&1"))
        fixture_skip("this kernel", "runs no 32-bit programs");
    process_one("32");
}

/* Nothing can be renamed: the original runs by its saved name, and is told its own. */
static void read_only_root(void **state)
{
    static const char says[] = "pid 1 [/init] [single] [a b] FOO=bar ventoc there saved there\n";
    char *out;

    (void)state;
    need_program();
    write_conf();
    make_root("64", ":");
    out = fixture_output("timeout 60 unshare --mount --pid --fork --kill-child sh -c '"
                         "mount --bind root root && mount -o remount,ro,bind root && "
                         "exec env -i FOO=bar PATH=$PATH chroot root /init single \"a b\"' 2>&1");
    assert_string_equal(out, says);
    free(out);
}

/* A kernel without a console gives process 1 no descriptors; the helper must not lose its own. */
static void no_console(void **state)
{
    size_t count;
    char *said;

    (void)state;
    need_program();
    write_conf();
    fixture_save("silent.c", silent_source, strlen(silent_source));
    fixture_run("cc -w -static -o silent silent.c");
    make_root("64", "cp ../silent .ventoc-init-5");
    fixture_run(
        "timeout 60 unshare --mount --pid --fork --kill-child chroot root /init <&- >&- 2>&-");
    said = (char *)fixture_load("root/result", &count);
    /* process 1's root, then tmpfs, devtmpfs, sysfs, proc; the looks at sysfs come and go */
    if (strncmp(said, "given 0 folders ", 16) || said[16] < '5')
        fail_msg("%.*s", (int)count, said);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_one_64),
        cmocka_unit_test(process_one_32),
        cmocka_unit_test(no_console),
        cmocka_unit_test(read_only_root),
    };

    if (!getcwd(start_folder, sizeof start_folder))
        return 1;
    return cmocka_run_group_tests(tests, fixture_enter_tmpdir, fixture_leave_tmpdir);
}
