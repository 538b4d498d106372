/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts of boot configurations: the first byte chooses the syntax, the rest is the text. What is
 * told are strings that fit where they are said to fit. */
#include "fuzz_reader.h"

#include <stdlib.h>

#include <ventoc/bootcfg_parse.h>

static struct vtc_bootcfg_parser parser;
static struct vtc_bootcfg_variables variables;
static uint32_t calls;

static void check_string(const char *s, size_t capacity)
{
    if (!memchr(s, '\0', capacity))
        abort();
}

static int take_entry(void *ctx, struct vtc_bootcfg_entry *e)
{
    (void)ctx;
    check_string(e->title, sizeof(parser.title));
    check_string(e->kernel, sizeof(parser.kernel));
    check_string(e->cmdline, sizeof(parser.cmdline));
    check_string(e->initrds, sizeof(parser.initrds));
    if (!e->kernel[0])
        abort();
    calls++;
    return 0;
}

static int take_include(void *ctx, const char *path, enum vtc_bootcfg_syntax syntax,
                        const char *folder)
{
    (void)ctx;
    check_string(path, VTC_BOOTCFG_CMDLINE_BYTES);
    if (!path[0] || syntax == VTC_CFG_LOADER_ENTRY)
        abort();
    if (folder)
        check_string(folder, VTC_BOOTCFG_PATH_BYTES);
    calls++;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint32_t i;
    int rc;

    if (bytes < 1 || bytes - 1 > VTC_BOOTCFG_CONFIG_BYTES)
        return 0;
    memset(&parser, 0xa5, sizeof(parser));
    memset(&variables, 0, sizeof(variables));
    vtc_bootcfg_variable_set(&variables, "prefix", "/boot/grub");
    parser.text = (const char *)data + 1;
    parser.bytes = (uint32_t)bytes - 1;
    parser.variables = &variables;
    parser.entry = take_entry;
    parser.include = take_include;
    calls = 0;
    switch (data[0]) {
    case 's':
        rc = vtc_bootcfg_syslinux(&parser);
        break;
    case 'g':
        rc = vtc_bootcfg_grub(&parser);
        break;
    default:
        rc = vtc_bootcfg_loader_entry(&parser);
    }
    if (rc || calls > bytes || variables.count > VTC_BOOTCFG_VARIABLES_MAX)
        abort();
    for (i = 0; i < variables.count; i++) {
        check_string(variables.variable[i].name, sizeof(variables.variable[i].name));
        check_string(variables.variable[i].value, sizeof(variables.variable[i].value));
    }
    return 0;
}
