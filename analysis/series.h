/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift series: RTT and throughput over time, one row per step, side and
 * source. The columns of its TSV and JSON are a contract
 * (spindrift-series(1)).
 */
#ifndef ANALYSIS_SERIES_H
#define ANALYSIS_SERIES_H

#include "../lib/cli.h"

extern const struct cli_command series_command;

#endif
