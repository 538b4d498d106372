/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int vtc_error_set(struct vtc_error *err, enum vtc_error_kind kind, int rc, const char *hint,
                  const char *format, ...)
{
    va_list args;

    if (!err)
        return rc;
    err->kind = kind;
    err->rc = rc;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    snprintf(err->hint, sizeof(err->hint), "%s", hint ? hint : "");
    return rc;
}

void vtc_error_hint(struct vtc_error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return;
    va_start(args, format);
    vsnprintf(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

void vtc_error_prefix(struct vtc_error *err, const char *words)
{
    char old[sizeof(err->text)];

    if (!err)
        return;
    memcpy(old, err->text, sizeof(old));
    snprintf(err->text, sizeof(err->text), "%s%.*s", words, (int)(sizeof(old) - 1), old);
}
