/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one process of a collector to the next under a service manager that keeps
 * descriptors: the maps stay, the programs in the links are replaced, the
 * interval goes on, and no packet is missed. Where anything does not fit, one
 * line says what, and the measurement begins anew, with a gap in the campaign.
 */
#ifndef COLLECTOR_LIVE_SUCCESSOR_H
#define COLLECTOR_LIVE_SUCCESSOR_H

#include "live_state.h"

/* Loads the programs, with the maps of an earlier process where there are any.
 * -errno after one line. */
int live_successor_load(struct collect *collect);
/* Begins the first interval, or goes on in that of the earlier process; the
 * campaign is open, nothing is attached by this process. */
void live_successor_begin(struct collect *collect);
/* When all is attached: leaves it for the next process. */
void live_successor_leave(struct collect *collect);
/* Whether what is attached is not to be removed at the end. */
bool live_successor_is_left(const struct collect *collect);

#endif
