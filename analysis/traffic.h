/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift traffic: what passed the vantage point, by side and family. The
 * columns of its TSV and JSON are a contract (spindrift-traffic(1)).
 */
#ifndef ANALYSIS_TRAFFIC_H
#define ANALYSIS_TRAFFIC_H

#include "../lib/cli.h"

extern const struct cli_command traffic_command;

#endif
