/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The hand-off, as an overlay: behind every initramfs of the image comes an archive with our init
 * and the list of the image's pieces. No kernel parameter, no file of the image on the stick is
 * changed.
 */
#include <grub/env.h>
#include <grub/misc.h>
#include <grub/mm.h>

#include <ventoc/extend.h>

#include "file.h"
#include "linux.h"

#define INIT_MAX_BYTES (256u * 1024)

/* The archive that is the same behind every initramfs. */
struct body {
    grub_uint8_t *data;
    grub_uint32_t bytes;
};

/* Read our init for one kind of kernel from the memory disk. */
static grub_err_t read_init(const char *name, void **data, grub_size_t *bytes)
{
    char *path = grub_xasprintf("(memdisk)/menu/%s", name);
    grub_err_t err = path ? vtc_module_read_file(path, INIT_MAX_BYTES, data, bytes) : grub_errno;

    grub_free(path);
    return err;
}

static grub_err_t make_body(const struct vtc_linux_maps *maps, struct body *body)
{
    grub_uint32_t conf_bytes = vtc_handoff_bytes(&maps->handoff), capacity;
    void *init64 = NULL, *init32 = NULL, *conf = grub_malloc(conf_bytes);
    grub_size_t init64_bytes = 0, init32_bytes = 0;

    if (read_init("init64", &init64, &init64_bytes) == GRUB_ERR_NONE &&
        read_init("init32", &init32, &init32_bytes) == GRUB_ERR_NONE && conf) {
        capacity = init64_bytes + init32_bytes + conf_bytes + VTC_HANDOFF_BODY_BYTES;
        body->data = grub_malloc(capacity);
        if (body->data &&
            (vtc_handoff_encode(&maps->handoff, conf, conf_bytes) != VTC_OK ||
             vtc_handoff_body_archive(body->data, capacity, init64, init64_bytes, init32,
                                      init32_bytes, conf, conf_bytes, &body->bytes) != VTC_OK))
            grub_error(GRUB_ERR_BUG, "its list of pieces cannot be packed");
    }
    grub_free(init64);
    grub_free(init32);
    grub_free(conf);
    return grub_errno;
}

/* Memory for everything that the overlay shows, the body first. */
static grub_err_t make_arena(struct vtc_boot *boot, const struct vtc_extend_found *found,
                             const struct body *body)
{
    grub_uint32_t bytes =
        ALIGN_UP(body->bytes + 4096 + vtc_extend_arena_bytes(found, body->bytes), 4096u);
    void *memory = vtc_platform_hold(bytes, &boot->overlay_handle);

    if (!memory)
        return grub_errno;
    boot->overlay_memory = memory;
    vtc_arena_init(&boot->overlay, memory, bytes);
    return GRUB_ERR_NONE;
}

static void say_failed(void *ctx __attribute__((unused)), const char *path, int rc)
{
    vtc_print_name(path);
    grub_printf(" cannot be extended (%d): a Linux started with it may not find its image.\n", rc);
}

static grub_err_t extend(struct vtc_boot *boot, const struct vtc_extend_found *found,
                         const struct body *body, unsigned *count)
{
    struct vtc_extend e = {
        .grow = {.img = &boot->image, .disk = &boot->disk_reader, .arena = &boot->overlay},
        .found = *found,
        .body_bytes = body->bytes,
        .failed = say_failed,
    };
    grub_err_t err = make_arena(boot, found, body);
    void *held;

    if (err)
        return err;
    e.scratch = grub_malloc(vtc_extend_scratch_bytes(body->bytes));
    if (!e.scratch)
        return grub_errno;
    held = vtc_arena_take(&boot->overlay, body->bytes, 4096);
    grub_memcpy(held, body->data, body->bytes);
    e.body = held;
    *count = vtc_extend_initrds(&e);
    grub_free(e.scratch);
    return GRUB_ERR_NONE;
}

static grub_err_t hand_over(struct vtc_boot *boot, const struct vtc_extend_found *found,
                            unsigned *count)
{
    struct vtc_config *config = grub_malloc(sizeof(*config));
    struct vtc_linux_maps *maps = grub_zalloc(sizeof(*maps));
    struct body body = {NULL, 0};
    grub_err_t err;

    if (!config || !maps) {
        err = grub_errno;
        goto out;
    }
    vtc_settings_read(config);
    err = vtc_linux_maps(boot, config, maps);
    if (err == GRUB_ERR_NONE)
        err = make_body(maps, &body);
    if (err == GRUB_ERR_NONE)
        err = extend(boot, found, &body, count);
out:
    grub_free(body.data);
    if (maps)
        vtc_linux_maps_free(maps);
    grub_free(maps);
    grub_free(config);
    return err;
}

/* Look for initramfs files; the caller frees *iso and *disk. */
static int scan(struct vtc_boot *boot, struct vtc_bootcfg **iso, struct vtc_diskcfg **disk)
{
    void *work = grub_malloc(boot->as_disk ? VTC_DISKCFG_WORK_BYTES : VTC_BOOTCFG_WORK_BYTES);
    struct vtc_reader reader;
    int rc = VTC_ENOSPC;

    vtc_boot_reader(boot, &reader);
    if (boot->as_disk)
        *disk = grub_zalloc(sizeof(**disk));
    else
        *iso = grub_zalloc(sizeof(**iso));
    if (work && *disk)
        rc = vtc_diskcfg_scan(&reader, work, *disk);
    else if (work && *iso)
        rc = vtc_bootcfg_scan(&reader, work, *iso, NULL, NULL);
    grub_free(work);
    return rc;
}

unsigned vtc_linux_prepare(struct vtc_boot *boot)
{
    struct vtc_bootcfg *iso = NULL;
    struct vtc_diskcfg *disk = NULL;
    unsigned count = 0;
    int rc = scan(boot, &iso, &disk);

    if (rc == VTC_OK) {
        struct vtc_extend_found found = {iso, disk};

        if (vtc_extend_count(&found) && hand_over(boot, &found, &count) != GRUB_ERR_NONE)
            rc = VTC_EINVAL;
    }
    if (grub_errno)
        grub_print_error();
    if (rc != VTC_OK && rc != VTC_ENOENT)
        grub_printf("A Linux in this image may not find it (%d).\n", rc);
    grub_errno = GRUB_ERR_NONE;
    grub_free(iso);
    grub_free(disk);
    return count;
}
