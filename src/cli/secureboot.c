/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/secureboot.h"

#include <stdio.h>
#include <string.h>

#include "cli/passphrase.h"

int vtc_cli_secureboot_parse(const char *text, enum vtc_secureboot_mode *mode)
{
    *mode = !text || strcmp(text, "key") == 0 ? VTC_SECUREBOOT_KEY
            : strcmp(text, "hash") == 0       ? VTC_SECUREBOOT_HASH
            : strcmp(text, "off") == 0        ? VTC_SECUREBOOT_OFF
                                              : VTC_SECUREBOOT_KEEP;
    return *mode != VTC_SECUREBOOT_KEEP;
}

static int ask(void *ctx, const char *path, struct vtc_secret *secret, struct vtc_error *err)
{
    const struct vtc_cli *cli = ctx;
    char question[PATH_MAX + 32];

    snprintf(question, sizeof(question), "Passphrase of %s: ", path);
    return vtc_passphrase_get(cli->passphrase_file, question, 0, secret, err);
}

int vtc_cli_secureboot_make(const struct vtc_cli *cli, const struct vtc_secureboot_stick *stick,
                            struct vtc_payload *payload, struct vtc_secureboot_made *made,
                            struct vtc_error *err)
{
    struct vtc_secureboot_want want = {.mode = cli->secure_boot,
                                       .other_key = cli->other_key,
                                       .key_folder = cli->key_folder,
                                       .passphrase = ask,
                                       .ctx = (void *)cli};

    return vtc_secureboot_make(&want, stick, payload, made, err);
}

/* ---- what was made ------------------------------------------------------------------------- */

#define STEPS 5u

static const char *const key_steps[STEPS] = {
    "Start it from the stick. A red box says \"Verification failed\": press Enter on OK.",
    "Press any key when \"Press any key to perform MOK management\" is shown.",
    "Choose \"Enroll key from disk\", VENTOC, " VTC_SECUREBOOT_CERT ".",
    "Choose Continue (\"View key 0\" shows its name), then Yes.",
    "Choose Reboot, and start from the stick again.",
};
static const char *const hash_steps[STEPS] = {
    "Start it from the stick. A red box says \"Verification failed\": press Enter on OK.",
    "Press any key when \"Press any key to perform MOK management\" is shown.",
    "Choose \"Enroll hash from disk\", VENTOC, EFI/, BOOT/, grubx64.efi.",
    "Choose Continue (\"View key 0\" shows the hash), then Yes.",
    "Choose Reboot, and start from the stick again.",
};

void vtc_cli_secureboot_report(const struct vtc_cli *cli, const struct vtc_secureboot_made *made)
{
    const char *const *steps = made->mode == VTC_SECUREBOOT_KEY ? key_steps : hash_steps;
    char sum[2 * VTC_SHA256_BYTES + 1];

    if (made->mode == VTC_SECUREBOOT_OFF && made->old_mode > VTC_SECUREBOOT_OFF)
        vtc_say(cli, "Secure Boot: off. It boots where Secure Boot is switched off only.");
    if (made->mode < VTC_SECUREBOOT_HASH)
        return;
    vtc_sha256_hex(made->sha256, sum);
    if (made->mode == VTC_SECUREBOOT_KEY)
        vtc_say(cli, "Secure Boot: signed by \"%s\"%s", made->key,
                made->enrol ? "" : "; machines that know this key need nothing new");
    else
        vtc_say(cli, "Secure Boot: by the hash %s%s", sum,
                made->enrol ? "" : "; machines that know it need nothing new");
    if (!made->has_ia32)
        vtc_say(cli,
                "32-bit UEFI has no shim here: such a machine boots it with Secure Boot off only.");
    if (!made->enrol)
        return;
    vtc_say(cli, "Each machine that has Secure Boot on asks for five steps, once%s:",
            made->mode == VTC_SECUREBOOT_HASH ? " for each version" : "");
    for (unsigned i = 0; i < STEPS; i++)
        vtc_say(cli, "  %u. %s", i + 1, steps[i]);
}

void vtc_cli_secureboot_report_json(struct vtc_json *json, const struct vtc_secureboot_made *made)
{
    const char *const *steps = made->mode == VTC_SECUREBOOT_KEY ? key_steps : hash_steps;
    char sum[2 * VTC_SHA256_BYTES + 1];

    vtc_json_open(json, "secure_boot", '{');
    vtc_json_string(json, "mode", vtc_secureboot_mode_name(made->mode));
    if (made->mode >= VTC_SECUREBOOT_HASH) {
        vtc_sha256_hex(made->sha256, sum);
        vtc_json_string(json, "key", made->mode == VTC_SECUREBOOT_KEY ? made->key : NULL);
        vtc_json_string(json, "key_not_after",
                        made->mode == VTC_SECUREBOOT_KEY ? made->not_after : NULL);
        vtc_json_string(json, "sha256", sum);
        vtc_json_bool(json, "ia32", made->has_ia32);
        vtc_json_bool(json, "enroll", made->enrol);
        vtc_json_open(json, "steps", '[');
        for (unsigned i = 0; made->enrol && i < STEPS; i++)
            vtc_json_string(json, NULL, steps[i]);
        vtc_json_close(json, ']');
    }
    vtc_json_close(json, '}');
}

/* ---- what is there ------------------------------------------------------------------------- */

static void show_shim(const struct vtc_secureboot_facts *facts)
{
    printf("  shim      ");
    if (!facts->shim_signers)
        printf("not signed");
    for (unsigned i = 0; i < facts->shim_signers; i++) {
        printf("%s", i ? " and " : "signed by ");
        vtc_say_clean(stdout, facts->shim_signer[i]);
    }
    if (facts->sbat_level[0])
        printf(", SBAT level %s", facts->sbat_level);
    puts(facts->has_ia32 ? "" : "; none for 32-bit UEFI");
}

void vtc_cli_secureboot_show(const struct vtc_secureboot_facts *facts)
{
    char sum[2 * VTC_SHA256_BYTES + 1];

    vtc_sha256_hex(facts->grub_sha256, sum);
    printf("  secure    ");
    if (facts->mode == VTC_SECUREBOOT_KEY) {
        printf("key \"");
        vtc_say_clean(stdout, facts->owner.subject);
        printf("\" until %.10s\n",
               facts->owner.not_after[0] ? facts->owner.not_after : "an unknown date");
    } else if (facts->mode == VTC_SECUREBOOT_HASH) {
        printf("hash %s\n", facts->has_grub ? sum : "unknown");
    } else {
        puts("off: boots where Secure Boot is off");
    }
    if (facts->mode >= VTC_SECUREBOOT_HASH)
        show_shim(facts);
}

void vtc_cli_secureboot_show_json(struct vtc_json *json, const struct vtc_secureboot_facts *facts)
{
    char sum[2 * VTC_SHA256_BYTES + 1];

    vtc_json_open(json, "secure_boot", '{');
    vtc_json_string(json, "mode", vtc_secureboot_mode_name(facts->mode));
    if (facts->mode >= VTC_SECUREBOOT_HASH) {
        int is_key = facts->mode == VTC_SECUREBOOT_KEY;

        vtc_sha256_hex(facts->grub_sha256, sum);
        vtc_json_string(json, "key", is_key ? facts->owner.subject : NULL);
        vtc_json_string(json, "key_not_after", is_key ? facts->owner.not_after : NULL);
        vtc_json_string(json, "sha256", facts->has_grub ? sum : NULL);
        vtc_json_open(json, "shim_signers", '[');
        for (unsigned i = 0; i < facts->shim_signers; i++)
            vtc_json_string(json, NULL, facts->shim_signer[i]);
        vtc_json_close(json, ']');
        vtc_json_string(json, "shim_sbat_level", facts->sbat_level[0] ? facts->sbat_level : NULL);
        vtc_json_bool(json, "ia32", facts->has_ia32);
    }
    vtc_json_close(json, '}');
}
