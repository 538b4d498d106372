/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/convert.h"

#include <stdio.h>

/* One sentence, in front of the conversion and behind it. */
static const char settings_text[] =
    "ventoy/ventoy.json on it stays but is not read: none of its settings (persistence, "
    "auto_install, menu_alias, password ...) is taken over.";

void vtc_convert_question(const struct vtc_convert *convert, const struct vtc_record *record,
                          const char *path, const char *version,
                          char out[VTC_CONVERT_QUESTION_BYTES])
{
    char was[96], size[VTC_SIZE_TEXT];

    if (convert->ventoy[0])
        snprintf(was, sizeof(was), "Ventoy %s on it will be replaced by ventoc %s.",
                 convert->ventoy, version);
    else
        snprintf(was, sizeof(was), "Its conversion from Ventoy to ventoc %s will be completed.",
                 version);
    snprintf(
        out, VTC_CONVERT_QUESTION_BYTES,
        "%s\nThe data partition (%s) and all files on it stay: nothing is written there.\n"
        "Ventoy's boot partition and boot code are in the place of the new ones, so for this "
        "once there is no old version to fall back on: if it is interrupted, the stick may not "
        "boot until \"ventoc -u %s\" is run again, which completes it. Later upgrades keep the "
        "old version until the last sector.\n%s%s",
        was, vtc_say_size(record->data_bytes, size), path,
        convert->has_settings ? settings_text : "", convert->has_settings ? "\n" : "");
}

const char *vtc_convert_remedy(const struct vtc_convert *convert, const struct vtc_upgrade *upgrade,
                               const struct vtc_apply_stats *stats)
{
    if (convert->ventoy[0] && stats->stage < upgrade->switch_stage)
        return "Ventoy on the stick still boots, and its files are untouched. Run the same command "
               "again to convert it.";
    return "The stick may not boot now; its files are untouched. Run the same command again: it "
           "completes the conversion.";
}

void vtc_convert_report(const struct vtc_cli *cli, const struct vtc_convert *convert,
                        const char *path, const char *version)
{
    if (convert->ventoy[0])
        vtc_say(cli,
                "%s: converted from Ventoy %s to ventoc %s, in slot A; its files are untouched",
                path, convert->ventoy, version);
    else
        vtc_say(cli, "%s: the conversion from Ventoy to ventoc %s, in slot A, is complete now",
                path, version);
    if (convert->has_settings)
        vtc_say(cli, "%s", settings_text);
}
