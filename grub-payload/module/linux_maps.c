/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bytes of the stick become block devices of a started Linux. */
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/normal.h>

#include <ventoc/crc32.h>

#include "linux.h"

#define PROBE_BYTES   2048u
#define ISO_PROBE_OFF 32768u

/* The pieces of a file in whole sectors of the stick: the rest of the last sector is the file's own
 * slack. */
static grub_err_t copy_extents(const struct vtc_extents *file, grub_uint32_t sector_bytes,
                               struct vtc_extents *out, const char *path)
{
    vtc_extents_init(out, NULL, 0, vtc_extents_grow);
    for (uint32_t i = 0; i < file->count; i++) {
        const struct vtc_extent *e = &file->v[i];
        uint64_t bytes = e->bytes;

        if (i + 1 == file->count)
            bytes = ALIGN_UP(bytes, (uint64_t)sector_bytes);
        if (((e->disk_off | bytes) & (sector_bytes - 1)) != 0)
            return grub_error(GRUB_ERR_BAD_FS, "%s: its pieces do not lie on whole sectors", path);
        if (vtc_extents_add(out, e->disk_off, bytes) != VTC_OK)
            return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces",
                              path);
    }
    return GRUB_ERR_NONE;
}

/* path: of the file, for messages; name: of the device. */
static grub_err_t add_map(struct vtc_linux_maps *maps, const struct vtc_boot *boot,
                          const struct vtc_file_map *file, struct vtc_extents *pieces,
                          const char *path, const char *name, grub_uint32_t flags,
                          grub_uint64_t probe_off)
{
    struct vtc_handoff_map *map = &maps->handoff.map[maps->handoff.map_count];
    struct vtc_image plain;
    grub_uint8_t probe[PROBE_BYTES];
    grub_err_t err = copy_extents(&file->extents, maps->handoff.sector_bytes, pieces, path);
    int rc;

    if (err)
        return err;
    if (vtc_image_init(&plain, NULL, 0, vtc_image_grow, pieces) != VTC_OK) {
        grub_free(plain.v);
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces", path);
    }
    rc = vtc_image_read(&plain, &boot->disk_reader, probe_off, probe, sizeof(probe));
    grub_free(plain.v);
    if (rc)
        return grub_error(GRUB_ERR_READ_ERROR, "%s: it is too short or cannot be read", path);
    grub_strncpy(map->name, name, sizeof(map->name) - 1);
    map->flags = flags;
    map->bytes = pieces->bytes;
    map->probe_off = probe_off;
    map->probe_crc = vtc_crc32(0, probe, sizeof(probe));
    map->extent = pieces->v;
    map->extent_count = pieces->count;
    maps->handoff.map_count++;
    return GRUB_ERR_NONE;
}

/* The path of an image's persistent layer, whether there is one or not. *given: the user named it. The
 * caller frees it. */
static char *layer_path(const struct vtc_boot *boot, const struct vtc_config *config, int *given)
{
    const char *inner = grub_strchr(boot->path, ')') + 1;
    grub_size_t device_bytes = inner - boot->path;
    grub_size_t inner_bytes =
        grub_strlen(inner) + sizeof(VTC_CONFIG_LAYER_ENDING) + VTC_CONFIG_PATH_BYTES;
    char *path = grub_malloc(device_bytes + inner_bytes);

    if (!path)
        return NULL;
    grub_memcpy(path, boot->path, device_bytes);
    vtc_config_layer(config, inner, path + device_bytes, inner_bytes, given); /* there is room */
    return path;
}

/* Does the file hold an image? The started system would write into it. */
static int is_image(const struct vtc_boot *boot, const struct vtc_file_map *file)
{
    struct vtc_boot layer = {.disk_reader = boot->disk_reader};
    struct vtc_reader reader;
    int rc = vtc_image_init(&layer.image, NULL, 0, vtc_image_grow, &file->extents);

    if (rc == VTC_OK) {
        vtc_boot_reader(&layer, &reader);
        rc = vtc_classify(&reader, &layer.facts);
    }
    grub_free(layer.image.v);
    return rc != VTC_ENOENT;
}

/* Refuse a layer that is the image itself or another one: a slip in the settings must not cost it. */
static grub_err_t check_layer(const struct vtc_boot *boot, const struct vtc_file_map *file,
                              const char *path)
{
    struct vtc_extents both;
    int rc;

    vtc_extents_init(&both, NULL, 0, vtc_extents_grow);
    rc = vtc_extents_apart(&boot->map.extents, &file->extents, &both);
    grub_free(both.v);
    if (rc == VTC_ENOSPC)
        return grub_error(GRUB_ERR_OUT_OF_MEMORY, "%s: out of memory for its list of pieces", path);
    if (rc != VTC_OK)
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: shares its place on the stick with the image", path);
    if (is_image(boot, file))
        return grub_error(GRUB_ERR_BAD_FILE_TYPE,
                          "%s: is an image or cannot be read, nothing to keep changes in; make one "
                          "with 'ventoc persist create'",
                          path);
    return GRUB_ERR_NONE;
}

/* The persistent layer, when there is one. What is wrong with it is shown: the user counts on it. */
static void add_layer(struct vtc_linux_maps *maps, const struct vtc_boot *boot,
                      const struct vtc_config *config)
{
    struct vtc_file_map file;
    int given = 0;
    char *path = layer_path(boot, config, &given);

    if (path && vtc_file_map(path, &file) == GRUB_ERR_NONE) {
        if (check_layer(boot, &file, path) == GRUB_ERR_NONE &&
            add_map(maps, boot, &file, &maps->persistence, path, "ventoc-persistence",
                    VTC_HANDOFF_MAP_WRITABLE | VTC_HANDOFF_MAP_PERSISTENCE, 0) == GRUB_ERR_NONE) {
            maps->handoff.flags |= VTC_HANDOFF_PERSISTENCE;
            grub_printf("Changes of this system are kept in ");
            vtc_print_name(grub_strrchr(path, '/') + 1);
            grub_printf(".\n");
        }
        vtc_file_map_free(&file);
    } else if (!given && grub_errno == GRUB_ERR_FILE_NOT_FOUND) {
        grub_errno = GRUB_ERR_NONE;
    }
    if (grub_errno) {
        grub_print_error();
        grub_printf("Changes of this system will NOT be kept.\n");
        grub_errno = GRUB_ERR_NONE;
        grub_wait_after_message(); /* what is started next clears the screen */
    }
    grub_free(path);
}

grub_err_t vtc_linux_maps(const struct vtc_boot *boot, const struct vtc_config *config,
                          struct vtc_linux_maps *maps)
{
    const struct vtc_stick *stick = vtc_stick_get();
    struct vtc_handoff *h = &maps->handoff;
    grub_uint32_t flags = VTC_HANDOFF_MAP_MEDIUM;
    grub_err_t err;

    grub_memset(maps, 0, sizeof(*maps));
    if (!stick->found)
        return grub_errno;
    if (grub_strcmp(stick->disk_name, boot->map.disk_name) != 0)
        return grub_error(GRUB_ERR_BAD_DEVICE, "%s: it is not on the stick", boot->name);
    grub_memcpy(h->stick_uuid, stick->record.uuid, sizeof(h->stick_uuid));
    h->sector_bytes = stick->record.sector_bytes;
    h->disk_bytes = stick->record.disk_bytes;
    h->data_off = stick->record.data_off;
    h->data_bytes = stick->record.data_bytes;
    if (config->data_writable)
        h->flags |= VTC_HANDOFF_DATA_WRITABLE;
    if (boot->as_disk) {
        if (vtc_config_is_writable(config, grub_strchr(boot->path, ')') + 1)) {
            flags |= VTC_HANDOFF_MAP_WRITABLE;
            grub_printf("The system in this image changes the image.\n");
        }
        return add_map(maps, boot, &boot->map, &maps->medium, boot->name, "ventoc", flags, 0);
    }
    err =
        add_map(maps, boot, &boot->map, &maps->medium, boot->name, "ventoc", flags, ISO_PROBE_OFF);
    if (err == GRUB_ERR_NONE)
        add_layer(maps, boot, config);
    return err;
}

void vtc_linux_maps_free(struct vtc_linux_maps *maps)
{
    grub_free(maps->medium.v);
    grub_free(maps->persistence.v);
}
