/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A payload: the manifest up to a NUL byte, then the one gzip file that all its images are. What is
 * loaded has the lengths that the manifest names. */
#include "fuzz_file.h"
#include "fuzz_reader.h"

#include "host/payload.h"

static void check_image(const struct vtc_payload *payload, const char *name,
                        const struct vtc_payload_image *image)
{
    struct vtc_manifest_entry e;

    if (vtc_manifest_find(&payload->manifest, VTC_MANIFEST_IMAGE, name, &e) || !image->bytes ||
        image->count != e.bytes)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const images[] = {"boot.img.gz", "core.img.gz", "slot512.img.gz",
                                         "slot4096.img.gz"};
    static struct vtc_payload payload;
    struct vtc_error err = {0};
    const uint8_t *nul = bytes ? memchr(data, '\0', bytes) : NULL;
    size_t text = nul ? (size_t)(nul - data) : bytes, skip = nul ? text + 1 : bytes, i;

    fuzz_dir_put("manifest", data, text);
    for (i = 0; i < sizeof images / sizeof *images; i++)
        fuzz_dir_put(images[i], data + skip, bytes - skip);
    for (i = 512; i <= 4096; i *= 8) {
        if (!vtc_payload_load(fuzz_dir(), (uint32_t)i, &payload, &err)) {
            check_image(&payload, i == 512 ? "slot512.img" : "slot4096.img", &payload.slot);
            if (payload.slot.count % i)
                abort();
        } else if (!err.text[0]) {
            abort();
        }
        vtc_payload_free(&payload);
    }
    return 0;
}
