/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer of JSON (RFC 8259), indented by two blanks. */
#ifndef VTC_CLI_JSON_H
#define VTC_CLI_JSON_H

#include <stdint.h>
#include <stdio.h>

struct vtc_json {
    FILE *out;
    unsigned depth;
    int first; /* nothing written yet at this depth */
};

void vtc_json_begin(struct vtc_json *json, FILE *out);
void vtc_json_end(struct vtc_json *json);

/* name: the member's name inside an object, NULL inside an array. kind: '{' or '['. */
void vtc_json_open(struct vtc_json *json, const char *name, char kind);
void vtc_json_close(struct vtc_json *json, char kind); /* '}' or ']' */

/* text: any bytes; what is not valid UTF-8 becomes U+FFFD. NULL writes null. */
void vtc_json_string(struct vtc_json *json, const char *name, const char *text);
void vtc_json_number(struct vtc_json *json, const char *name, uint64_t value);
void vtc_json_bool(struct vtc_json *json, const char *name, int value);

#endif
