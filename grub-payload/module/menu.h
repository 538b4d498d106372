/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registration of the commands of menu.c, boot.c and grub_mode.c with GRUB. */
#ifndef VTC_MODULE_MENU_H
#define VTC_MODULE_MENU_H

void vtc_menu_init(void);
void vtc_menu_fini(void);
void vtc_boot_init(void);
void vtc_boot_fini(void);
void vtc_grub_mode_init(void);
void vtc_grub_mode_fini(void);

#endif
