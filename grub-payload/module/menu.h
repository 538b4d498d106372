/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting up the menu; registration of the commands of menu.c, boot.c and grub_mode.c with GRUB. */
#ifndef VTC_MODULE_MENU_H
#define VTC_MODULE_MENU_H

struct vtc_tree;

/* Set a variable for the menu's configuration and all that it opens. */
void vtc_menu_set(const char *name, const char *value);

/* settings.c: what the settings say about the menu itself: vtc_menu_password, or "lost" when a mistake
 * keeps it from being read; vtc_settings_place, vtc_settings_error: where and what that mistake is. */
void vtc_settings_menu(const struct vtc_tree *tree);

void vtc_menu_init(void);
void vtc_menu_fini(void);
void vtc_boot_init(void);
void vtc_boot_fini(void);
void vtc_grub_mode_init(void);
void vtc_grub_mode_fini(void);

#endif
