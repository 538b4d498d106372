/* SPDX-License-Identifier: GPL-3.0-or-later */
/* -s, --secure-boot: what is asked and said about it. */
#ifndef VTC_CLI_SECUREBOOT_H
#define VTC_CLI_SECUREBOOT_H

#include "cli/cli.h"
#include "cli/json.h"
#include "host/secureboot.h"

/* "key", "hash" or "off", as an option's value; NULL means key. Returns 0 when it is none of them. */
int vtc_cli_secureboot_parse(const char *text, enum vtc_secureboot_mode *mode);

/* vtc_secureboot_make() as the options want it; the passphrase is asked for where one is needed. */
int vtc_cli_secureboot_make(const struct vtc_cli *cli, const struct vtc_secureboot_stick *stick,
                            struct vtc_payload *payload, struct vtc_secureboot_made *made,
                            struct vtc_error *err);

/* What was made, and what to do on other machines. Nothing for a stick that never had to do with it. */
void vtc_cli_secureboot_report(const struct vtc_cli *cli, const struct vtc_secureboot_made *made);
void vtc_cli_secureboot_report_json(struct vtc_json *json, const struct vtc_secureboot_made *made);

/* What a slot is, in a line or two: for -l. */
void vtc_cli_secureboot_show(const struct vtc_secureboot_facts *facts);
void vtc_cli_secureboot_show_json(struct vtc_json *json, const struct vtc_secureboot_facts *facts);

#endif
