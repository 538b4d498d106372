/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the command line program share. */
#ifndef VTC_CLI_CLI_H
#define VTC_CLI_CLI_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>

#include "host/consent.h"
#include "host/device.h"
#include "host/error.h"
#include "host/secureboot.h"

/* Exit codes; main.c lists them in --help. */
enum vtc_exit {
    VTC_EXIT_OK = 0,
    VTC_EXIT_FAILED = 1,
    VTC_EXIT_USAGE = 2,
    VTC_EXIT_REFUSED = 3,
    VTC_EXIT_NOT_STICK = 4,
    VTC_EXIT_CANCELLED = 5,
    VTC_EXIT_INTERRUPTED = 6,
    VTC_EXIT_PAYLOAD = 7,
};

enum vtc_command {
    VTC_COMMAND_INSTALL = 1,
    VTC_COMMAND_REINSTALL = 2,
    VTC_COMMAND_UPGRADE = 4,
    VTC_COMMAND_LIST = 8,
    VTC_COMMAND_INSPECT = 16,
};

enum vtc_verify { VTC_VERIFY_NONE, VTC_VERIFY_QUICK, VTC_VERIFY_FULL };

struct vtc_cli {
    enum vtc_command command;
    const char *target; /* NULL: find it */
    char *const *files; /* of inspect */
    int file_count;
    int gpt, yes, dry_run, json, quiet, verbose;
    int force, rollback; /* of -u */
    int keep;            /* of -i */
    uint64_t reserve_bytes, size_bytes;
    uint32_t sector_bytes; /* for files */
    const char *label, *payload;
    const char *backup;         /* keep what was there in this file, or NULL */
    struct vtc_consent consent; /* of commands that erase */
    enum vtc_verify verify_capacity;
    enum vtc_secureboot_mode secure_boot;
    int other_key; /* of -u */
    const char *key_folder, *passphrase_file;
};

/* Set by SIGINT and SIGTERM. */
extern volatile sig_atomic_t vtc_cli_stop;

/* The commands. Return an exit code. */
int vtc_install_command(const struct vtc_cli *cli);
int vtc_keep_command(const struct vtc_cli *cli);
int vtc_upgrade_command(const struct vtc_cli *cli);
int vtc_list_command(const struct vtc_cli *cli);
int vtc_inspect_command(const struct vtc_cli *cli);

/* The same, with options of its own; argv[0] is its word. */
int vtc_repair_main(int argc, char **argv);

/* Print an error (and as JSON when asked for); returns the exit code that belongs to it. remedy:
 * what state the target is in and what to do about it, or NULL. */
int vtc_say_error(const struct vtc_cli *cli, const struct vtc_error *err, const char *remedy);

/* Print text from a device, a file or its name: no control character of it gets to the terminal. */
void vtc_say_clean(FILE *out, const char *text);

/* Print a line of what is wrong, cleaned, to standard error. */
void vtc_say_wrong(const char *text);

/* Wrong usage: print text, and where to find help (and both as JSON when asked for). command: with
 * --help behind it. text may be NULL when getopt said it. Returns VTC_EXIT_USAGE. */
int vtc_say_usage(const struct vtc_cli *cli, const char *command, const char *text);

/* Is --json among the arguments? For errors that come before its turn. */
int vtc_say_wants_json(int argc, char **argv);

/* Print a line to standard output unless --quiet or --json. */
void vtc_say(const struct vtc_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "7.5 GiB", for people. Returns out. */
#define VTC_SIZE_TEXT 24
const char *vtc_say_size(uint64_t bytes, char out[VTC_SIZE_TEXT]);

#endif
