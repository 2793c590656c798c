/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift subnets: the round-trip times of every subnet over the period, and
 * how they are distributed over subnets. The columns of its TSV and JSON are a
 * contract (spindrift-subnets(1)).
 */
#ifndef ANALYSIS_SUBNETS_H
#define ANALYSIS_SUBNETS_H

#include "../lib/cli.h"

extern const struct cli_command subnets_command;

#endif
