/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of boot configurations: what is told of them, line by line. */
#include "fixture.h"

#include <ventoc/bootcfg_lex.h>
#include <ventoc/bootcfg_parse.h>

/* What the parser told: "TITLE|KERNEL|INITRDS|CMDLINE" for an entry, "-> SYNTAX PATH [FOLDER]". */
struct told {
    char text[65536];
    size_t used;
    int stop_after; /* calls until one returns 7 */
};

static int tell(struct told *t, const char *format, const char *a, const char *b, const char *c,
                const char *d)
{
    int n = snprintf(t->text + t->used, sizeof(t->text) - t->used, format, a, b, c, d);

    assert_true(n >= 0 && (size_t)n < sizeof(t->text) - t->used);
    t->used += (size_t)n;
    return --t->stop_after == 0 ? 7 : 0;
}

static int take_entry(void *ctx, struct vtc_bootcfg_entry *e)
{
    return tell(ctx, "%s|%s|%s|%s\n", e->title, e->kernel, e->initrds, e->cmdline);
}

static int take_include(void *ctx, const char *path, enum vtc_bootcfg_syntax syntax,
                        const char *folder)
{
    return tell(ctx, "-> %s %s%s%s\n", syntax == VTC_CFG_GRUB ? "grub" : "syslinux", path,
                folder ? " " : "", folder ? folder : "");
}

static struct vtc_bootcfg_parser parser;
static struct vtc_bootcfg_variables variables;

static int parse(enum vtc_bootcfg_syntax syntax, const char *text, size_t bytes, struct told *told)
{
    /* a copy of exactly this length, so that reading past it shows */
    char *copy = malloc(bytes + 1);
    int rc;

    assert_non_null(copy);
    memcpy(copy, text, bytes);
    copy = realloc(copy, bytes ? bytes : 1);
    memset(&parser, 0xa5, sizeof(parser));
    parser.text = copy;
    parser.bytes = (uint32_t)bytes;
    parser.variables = &variables;
    parser.entry = take_entry;
    parser.include = take_include;
    parser.ctx = told;
    told->used = 0;
    told->text[0] = '\0';
    rc = syntax == VTC_CFG_SYSLINUX ? vtc_bootcfg_syslinux(&parser)
         : syntax == VTC_CFG_GRUB   ? vtc_bootcfg_grub(&parser)
                                    : vtc_bootcfg_loader_entry(&parser);
    free(copy);
    return rc;
}

struct text_case {
    const char *name, *text, *want;
};

static void check(enum vtc_bootcfg_syntax syntax, const struct text_case *cases, size_t count)
{
    static struct told told;

    for (size_t i = 0; i < count; i++) {
        memset(&variables, 0, sizeof(variables));
        vtc_bootcfg_variable_set(&variables, "prefix", "/boot/grub");
        told.stop_after = 0;
        assert_int_equal(parse(syntax, cases[i].text, strlen(cases[i].text), &told), 0);
        if (strcmp(told.text, cases[i].want) != 0)
            fail_msg("%s:\n%swanted:\n%s", cases[i].name, told.text, cases[i].want);
    }
}

static void test_syslinux(void **state)
{
    static const struct text_case cases[] = {
        {"empty", "", ""},
        {"one label", "label a\n kernel /linux\n append initrd=/initrd.gz ro quiet\n",
         "a|/linux|/initrd.gz|ro quiet\n"},
        {"no line end, keywords in capitals, tabs, CR LF",
         "LABEL A\r\n\tLINUX\t/LINUX\r\n\tAPPEND\tINITRD=/I.GZ", "A|/LINUX|/I.GZ|\n"},
        {"old Mac line ends", "label a\rkernel k\rinitrd i", "a|k|i|\n"},
        {"initrd keyword with commas", "label a\nlinux k\ninitrd ucode.img,initrd.img\n",
         "a|k|ucode.img initrd.img|\n"},
        {"several initrd= and INITRD",
         "label a\nkernel k\nappend initrd=a,,b, x initrd=c\ninitrd d", "a|k|d a b c|x\n"},
        {"the title, its hot key, and what is not a title",
         "menu title Boot\nlabel a\nmenu label ^Install now\nmenu default\nkernel k\n",
         "Install now|k||\n"},
        {"parameters behind the kernel", "label a\nkernel k initrd=i ro\n", "a|k|i|ro\n"},
        {"append before labels holds for those without one",
         "append initrd=i global\nlabel a\nkernel k\nlabel b\nkernel k\nappend own\n"
         "label c\nkernel k\nappend -\n",
         "a|k|i|global\nb|k||own\nc|k||\n"},
        {"includes", "include a.cfg\nINCLUDE b.cfg graphics\nmenu include c.cfg Title\ninclude\n",
         "-> syslinux a.cfg\n-> syslinux b.cfg\n-> syslinux c.cfg\n"},
        {"an include inside a label does not end it",
         "label a\nkernel k\ninclude x.cfg\nappend initrd=i\n", "-> syslinux x.cfg\na|k|i|\n"},
        {"another configuration, with and without its folder",
         "label a\nconfig /b/c.cfg\nappend /b/\nlabel d\nconfig e.cfg\n",
         "-> syslinux /b/c.cfg /b/\n-> syslinux e.cfg\n"},
        {"menu programs take configurations",
         "ui vesamenu.c32 a.cfg\ndefault menu.c32\nlabel m\nkernel /x/vesamenu.c32\n"
         "append ~ b.cfg c.cfg\n",
         "-> syslinux a.cfg\n-> syslinux b.cfg\n-> syslinux c.cfg\n"},
        {"other programs are entries",
         "label r\ncom32 reboot.c32\nlabel w\ncom32 whichsys.c32\n"
         "append -pxe- pxe -sys- sys\n",
         "r|reboot.c32||\nw|whichsys.c32||-pxe- pxe -sys- sys\n"},
        {"mboot.c32 and its modules",
         "label x\nkernel mboot.c32\nappend xen.gz dom0 --- vmlinuz ro --- initrd.img\n",
         "x|xen.gz|vmlinuz initrd.img|xen.gz dom0 --- vmlinuz ro --- initrd.img\n"},
        {"help text is not looked at",
         "label a\nkernel k\ntext help\nlabel no\nkernel no\nendtext\nappend initrd=i\n",
         "a|k|i|\n"},
        {"help text without an end", "label a\nkernel k\ntext help\nlabel b\nkernel k\n",
         "a|k||\n"},
        {"comments", "# label no\nlabel a\n#kernel no\nkernel k\n", "a|k||\n"},
        {"a label without a kernel", "label a\nlocalboot 0\nlabel b\n", ""},
        {"a kernel without a label", "kernel k\nappend initrd=i\n", ""},
    };

    (void)state;
    check(VTC_CFG_SYSLINUX, cases, COUNT_OF(cases));
}

static void test_grub(void **state)
{
    static const struct text_case cases[] = {
        {"empty", "", ""},
        {"one entry", "menuentry \"Live\" {\n  linux /vmlinuz ro quiet\n  initrd /initrd.img\n}\n",
         "Live|/vmlinuz|/initrd.img|ro quiet\n"},
        {"options of menuentry, other commands' names",
         "menuentry --hotkey=i --class debian 'It is' --id x {\nlinuxefi /k\ninitrdefi /i\n}\n"
         "menuentry b --class c {\nlinux16 /k\ninitrd16 /i\n}\n",
         "It is|/k|/i|\nb|/k|/i|\n"},
        {"several initrds", "menuentry a {\nlinux /k\ninitrd /ucode /amd\\\n /i\n}\n",
         "a|/k|/ucode /amd /i|\n"},
        {"a second initrd takes the place of the first",
         "menuentry a {\nlinux /k initrd=/p ro\nif [ $x ]; then initrd /u /i\nelse initrd /j\n"
         "fi\n}\nlinux /l\ninitrd /m\n",
         "a|/k|/p /u /i|ro\na|/k|/p /j|ro\n|/l|/m|\n"},
        {"all on one line", "menuentry a { linux /k; initrd /i; }; menuentry b { linux /l; }",
         "a|/k|/i|\nb|/l||\n"},
        {"braces without blanks", "menuentry \"a\"{linux /k\ninitrd /i}\n", "a|/k|/i|\n"},
        {"outside of any entry", "linux /k\ninitrd /i\nboot\n", "|/k|/i|\n"},
        {"both branches",
         "menuentry a {\nif cpuid -l; then linux /k64; initrd /i64\n"
         "else linux /k32; initrd /i32; fi\n}\n",
         "a|/k64|/i64|\na|/k32|/i32|\n"},
        {"variables",
         "set k=/live/vmlinuz\nset i=\"/live/initrd.img\"\nopts='a b'\n"
         "menuentry $k {\nlinux ${k}-1 \"$opts\" $opts x${none}y\ninitrd $i\n}\n",
         "/live/vmlinuz|/live/vmlinuz-1|/live/initrd.img|a b a b xy\n"},
        {"a variable of several words", "set i='/u /i'\nlinux /k\ninitrd $i\n", "|/k|/u /i|\n"},
        {"commands that are variables",
         "set cmd=linuxefi\nset rd=initrdefi\n$cmd /k\n$rd /i\n${none} /x\n", "|/k|/i|\n"},
        {"quotes and escapes",
         "menuentry \"a \\\"b\\\" \\$c \\d\" {\nlinux '/a$b\\' /\\$x\\ y \"\" # not me\n}\n",
         "a \"b\" $c \\d|/a$b\\||/$x y\n"},
        {"a # inside of a word", "linux /k a#b #c\n", "|/k||a#b\n"},
        {"a text to be translated", "menuentry $\"Start\" {\nlinux /k\n}\n", "Start|/k||\n"},
        {"devices stay in the path", "linux ($root)/k\ninitrd (loop)/i\n", "|()/k|(loop)/i|\n"},
        {"files sourced",
         "source /a.cfg\n. $prefix/b.cfg\nconfigfile ($root)/c.cfg\nif [ -e /d ]; then source "
         "/d; fi\nnormal $prefix/e.cfg\nsource\n",
         "-> grub /a.cfg\n-> grub /boot/grub/b.cfg\n-> grub ()/c.cfg\n-> grub /d\n"
         "-> grub /boot/grub/e.cfg\n"},
        {"isolinux's configuration", "syslinux_configfile -i /isolinux/isolinux.cfg\n",
         "-> syslinux /isolinux/isolinux.cfg\n"},
        {"initrds GRUB packs itself", "linux /k\ninitrd newc:a:/b /i\n", "|/k|/i|\n"},
        {"initrd= among the parameters", "linux /k initrd=/i,/j ro\n", "|/k|/i /j|ro\n"},
        {"Xen", "multiboot2 /xen.gz dom0\nmodule2 /vmlinuz ro\nmodule2 --nounzip /initrd\n",
         "|/xen.gz|/vmlinuz /initrd|dom0\n"},
        {"another loader", "menuentry w {\nchainloader /EFI/x.efi\n}\n", "w|/EFI/x.efi||\n"},
        {"submenus", "submenu s {\nmenuentry a {\nlinux /k\n}\n}\nlinux /l\n", "a|/k||\n|/l||\n"},
        {"a quote without an end", "menuentry 'a {\nlinux /k\n}", ""},
        {"a variable without an end", "linux /k ${a", "|/k||\n"},
        {"a backslash at the end", "linux /k \\", "|/k||\n"},
        {"a dollar at the end", "linux /k $", "|/k||\n"},
    };

    (void)state;
    check(VTC_CFG_GRUB, cases, COUNT_OF(cases));
}

static void test_loader_entry(void **state)
{
    static const struct text_case cases[] = {
        {"empty", "", ""},
        {"all keys",
         "# a comment\ntitle   Arch Linux\nsort-key 01\nlinux /arch/vmlinuz\n"
         "initrd /ucode.img\ninitrd /arch/initramfs.img\noptions a=b c\noptions d\n",
         "Arch Linux|/arch/vmlinuz|/ucode.img /arch/initramfs.img|a=b c d\n"},
        {"backslashes", "efi \\EFI\\Linux\\k.efi\noptions initrd=\\EFI\\i.img x=\\y\n",
         "|/EFI/Linux/k.efi|/EFI/i.img|x=\\y\n"},
        {"no kernel", "title a\ninitrd /i\n", ""},
    };

    (void)state;
    check(VTC_CFG_LOADER_ENTRY, cases, COUNT_OF(cases));
}

/* A callee that wants no more is not called again, and its answer is passed on. */
static void test_stop(void **state)
{
    static const char grub[] = "source /a\nlinux /k\nlinux /l\n";
    static const char syslinux[] = "include a\nlabel k\nkernel k\nlabel l\nkernel l\n";
    static struct told told;

    (void)state;
    for (int after = 1; after <= 3; after++) {
        told.stop_after = after;
        assert_int_equal(parse(VTC_CFG_GRUB, grub, sizeof(grub) - 1, &told), 7);
        assert_int_equal(told.stop_after, 0);
        told.stop_after = after;
        assert_int_equal(parse(VTC_CFG_SYSLINUX, syslinux, sizeof(syslinux) - 1, &told), 7);
        assert_int_equal(told.stop_after, 0);
    }
    told.stop_after = 1;
    assert_int_equal(parse(VTC_CFG_LOADER_ENTRY, "linux /k", 8, &told), 7);
}

/* What is too long is left out as a whole; what stands behind it is still read. */
static void test_long(void **state)
{
    static char text[VTC_BOOTCFG_CONFIG_BYTES];
    static struct told told;
    size_t used;

    (void)state;
    memset(&variables, 0, sizeof(variables));
    memset(text, 'x', sizeof(text));
    assert_int_equal(parse(VTC_CFG_GRUB, text, sizeof(text), &told), 0);
    assert_int_equal(parse(VTC_CFG_SYSLINUX, text, sizeof(text), &told), 0);
    assert_int_equal(parse(VTC_CFG_LOADER_ENTRY, text, sizeof(text), &told), 0);
    assert_string_equal(told.text, "");

    memcpy(text, "linux /k ", 9);
    memcpy(text + 8000, "\ninitrd /i\n", 11);
    assert_int_equal(parse(VTC_CFG_GRUB, text, 8011, &told), 0);
    assert_string_equal(told.text, "|/k|/i|\n");

    memcpy(text, "label l\nkernel k\nappend initrd=", 31);
    assert_int_equal(parse(VTC_CFG_SYSLINUX, text, 8000, &told), 0);
    assert_string_equal(told.text, "l|k||\n");

    used = (size_t)sprintf(text, "linux /k");
    for (unsigned i = 0; i < 1000; i++)
        used += (size_t)sprintf(text + used, " %u", i);
    used += (size_t)sprintf(text + used, "\nlinux /l\n");
    assert_int_equal(parse(VTC_CFG_GRUB, text, used, &told), 0);
    assert_non_null(strstr(told.text, "|/k||0 1 2 "));
    assert_non_null(strstr(told.text, " 125\n|/l||\n"));
}

/* Values double until they are cut; more variables than there is room for are forgotten. */
static void test_variables(void **state)
{
    static char text[8192];
    static struct told told;
    size_t used = (size_t)sprintf(text, "set a=0123456789\n");

    (void)state;
    memset(&variables, 0, sizeof(variables));
    for (unsigned i = 0; i < 60; i++)
        used += (size_t)sprintf(text + used, "set a=\"$a$a\"\nset v%u=%u\n", i, i);
    used += (size_t)sprintf(text + used, "linux /k $v0 $v46 x$v47\n");
    assert_int_equal(parse(VTC_CFG_GRUB, text, used, &told), 0);
    assert_string_equal(told.text, "|/k||0 46 x\n");
    assert_int_equal(strlen(vtc_bootcfg_variable(&variables, "a")), VTC_BOOTCFG_PATH_BYTES - 1);
    assert_int_equal(variables.count, VTC_BOOTCFG_VARIABLES_MAX);
    assert_null(vtc_bootcfg_variable(&variables, "v47"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syslinux),     cmocka_unit_test(test_grub),
        cmocka_unit_test(test_loader_entry), cmocka_unit_test(test_stop),
        cmocka_unit_test(test_long),         cmocka_unit_test(test_variables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
