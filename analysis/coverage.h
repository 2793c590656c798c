/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spindrift coverage: how much of the traffic can be timed passively, by group:
 * TCP with timestamps, QUIC that spins. The columns of its TSV and JSON are a
 * contract (spindrift-coverage(1)).
 */
#ifndef ANALYSIS_COVERAGE_H
#define ANALYSIS_COVERAGE_H

#include "../lib/cli.h"

extern const struct cli_command coverage_command;

#endif
