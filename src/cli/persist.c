/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc persist: its options. */
#include "cli/persist.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/size.h"

enum { OPT_JSON = 256, OPT_SIZE, OPT_FOR, OPT_FS, OPT_FORCE };

#define DEFAULT_BYTES (4ull << 30)

static const struct option options[] = {{"size", required_argument, NULL, OPT_SIZE},
                                        {"for", required_argument, NULL, OPT_FOR},
                                        {"label", required_argument, NULL, 'L'},
                                        {"fs", required_argument, NULL, OPT_FS},
                                        {"force", no_argument, NULL, OPT_FORCE},
                                        {"dry-run", no_argument, NULL, 'n'},
                                        {"json", no_argument, NULL, OPT_JSON},
                                        {"quiet", no_argument, NULL, 'q'},
                                        {"verbose", no_argument, NULL, 'v'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

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

static int usage_error(const struct vtc_persist *persist, const char *format, const char *word)
{
    char text[512];

    snprintf(text, sizeof(text), format, word);
    return vtc_say_usage(&persist->cli, "ventoc persist", text);
}

/* Returns an exit code, 0 to go on. */
static int parse_option(struct vtc_persist *persist, int opt)
{
    switch (opt) {
    case OPT_SIZE:
        if (!vtc_size_parse(optarg, 1, &persist->bytes) || !persist->bytes ||
            persist->bytes > INT64_MAX - VTC_LAYER_UNIT_BYTES)
            return usage_error(
                persist, "invalid size: '%s' (a whole number with K, M, G or T: 4G, 500M)", optarg);
        persist->bytes += VTC_LAYER_UNIT_BYTES - 1;
        persist->bytes -= persist->bytes % VTC_LAYER_UNIT_BYTES;
        return 0;
    case OPT_FOR:
        persist->iso = optarg;
        return 0;
    case 'L':
        persist->label = optarg;
        return 0;
    case OPT_FS:
        persist->fs = vtc_layer_fs_by_name(optarg);
        if (persist->fs == VTC_LAYER_FS_COUNT)
            return usage_error(persist, "unknown file system (ext4, btrfs or xfs): '%s'", optarg);
        return 0;
    case OPT_FORCE:
        persist->force = 1;
        return 0;
    case 'n':
        persist->cli.dry_run = 1;
        return 0;
    case OPT_JSON:
        persist->cli.json = 1;
        return 0;
    case 'q':
        persist->cli.quiet = 1;
        return 0;
    case 'v':
        persist->cli.verbose = 1;
        return 0;
    default:
        return vtc_say_usage(&persist->cli, "ventoc persist", NULL);
    }
}

int vtc_persist_main(int argc, char **argv)
{
    struct vtc_persist persist = {.bytes = DEFAULT_BYTES, .fs = VTC_LAYER_EXT4};
    int opt, code;

    persist.cli.json = vtc_say_wants_json(argc, argv);
    argv[0] = (char *)"ventoc"; /* what getopt puts before its messages */
    while ((opt = getopt_long(argc, argv, "L:nqvh", options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(help_text, stdout);
            return VTC_EXIT_OK;
        }
        code = parse_option(&persist, opt);
        if (code)
            return code;
    }
    if (optind == argc || strcmp(argv[optind], "create") != 0)
        return usage_error(&persist, "%s: the word \"create\" is needed", "persist");
    if (++optind == argc)
        return usage_error(&persist, "%s: a STICK or FILE is needed", "persist create");
    persist.target = argv[optind++];
    if (optind < argc)
        persist.name = argv[optind++];
    if (optind < argc)
        return usage_error(&persist, "what is '%s'?", argv[optind]);
    if (persist.cli.quiet && persist.cli.verbose)
        return usage_error(&persist, "%s exclude each other", "--quiet and --verbose");
    if (!persist.target[0] || (persist.name && !persist.name[0]) ||
        (persist.iso && !persist.iso[0]))
        return usage_error(&persist, "a path is empty: %s", "STICK, FILE, NAME or ISO");
    return vtc_persist_create(&persist);
}
