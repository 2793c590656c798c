/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift percentiles: the RTT distribution and the traffic of groups of
 * subnets. The columns of its TSV and JSON are a contract
 * (spindrift-percentiles(1)).
 */
#ifndef ANALYSIS_PERCENTILES_H
#define ANALYSIS_PERCENTILES_H

#include "../lib/cli.h"

extern const struct cli_command percentiles_command;

#endif
