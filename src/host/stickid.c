/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/stickid.h"

#include <uuid/uuid.h>

void vtc_stickid_new(uint8_t uuid[16])
{
    uuid_generate_random(uuid);
}

void vtc_stickid_text(const uint8_t uuid[16], char text[37])
{
    uuid_unparse_lower(uuid, text);
}
