/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MokNew and MokAuth are what MokManager works on; a copy in a variable of our own tells at the next
 * start that it is we who left them. */
#include <grub/efi/efi.h>
#include <grub/misc.h>
#include <grub/mm.h>
#include <grub/term.h>

#include <ventoc/mok.h>
#include <ventoc/sha256.h>

#include "efi_enrol.h"
#include "efi_guard.h"
#include "efi_secure.h"
#include "efi_start.h"

#define COPY "VentocMokRequest"
/* Made for ventoc: the vendor of that variable. */
#define VENTOC_GUID                                                                                \
    {                                                                                              \
        0x6d1c0b53, 0x7f2e, 0x4c0a,                                                                \
        {                                                                                          \
            0xb4, 0x0e, 0x56, 0x54, 0x43, 0x76, 0x61, 0x72                                         \
        }                                                                                          \
    }

#ifdef __x86_64__
#define MOKMANAGER "\\EFI\\BOOT\\mmx64.efi"
#else
#define MOKMANAGER "\\EFI\\BOOT\\mmia32.efi"
#endif

static const grub_efi_guid_t shim_guid = GRUB_EFI_SHIM_LOCK_GUID, our_guid = VENTOC_GUID;

int vtc_efi_enrol_possible(void)
{
    return vtc_efi_secure_state() == VTC_EFI_SECURE_SHIM && vtc_efi_guard_shim_loads();
}

static int variable_exists(const char *name)
{
    grub_size_t bytes;
    void *data;
    grub_efi_status_t status = grub_efi_get_variable(name, &shim_guid, &bytes, &data);

    grub_free(data);
    return status != GRUB_EFI_NOT_FOUND;
}

/* Delete a variable of shim's if it holds just this. */
static void delete_if(const char *name, const void *expected, grub_size_t expected_bytes)
{
    grub_size_t bytes;
    void *data;

    if (grub_efi_get_variable(name, &shim_guid, &bytes, &data) == GRUB_EFI_SUCCESS &&
        bytes == expected_bytes && grub_memcmp(data, expected, bytes) == 0)
        grub_efi_set_variable(name, &shim_guid, NULL, 0);
    grub_free(data);
}

void vtc_efi_enrol_forget(void)
{
    struct vtc_mok_request *copy = NULL;
    grub_size_t bytes;

    if (grub_efi_get_variable(COPY, &our_guid, &bytes, (void **)&copy) == GRUB_EFI_SUCCESS) {
        if (bytes == sizeof(*copy)) {
            delete_if("MokNew", copy->list, sizeof(copy->list));
            delete_if("MokAuth", copy->auth, sizeof(copy->auth));
        }
        grub_efi_set_variable(COPY, &our_guid, NULL, 0);
    }
    grub_free(copy);
    grub_errno = GRUB_ERR_NONE;
}

static grub_err_t leave_request(struct vtc_mok_request *request)
{
    grub_err_t err = grub_efi_set_variable(COPY, &our_guid, request, sizeof(*request));

    if (err == GRUB_ERR_NONE)
        err = grub_efi_set_variable("MokNew", &shim_guid, request->list, sizeof(request->list));
    if (err == GRUB_ERR_NONE)
        err = grub_efi_set_variable("MokAuth", &shim_guid, request->auth, sizeof(request->auth));
    return err;
}

/* The password keeps others from confirming a request that was left behind. It is shown on the
 * screen and used once: what the machine has of chance is enough. */
static void make_password(const grub_uint8_t image_sha256[32],
                          char password[VTC_MOK_PASSWORD_DIGITS + 1])
{
    grub_efi_guid_t rng_guid = GRUB_EFI_RNG_PROTOCOL_GUID;
    grub_efi_rng_protocol_t *rng = grub_efi_locate_protocol(&rng_guid, NULL);
    grub_uint8_t chance[32] = {0}, digest[VTC_SHA256_BYTES];
    grub_uint64_t cycles = __builtin_ia32_rdtsc();
    struct grub_efi_time now;
    struct vtc_sha256 sha256;

    grub_memset(&now, 0, sizeof(now));
    efi_call_2(grub_efi_system_table->runtime_services->get_time, &now, NULL);
    if (rng)
        efi_call_4(rng->get_rng, rng, NULL, sizeof(chance), chance);
    vtc_sha256_init(&sha256);
    vtc_sha256_update(&sha256, chance, sizeof(chance));
    vtc_sha256_update(&sha256, &cycles, sizeof(cycles));
    vtc_sha256_update(&sha256, &now, sizeof(now));
    vtc_sha256_update(&sha256, image_sha256, 32);
    vtc_sha256_final(&sha256, digest);
    vtc_mok_password(digest, password);
}

/* 1 when the user wants to go on. */
static int explain(const char *password)
{
    int key;

    grub_cls();
    grub_printf("\nMokManager, shim's own tool, starts now and asks you to confirm. There:\n\n"
                "  1. press any key while it counts down\n"
                "  2. choose: Enroll MOK, Continue, Yes\n"
                "  3. type the password:  %s  (write it down)\n"
                "  4. choose: Reboot; then start the image again\n\n"
                "This machine then starts that one loader, from any disk, until its hash is\n"
                "deleted again (MokManager, or mokutil --delete-hash). Nothing else changes.\n\n"
                "Enter  start MokManager          Esc  go back\n",
                password);
    grub_refresh();
    do
        key = grub_getkey();
    while (key != '\r' && key != '\n' && key != GRUB_TERM_ESC);
    return key != GRUB_TERM_ESC;
}

static grub_err_t start_mokmanager(void)
{
    grub_efi_loaded_image_t *self = grub_efi_get_loaded_image(grub_efi_image_handle);
    grub_efi_device_path_t *base = self ? grub_efi_get_device_path(self->device_handle) : NULL;
    grub_efi_device_path_t *path = base ? vtc_efi_path_append_file(base, MOKMANAGER) : NULL;
    grub_efi_status_t status = GRUB_EFI_NOT_FOUND;
    grub_efi_handle_t image = NULL;
    grub_err_t err;

    if (path)
        status = vtc_efi_load(path, NULL, 0, &image);
    grub_free(path);
    if (status == GRUB_EFI_SUCCESS)
        return vtc_efi_run("MokManager", image);
    err = vtc_efi_refuses(status)
              ? grub_error(GRUB_ERR_BAD_SIGNATURE,
                           "this machine refuses MokManager itself; run 'ventoc -u' on the stick")
              : grub_error(GRUB_ERR_FILE_NOT_FOUND,
                           "MokManager is not on this stick; run 'ventoc -u -s' on it");
    return err;
}

grub_err_t vtc_efi_enrol(const grub_uint8_t image_sha256[32])
{
    char password[VTC_MOK_PASSWORD_DIGITS + 1];
    struct vtc_mok_request request;
    grub_err_t err;

    vtc_efi_enrol_forget();
    if (variable_exists("MokNew") || variable_exists("MokAuth"))
        return grub_error(GRUB_ERR_BAD_OS,
                          "another system's request waits for MokManager on this machine: restart "
                          "and answer it, or take it back there (mokutil --revoke-import)");
    make_password(image_sha256, password);
    if (!explain(password))
        return GRUB_ERR_NONE;
    vtc_mok_request(image_sha256, password, &request);
    err = leave_request(&request);
    if (err == GRUB_ERR_NONE)
        err = start_mokmanager();
    grub_error_push();
    vtc_efi_enrol_forget();
    grub_error_pop();
    return err;
}
