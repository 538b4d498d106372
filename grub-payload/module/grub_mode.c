/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GRUB mode: the image's own boot configuration run by this GRUB, on the image shown as a disk.
 * Modules of the image's GRUB are left out: they were built for another GRUB.
 */
#include <grub/command.h>
#include <grub/env.h>
#include <grub/extcmd.h>
#include <grub/file.h>
#include <grub/loader.h>
#include <grub/lockdown.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/normal.h>

#include "image_disk.h"
#include "linux.h"
#include "menu.h"

#define DISK             "(" VTC_IMAGE_DISK ")"
#define CONFIG_MAX_BYTES 65536u

/* Where boot configurations lie, best first: made for loopback, GRUB's own, isolinux. */
static const struct config {
    const char *path;
    int syslinux;
} configs[] = {
    {"/boot/grub/loopback.cfg", 0},
    {"/boot/grub/grub.cfg", 0},
    {"/boot/grub2/loopback.cfg", 0},
    {"/boot/grub2/grub.cfg", 0},
    {"/EFI/BOOT/grub.cfg", 0},
    {"/isolinux/isolinux.cfg", 1},
    {"/boot/isolinux/isolinux.cfg", 1},
    {"/boot/x86_64/loader/isolinux.cfg", 1},
    {"/isolinux.cfg", 1},
    {"/boot/syslinux/isolinux.cfg", 1},
    {"/syslinux/isolinux.cfg", 1},
    {"/boot/syslinux/syslinux.cfg", 1},
    {"/syslinux/syslinux.cfg", 1},
    {"/syslinux.cfg", 1},
};

static int file_exists(const char *path)
{
    grub_file_t file =
        grub_file_open(path, GRUB_FILE_TYPE_FS_SEARCH | GRUB_FILE_TYPE_NO_DECOMPRESS);

    if (file)
        grub_file_close(file);
    grub_errno = GRUB_ERR_NONE;
    return file != NULL;
}

/* The configuration to run; *path: "(vtcimg)/...", the caller frees it. NULL when none. */
static const struct config *find_config(char **path)
{
    for (unsigned i = 0; i < ARRAY_SIZE(configs); i++) {
        *path = grub_xasprintf(DISK "%s", configs[i].path);
        if (!*path)
            return NULL;
        if (file_exists(*path))
            return &configs[i];
        grub_free(*path);
    }
    *path = NULL;
    return NULL;
}

/* Does a configuration show a menu of its own, or only set up what is to be booted? */
static int has_menu(const char *path)
{
    grub_file_t file = grub_file_open(path, GRUB_FILE_TYPE_CONFIG);
    char *text = grub_zalloc(CONFIG_MAX_BYTES + 1);
    int found = 1;

    if (file && text && grub_file_read(file, text, CONFIG_MAX_BYTES) > 0)
        found = grub_strstr(text, "menuentry") || grub_strstr(text, "submenu") ||
                grub_strstr(text, "configfile") || grub_strstr(text, "source");
    if (file)
        grub_file_close(file);
    grub_free(text);
    grub_errno = GRUB_ERR_NONE;
    return found;
}

static char *keep_value(struct grub_env_var *var __attribute__((unused)), const char *value)
{
    return value ? grub_strdup(value) : NULL;
}

/* insmod inside GRUB mode: what is not built in is left out, not taken from the image. */
static grub_err_t cmd_insmod(grub_command_t cmd __attribute__((unused)), int argc, char **args)
{
    if (argc == 1 && !grub_dl_get(args[0]))
        grub_dprintf("ventoc", "module %s is not built in, left out\n", args[0]);
    return GRUB_ERR_NONE;
}

/* What the configurations expect to find in the environment (loopback.cfg's rules). image_path: the
 * value of iso_path, "" where the started system needs no parameter to find its image. */
static void set_environment(const char *image_path, const struct config *config)
{
    char *directory = grub_xasprintf(DISK "%s", config->path);
    char *slash = directory ? grub_strrchr(directory, '/') : NULL;

    if (slash)
        *slash = 0;
    /* a new prefix must not make GRUB read the image's list of modules */
    grub_register_variable_hook("prefix", NULL, keep_value);
    if (directory)
        grub_env_set("prefix", directory);
    grub_free(directory);
    grub_env_set("root", VTC_IMAGE_DISK);
    grub_env_set("iso_path", image_path);
    grub_env_export("iso_path");
    grub_env_unset("theme");
    grub_env_unset("default");
    grub_env_unset("timeout");
}

/* The commands that make menu entries, as they were. */
static struct entry_command {
    const char *name;
    grub_extcmd_t extcmd;
    grub_extcmd_func_t func;
} entry_commands[] = {{.name = "menuentry"}, {.name = "submenu"}};

/* menuentry and submenu inside GRUB mode: as in our own menu, a password is for the editor and the
 * command line alone. */
static grub_err_t unrestricted_entry(grub_extcmd_context_t context, int argc, char **args)
{
    const struct grub_arg_option *options = context->extcmd->options;

    for (unsigned i = 0; options[i].longarg || options[i].shortarg; i++)
        if (options[i].longarg && grub_strcmp(options[i].longarg, "unrestricted") == 0)
            context->state[i].set = 1;
    for (unsigned i = 0; i < ARRAY_SIZE(entry_commands); i++)
        if (entry_commands[i].extcmd == context->extcmd)
            return entry_commands[i].func(context, argc, args);
    return GRUB_ERR_BUG;
}

static void open_entries(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(entry_commands); i++) {
        struct entry_command *one = &entry_commands[i];
        grub_command_t command = grub_command_find(one->name);

        if (one->extcmd || !command || !(command->flags & GRUB_COMMAND_FLAG_EXTCMD))
            continue;
        one->extcmd = command->data;
        one->func = one->extcmd->func;
        one->extcmd->func = unrestricted_entry;
    }
}

static void close_entries(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(entry_commands); i++) {
        if (entry_commands[i].extcmd)
            entry_commands[i].extcmd->func = entry_commands[i].func;
        entry_commands[i].extcmd = NULL;
    }
}

static grub_err_t run(const struct config *config, char *path)
{
    char isolinux[] = "-i";
    char *args[2] = {isolinux, path};
    grub_command_t insmod;
    grub_err_t err;

    insmod = grub_register_command_prio("insmod", cmd_insmod, NULL, NULL, 100);
    open_entries();
    if (config->syslinux)
        err = grub_command_execute("syslinux_configfile", 2, args);
    else
        err = grub_command_execute("configfile", 1, &path);
    close_entries();
    if (insmod)
        grub_unregister_command(insmod);
    return err;
}

/* What cannot work while Secure Boot is on. Returns a GRUB error. */
static grub_err_t secure_boot_refuses(const struct vtc_boot *boot)
{
    const char *state = vtc_platform_secure_boot();

    if (state && grub_strcmp(state, "firmware") == 0)
        return grub_error(GRUB_ERR_ACCESS_DENIED,
                          "%s: Secure Boot is on and there is no shim that ventoc's own GRUB could "
                          "ask about kernels; start it the normal way",
                          boot->name);
    if (grub_is_lockdown() && boot->facts.is_udf && !boot->facts.is_iso)
        return grub_error(GRUB_ERR_ACCESS_DENIED,
                          "%s: a UDF image, which GRUB does not read while Secure Boot is on; "
                          "start it the normal way",
                          boot->name);
    return GRUB_ERR_NONE;
}

static grub_err_t start(struct vtc_boot *boot, const char *inner_path)
{
    char *prefix = grub_strdup(grub_env_get("prefix")), *root = grub_strdup(grub_env_get("root"));
    const struct config *config;
    char *path;
    grub_err_t err;

    grub_loader_unset();
    if (vtc_linux_prepare(boot))
        inner_path = "";
    vtc_image_disk_show(boot);
    config = find_config(&path);
    if (!config) {
        grub_free(prefix);
        grub_free(root);
        return grub_error(
            GRUB_ERR_FILE_NOT_FOUND,
            "%s: has no loopback.cfg, grub.cfg or isolinux.cfg that ventoc's own GRUB "
            "could run; start it the normal way",
            boot->name);
    }
    set_environment(inner_path, config);
    err = run(config, path);
    if (!config->syslinux && has_menu(path)) /* left by the user: nothing of it shall start */
        grub_loader_unset();
    grub_free(path);
    if (!grub_loader_is_loaded()) {
        grub_env_set("root", root);
        grub_env_set("prefix", prefix);
    }
    grub_free(prefix);
    grub_free(root);
    return err;
}

/* vtc_grub_mode NUMBER: run the configuration of a menu entry's image. A configuration that only
 * sets up leaves a loaded kernel, which the end of the menu entry boots. */
static grub_err_t cmd_grub_mode(grub_command_t cmd __attribute__((unused)), int argc, char **args)
{
    struct vtc_boot *boot;
    grub_uint32_t index;
    char *path;
    grub_err_t err = vtc_boot_argument(argc, args, &index, &path);

    if (err)
        return err;
    boot = vtc_boot_open(path, vtc_tree_get()->v[index].name);
    if (boot && secure_boot_refuses(boot) != GRUB_ERR_NONE) {
        vtc_boot_close(boot);
        boot = NULL;
    }
    err = boot ? start(boot, grub_strchr(path, ')') + 1) : grub_errno;
    grub_free(path);
    return err;
}

static grub_command_t command;

void vtc_grub_mode_init(void)
{
    vtc_image_disk_init();
    command = grub_register_command("vtc_grub_mode", cmd_grub_mode, "NUMBER",
                                    "Run an image's own configuration in this GRUB.");
}

void vtc_grub_mode_fini(void)
{
    grub_unregister_command(command);
    vtc_image_disk_fini();
}
