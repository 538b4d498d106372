/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VTC_LINUX_MODULES_H
#define VTC_LINUX_MODULES_H

/* Have the guest's modprobe load a module, for kernels that do not do so when its device is opened.
 * Returns 0 when it says it did, -1 otherwise. */
int vtc_modules_load(const char *name);

#endif
