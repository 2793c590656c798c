/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics of a running `collect`, answered between its other work.
 */
#ifndef COLLECTOR_LIVE_METRICS_H
#define COLLECTOR_LIVE_METRICS_H

#include "live_state.h"

/* Listens where the options say, if they do; -errno after one line. */
int live_metrics_open(struct collect *collect);
/* After each interval; with the record when it was written. */
void live_metrics_count(struct collect *collect, bool is_written);

#endif
