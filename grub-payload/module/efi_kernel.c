/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Use GRUB's linuxefi and initrdefi once each, on files that its verifiers have let through. */
#include <grub/command.h>
#include <grub/dl.h>
#include <grub/file.h>
#include <grub/loader.h>
#include <grub/lockdown.h>
#include <grub/misc.h>

#include "efi_kernel.h"

#define PRIORITY 100 /* before GRUB's own commands */

/* What is loaded once. */
static struct loaded {
    const char *what;
    const char *loader; /* GRUB's command for it */
    enum grub_file_type type;
    int is_used;
} kernel = {"kernel", "linuxefi", GRUB_FILE_TYPE_LINUX_KERNEL, 0},
  initrd = {"initrd", "initrdefi", GRUB_FILE_TYPE_LINUX_INITRD | GRUB_FILE_TYPE_NO_DECOMPRESS, 0};

static int has_kernel; /* GRUB's loader is the kernel's, unless nothing is loaded at all */

static grub_err_t load(grub_command_t command, int argc, char **args);
static grub_err_t chainload(grub_command_t command, int argc, char **args);

static struct {
    const char *name;
    grub_command_func_t func;
    struct loaded *loaded;
    grub_command_t command;
} commands[] = {
    {"linux", load, &kernel, NULL}, /* GRUB's calls linuxefi as well */
    {"linuxefi", load, &kernel, NULL},  {"initrd", load, &initrd, NULL},
    {"initrdefi", load, &initrd, NULL}, {"chainloader", chainload, NULL, NULL},
};

/* GRUB's own command of a name that has one of ours before it, or NULL with grub_errno set. */
static grub_command_t original(const char *name)
{
    grub_command_t command;

    FOR_COMMANDS(command)
    {
        if (command->func != load && command->func != chainload &&
            grub_strcmp(command->name, name) == 0)
            return command;
    }
    grub_error(GRUB_ERR_UNKNOWN_COMMAND, "can't find command `%s'", name);
    return NULL;
}

/* The file of an argument: initrds may be given as newc:NAME:FILE. */
static const char *file_of(const struct loaded *loaded, const char *arg)
{
    const char *name;

    if (loaded != &initrd || grub_strncmp(arg, "newc:", 5) != 0)
        return arg;
    name = arg + 5;
    return grub_strchr(name, ':') ? grub_strchr(name, ':') + 1 : name;
}

/* Are all files there, and does no verifier refuse one? Else grub_errno says why. */
static int can_be_opened(const struct loaded *loaded, int argc, char **args)
{
    for (int i = 0; i < argc; i++) {
        grub_file_t file = grub_file_open(file_of(loaded, args[i]), loaded->type);

        if (!file)
            return 0;
        grub_file_close(file);
        if (loaded == &kernel) /* its other arguments are its command line */
            break;
    }
    return 1;
}

/* GRUB's initrdefi frees what it has read half, and would free it again with the kernel: have it read
 * a file that is always there, then let go of all. */
static void drop_half_read(grub_command_t loader)
{
    char path[] = "(memdisk)/menu/grub.cfg", *args[] = {path};

    grub_error_push();
    if (loader->func(loader, 1, args) == GRUB_ERR_NONE)
        grub_loader_unset();
    has_kernel = 0;
    grub_error_pop();
}

static grub_err_t load(grub_command_t command, int argc, char **args)
{
    struct loaded *loaded = command->data;
    grub_command_t loader = original(loaded->loader);

    if (!loader)
        return grub_errno;
    if (loaded->is_used)
        return grub_error(GRUB_ERR_ACCESS_DENIED,
                          "while Secure Boot is on, GRUB loads one %s and no other after it; %s",
                          loaded->what,
                          grub_loader_is_loaded() ? "boot what is loaded, or restart" : "restart");
    if (argc == 0)
        return grub_error(GRUB_ERR_BAD_ARGUMENT, "filename expected");
    /* without a kernel, GRUB's initrdefi would free what it has not initialised */
    if (loaded == &initrd && !(has_kernel && grub_loader_is_loaded()))
        return grub_error(GRUB_ERR_BAD_ARGUMENT, "you need to load the kernel first");
    if (!can_be_opened(loaded, argc, args))
        return grub_errno;
    loaded->is_used = 1;
    if (loader->func(loader, argc, args) != GRUB_ERR_NONE) {
        if (loaded == &initrd)
            drop_half_read(loader);
        return grub_errno;
    }
    has_kernel = 1;
    return GRUB_ERR_NONE;
}

/* What is loaded takes the kernel's place. */
static grub_err_t chainload(grub_command_t command, int argc, char **args)
{
    grub_command_t loader = original(command->name);

    if (!loader || loader->func(loader, argc, args) != GRUB_ERR_NONE)
        return grub_errno;
    has_kernel = 0;
    return GRUB_ERR_NONE;
}

void vtc_efi_kernel_init(void)
{
    if (!grub_is_lockdown())
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        commands[i].command =
            grub_register_command_prio(commands[i].name, commands[i].func, NULL, NULL, PRIORITY);
        if (commands[i].command)
            commands[i].command->data = commands[i].loaded;
    }
}

void vtc_efi_kernel_fini(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].command)
            grub_unregister_command(commands[i].command);
}

void vtc_efi_kernel_keep_loader(void)
{
    grub_dl_t module = grub_is_lockdown() ? grub_dl_get("linuxefi") : NULL;

    if (module)
        grub_dl_set_persistent(module);
}
