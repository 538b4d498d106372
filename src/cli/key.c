/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/key.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <ventoc/sha256.h>

#include "cli/json.h"
#include "cli/options.h"
#include "cli/passphrase.h"
#include "host/ownerkey.h"

static const char help_text[] =
    "Usage:\n"
    "  ventoc key create [options]\n"
    "  ventoc key show [options]\n"
    "  ventoc key export [options] FILE\n"
    "  ventoc key import [options] KEYFILE CERTFILE\n"
    "\n"
    "The owner's key signs the boot files of sticks for Secure Boot (-s). It is an\n"
    "RSA key with a certificate of its own, in ~/.config/ventoc (or the folder\n"
    "ventoc in $XDG_CONFIG_HOME; under sudo that of the user who called). The\n"
    "private half stays there, in owner.key, which nobody else may read; sticks\n"
    "and other machines get the certificate, owner.pem, only. Whoever has the\n"
    "private key can sign boot files for every machine that trusts it.\n"
    "\n"
    "  create               make a key, valid for ten years\n"
    "  show                 show the key's name, dates and SHA-256 fingerprint\n"
    "  export               write the certificate to the new file FILE (DER), as\n"
    "                       mokutil --import wants it\n"
    "  import               take over a key that another machine has made: its\n"
    "                       owner.key and owner.pem; the two are checked\n"
    "\n"
    "Options:\n"
    "      --encrypt        create: protect the key with a passphrase, which is\n"
    "                       asked for on the terminal now and whenever it signs\n"
    "      --passphrase-file FILE\n"
    "                       take the passphrase from the first line of FILE\n"
    "      --key-folder DIR use the key in DIR\n"
    "      --force          create, import: when there is a key, keep it beside the\n"
    "                       new one, under a name with the date\n"
    "      --json           write the result as JSON\n"
    "  -q, --quiet          say only what went wrong\n"
    "  -h, --help           show this help\n"
    "\n"
    "Exit status as of all commands: see ventoc --help.\n";

struct job {
    struct vtc_cli cli;
    const char *passphrase_file;
    int encrypt;
    struct vtc_ownerkey_place place;
    struct vtc_ownerkey key;
    struct vtc_secret secret;
    struct vtc_error err;
};

/* ---- saying -------------------------------------------------------------------------------- */

static const char *validity_words(const struct vtc_openssl_cert *cert)
{
    int validity = vtc_ownerkey_validity(cert);

    return validity < 0 ? "not yet valid" : validity > 0 ? "expired" : "valid";
}

static void fingerprint(const struct vtc_openssl_cert *cert, char hex[2 * VTC_SHA256_BYTES + 1])
{
    uint8_t sum[VTC_SHA256_BYTES];
    struct vtc_sha256 sha;

    vtc_sha256_init(&sha);
    vtc_sha256_update(&sha, cert->der, cert->der_bytes);
    vtc_sha256_final(&sha, sum);
    vtc_sha256_hex(sum, hex);
}

static void report_json(const struct job *job, const char *operation, const char *file)
{
    const struct vtc_openssl_cert *cert = &job->key.cert;
    char hex[2 * VTC_SHA256_BYTES + 1];
    struct vtc_json json;

    fingerprint(cert, hex);
    vtc_json_begin(&json, stdout);
    vtc_json_open(&json, NULL, '{');
    vtc_json_string(&json, "operation", operation);
    vtc_json_string(&json, "folder", job->key.folder.path);
    vtc_json_string(&json, "name", cert->name);
    vtc_json_string(&json, "not_before", cert->not_before);
    vtc_json_string(&json, "not_after", cert->not_after);
    vtc_json_string(&json, "validity", validity_words(cert));
    vtc_json_number(&json, "rsa_bits", cert->rsa_bits);
    vtc_json_bool(&json, "encrypted", job->key.encrypted);
    vtc_json_string(&json, "sha256", hex);
    if (file)
        vtc_json_string(&json, "file", file);
    vtc_json_string(&json, "old_key", job->place.kept_as[0] ? job->place.kept_as : NULL);
    vtc_json_close(&json, '}');
    vtc_json_end(&json);
}

static void report(const struct job *job, const char *operation)
{
    const struct vtc_openssl_cert *cert = &job->key.cert;
    char hex[2 * VTC_SHA256_BYTES + 1];

    if (job->cli.json) {
        report_json(job, operation, NULL);
        return;
    }
    fingerprint(cert, hex);
    vtc_say(&job->cli, "key       %s", cert->name);
    vtc_say(&job->cli, "file      %s (%s)", job->key.key_path,
            job->key.encrypted ? "encrypted" : "not encrypted");
    vtc_say(&job->cli, "valid     %.10s to %.10s%s%s", cert->not_before, cert->not_after,
            vtc_ownerkey_validity(cert) ? ": " : "",
            vtc_ownerkey_validity(cert) ? validity_words(cert) : "");
    vtc_say(&job->cli, "sha256    %s", hex);
}

static void say_old(const struct job *job)
{
    if (job->place.kept_as[0])
        vtc_say(&job->cli, "The old key \"%s\" is %s/%s now.", job->place.kept_name,
                job->key.folder.path, job->place.kept_as);
}

/* ---- the words ----------------------------------------------------------------------------- */

static int create(struct job *job, char **args)
{
    int rc = vtc_ownerkey_check_place(&job->place, &job->err);

    (void)args;
    if (!rc && (job->encrypt || job->passphrase_file))
        rc = vtc_passphrase_get(job->passphrase_file, "Passphrase for the new key: ", 1,
                                &job->secret, &job->err);
    if (!rc && job->encrypt && !job->secret.bytes)
        rc = vtc_error_set(&job->err, VTC_ERROR_CANCELLED, -1,
                           "Without --encrypt a key has no passphrase.",
                           "the passphrase is empty: no key was made");
    if (!rc)
        rc = vtc_ownerkey_create(&job->place, &job->secret, &job->err);
    if (!rc)
        rc = vtc_ownerkey_open(job->place.folder, &job->key, &job->err);
    if (rc)
        return rc;
    report(job, "key create");
    if (!job->cli.json)
        say_old(job);
    vtc_say(&job->cli,
            "Keep a copy of both files in that folder in a safe place. Sign a stick with "
            "it: ventoc -i -s, ventoc -u -s");
    return 0;
}

static int show(struct job *job, char **args)
{
    int rc = vtc_ownerkey_open(job->place.folder, &job->key, &job->err);

    (void)args;
    if (!rc)
        report(job, "key show");
    return rc;
}

static int export(struct job *job, char **args)
{
    int rc = vtc_ownerkey_open(job->place.folder, &job->key, &job->err);

    if (!rc)
        rc = vtc_ownerkey_export(&job->key, args[0], &job->err);
    if (rc)
        return rc;
    if (job->cli.json)
        report_json(job, "key export", args[0]);
    vtc_say(&job->cli,
            "%s: the certificate of \"%s\". To have a Linux machine trust it: mokutil "
            "--import %s",
            args[0], job->key.cert.name, args[0]);
    return 0;
}

static int import(struct job *job, char **args)
{
    int rc = vtc_ownerkey_check_place(&job->place, &job->err);

    if (!rc)
        rc = vtc_ownerkey_import_open(args[0], args[1], &job->place, &job->key, &job->err);
    if (!rc && job->key.encrypted)
        rc = vtc_passphrase_get(job->passphrase_file, "Passphrase of the key: ", 0, &job->secret,
                                &job->err);
    if (!rc)
        rc = vtc_ownerkey_check(&job->key, &job->secret, &job->err);
    if (!rc)
        rc = vtc_ownerkey_import(&job->key, &job->place, &job->err);
    vtc_ownerkey_close(&job->key);
    if (!rc)
        rc = vtc_ownerkey_open(job->place.folder, &job->key, &job->err);
    if (rc)
        return rc;
    report(job, "key import");
    if (!job->cli.json)
        say_old(job);
    return 0;
}

static const struct {
    const char *word;
    int args;
    int (*run)(struct job *job, char **args);
    const char *needs; /* what to say when there are not so many */
} actions[] = {
    {"create", 0, create, "key create takes no file"},
    {"show", 0, show, "key show takes no file"},
    {"export", 1, export, "key export: one FILE is needed"},
    {"import", 2, import, "key import: KEYFILE and CERTFILE are needed"},
};

int vtc_key_main(int argc, char **argv)
{
    static struct job job = {.key = {.folder = {.fd = -1}, .key_fd = -1, .cert_fd = -1}};
    static const struct vtc_options options = {
        .word = "key",
        .help = help_text,
        .option = {{"encrypt", 0, &job.encrypt, NULL, NULL},
                   {"passphrase-file", 0, NULL, &job.passphrase_file, NULL},
                   {"key-folder", 0, NULL, &job.place.folder, NULL},
                   {"force", 0, &job.place.force, NULL, NULL}}};
    int code = vtc_options_parse(&options, &job.cli, argc, argv), rc;
    size_t i = 0;

    if (code >= 0)
        return code;
    while (optind < argc && i < sizeof(actions) / sizeof(actions[0]) &&
           strcmp(argv[optind], actions[i].word) != 0)
        i++;
    if (optind == argc || i == sizeof(actions) / sizeof(actions[0]))
        return vtc_options_wrong(&options, &job.cli, "%s is needed behind key",
                                 "one of create, show, export and import");
    if (argc - optind - 1 != actions[i].args)
        return vtc_options_wrong(&options, &job.cli, "%s", actions[i].needs);
    rc = actions[i].run(&job, argv + optind + 1);
    vtc_secret_forget(&job.secret);
    vtc_ownerkey_close(&job.key);
    return rc ? vtc_say_error(&job.cli, &job.err, NULL) : VTC_EXIT_OK;
}
