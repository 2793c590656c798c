/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a campaign that were never finished. */
#ifndef LIB_TEMPORARY_H
#define LIB_TEMPORARY_H

/* Removes all that end in .h5.tmp or .journal.tmp below a directory of the campaign, which need
 * not be there. The caller holds the lock of whoever writes there. Prints one
 * line on failure. */
int temporary_remove_all(const char *campaign, const char *directory);

#endif
