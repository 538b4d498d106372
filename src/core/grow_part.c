/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ventoc/grow_part.h>

int vtc_grow_part(const struct vtc_grow *g, const struct vtc_grow_part *part,
                  int (*grow)(struct vtc_grow_plan *p, const struct vtc_grow_part *part,
                              const char **why),
                  const char **why)
{
    struct vtc_grow_plan plan;
    int rc;

    *why = NULL;
    if ((part->off & 511) || part->off > g->img->bytes || part->bytes > g->img->bytes - part->off)
        return VTC_EINVAL;
    rc = vtc_grow_plan_begin(&plan, g);
    if (rc)
        *why = "an image of more than 8 TiB";
    return rc ? rc : vtc_grow_plan_end(&plan, grow(&plan, part, why));
}
