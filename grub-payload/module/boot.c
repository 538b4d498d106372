/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtc_boot: from a menu number to a started image. vtc_extents: show where a file lies. */
#include <grub/command.h>
#include <grub/disk.h>
#include <grub/loader.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/term.h>

#include "linux.h"
#include "menu.h"

int vtc_image_grow(struct vtc_image *img)
{
    uint32_t wider = img->capacity ? img->capacity * 2 : 64;
    void *v;

    if (wider < img->capacity || wider > 0x7fffffffu / sizeof(*img->v))
        return VTC_ENOSPC;
    v = grub_realloc(img->v, wider * sizeof(*img->v));
    if (!v) {
        grub_errno = GRUB_ERR_NONE;
        return VTC_ENOSPC;
    }
    img->v = v;
    img->capacity = wider;
    return VTC_OK;
}

static int image_read(void *ctx, uint64_t off, void *buf, uint32_t bytes)
{
    struct vtc_boot *boot = ctx;

    return vtc_image_read(&boot->image, &boot->disk_reader, off, buf, bytes);
}

void vtc_boot_reader(struct vtc_boot *boot, struct vtc_reader *reader)
{
    reader->read = image_read;
    reader->ctx = boot;
    reader->bytes = boot->image.bytes;
}

static grub_err_t refuse_truncated(const struct vtc_boot *boot)
{
    return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                      "%s: the file is cut off: it has %llu bytes, its volume says %llu; copy it "
                      "again and eject the stick before pulling it",
                      boot->name, (unsigned long long)boot->map.file_bytes,
                      (unsigned long long)boot->facts.declared_bytes);
}

/* Look at the content and say what cannot work before anything is started. */
static grub_err_t classify(struct vtc_boot *boot)
{
    struct vtc_reader reader;

    vtc_boot_reader(boot, &reader);
    switch (vtc_classify(&reader, &boot->facts)) {
    case VTC_OK:
        return GRUB_ERR_NONE;
    case VTC_ETRUNC:
        return refuse_truncated(boot);
    case VTC_EIO:
        return grub_error(GRUB_ERR_READ_ERROR, "%s: the stick could not be read; try another port",
                          boot->name);
    case VTC_ENOENT:
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: neither a CD image nor a disk image; was the download complete?",
                          boot->name);
    default:
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: damaged: its boot records contradict themselves; copy it again and "
                          "compare its checksum",
                          boot->name);
    }
}

struct vtc_boot *vtc_boot_open(const char *path, const char *name)
{
    struct vtc_boot *boot = grub_zalloc(sizeof(*boot));

    if (!boot)
        return NULL;
    boot->path = grub_strdup(path);
    boot->name = grub_strdup(name);
    if (!boot->path || !boot->name || vtc_file_map(path, &boot->map) != GRUB_ERR_NONE)
        goto fail;
    boot->disk = grub_disk_open(boot->map.disk_name);
    if (!boot->disk)
        goto fail;
    vtc_module_disk_reader(&boot->disk_reader, boot->disk);
    if (vtc_image_init(&boot->image, NULL, 0, vtc_image_grow, &boot->map.extents) != VTC_OK) {
        grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces", name);
        goto fail;
    }
    if (classify(boot) == GRUB_ERR_NONE) {
        int is_cd = boot->facts.is_iso || boot->facts.is_udf;

        /* a hybrid image is what its name says */
        boot->as_disk = !is_cd || (boot->facts.is_disk && vtc_classify_name(name) == VTC_TYPE_IMG);
        return boot;
    }
fail:
    vtc_boot_close(boot);
    return NULL;
}

void vtc_boot_close(struct vtc_boot *boot)
{
    grub_free(boot->image.v);
    if (boot->overlay_memory)
        vtc_platform_let_go(boot->overlay_memory, boot->overlay_handle);
    if (boot->disk)
        grub_disk_close(boot->disk);
    vtc_file_map_free(&boot->map);
    grub_free(boot->path);
    grub_free(boot->name);
    grub_free(boot);
}

static grub_err_t boot_image(const char *path, const char *name)
{
    struct vtc_boot *boot = vtc_boot_open(path, name);
    grub_err_t err;

    if (!boot)
        return grub_errno;
    vtc_linux_prepare(boot);
    err = vtc_platform_boot_image(boot);
    vtc_boot_close(boot);
    return err;
}

grub_err_t vtc_boot_argument(int argc, char **args, grub_uint32_t *index, char **path)
{
    const struct vtc_tree *tree = vtc_tree_get();
    unsigned long number;

    if (!tree)
        return grub_errno;
    if (argc != 1)
        return grub_error(GRUB_ERR_BAD_ARGUMENT, "one number expected");
    number = grub_strtoul(args[0], NULL, 10);
    if (grub_errno || number >= tree->count || tree->v[number].type == VTC_TYPE_NONE) {
        grub_errno = GRUB_ERR_NONE;
        return grub_error(GRUB_ERR_BAD_ARGUMENT, "no such image");
    }
    *index = number;
    *path = vtc_tree_path(tree, number);
    return *path ? GRUB_ERR_NONE : grub_errno;
}

void vtc_print_name(const char *name)
{
    for (; *name; name++)
        grub_printf("%c", (grub_uint8_t)*name < 0x20 || *name == 0x7f ? '?' : *name);
}

/* vtc_boot NUMBER: start the image of a menu entry. */
static grub_err_t cmd_boot(grub_command_t cmd __attribute__((unused)), int argc, char **args)
{
    const struct vtc_tree_node *node;
    grub_uint32_t index;
    char *path;
    grub_err_t err = vtc_boot_argument(argc, args, &index, &path);

    if (err)
        return err;
    node = &vtc_tree_get()->v[index];
    grub_loader_unset(); /* nothing left behind by another entry may start instead */
    grub_printf("Starting ");
    vtc_print_name(node->name);
    grub_printf(" ...\n");
    grub_refresh();
    if (node->type == VTC_TYPE_EFI)
        err = vtc_platform_boot_efi(path, node->name);
    else
        err = boot_image(path, node->name);
    grub_free(path);
    return err;
}

/* vtc_extents FILE: one line "FILE_OFF DISK_OFF BYTES" per piece, then a total. */
static grub_err_t cmd_extents(grub_command_t cmd __attribute__((unused)), int argc, char **args)
{
    struct vtc_file_map map;
    grub_err_t err;

    if (argc != 1)
        return grub_error(GRUB_ERR_BAD_ARGUMENT, "one file name expected");
    err = vtc_file_map(args[0], &map);
    if (err)
        return err;
    for (uint32_t i = 0; i < map.extents.count; i++)
        grub_printf("%llu %llu %llu\n", (unsigned long long)map.extents.v[i].file_off,
                    (unsigned long long)map.extents.v[i].disk_off,
                    (unsigned long long)map.extents.v[i].bytes);
    grub_printf("extents %u bytes %llu\n", (unsigned)map.extents.count,
                (unsigned long long)map.file_bytes);
    vtc_file_map_free(&map);
    return GRUB_ERR_NONE;
}

static grub_command_t commands[2];

void vtc_boot_init(void)
{
    commands[0] = grub_register_command("vtc_boot", cmd_boot, "NUMBER", "Start an image.");
    commands[1] = grub_register_command("vtc_extents", cmd_extents, "FILE",
                                        "Show where a file lies on its disk, in bytes.");
}

void vtc_boot_fini(void)
{
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        grub_unregister_command(commands[i]);
}
