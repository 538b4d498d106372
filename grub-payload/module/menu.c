/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The menu: one GRUB entry per folder and image. A name is a title and nothing else; what an entry
 * runs is a command with a number, so that no file name is ever read as script. */
#include <grub/command.h>
#include <grub/env.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/normal.h>
#include <grub/term.h>

#include "menu.h"
#include "vtc.h"

static grub_err_t add_entry(const char *title, const char *class, const char *source, int submenu)
{
    const char *args[] = {title, NULL};
    char *classes[] = {(char *)class, NULL};

    return grub_normal_add_menu_entry(1, args, classes, title, NULL, NULL, NULL, source, submenu);
}

/* One folder or image. ways: a list of ways to start each image, instead of starting it. */
static grub_err_t add_node_entry(const struct vtc_tree *tree, grub_uint32_t index, int ways)
{
    const struct vtc_tree_node *node = &tree->v[index];
    int folder = node->type == VTC_TYPE_NONE;
    char *title = grub_xasprintf(folder ? "%s/" : "%s", node->name);
    const char *source_format = folder ? (ways ? "vtc_menu %u ways\n" : "vtc_menu %u\n")
                                       : (ways ? "vtc_ways %u\n" : "vtc_boot %u\n");
    char source[40];
    grub_err_t err;

    if (!title)
        return grub_errno;
    grub_snprintf(source, sizeof(source), source_format, index);
    err = add_entry(title, folder ? "folder" : "image", source, folder || ways);
    grub_free(title);
    return err;
}

/* Does this folder hold an image, itself or below? Children always come behind their folder. */
static void mark_folders_with_images(const struct vtc_tree *tree, grub_uint8_t *has_image)
{
    for (grub_uint32_t i = tree->count; i-- > 1;)
        if (tree->v[i].type != VTC_TYPE_NONE || has_image[i])
            has_image[tree->v[i].parent] = 1;
}

static grub_err_t add_folder(const struct vtc_tree *tree, grub_uint32_t folder, int ways)
{
    const struct vtc_tree_node *node = &tree->v[folder];
    grub_uint8_t *has_image = grub_zalloc(tree->count);
    grub_err_t err = GRUB_ERR_NONE;

    if (!has_image)
        return grub_errno;
    mark_folders_with_images(tree, has_image);
    for (grub_uint32_t i = node->first_child;
         i < node->first_child + node->child_count && err == GRUB_ERR_NONE; i++)
        if (tree->v[i].type != VTC_TYPE_NONE || has_image[i])
            err = add_node_entry(tree, i, ways);
    grub_free(has_image);
    return err;
}

/* vtc_menu [FOLDER [ways]]: add the entries of a folder (a number; the root without one). */
static grub_err_t cmd_menu(grub_command_t cmd __attribute__((unused)), int argc, char **args)
{
    const struct vtc_tree *tree = vtc_tree_get();
    unsigned long folder = argc > 0 ? grub_strtoul(args[0], NULL, 10) : 0;

    if (!tree)
        return grub_errno;
    if (folder >= tree->count || tree->v[folder].type != VTC_TYPE_NONE)
        return grub_error(GRUB_ERR_BAD_ARGUMENT, "no such folder");
    return add_folder(tree, folder, argc > 1 && grub_strcmp(args[1], "ways") == 0);
}

/* vtc_ways NUMBER: the ways to start one image. */
static grub_err_t cmd_ways(grub_command_t cmd __attribute__((unused)), int argc, char **args)
{
    char source[40], *path;
    grub_uint32_t index;
    grub_err_t err = vtc_boot_argument(argc, args, &index, &path);

    if (err)
        return err;
    grub_free(path);
    grub_snprintf(source, sizeof(source), "vtc_boot %u\n", index);
    err = add_entry("Boot normally, with its own boot loader", "image", source, 0);
    if (err == GRUB_ERR_NONE && vtc_tree_get()->v[index].type != VTC_TYPE_EFI) {
        grub_snprintf(source, sizeof(source), "vtc_grub_mode %u\n", index);
        err = add_entry("Boot with ventoc's own GRUB", "image", source, 0);
    }
    return err;
}

void vtc_menu_set(const char *name, const char *value)
{
    grub_env_set(name, value);
    grub_env_export(name);
}

/* vtc_start: find the stick and scan it; sets vtc_disk, vtc_data, vtc_slot, vtc_slot_blocks,
 * vtc_images (a count) and vtc_unicode for the configuration; on UEFI vtc_secure_boot and
 * vtc_secure_title; where the settings say so, those of vtc_settings_menu(). */
static grub_err_t cmd_start(grub_command_t cmd __attribute__((unused)),
                            int argc __attribute__((unused)), char **args __attribute__((unused)))
{
    const struct vtc_stick *stick = vtc_stick_get();
    const struct vtc_tree *tree;
    char text[64];

    vtc_platform_start();
    if (vtc_platform_secure_boot()) {
        vtc_menu_set("vtc_secure_boot", vtc_platform_secure_boot());
        vtc_menu_set("vtc_secure_title", vtc_platform_secure_title());
    }
    if (!stick->found)
        return grub_errno;
    vtc_menu_set("vtc_disk", stick->disk_name);
    vtc_menu_set("vtc_slot", stick->slot ? "B" : "A");
    grub_snprintf(text, sizeof(text), "%" PRIuGRUB_UINT64_T "+%" PRIuGRUB_UINT64_T,
                  stick->record.slot_off[stick->slot] >> GRUB_DISK_SECTOR_BITS,
                  stick->record.slot_bytes >> GRUB_DISK_SECTOR_BITS);
    vtc_menu_set("vtc_slot_blocks", text);
    if (stick->data_name)
        vtc_menu_set("vtc_data", stick->data_name);
    vtc_menu_set("vtc_label", stick->record.label);
    tree = vtc_tree_get();
    if (!tree)
        return grub_errno;
    grub_snprintf(text, sizeof(text), "%u", tree->image_count);
    vtc_menu_set("vtc_images", text);
    vtc_menu_set("vtc_unicode", tree->has_non_ascii ? "1" : "0");
    vtc_settings_menu(tree);
    return GRUB_ERR_NONE;
}

static grub_err_t cmd_wants_serial(grub_command_t cmd __attribute__((unused)),
                                   int argc __attribute__((unused)),
                                   char **args __attribute__((unused)))
{
    /* a plain "false" for the script's if, without a message */
    return vtc_platform_wants_serial() ? GRUB_ERR_NONE : (grub_errno = GRUB_ERR_TEST_FAILURE);
}

/* vtc_secure_page: what Secure Boot does here, until a key is pressed. */
static grub_err_t cmd_secure_page(grub_command_t cmd __attribute__((unused)),
                                  int argc __attribute__((unused)),
                                  char **args __attribute__((unused)))
{
    const char *page = vtc_platform_secure_page();

    if (!page)
        return grub_error(GRUB_ERR_BAD_DEVICE, "a BIOS has no Secure Boot");
    grub_cls();
    grub_printf("\n%s\nPress any key to go back.\n", page);
    grub_refresh();
    grub_getkey();
    return GRUB_ERR_NONE;
}

static grub_command_t commands[5];

void vtc_menu_init(void)
{
    commands[0] = grub_register_command("vtc_start", cmd_start, "", "Find the stick, scan it.");
    commands[1] =
        grub_register_command("vtc_menu", cmd_menu, "[FOLDER [ways]]", "Add menu entries.");
    commands[3] =
        grub_register_command("vtc_ways", cmd_ways, "NUMBER", "Add the ways to start an image.");
    commands[4] = grub_register_command("vtc_secure_page", cmd_secure_page, "",
                                        "Show what Secure Boot does here.");
    commands[2] = grub_register_command("vtc_wants_serial", cmd_wants_serial, "",
                                        "True when GRUB must drive the serial port itself.");
}

void vtc_menu_fini(void)
{
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        grub_unregister_command(commands[i]);
}
