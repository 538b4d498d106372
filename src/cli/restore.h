/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc restore: bring back what a backup file keeps. */
#ifndef VTC_CLI_RESTORE_H
#define VTC_CLI_RESTORE_H

/* argv[0] is "restore". Returns an exit code. */
int vtc_restore_main(int argc, char **argv);

#endif
