/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc persist: its options. */
#include "cli/persist.h"

#include <getopt.h>
#include <string.h>

#include "cli/options.h"
#include "cli/size.h"

#define DEFAULT_BYTES (4ull << 30)

static const char help_text[] =
    "Usage:\n"
    "  ventoc persist create [options] --for ISO STICK [NAME]\n"
    "  ventoc persist create [options] STICK NAME\n"
    "  ventoc persist create [options] FILE\n"
    "\n"
    "Make a file in which a live system keeps its changes from one boot to the\n"
    "next. STICK is a ventoc stick (/dev/sdb, a loop device, an image file); the\n"
    "file comes onto its data partition. Mounted or not, ISO files stay as they\n"
    "are. FILE is a new file anywhere, for example on a mounted stick.\n"
    "\n"
    "A file beside an ISO and named like it, but .dat, belongs to it. For other\n"
    "names see \"persistence\" in ventoc/ventoc.json on the stick.\n"
    "\n"
    "Options:\n"
    "      --for ISO        the ISO whose changes it will keep: its path on STICK\n"
    "                       (/folder/x.iso: the file is /folder/x.dat), or with\n"
    "                       FILE any path; its kind decides about the label\n"
    "  -L, --label LABEL    the label the live system looks for; without --for\n"
    "                       and --label: persistence, as Debian live wants it\n"
    "      --size SIZE      1G, 500M ... (default: 4G)\n"
    "      --fs FS          ext4 (default), btrfs or xfs\n"
    "      --force          replace FILE when it exists\n"
    "  -n, --dry-run        show what would be written, write nothing\n"
    "      --json           write the result as JSON\n"
    "  -q, --quiet          say only what went wrong\n"
    "  -v, --verbose        say more\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit status as of all commands: see ventoc --help.\n";

static const char *parse_size(void *ctx, const char *value)
{
    struct vtc_persist *persist = ctx;

    if (!vtc_size_parse(value, 1, &persist->bytes) || !persist->bytes ||
        persist->bytes > INT64_MAX - VTC_LAYER_UNIT_BYTES)
        return "invalid size: '%s' (a whole number with K, M, G or T: 4G, 500M)";
    persist->bytes += VTC_LAYER_UNIT_BYTES - 1;
    persist->bytes -= persist->bytes % VTC_LAYER_UNIT_BYTES;
    return NULL;
}

static const char *parse_fs(void *ctx, const char *value)
{
    struct vtc_persist *persist = ctx;

    persist->fs = vtc_layer_fs_by_name(value);
    return persist->fs == VTC_LAYER_FS_COUNT ? "unknown file system (ext4, btrfs or xfs): '%s'"
                                             : NULL;
}

int vtc_persist_main(int argc, char **argv)
{
    static struct vtc_persist persist = {.bytes = DEFAULT_BYTES, .fs = VTC_LAYER_EXT4};
    static const struct vtc_options options = {
        .word = "persist",
        .help = help_text,
        .ctx = &persist,
        .option = {{"size", 0, NULL, NULL, parse_size},
                   {"for", 0, NULL, &persist.iso, NULL},
                   {"label", 'L', NULL, &persist.label, NULL},
                   {"fs", 0, NULL, NULL, parse_fs},
                   {"force", 0, &persist.force, NULL, NULL},
                   VTC_OPTION_DRY_RUN(persist.cli),
                   VTC_OPTION_VERBOSE(persist.cli)}};
    const struct vtc_cli *cli = &persist.cli;
    int code = vtc_options_parse(&options, &persist.cli, argc, argv);

    if (code >= 0)
        return code;
    if (optind == argc || strcmp(argv[optind], "create") != 0)
        return vtc_options_wrong(&options, cli, "%s: the word \"create\" is needed", "persist");
    if (++optind == argc)
        return vtc_options_wrong(&options, cli, "%s: a STICK or FILE is needed", "persist create");
    persist.target = argv[optind++];
    if (optind < argc)
        persist.name = argv[optind++];
    if (optind < argc)
        return vtc_options_wrong(&options, cli, "what is '%s'?", argv[optind]);
    if (!persist.target[0] || (persist.name && !persist.name[0]) ||
        (persist.iso && !persist.iso[0]))
        return vtc_options_wrong(&options, cli, "a path is empty: %s", "STICK, FILE, NAME or ISO");
    return vtc_persist_create(&persist);
}
