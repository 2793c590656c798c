/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives up every capability of this process, for good and for its children.
 * What it has open goes on: maps are read and written by descriptor, and links
 * vanish with the last descriptor.
 */
#ifndef COLLECTOR_LIVE_PRIVILEGES_H
#define COLLECTOR_LIVE_PRIVILEGES_H

/* 0, or -errno after its one line. */
int live_privileges_drop(void);

#endif
