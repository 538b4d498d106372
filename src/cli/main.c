/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc: options, and which command they ask for. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ventoc/layout.h>

#include "cli/check.h"
#include "cli/cli.h"
#include "cli/key.h"
#include "cli/persist.h"
#include "cli/restore.h"
#include "cli/secureboot.h"
#include "cli/size.h"

volatile sig_atomic_t vtc_cli_stop;

enum {
    OPT_JSON = 256,
    OPT_SIZE,
    OPT_SECTOR_SIZE,
    OPT_PAYLOAD,
    OPT_FORCE,
    OPT_ROLLBACK,
    OPT_KEEP,
    OPT_BACKUP,
    OPT_FIXED,
    OPT_SERIAL,
    OPT_MEMBERS,
    OPT_VERIFY,
    OPT_OTHER_KEY,
    OPT_KEY_FOLDER,
    OPT_PASSPHRASE
};

#define INSTALLS (VTC_COMMAND_INSTALL | VTC_COMMAND_REINSTALL)
#define CHANGES  (INSTALLS | VTC_COMMAND_UPGRADE)
#define ALL      (CHANGES | VTC_COMMAND_LIST | VTC_COMMAND_INSPECT)

/* Options and the commands that they go with. */
static const struct {
    struct option option;
    unsigned commands;
} table[] = {
    {{"install", no_argument, NULL, 'i'}, 0},
    {{"reinstall", no_argument, NULL, 'I'}, 0},
    {{"upgrade", no_argument, NULL, 'u'}, 0},
    {{"list", no_argument, NULL, 'l'}, 0},
    {{"gpt", no_argument, NULL, 'g'}, INSTALLS},
    {{"reserve", required_argument, NULL, 'r'}, INSTALLS},
    {{"label", required_argument, NULL, 'L'}, INSTALLS},
    {{"size", required_argument, NULL, OPT_SIZE}, INSTALLS},
    {{"sector-size", required_argument, NULL, OPT_SECTOR_SIZE}, INSTALLS},
    {{"keep", no_argument, NULL, OPT_KEEP}, VTC_COMMAND_INSTALL},
    {{"rollback", no_argument, NULL, OPT_ROLLBACK}, VTC_COMMAND_UPGRADE},
    {{"force", no_argument, NULL, OPT_FORCE}, VTC_COMMAND_UPGRADE},
    {{"i-know-this-is-not-removable", no_argument, NULL, OPT_FIXED}, INSTALLS},
    {{"serial", required_argument, NULL, OPT_SERIAL}, INSTALLS},
    {{"wipe-members", no_argument, NULL, OPT_MEMBERS}, INSTALLS},
    {{"verify-capacity", optional_argument, NULL, OPT_VERIFY}, INSTALLS},
    {{"yes", no_argument, NULL, 'y'}, CHANGES},
    {{"dry-run", no_argument, NULL, 'n'}, CHANGES},
    {{"payload", required_argument, NULL, OPT_PAYLOAD}, CHANGES},
    {{"backup", required_argument, NULL, OPT_BACKUP}, CHANGES},
    {{"secure-boot", optional_argument, NULL, 's'}, CHANGES},
    {{"other-key", no_argument, NULL, OPT_OTHER_KEY}, VTC_COMMAND_UPGRADE},
    {{"key-folder", required_argument, NULL, OPT_KEY_FOLDER}, CHANGES},
    {{"passphrase-file", required_argument, NULL, OPT_PASSPHRASE}, CHANGES},
    {{"json", no_argument, NULL, OPT_JSON}, ALL},
    {{"quiet", no_argument, NULL, 'q'}, ALL},
    {{"verbose", no_argument, NULL, 'v'}, ALL},
    {{"help", no_argument, NULL, 'h'}, 0},
    {{"version", no_argument, NULL, 'V'}, 0},
};

/* Commands with options of their own. They come first. */
static const struct {
    const char *word;
    int (*run)(int argc, char **argv);
} words[] = {
    {"persist", vtc_persist_main}, {"check", vtc_check_main}, {"repair", vtc_repair_main},
    {"restore", vtc_restore_main}, {"key", vtc_key_main},
};

#define OPTION_COUNT (sizeof(table) / sizeof(table[0]))

static const char help_text[] =
    "Usage:\n"
    "  ventoc -i|-I [options] TARGET\n"
    "  ventoc -u [options] [TARGET]\n"
    "  ventoc -l [options] [TARGET]\n"
    "  ventoc inspect [options] FILE...\n"
    "  ventoc persist create [options] STICK|FILE [NAME]\n"
    "  ventoc check [options] TARGET\n"
    "  ventoc repair [options] TARGET\n"
    "  ventoc restore [options] BACKUP TARGET\n"
    "  ventoc key create|show|export|import [options] [FILE...]\n"
    "\n"
    "Make a USB stick that boots the ISO files copied to it.\n"
    "TARGET is a whole disk (/dev/sdb), a loop device, or an image file.\n"
    "FILE is what a stick boots: an ISO, a disk image, an EFI program.\n"
    "\n"
    "Commands:\n"
    "  -i, --install        make TARGET a stick; everything on it is erased\n"
    "  -I, --reinstall      the same, also over a stick that exists\n"
    "  -u, --upgrade        replace the boot files, keep all other files, also while\n"
    "                       the data partition is mounted;\n"
    "                       without TARGET: the only stick attached;\n"
    "                       a Ventoy stick named as TARGET is converted, its data\n"
    "                       partition is not written to\n"
    "  -l, --list           show what is on TARGET, or on all sticks attached\n"
    "  inspect              show how FILE starts: boot entries, kernels, initrds;\n"
    "                       status 1 when it is no image, cut off or damaged\n"
    "  persist create       make a file in which a live system keeps its changes;\n"
    "                       see ventoc persist --help\n"
    "  check                look whether everything on TARGET is good; see\n"
    "                       ventoc check --help\n"
    "  repair               mend what check finds, but for files on TARGET; see\n"
    "                       ventoc repair --help\n"
    "  restore              bring back what --backup has kept;\n"
    "                       see ventoc restore --help\n"
    "  key                  the key that signs sticks for Secure Boot;\n"
    "                       see ventoc key --help\n"
    "  -h, --help           show this help\n"
    "  -V, --version        show the version\n"
    "\n"
    "Options of -i and -I:\n"
    "  -g, --gpt            make a GPT instead of an MBR (always above 2 TiB)\n"
    "  -r, --reserve MIB    leave MIB mebibytes free at the end of the disk\n"
    "  -L, --label LABEL    name the data partition (default: VENTOC)\n"
    "      --keep           with -i: leave the files on TARGET where they are; the\n"
    "                       boot files come behind the last partition, which is\n"
    "                       made smaller when there is no room (NTFS, FAT, ext2/3/4)\n"
    "      --size SIZE      create the image file TARGET, sparse: 8G, 4000M ...\n"
    "      --sector-size N  sector size an image file stands for: 512 or 4096\n"
    "      --verify-capacity[=full]\n"
    "                       first find out if the disk holds what it claims (fakes\n"
    "                       do not): blocks all over it, or every block, are\n"
    "                       overwritten and read back; status 1 when it does not\n"
    "      --i-know-this-is-not-removable\n"
    "                       allow a fixed disk; its serial number is asked for\n"
    "      --serial SERIAL  the disk must have this serial number (or size in bytes\n"
    "                       if it has none); answers for a fixed disk with -y\n"
    "      --wipe-members   erase also a disk, or one with a partition, that belongs\n"
    "                       to LVM, RAID, ZFS, or a btrfs of several devices\n"
    "\n"
    "Options of -u:\n"
    "      --rollback       switch back to the other slot, when all in it is whole\n"
    "      --force          also to an older version than the stick has\n"
    "      --other-key      sign with this machine's key although another one has\n"
    "                       signed the stick; machines have to be told again\n"
    "\n"
    "Options of -i, -I and -u:\n"
    "  -y, --yes            do not ask; checks for safety are made all the same\n"
    "  -n, --dry-run        show what would be written, write nothing\n"
    "  -s, --secure-boot[=key|hash|off]\n"
    "                       make it boot where Secure Boot is on: signed with your\n"
    "                       key (see ventoc key --help), or to be enrolled by its\n"
    "                       hash. Without -s a new stick is off, and -u keeps what\n"
    "                       the stick has\n"
    "      --key-folder DIR use the key in DIR instead of ~/.config/ventoc\n"
    "      --passphrase-file FILE\n"
    "                       the passphrase of the key is the first line of FILE\n"
    "      --payload DIR    take the boot files from DIR\n"
    "      --backup FILE    keep in the new file FILE what will be overwritten\n"
    "\n"
    "Options of all commands:\n"
    "      --json           write the result as JSON\n"
    "  -q, --quiet          say only what went wrong\n"
    "  -v, --verbose        say more\n"
    "\n"
    "Exit status:\n"
    "  0  done\n"
    "  1  failed\n"
    "  2  wrong usage\n"
    "  3  refused for safety; nothing was written\n"
    "  4  not a ventoc stick, or none found\n"
    "  5  cancelled: the question was not answered with yes\n"
    "  6  interrupted (Ctrl-C)\n"
    "  7  the boot files to install are damaged or missing\n";

static int usage_error(const struct vtc_cli *cli, const char *format, const char *word)
{
    char text[512];

    snprintf(text, sizeof(text), format, word);
    return vtc_say_usage(cli, "ventoc", text);
}

static int parse_value(struct vtc_cli *cli, int opt, const char *value)
{
    uint64_t number;

    switch (opt) {
    case 'r':
        if (!vtc_size_parse(value, VTC_MIB, &cli->reserve_bytes))
            return usage_error(cli, "invalid number of mebibytes: '%s'", value);
        return 0;
    case OPT_SIZE:
        if (!vtc_size_parse(value, 1, &cli->size_bytes) || !cli->size_bytes)
            return usage_error(
                cli, "invalid size: '%s' (a whole number with K, M, G or T: 8G, 4500M)", value);
        return 0;
    case OPT_SECTOR_SIZE:
        if (!vtc_size_parse(value, 1, &number) || (number != 512 && number != 4096))
            return usage_error(cli, "invalid sector size (512 or 4096): '%s'", value);
        cli->sector_bytes = (uint32_t)number;
        return 0;
    case 'L':
        cli->label = value;
        return 0;
    case OPT_BACKUP:
        cli->backup = value;
        return 0;
    case 's':
        if (!vtc_cli_secureboot_parse(value, &cli->secure_boot))
            return usage_error(cli, "invalid way of Secure Boot (key, hash or off): '%s'", value);
        return 0;
    case OPT_KEY_FOLDER:
        cli->key_folder = value;
        return 0;
    case OPT_PASSPHRASE:
        cli->passphrase_file = value;
        return 0;
    case OPT_SERIAL:
        cli->consent.serial = value;
        return 0;
    case OPT_VERIFY:
        if (value && strcmp(value, "full") != 0 && strcmp(value, "quick") != 0)
            return usage_error(cli, "invalid test of the capacity (quick or full): '%s'", value);
        cli->verify_capacity = value && value[0] == 'f' ? VTC_VERIFY_FULL : VTC_VERIFY_QUICK;
        return 0;
    default:
        cli->payload = value;
        return 0;
    }
}

static int set_command(struct vtc_cli *cli, enum vtc_command command)
{
    if (cli->command && cli->command != command)
        return usage_error(cli, "%s exclude each other: give one", "-i, -I, -u and -l");
    cli->command = command;
    return 0;
}

static int parse_option(struct vtc_cli *cli, int opt)
{
    switch (opt) {
    case 'i':
        return set_command(cli, VTC_COMMAND_INSTALL);
    case 'I':
        return set_command(cli, VTC_COMMAND_REINSTALL);
    case 'u':
        return set_command(cli, VTC_COMMAND_UPGRADE);
    case 'l':
        return set_command(cli, VTC_COMMAND_LIST);
    case 'g':
        cli->gpt = 1;
        return 0;
    case 'y':
        cli->yes = 1;
        return 0;
    case 'n':
        cli->dry_run = 1;
        return 0;
    case 'q':
        cli->quiet = 1;
        return 0;
    case 'v':
        cli->verbose = 1;
        return 0;
    case OPT_JSON:
        cli->json = 1;
        return 0;
    case OPT_KEEP:
        cli->keep = 1;
        return 0;
    case OPT_FORCE:
        cli->force = 1;
        return 0;
    case OPT_ROLLBACK:
        cli->rollback = 1;
        return 0;
    case OPT_OTHER_KEY:
        cli->other_key = 1;
        return 0;
    case OPT_FIXED:
        cli->consent.fixed = 1;
        return 0;
    case OPT_MEMBERS:
        cli->consent.members = 1;
        return 0;
    default:
        return parse_value(cli, opt, optarg);
    }
}

/* Options for what --keep leaves as it is. */
static int decides_layout(int opt)
{
    return opt == 'g' || opt == 'r' || opt == 'L' || opt == OPT_SIZE || opt == OPT_VERIFY;
}

/* Do the options fit the command and each other? seen: by index of the table. */
static int check_combination(const struct vtc_cli *cli, const char *seen)
{
    if (!cli->command)
        return usage_error(cli, "nothing to do: give one of %s",
                           "-i, -I, -u, -l, inspect, persist, check, repair, restore and key");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (seen[i] && table[i].commands && !(table[i].commands & cli->command))
            return usage_error(cli, "option --%s does not go with this command",
                               table[i].option.name);
    if (cli->quiet && cli->verbose)
        return usage_error(cli, "%s exclude each other", "--quiet and --verbose");
    if (cli->backup && cli->verify_capacity != VTC_VERIFY_NONE)
        return usage_error(cli, "%s exclude each other: the test overwrites what is there",
                           "--backup and --verify-capacity");
    if (cli->rollback && cli->payload)
        return usage_error(cli, "%s exclude each other", "--rollback and --payload");
    if (cli->rollback && (cli->secure_boot != VTC_SECUREBOOT_KEEP || cli->other_key))
        return usage_error(cli, "%s exclude each other",
                           "--rollback and --secure-boot or --other-key");
    if (cli->other_key && cli->secure_boot != VTC_SECUREBOOT_KEEP &&
        cli->secure_boot != VTC_SECUREBOOT_KEY)
        return usage_error(cli, "%s: there is nothing to sign",
                           "--other-key with --secure-boot=hash or off");
    for (size_t i = 0; cli->keep && i < OPTION_COUNT; i++)
        if (seen[i] && decides_layout(table[i].option.val))
            return usage_error(cli, "option --%s does not go with --keep", table[i].option.name);
    if (!cli->target && cli->command & INSTALLS)
        return usage_error(cli, "%s: a TARGET is needed",
                           cli->command == VTC_COMMAND_INSTALL ? "--install" : "--reinstall");
    return 0;
}

/* Behind the word "inspect" there are files only. Returns as parse(). */
static int parse_inspect(int argc, char **argv, struct vtc_cli *cli, const char *seen)
{
    int code;

    cli->command = VTC_COMMAND_INSPECT;
    cli->files = argv + optind + 1;
    cli->file_count = argc - optind - 1;
    code = check_combination(cli, seen);
    if (!code && !cli->file_count)
        code = usage_error(cli, "%s: a FILE is needed", "inspect");
    return code ? code : -1;
}

/* Returns an exit code, or -1 to go on with the command. */
static int parse(int argc, char **argv, struct vtc_cli *cli)
{
    struct option options[OPTION_COUNT + 1] = {0};
    char seen[OPTION_COUNT] = {0};
    int opt, code;

    cli->json = vtc_say_wants_json(argc, argv);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        options[i] = table[i].option;
    while ((opt = getopt_long(argc, argv, "iIulgr:L:s::ynqvhV", options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(help_text, stdout);
            return VTC_EXIT_OK;
        }
        if (opt == 'V') {
            puts("ventoc " VTC_VERSION);
            return VTC_EXIT_OK;
        }
        if (opt == '?')
            return vtc_say_usage(cli, "ventoc", NULL);
        for (size_t i = 0; i < OPTION_COUNT; i++)
            seen[i] |= table[i].option.val == opt;
        code = parse_option(cli, opt);
        if (code)
            return code;
    }
    if (!cli->command && optind < argc && strcmp(argv[optind], "inspect") == 0)
        return parse_inspect(argc, argv, cli, seen);
    for (size_t i = 0; !cli->command && optind < argc && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(argv[optind], words[i].word) == 0)
            return usage_error(cli, "%s comes first, its options behind it", words[i].word);
    if (!cli->command && optind < argc)
        return usage_error(
            cli,
            "'%s' is no command: give one of -i, -I, -u, -l, inspect, persist, check, "
            "repair, restore and key",
            argv[optind]);
    if (optind < argc)
        cli->target = argv[optind++];
    if (optind < argc)
        return usage_error(cli, "one TARGET is enough, what is '%s'?", argv[optind]);
    cli->consent.unasked = cli->yes && !cli->dry_run;
    code = check_combination(cli, seen);
    return code ? code : -1;
}

static void on_stop(int signal_number)
{
    (void)signal_number;
    vtc_cli_stop = 1;
}

static void set_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop}, ignore = {.sa_handler = SIG_IGN}, old;

    /* Without SA_RESTART, so that the question can be interrupted. */
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN) /* as nohup wants it */
        sigaction(SIGHUP, &stop, NULL);
    /* These come back as errors of the write, with their own message. */
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

/* What was printed must have arrived: a full disk behind standard output is a failure. */
static int close_stdout(int code)
{
    int failed = ferror(stdout);

    if (fclose(stdout) == 0 && !failed)
        return code;
    fprintf(stderr, "ventoc: cannot write to standard output: %s\n", strerror(errno));
    return code ? code : VTC_EXIT_FAILED;
}

/* A missing standard descriptor would be given to the target, and messages would be written to
 * it. One that cannot be written to takes its place, so that the failure shows. */
static int open_standard_fds(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
            return 0;
    return 1;
}

int main(int argc, char **argv)
{
    struct vtc_cli cli = {.sector_bytes = 512, .label = "VENTOC"};
    int code;

    if (!open_standard_fds())
        return VTC_EXIT_FAILED;
    if (argc > 0)
        argv[0] = (char *)"ventoc"; /* what getopt puts before its messages */
    set_signals();
    for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(argv[1], words[i].word) == 0)
            return close_stdout(words[i].run(argc - 1, argv + 1));
    code = parse(argc, argv, &cli);
    if (code < 0) {
        if (cli.command == VTC_COMMAND_LIST)
            code = vtc_list_command(&cli);
        else if (cli.command == VTC_COMMAND_INSPECT)
            code = vtc_inspect_command(&cli);
        else if (cli.command == VTC_COMMAND_UPGRADE)
            code = vtc_upgrade_command(&cli);
        else if (cli.keep)
            code = vtc_keep_command(&cli);
        else
            code = vtc_install_command(&cli);
    }
    return close_stdout(code);
}
