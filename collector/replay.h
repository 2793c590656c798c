/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `spindrift replay`: captures into a campaign, through the same core as live
 * measurement. Time is the capture's. Intervals follow the packets:
 *
 * - every interval between the first and the last packet of a capture exists,
 *   even empty, unless a hole is longer than REPLAY_MAX_EMPTY intervals;
 * - such a hole, and what lies between captures, is a gap `no_capture`;
 * - intervals at the edges of what was captured are flagged partial;
 * - a packet whose time is earlier than one before it belongs to the interval
 *   that is open, and is counted in an event of it;
 * - a packet without a time counts as traffic of the open interval and is
 *   never timed.
 */
#ifndef COLLECTOR_REPLAY_H
#define COLLECTOR_REPLAY_H

#include "../lib/cli.h"

/* 31 days of 10 s: a longer silence is a clock that was set, not a network that
 * was idle. */
enum { REPLAY_MAX_EMPTY = 31 * 24 * 360 };

extern const struct cli_command replay_command;

#endif
