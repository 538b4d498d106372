/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ventoc key: the owner's key for Secure Boot. */
#ifndef VTC_CLI_KEY_H
#define VTC_CLI_KEY_H

/* argv[0] is "key". Returns an exit code. */
int vtc_key_main(int argc, char **argv);

#endif
