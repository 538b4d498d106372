/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc -l: what is on a stick. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/secureboot.h"
#include "host/stick.h"
#include "host/stickid.h"
#include "host/sticks.h"

/* One stick, as far as it could be read. */
struct entry {
    struct vtc_device dev;
    struct vtc_stick stick;
    struct vtc_secureboot_facts secure; /* of the live slot */
    struct vtc_error err;
    int rc; /* of vtc_stick_read() */
};

static int read_entry(const char *path, struct entry *entry)
{
    struct vtc_target target;

    memset(entry, 0, sizeof(*entry));
    entry->rc = vtc_device_inspect(&vtc_device_live_roots, path, 0, 512, &entry->dev, &entry->err);
    if (!entry->rc)
        entry->rc = vtc_target_open_read(&entry->dev, &target, &entry->err);
    if (entry->rc)
        return entry->rc;
    entry->rc = vtc_stick_read(&target, &entry->stick, &entry->err);
    if (!entry->rc &&
        vtc_secureboot_read(target.fd, &entry->stick.record, entry->stick.live, &entry->secure))
        entry->rc = vtc_error_set(&entry->err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    vtc_target_close(&target, 0);
    return entry->rc;
}

/* Is there a record, so that there is something to tell about? */
static int has_record(const struct entry *entry)
{
    return entry->stick.record.format == VTC_RECORD_FORMAT;
}

static void print_field(const char *name, const char *value)
{
    if (!value[0])
        return;
    printf("  %-9s ", name);
    vtc_say_clean(stdout, value);
    putchar('\n');
}

/* Which of the disks on the table it is. */
static void print_disk(const struct vtc_device *dev)
{
    char words[sizeof(dev->vendor) + sizeof(dev->model) + 1];

    snprintf(words, sizeof(words), "%s%s%s", dev->vendor, dev->vendor[0] ? " " : "", dev->model);
    print_field("disk", words);
    print_field("serial", dev->serial);
    print_field("by id", dev->by_id);
}

/* A version is what a manifest on the stick says. */
static void print_version(const char *before, const char *version, const char *behind)
{
    fputs(before, stdout);
    vtc_say_clean(stdout, version);
    fputs(behind, stdout);
}

static void print_text(const struct entry *entry)
{
    const struct vtc_stick *stick = &entry->stick;
    const struct vtc_record *record = &stick->record;
    char size[VTC_SIZE_TEXT], uuid[37];

    vtc_stickid_text(record->uuid, uuid);
    vtc_say_clean(stdout, entry->dev.path);
    if (entry->rc) {
        printf(": ventoc stick, NOT USABLE\n");
    } else {
        print_version(": ventoc stick, version ", stick->slot[stick->live].version, " (GRUB ");
        print_version("", stick->slot[stick->live].grub, ")\n");
    }
    print_disk(&entry->dev);
    printf("  uuid      %s\n", uuid);
    printf("  table     %s, sectors of %u bytes%s\n",
           record->flags & VTC_RECORD_GPT ? "GPT" : "MBR", record->sector_bytes,
           record->flags & VTC_RECORD_NO_BIOS ? ", UEFI only" : "");
    for (unsigned i = 0; i < VTC_SLOT_COUNT; i++) {
        printf("  slot %c    ", vtc_stick_slot_letter(i));
        print_version("", stick->slot[i].readable ? stick->slot[i].version : "empty",
                      !entry->rc && i == stick->live ? ", live\n" : "\n");
    }
    if (!entry->rc)
        vtc_cli_secureboot_show(&entry->secure);
    printf("  data      %s, label at install \"", vtc_say_size(record->data_bytes, size));
    vtc_say_clean(stdout, record->label);
    puts("\"");
    if (record->reserve_bytes)
        printf("  reserved  %s\n", vtc_say_size(record->reserve_bytes, size));
}

static void print_json(struct vtc_json *json, const struct entry *entry)
{
    const struct vtc_stick *stick = &entry->stick;
    const struct vtc_record *record = &stick->record;
    char uuid[37], live[2] = {vtc_stick_slot_letter(stick->live), '\0'};

    vtc_stickid_text(record->uuid, uuid);
    vtc_json_open(json, NULL, '{');
    vtc_json_string(json, "target", entry->dev.path);
    vtc_json_string(json, "by_id", entry->dev.by_id[0] ? entry->dev.by_id : NULL);
    vtc_json_string(json, "vendor", entry->dev.vendor[0] ? entry->dev.vendor : NULL);
    vtc_json_string(json, "model", entry->dev.model[0] ? entry->dev.model : NULL);
    vtc_json_string(json, "serial", entry->dev.serial[0] ? entry->dev.serial : NULL);
    vtc_json_bool(json, "good", !entry->rc);
    if (entry->rc)
        vtc_json_string(json, "problem", entry->err.text);
    vtc_json_string(json, "version", entry->rc ? NULL : stick->slot[stick->live].version);
    vtc_json_string(json, "grub", entry->rc ? NULL : stick->slot[stick->live].grub);
    vtc_json_string(json, "live_slot", entry->rc ? NULL : live);
    vtc_json_open(json, "slots", '[');
    for (unsigned i = 0; i < VTC_SLOT_COUNT; i++)
        vtc_json_string(json, NULL, stick->slot[i].readable ? stick->slot[i].version : NULL);
    vtc_json_close(json, ']');
    if (!entry->rc)
        vtc_cli_secureboot_show_json(json, &entry->secure);
    vtc_json_string(json, "table", record->flags & VTC_RECORD_GPT ? "gpt" : "mbr");
    vtc_json_number(json, "sector_bytes", record->sector_bytes);
    vtc_json_bool(json, "bios", !(record->flags & VTC_RECORD_NO_BIOS));
    vtc_json_string(json, "uuid", uuid);
    vtc_json_string(json, "label", record->label);
    vtc_json_number(json, "disk_bytes", entry->dev.bytes);
    vtc_json_number(json, "data_offset", record->data_off);
    vtc_json_number(json, "data_bytes", record->data_bytes);
    vtc_json_number(json, "reserve_bytes", record->reserve_bytes);
    vtc_json_close(json, '}');
}

/* Print one; with --json an element of the array that is open. Returns an exit code. */
static int show(const struct vtc_cli *cli, const struct entry *entry, struct vtc_json *json)
{
    if (cli->json)
        print_json(json, entry);
    else if (!cli->quiet)
        print_text(entry);
    if (!entry->rc)
        return VTC_EXIT_OK;
    fflush(stdout);
    vtc_say_wrong(entry->err.text);
    if (entry->err.hint[0])
        vtc_say_wrong(entry->err.hint);
    return VTC_EXIT_FAILED;
}

/* It was found, and cannot be looked at any more: the others are shown all the same. */
static int show_lost(const struct vtc_cli *cli, const struct entry *entry, struct vtc_json *json)
{
    fflush(stdout);
    vtc_say_wrong(entry->err.text);
    if (cli->json) {
        vtc_json_open(json, NULL, '{');
        vtc_json_string(json, "target", entry->dev.path);
        vtc_json_bool(json, "good", 0);
        vtc_json_string(json, "problem", entry->err.text);
        vtc_json_close(json, '}');
    }
    return VTC_EXIT_FAILED;
}

/* Show the sticks at count paths. The only one being none is an error of its own. */
static int show_paths(const struct vtc_cli *cli, const char *const *paths, size_t count)
{
    static struct entry entry;
    struct vtc_json json;
    int code = VTC_EXIT_OK;

    vtc_json_begin(&json, stdout);
    for (size_t i = 0; i < count; i++) {
        int lost = read_entry(paths[i], &entry) && !has_record(&entry), one;

        if (lost && count == 1)
            return vtc_say_error(cli, &entry.err, NULL);
        if (cli->json && i == 0) {
            vtc_json_open(&json, NULL, '{');
            vtc_json_open(&json, "sticks", '[');
        }
        one = lost ? show_lost(cli, &entry, &json) : show(cli, &entry, &json);
        vtc_secureboot_forget(&entry.secure);
        code = one ? one : code;
    }
    if (cli->json) {
        vtc_json_close(&json, ']');
        vtc_json_close(&json, '}');
        vtc_json_end(&json);
    }
    return code;
}

static int show_attached(const struct vtc_cli *cli)
{
    struct vtc_error err = {0};
    struct vtc_sticks sticks;
    const char **paths;
    int code;

    if (vtc_sticks_find(&vtc_device_live_roots, &sticks, &err))
        return vtc_say_error(cli, &err, NULL);
    paths = calloc(sticks.count + 1, sizeof(*paths));
    for (size_t i = 0; paths && i < sticks.count; i++)
        paths[i] = sticks.path[i];
    if (!paths)
        vtc_error_set(&err, VTC_ERROR_FAILED, -ENOMEM, NULL, "out of memory");
    else if (!sticks.count)
        vtc_sticks_none(&sticks, "Plug one in, or name it: ventoc -l TARGET", &err);
    code = err.kind == VTC_ERROR_NONE ? show_paths(cli, paths, sticks.count)
                                      : vtc_say_error(cli, &err, NULL);
    free(paths);
    vtc_sticks_free(&sticks);
    return code;
}

int vtc_list_command(const struct vtc_cli *cli)
{
    return cli->target ? show_paths(cli, &cli->target, 1) : show_attached(cli);
}
