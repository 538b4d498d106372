/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module's way in and out. */
#include <grub/dl.h>
#include <grub/lockdown.h>

#include "menu.h"
#include "vtc.h"

GRUB_MOD_LICENSE("GPLv3+");

GRUB_MOD_INIT(ventoc)
{
    vtc_platform_init();
    vtc_probe_init();
    vtc_menu_init();
    vtc_boot_init();
    vtc_grub_mode_init();
    if (grub_is_lockdown())
        grub_dl_set_persistent(mod); /* "rmmod" must not take our guards away */
}

GRUB_MOD_FINI(ventoc)
{
    vtc_grub_mode_fini();
    vtc_boot_fini();
    vtc_menu_fini();
    vtc_probe_fini();
    vtc_platform_fini();
}
