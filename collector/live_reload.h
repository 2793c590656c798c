/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can change while `collect` runs: interfaces that come and go, and what
 * the configuration file says when it is read again.
 */
#ifndef COLLECTOR_LIVE_RELOAD_H
#define COLLECTOR_LIVE_RELOAD_H

#include "live_state.h"

/* Reads the options again. Takes all that differs, or, after its line, nothing;
 * tells the service manager. */
void live_reload(struct collect *collect);

/* 0 is "never"; counts from the start of the measurement. */
void live_set_duration(struct collect *collect, uint64_t duration_ns);

/* A live_links_report: an event, and the interval is partial. */
void live_report_change(void *context, enum live_change change,
			unsigned int ifindex);

#endif
